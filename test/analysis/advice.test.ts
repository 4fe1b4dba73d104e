// Advice: a labelled corpus with precision and recall for each rule, and what quick fixes leave behind.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Analyser } from '../../src/analysis/analyser';
import type { Advice, QuickFix } from '../../src/analysis/advice';
import { RULES } from '../../src/analysis/rules';
import { readSamples } from './samples';
import { skip } from '../support/skip';

const FOLDER = path.resolve('test', 'analysis', 'corpus');

interface Snippet {
  readonly name: string;
  readonly source: string;
  /** `line rule`, as the marks at the ends of lines say. */
  readonly expected: readonly string[];
}

function readCorpus(): readonly Snippet[] {
  return readdirSync(FOLDER)
    .filter(file => file.endsWith('.py'))
    .sort()
    .flatMap(file =>
      readFileSync(path.join(FOLDER, file), 'utf8')
        .split(/^# ---- /m)
        .slice(1)
        .map(part => snippetOf(part, file)),
    );
}

function snippetOf(part: string, file: string): Snippet {
  const [name, ...lines] = part.split('\n');
  const expected = lines.flatMap((line, index) => {
    const mark = /#! (.+)$/.exec(line);
    return mark ? mark[1].split(', ').map(rule => `${index + 1} ${rule}`) : [];
  });
  const source = lines.map(line => line.replace(/ *#! .+$/, '')).join('\n');
  return { name: `${file}: ${name}`, source, expected };
}

function adviceFor(source: string): readonly Advice[] {
  const analyser = new Analyser('a.py');
  analyser.update(source);
  return analyser.advice(RULES);
}

function applied(source: string, fix: QuickFix): string {
  return [...fix.edits]
    .sort((a, b) => b.from - a.from)
    .reduce((text, edit) => text.slice(0, edit.from) + edit.text + text.slice(edit.to), source);
}

const python = ['python3', 'python'].find(
  command => spawnSync(command, ['--version']).status === 0,
);

describe('advice', () => {
  const corpus = readCorpus();

  it('is right at least 95 times of 100, and finds at least 80 of 100, for each rule', () => {
    const wrong: string[] = [];
    const adviceOfAll = new Map(corpus.map(({ source }) => [source, adviceFor(source)]));
    const rows = RULES.map(({ id }) => {
      let right = 0;
      let tooMany = 0;
      let missed = 0;
      for (const { name, source, expected } of corpus) {
        const wanted = expected.filter(text => text.endsWith(` ${id}`));
        const found = (adviceOfAll.get(source) ?? [])
          .filter(({ ruleId }) => ruleId === id)
          .map(({ fromLine }) => `${fromLine} ${id}`);
        const hits = found.filter(text => wanted.includes(text));
        right += hits.length;
        tooMany += found.length - hits.length;
        missed += wanted.length - hits.length;
        if (found.length !== hits.length) wrong.push(`too many in “${name}”: ${found.join(', ')}`);
        if (wanted.length !== hits.length) wrong.push(`missed in “${name}”: ${wanted.join(', ')}`);
      }
      return { id, precision: right / (right + tooMany), recall: right / (right + missed), right };
    });
    console.log(`      ${corpus.length} snippets`);
    for (const { id, precision, recall, right } of rows) {
      console.log(
        `      ${id.padEnd(20)} precision ${precision.toFixed(2)}  recall ${recall.toFixed(2)}  (${right} right)`,
      );
    }
    for (const line of wrong) console.log(`      ${line}`);
    for (const { id, precision, recall, right } of rows) {
      assert.ok(right >= 5, `${id}: only ${right} right`);
      assert.ok(precision >= 0.95 && recall >= 0.8, `${id}: ${precision} ${recall}`);
    }
  }).timeout(20_000);

  it('has an explanation for each rule, and a sentence for each place', () => {
    for (const rule of RULES) assert.ok(rule.explanation.length > 100, rule.id);
    for (const { source } of corpus) {
      for (const { message, from, to } of adviceFor(source)) {
        assert.match(message, /\.$/);
        assert.ok(from < to && to <= source.length);
      }
    }
  });

  it('is given at no prefix of a sample with an exception', () => {
    for (const sample of readSamples()) {
      const analyser = new Analyser(sample.name);
      for (let end = 0; end < sample.source.length; end += 7) {
        analyser.update(sample.source.slice(0, end));
        analyser.advice(RULES);
      }
    }
  }).timeout(60_000);
});

describe('whatever is asked about code that is being edited', () => {
  it('is answered without an exception', () => {
    const sources = readCorpus().map(({ source }) => source);
    const edit = fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat(40),
      insert: fc.constantFrom(
        '',
        '(',
        ')',
        ':',
        '\n',
        '    ',
        'if ',
        'lambda',
        '*',
        ' = ',
        '@',
        '"""',
      ),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...sources),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        (source, edits) => {
          const edited = edits.reduce((text, { share, remove, insert }) => {
            const at = Math.floor(share * text.length);
            return text.slice(0, at) + insert + text.slice(at + remove);
          }, source);
          const analyser = new Analyser('a.py');
          analyser.update(edited);
          for (const { from, to } of analyser.advice(RULES)) assert.ok(from < to);
          const { program } = analyser.assumedProgram() ?? {};
          assert.ok(!program || program.threads.length >= 2);
          for (let offset = 0; offset < edited.length; offset += 7) {
            analyser.releaseNoteAt(offset);
          }
        },
      ),
      { numRuns: 300 },
    );
  }).timeout(60_000);
});

