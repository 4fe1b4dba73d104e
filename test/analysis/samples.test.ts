// The samples that ship: they make a picture, and they run.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { analyse, Analyser } from '../../src/analysis/analyser';
import { RULES } from '../../src/analysis/advice/rules';
import { SETTINGS, WORDS } from '../../src/analysis/annotations/annotationWords';
import { expandedSize } from '../../src/analysis/annotations/expandedSize';
import { programText } from './programText';
import { readSamples } from './samples';
import { skip } from '../support/skip';

const python = ['python3', 'python'].find(
  command => spawnSync(command, ['--version']).status === 0,
);

describe('the samples', () => {
  it('are at least ten, one question each', () => {
    const questions = readSamples().map(({ source }) => /^"""(.*\?)$/m.exec(source)?.[1]);
    assert.ok(questions.length >= 10);
    assert.equal(new Set(questions).size, questions.length);
    assert.ok(!questions.includes(undefined));
  });
});

/** What a sample is about may be what the editor warns of. */
const SHOWN_MISTAKES: Readonly<Partial<Record<string, readonly string[]>>> = {
  'locks.py': ['blocking-under-lock'],
};

describe('each sample', () => {
  for (const sample of readSamples()) {
    it(`${sample.name} makes a program without findings`, () => {
      const analysis = analyse(sample.source, sample.path);
      assert.deepEqual(analysis.findings, []);
      assert.ok(analysis.program && analysis.program.threads.length >= 2);
    });

    it(`${sample.name} gets no warning, as a model should, but for the mistake that it shows`, () => {
      const analyser = new Analyser(sample.name);
      analyser.update(sample.source);
      const warnings = analyser.advice(RULES).filter(({ severity }) => severity !== 'information');
      assert.deepEqual(
        warnings.map(({ ruleId }) => ruleId),
        SHOWN_MISTAKES[sample.name] ?? [],
      );
    });

    it(`${sample.name} runs in Python and prints what it measured`, function () {
      if (!python) return skip(this, 'there is no python3 on this machine');
      this.timeout(60_000);
      const run = spawnSync(python, ['-B', sample.path, '1'], { encoding: 'utf8' });
      assert.equal(run.stderr, '');
      assert.equal(run.status, 0);
      assert.match(run.stdout, /\d/);
    });
  }
});

describe('the page about annotations', () => {
  it('has an example that makes the picture it tells of', () => {
    const page = readFileSync('docs/annotations.md', 'utf8');
    const example = /```python\n([^]*?)```/.exec(page)?.[1] ?? '';
    const { findings, program, conditions } = analyse(example, 'example.py');
    assert.deepEqual(findings, []);
    assert.equal(
      programText(program).split('\n').at(-1),
      'Thread-4  repeat 10 (compute 12 ms @7 · releases 3 ms @8 · sleep 2 ms @9) @6',
    );
    assert.equal(conditions.cores, 4);
  });

  it('names every word, and every word is read as it is written there', () => {
    const page = readFileSync('docs/annotations.md', 'utf8');
    for (const word of [...WORDS, ...SETTINGS])
      assert.match(page, new RegExp(`\`${word}\\b`), word);
  });
});

describe('the CPU-bound sample', () => {
  it('has about half a second of work in each of four threads, in every colour', () => {
    const sample = readSamples().find(({ name }) => name === 'cpu_bound.py');
    const { program, conditions } = analyse(sample?.source ?? '', 'cpu_bound.py');
    assert.ok(program);
    assert.equal(program.threads.length, 5);
    assert.deepEqual(conditions, { cores: 4, switchIntervalNs: 5_000_000, seed: 1 });
    // 10 rounds of 26 + 21 + 3 + 6 + 3 ms
    assert.equal(expandedSize(program.threads[1].body).workNs, 590_000_000);
    const [loop] = program.threads[1].body;
    const kinds = loop.kind === 'repeat' ? loop.body.map(step => step.kind) : [];
    assert.deepEqual(kinds, ['compute', 'compute', 'native', 'native', 'block']);
  });
});
