// What if: a recording of a program, and what the program itself does with the change.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { simulate } from '../../../src/core/machine/machine';
import type { Trace } from '../../../src/core/model/trace';
import { LaneState } from '../../../src/core/model/lanes';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import type { WhatIf } from '../../../src/core/replay/change';
import { predictionOf, subjectOfWhatIf, type Prediction } from '../../../src/core/replay/predict';
import { predictAll } from '../../../src/core/replay/proposals';
import { changeText, predictionText } from '../../../src/core/replay/whatIfText';
import { asRecorded } from '../../support/asRecorded';
import { oddlyNamed, partlySeen } from '../../support/oddTraces';
import { EXACT_HEADER } from '../../support/traces';
import { program } from '../../support/stories';

const CONDITIONS = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
const FORK: WhatIf = { kind: 'runtime', runtime: 'processes-fork' };

function runOf(text: string, more: { runtime?: string; switchIntervalNs?: number } = {}): Trace {
  const { runtime = 'gil', switchIntervalNs = 5e6 } = more;
  const conditions = { ...CONDITIONS, switchIntervalNs };
  return simulate({ program: program(text), runtime, conditions });
}

function predicted(trace: Trace, ...changes: readonly WhatIf[]): Prediction {
  const prediction = predictionOf(subjectOfWhatIf(trace), changes);
  if ('why' in prediction) throw new Error(prediction.why);
  return prediction;
}

function isNear(predictedNs: number, trueNs: number, within: number): void {
  const text = `${predictedNs / 1e6} ms predicted, ${trueNs / 1e6} ms true`;
  ok(Math.abs(predictedNs / trueNs - 1) <= within, text);
}

const COMPUTE = `
  main  start A · start B · join A · join B
  A  compute 200ms
  B  compute 120ms
`;
const MIXED = `
  main  start A · start B · start C · join A · join B · join C
  A  repeat 12 (compute 8ms · sleep 10ms)
  B  repeat 12 (compute 8ms · sleep 10ms)
  C  repeat 12 (compute 8ms · free 6ms)
`;
const PIPELINE = `
  main  start A · start B · repeat 12 (put P) · join A · join B
  A  repeat 12 (get P · compute 9ms · put Q)
  B  repeat 12 (get Q · compute 9ms)
`;

describe('what if, on a recording', () => {
  for (const [name, text] of Object.entries({ COMPUTE, MIXED, PIPELINE })) {
    it(`predicts processes as the program itself does with them: ${name.toLowerCase()}`, () => {
      const { afterNs } = predicted(asRecorded(runOf(text)), FORK);
      isNear(afterNs, runOf(text, { runtime: 'processes-fork' }).nowNs, 0.12);
    });
  }

  it('keeps a hand-over between threads: a pause of the same length would hide that the giver got faster', () => {
    const recorded = asRecorded(runOf(PIPELINE));
    const { afterNs, beforeNs } = predicted(recorded, FORK);
    ok(afterNs < 0.7 * beforeNs, `${afterNs} of ${beforeNs}`);
  });

  it('finds no gain where threads wait for I/O and for nothing else', () => {
    const io = `
      main  start A · start B · join A · join B
      A  repeat 20 (sleep 10ms)
      B  repeat 20 (sleep 10ms)
    `;
    const prediction = predicted(asRecorded(runOf(io)), FORK);
    ok(predictionText(prediction).startsWith('no gain'), predictionText(prediction));
  });

  it('lets a thread that runs until it is told to stop do as much as there is time for', () => {
    const convoy = `
      main  start B · repeat 40 (sleep 4ms · compute 200us) · join B
      B  compute 365ms
    `;
    const trace = asRecorded(runOf(convoy));
    const { afterNs, doubts } = predicted(trace, { kind: 'interval', switchIntervalNs: 5e5 });
    // 40 pauses of 4.1 ms and as many waits of a little more than half a millisecond, instead of 5 each.
    isNear(afterNs, 40 * 5e6, 0.15);
    ok(doubts.some(doubt => doubt.includes('until it is told to stop')));
  });

  it('takes I/O out of a lock', () => {
    const locked = `
      main  start A · start B · start C · join A · join B · join C
      A  repeat 8 (lock L · sleep 8ms · compute 1ms · unlock L)
      B  repeat 8 (lock L · sleep 8ms · compute 1ms · unlock L)
      C  repeat 8 (lock L · sleep 8ms · compute 1ms · unlock L)
    `;
    const trace = asRecorded(runOf(locked));
    const { afterNs, beforeNs } = predicted(trace, { kind: 'lock', lock: 'L', how: 'not-over-io' });
    ok(beforeNs > 200e6 && afterNs < 110e6, `${afterNs} of ${beforeNs}`);
    const unknown = predictionOf(subjectOfWhatIf(trace), [
      { kind: 'lock', lock: 'M', how: 'none' },
    ]);
    ok('why' in unknown && unknown.why.includes('called M'));
  });

  it('starts all before it waits for the first', () => {
    const inTurn = `
      main  start A · join A · start B · join B · start C · join C · start D · join D
      A  sleep 30ms
      B  sleep 30ms
      C  sleep 30ms
      D  sleep 30ms
    `;
    const trace = asRecorded(runOf(inTurn));
    const { afterNs, beforeNs } = predicted(trace, { kind: 'together' });
    ok(beforeNs > 115e6 && afterNs < 45e6, `${afterNs} of ${beforeNs}`);
    const best = predictAll(subjectOfWhatIf(trace)).at(0);
    deepStrictEqual(best?.changes, [{ kind: 'together' }]);
  });

  it('makes several changes together', () => {
    const both = `
      main  start A · start B · join A · join B
      A  repeat 8 (lock L · sleep 8ms · unlock L · compute 9ms)
      B  repeat 8 (lock L · sleep 8ms · unlock L · compute 9ms)
    `;
    const trace = asRecorded(runOf(both));
    const unlocked: WhatIf = { kind: 'lock', lock: 'L', how: 'none' };
    const together = predicted(trace, FORK, unlocked).afterNs;
    ok(
      together <= predicted(trace, FORK).afterNs && together <= predicted(trace, unlocked).afterNs,
    );
  });

  it('tells the same from the trace of a simulation, without a guess', () => {
    const { afterNs, fromNs, toNs, doubts } = predicted(runOf(COMPUTE), {
      kind: 'interval',
      switchIntervalNs: 1e6,
    });
    strictEqual(afterNs, runOf(COMPUTE, { switchIntervalNs: 1e6 }).nowNs);
    deepStrictEqual([fromNs, toNs, doubts], [afterNs, afterNs, []]);
  });
});

