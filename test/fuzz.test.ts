// Every reader on inputs that nobody hopes for: an answer or a sentence, never an exception, never an hour.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { Analyser, analyse } from '../src/analysis/analyser';
import { parseAnnotation } from '../src/analysis/annotations/annotations';
import { RULES } from '../src/analysis/advice/rules';
import { runSimulateCommand } from '../src/cli/simulate';
import { blameOf } from '../src/core/insight/blame';
import { criticalPathOf } from '../src/core/insight/criticalPath';
import { UserError } from '../src/core/errors';
import { LaneState } from '../src/core/model/lanes';
import { statisticsOf } from '../src/core/insight/statistics';
import { validateTrace } from '../src/core/model/validateTrace';
import { verdictOf } from '../src/core/insight/verdict';
import { readDamagedTraceJson, writeTraceJson } from '../src/formats/traceJson';
import { damaged, FUZZ_INPUTS, FUZZ_TIMEOUT_MS, fuzz } from './support/fuzz';
import { lanesOf, oddlyNamed } from './support/oddTraces';
import { readCorpus } from './analysis/corpus';
import { readSamples } from './analysis/samples';

function oneLane() {
  return lanesOf([LaneState.waitingForLock, LaneState.runningWithGil, LaneState.ready]);
}

/** Whatever is thrown must be a sentence for people. */
function orSentence(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    assert.match(error.message, /\S/);
  }
}

describe(`${FUZZ_INPUTS.toLocaleString('en')} inputs each`, () => {
  it('of damaged trace files are read and analysed, or refused with a sentence', () => {
    const seeds = [writeTraceJson(oddlyNamed()), writeTraceJson(oneLane())];
    fuzz(
      1,
      dice => damaged(dice.of(seeds), dice),
      text => {
        orSentence(() => {
          const { trace } = readDamagedTraceJson(text);
          assert.equal(validateTrace(trace), undefined);
          const waitedNs = statisticsOf(trace).lanes.reduce(
            (sum, lane) => sum + lane.waitedNs + lane.waitedForLockNs,
            0,
          );
          assert.equal(
            blameOf(trace).reduce((sum, { ns }) => sum + ns, 0),
            waitedNs,
          );
          assert.match(verdictOf(trace).sentence, /\.$/);
          criticalPathOf(trace);
        });
      },
    );
  }).timeout(FUZZ_TIMEOUT_MS);

  it('of damaged Python are read, asked about, and edited', () => {
    const seeds = [...readSamples(), ...readCorpus()].map(({ source }) => source);
    const analyser = new Analyser('a.py');
    fuzz(
      2,
      dice => damaged(dice.of(seeds), dice),
      source => {
        const { findings } = analyser.update(source);
        for (const { fromOffset, toOffset } of findings)
          assert.ok(0 <= fromOffset && fromOffset <= toOffset && toOffset <= source.length);
        for (const { from, to } of analyser.advice(RULES)) assert.ok(from <= to);
        analyser.constructs();
        analyser.assumedProgram();
        analyser.releaseNoteAt(source.length >> 1);
        analyser.memory();
      },
    );
  }).timeout(FUZZ_TIMEOUT_MS);

  it('of damaged annotations say what they mean, or what is wrong with them', () => {
    const seeds = [
      '# gil: threads 4, lock jobs',
      '# gil: machine cores=4 interval=5ms seed=7 os=linux',
      '# gil: compute 5ms holds 3ms io 20ms sleep 1s releases 2us repeat 10',
    ];
    fuzz(
      3,
      dice => damaged(dice.of(seeds), dice, 6).replaceAll('\n', ' '),
      text => {
        for (const { message, range } of parseAnnotation(text, 0)?.problems ?? []) {
          assert.match(message, /\S/);
          assert.ok(0 <= range.from && range.from <= range.to && range.to <= text.length);
        }
        analyse(`def f():  ${text}\n    g()  ${text}\n`, 'a.py');
      },
    );
  }).timeout(FUZZ_TIMEOUT_MS);

  describe('of the command line', () => {
    let folder = '';
    before(() => (folder = mkdtempSync(path.join(tmpdir(), 'gil-fuzz-'))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    it('are obeyed, or refused with a sentence', () => {
      const file = path.join(folder, 'a.py');
      writeFileSync(file, 'def f():  # gil: threads 2\n    g()  # gil: compute 5ms\n');
      const words: readonly string[] = [
        ...['--runtime', '--threads', '--cores', '--interval', '--seed', '--json', '--costs', file],
        ...['gil', 'processes', 'gil-ticks', '3', '-1', '1e9', '5ms', '0.1us', '∞', '', '--', '-x'],
        ...['--runtime=gil', '--threads=2', '--cores=1', '--interval=1s', '--seed=9', '/dev/null'],
      ];
      fuzz(
        4,
        dice => {
          const chosen = Array.from({ length: dice.below(7) }, () => dice.of(words));
          const odd = dice.below(4) === 0 ? [damaged(dice.of(words), dice, 2)] : [];
          return JSON.stringify([...chosen, ...odd].filter(word => !word.startsWith('--trace')));
        },
        input => {
          const given: unknown = JSON.parse(input);
          assert.ok(Array.isArray(given));
          orSentence(() => runSimulateCommand(given.map(String), text => assert.ok(text !== '')));
        },
      );
      assert.match(readFileSync(file, 'utf8'), /^def f/);
    }).timeout(FUZZ_TIMEOUT_MS);
  });
});
