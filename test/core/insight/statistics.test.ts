// Blame, statistics, distributions and the critical path, on stories whose sums stand beside them.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { blameOf, NOBODY } from '../../../src/core/insight/blame';
import { DEFAULT_COSTS, IDEAL_COSTS } from '../../../src/core/worlds/costs';
import { criticalPathOf } from '../../../src/core/insight/criticalPath';
import {
  distributionOf,
  holdsPerLock,
  waitsPerLane,
} from '../../../src/core/insight/distributions';
import { LaneState } from '../../../src/core/model/lanes';
import { simulate } from '../../../src/core/machine/machine';
import type { Program } from '../../../src/core/model/program';
import { statisticsOf } from '../../../src/core/insight/statistics';
import type { Trace } from '../../../src/core/model/trace';
import { anyScenario, checkLaw, runOf } from '../../support/randomPrograms';
import { program } from '../../support/stories';

function traceOf(plan: Program, runtime = 'gil', costs = IDEAL_COSTS): Trace {
  const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
  return simulate({ program: plan, runtime, conditions, costs });
}

const TWO = program`
  A  compute 12ms
  B  compute 3ms
`;

describe('blame', () => {
  it('names the victim, the culprit, the line and the time, the worst first', () => {
    // A  run 5 · wait 3 · run 7;  B  wait 5 · run 3. B waited for A at A's line 2, A for B at B's line 3.
    const rows = blameOf(traceOf(TWO)).map(({ victim, culprit, position, ns, waitCount }) => [
      'mAB'[victim],
      'mAB'[culprit],
      position,
      ns / 1e6,
      waitCount,
    ]);
    deepStrictEqual(rows, [
      ['B', 'A', 2, 5, 1],
      ['A', 'B', 3, 3, 1],
    ]);
  });

  it('blames the time that a hand-off takes on nobody', () => {
    const rows = blameOf(
      traceOf(TWO, 'gil', { ...IDEAL_COSTS, wakeLatency: DEFAULT_COSTS.wakeLatency }),
    );
    const nobody = rows.filter(row => row.culprit === NOBODY);
    // Each hand-off takes a wake-up of 5 to 250 µs, in which nobody has the GIL.
    ok(nobody.length > 0 && nobody.every(row => row.position === 0 && row.ns < 1e6));
  });

  it('names the lock of the program that was waited for', () => {
    const trace = traceOf(program`
      A  lock L · sleep 4ms · unlock L
      B  lock L · unlock L
    `);
    const [row] = blameOf(trace);
    deepStrictEqual([trace.locks[row.lock].name, row.ns], ['L', 4e6]);
  });
});

describe('statistics', () => {
  it('add up what each thread did', () => {
    const { lanes, wallNs, effectiveCores, waitingShare } = statisticsOf(traceOf(TWO));
    deepStrictEqual(
      lanes.slice(1).map(lane => [lane.heldNs, lane.waitedNs, lane.lifeNs].map(ns => ns / 1e6)),
      [
        [12, 3, 15],
        [3, 5, 8],
      ],
    );
    deepStrictEqual([wallNs, effectiveCores], [15e6, 1]);
    strictEqual(waitingShare, 8 / 23); // 3 + 5 ms of waiting in lives of 15 and 8 ms
  });

  it('count hand-offs as CPython does, and tell forced from voluntary ones', () => {
    const { handOffCount, forcedHandOffCount, voluntaryHandOffCount } = statisticsOf(traceOf(TWO));
    // main → A when main ends, A → B at 5 because B asked, B → A when B ends.
    deepStrictEqual([handOffCount, forcedHandOffCount, voluntaryHandOffCount], [3, 1, 2]);
  });

  it('add up what each line took', () => {
    const { lines } = statisticsOf(traceOf(TWO));
    deepStrictEqual(
      lines.map(line => [line.position, line.heldNs / 1e6, line.waitedNs / 1e6]),
      [
        [2, 12, 3],
        [3, 3, 5],
      ],
    );
  });

  it('of processes count cores, not hand-offs', () => {
    const { effectiveCores, handOffCount } = statisticsOf(traceOf(TWO, 'processes'));
    deepStrictEqual([effectiveCores, handOffCount], [15 / 12, 0]); // 15 ms of work in 12
  });
});

describe('distributions', () => {
  it('have quantiles that occur', () => {
    const { p10Ns, p50Ns, p90Ns, p99Ns, maxNs, count, totalNs } = distributionOf([5, 1, 4, 2, 3]);
    deepStrictEqual([p10Ns, p50Ns, p90Ns, p99Ns, maxNs, count, totalNs], [1, 3, 5, 5, 5, 5, 15]);
    strictEqual(distributionOf([]).maxNs, 0);
  });

  it('of holds and waits are those of the story', () => {
    const trace = traceOf(TWO);
    strictEqual(holdsPerLock(trace)[0].maxNs, 7e6);
    deepStrictEqual(
      waitsPerLane(trace).map(waits => [waits.count, waits.maxNs / 1e6]),
      [
        [0, 0],
        [1, 3],
        [1, 5],
      ],
    );
  });
});

describe('the critical path', function () {
  this.timeout(60_000);

  it('goes through whoever was waited for', () => {
    const trace = traceOf(program`
      main  start A · start B · join A · join B
      A  sleep 4ms
      B  sleep 2ms · compute 7ms
    `);
    const { pieces } = criticalPathOf(trace);
    deepStrictEqual(
      pieces.map(({ lane, state, endNs }) => [lane, state, endNs / 1e6]),
      [
        [2, LaneState.blocked, 2],
        [2, LaneState.runningWithGil, 9],
      ],
    );
  });

  it('covers the run from its beginning to its end without gaps', () => {
    checkLaw(anyScenario, scenario => {
      const { trace } = runOf(scenario);
      const { pieces, nsPerState } = criticalPathOf(trace);
      let nowNs = 0;
      for (const piece of pieces) {
        strictEqual(piece.startNs, nowNs);
        nowNs = piece.endNs;
      }
      strictEqual(nowNs, trace.nowNs);
      strictEqual(
        nsPerState.reduce((a, b) => a + b),
        trace.nowNs,
      );
    });
  });
});