describe('a quick fix', () => {
  it('swaps the executor and its import', () => {
    const source =
      'from concurrent.futures import (ThreadPoolExecutor as Pool, wait)\n' +
      'def f(n):\n  return sum(i * i for i in range(n))\n' +
      'def main():\n  with Pool(4) as pool:\n    pool.map(f, [1])\n';
    const [{ fixes }] = adviceFor(source);
    assert.deepEqual(
      fixes.map(fix => applied(source, fix)),
      [
        source
          .replace('ThreadPoolExecutor as Pool', 'ProcessPoolExecutor')
          .replace('Pool(4)', 'ProcessPoolExecutor(4)'),
      ],
    );
  });

  it('is not offered where the result would not work', () => {
    const start = 'from concurrent.futures import ThreadPoolExecutor\n';
    const nested = `${start}def main():\n  def f(n):\n    return sum(i * i for i in range(n))\n  ThreadPoolExecutor().submit(f, 1)\n`;
    const prefixed = `${start}def f(n):\n  return sum(i * i for i in range(n))\nThreadPoolExecutor(thread_name_prefix="x").submit(f, 1)\n`;
    for (const source of [nested, prefixed]) {
      const advice = adviceFor(source);
      assert.deepEqual(
        advice.map(({ ruleId, fixes }) => [ruleId, fixes.length]),
        [['cpu-bound-threads', 0]],
      );
    }
  });

  it('leaves valid Python, and takes its advice away', function () {
    const fixed = readCorpus().flatMap(({ name, source }) =>
      adviceFor(source).flatMap(advice =>
        advice.fixes.map(fix => ({ name, advice, text: applied(source, fix) })),
      ),
    );
    assert.ok(fixed.length >= 10, `${fixed.length} fixes`);
    for (const { name, advice, text } of fixed) {
      const left = adviceFor(text).filter(
        ({ ruleId, message }) => ruleId === advice.ruleId && message === advice.message,
      );
      const before = adviceFor(readCorpus().find(one => one.name === name)?.source ?? '').filter(
        ({ ruleId, message }) => ruleId === advice.ruleId && message === advice.message,
      );
      assert.ok(left.length < before.length, name);
    }
    if (!python) return skip(this, 'there is no python3 on this machine');
    const check = 'import ast, json, sys\nfor text in json.load(sys.stdin): ast.parse(text)\n';
    const texts = fixed.map(({ text }) => text);
    const run = spawnSync(python, ['-c', check], {
      input: JSON.stringify(texts),
      encoding: 'utf8',
    });
    assert.equal(run.stderr, '');
  }).timeout(20_000);
});
