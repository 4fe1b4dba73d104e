// `gilscope whatif` on saved traces: the list, one change, several, the data for programs, and what it refuses.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { runWhatIfCommand } from '../../src/cli/whatIf';
import { bestChangeText } from '../../src/cli/whatIfReport';
import type { Trace } from '../../src/core/model/trace';
import { simulate } from '../../src/core/machine/machine';
import { writeTraceJson } from '../../src/formats/traceJson';
import { asRecorded } from '../support/asRecorded';
import { program } from '../support/stories';
import { outputOfCommand, refusalOfCommand } from '../support/commandOutput';
import { makeTemporaryFolder } from '../support/temporaryFolder';

const outputOf = (...words: string[]): string => outputOfCommand(runWhatIfCommand, words);
const refusalOf = (...words: string[]): string => refusalOfCommand(runWhatIfCommand, words);

describe('gilscope whatif', () => {
  const temporary = makeTemporaryFolder();
  let file = '';
  let recorded: Trace;

  after(() => temporary.dispose());

  before(() => {
    const text = `
      main  start A · start B · join A · join B
      A  compute 100ms
      B  compute 100ms
    `;
    const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
    const trace = simulate({ program: program(text), runtime: 'gil', conditions });
    file = path.join(temporary.folder, 'trace.json');
    recorded = asRecorded(trace);
    fs.writeFileSync(file, writeTraceJson(recorded));
  });

  it('lists the changes that make sense, the most promising first', () => {
    const lines = outputOf(file).split('\n');
    const at = (word: string): number => lines.findIndex(line => line.includes(word));
    ok(at('processes (fork): ends after') > 0, lines.join('\n'));
    ok(at('processes (fork)') < at('4 cores: no gain'));
  });

  it('ends the report of a recording with the best change, within the terminal', () => {
    const text = bestChangeText(recorded, 40);
    ok(/^What if: with processes \(fork\) it\s/.test(text), text);
    ok(
      text.split('\n').every(line => line.length <= 40),
      text,
    );
    strictEqual(text.replaceAll('\n', ' '), bestChangeText(recorded, undefined));
  });

  it('predicts one change, and several together, as data', () => {
    const text = outputOf(file, '--processes', 'spawn', '--cores=4', '--json');
    const data = JSON.parse(text) as Record<string, unknown>;
    deepStrictEqual(Object.keys(data), [
      'version',
      'title',
      'recordedNs',
      'replayedNs',
      'problem',
      'predictions',
    ]);
    strictEqual(data.version, 1);
    const [prediction] = data.predictions as Record<string, unknown>[];
    strictEqual(prediction.what, 'processes (spawn), and 4 cores');
    const figures = prediction.predicted as Record<string, number>;
    ok(figures.fromNs <= figures.afterNs && figures.afterNs <= figures.toNs);
  });

  it('says why there is no figure', () => {
    ok(outputOf(file, '--lock', 'M').includes('no figure: No thread was seen to wait'));
    ok(outputOf(file, '--release', 'x.py:7').includes('no figure: No thread was seen at line 7'));
  });

  it('refuses what it does not understand in a sentence', () => {
    ok(refusalOf().includes('Expected one trace'));
    ok(refusalOf(file, '--faster').includes('There is no option --faster'));
    ok(refusalOf(file, '--threads', '0').includes('from 1 to 1000'));
    ok(refusalOf(file, '--switch-interval', 'soon').startsWith('--switch-interval: '));
    ok(refusalOf(file, '--release', 'here').includes('expected a line'));
    ok(refusalOf('/no/such/trace.json').includes('cannot be read'));
  });

  it('tells its options', () => {
    ok(outputOf('--help').includes('--together'));
  });
});
