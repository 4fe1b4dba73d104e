// Advice: a labelled corpus with precision and recall for each rule, and what quick fixes leave behind.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Analyser } from '../../../src/analysis/analyser';
import { RULES } from '../../../src/analysis/advice/rules';
import { adviceFor, readCorpus } from '../corpus';
import { readSamples } from '../samples';
import { pick } from '../../support/depth';

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
    const withAdvice = corpus.filter(({ expected }) => expected.length > 0).length;
    console.log(
      `      ${corpus.length} snippets, ${corpus.length - withAdvice} of them without any`,
    );
    assert.ok(corpus.length >= 250, `${corpus.length} snippets`);
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

  it('has a page for each rule, whose first example is reported and whose second is not', () => {
    for (const { id, title, explanation } of RULES) {
      const page = readFileSync(`docs/advice/${id}.md`, 'utf8').replaceAll(/\\([_*])/g, '$1');
      assert.ok(page.startsWith(`# ${title}\n\n${explanation}\n`), id);
      assert.ok(page.includes(`gilscope.advice.${id}`), id);
      const examples = [...page.matchAll(/```python\n([^]*?)```/g)].map(([, code]) => code);
      const found = examples.map(code => adviceFor(code).some(({ ruleId }) => ruleId === id));
      assert.deepEqual(found, [true, false], id);
    }
  });

  it('offers no guard around a class whose method is half typed', () => {
    const source = [
      'from multiprocessing import Process',
      'class Service:',
      '    de __init__(selnullÍnull):',
      '        self.process = Process(target=print)',
      '',
      '    def start(self):',
      'threads 3        self.process.start()',
      '',
    ].join('\n');
    assert.ok(adviceFor(source).every(({ fixes }) => fixes.length === 0));
  });

  it('is given at no prefix of a sample with an exception', () => {
    for (const sample of readSamples()) {
      const analyser = new Analyser(sample.name);
      for (let end = 0; end < sample.source.length; end += pick(7, 41)) {
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