describe('what if, on a recording that tells little', () => {
  function recorded(
    states: readonly (readonly [number, LaneState])[],
    endNs: number,
  ): TraceBuilder {
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded', runtime: 'gil' });
    trace.addLock({ name: 'GIL', kind: 'gil' });
    trace.addLane({ name: 'MainThread', process: 0, interpreter: 0, gil: 0, main: true });
    for (const [timeNs, state] of states) trace.setState(0, timeNs, state, 0);
    trace.finish(endNs);
    return trace;
  }

  it('gives a reason instead of a figure where most was not observed', () => {
    const { problem } = subjectOfWhatIf(
      recorded(
        [
          [0, LaneState.unknown],
          [80e6, LaneState.runningWithGil],
        ],
        100e6,
      ),
    );
    ok(problem?.includes('not observed'));
  });

  it('gives a reason instead of a figure where the program talks to another process', () => {
    const { problem } = subjectOfWhatIf(
      recorded(
        [
          [0, LaneState.runningWithGil],
          [10e6, LaneState.waitingForProcess],
        ],
        100e6,
      ),
    );
    ok(problem?.includes('another process'));
  });

  it('says that a run has not ended', () => {
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded', runtime: 'gil' });
    trace.addLock({ name: 'GIL', kind: 'gil' });
    trace.addLane({ name: 'MainThread', process: 0, interpreter: 0, gil: 0, main: true });
    trace.setState(0, 0, LaneState.runningWithGil, 0);
    trace.setState(0, 50e6, LaneState.blocked, 0);
    const { doubts } = predicted(trace, { kind: 'cores', cores: 4 });
    ok(doubts.some(doubt => doubt.includes('has not ended')));
  });

  it('answers for a thousand threads, and for traces that are odd', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `T${i}`);
    const starts = [...names.map(name => `start ${name}`), ...names.map(name => `join ${name}`)];
    const text = [
      `main  ${starts.join(' · ')}`,
      ...names.map(name => `${name}  compute 300us · sleep 1ms`),
    ];
    const many = predicted(asRecorded(runOf(text.join('\n'))), FORK);
    ok(many.afterNs > 0);
    for (const odd of [
      oddlyNamed({ engine: 'recorded' }),
      oddlyNamed({ engine: 'imported' }),
      partlySeen(),
    ]) {
      const subject = subjectOfWhatIf(odd);
      const answer = predictionOf(subject, [FORK]);
      ok('why' in answer ? answer.why.length > 0 : answer.afterNs >= 0);
    }
  });

  it('has words for every change', () => {
    const changes: readonly WhatIf[] = [
      FORK,
      { kind: 'interval', switchIntervalNs: 5e5 },
      { kind: 'cores', cores: 4 },
      { kind: 'threads', count: 1 },
      { kind: 'release', file: 'a/b.py', line: 3 },
      { kind: 'pieces', file: '', line: 3, ns: 1e6 },
      { kind: 'lock', lock: 'L', how: 'none' },
      { kind: 'together' },
    ];
    deepStrictEqual(changes.map(changeText), [
      'processes (fork)',
      'a switch interval of 500 µs',
      '4 cores',
      '1 worker thread',
      'b.py:3 releases the GIL',
      'the call at line 3 in pieces of 1 ms',
      'no lock L',
      'start all first, then wait for all',
    ]);
  });
});
