// Files that were made to be slow: no analysis takes more than n log n of what is in them.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { blameInSlices, blameTableOf, forEachBlame } from '../../../src/core/insight/blame';
import { coreShareOf } from '../../../src/core/insight/coreShare';
import { criticalPathOf } from '../../../src/core/insight/criticalPath';
import { holdsPerLock, waitsPerLane } from '../../../src/core/insight/distributions';
import { LaneState, usesCore } from '../../../src/core/model/lanes';
import { statisticsOf } from '../../../src/core/insight/statistics';
import type { Trace } from '../../../src/core/model/trace';
import { validateTrace } from '../../../src/core/model/validateTrace';
import { verdictOf } from '../../../src/core/insight/verdict';
import { figuresByLine } from '../../../src/editor/drawings/lineFigures';
import {
  longWaitsThroughManyHolds,
  manyLanesAndLocks,
  manyLanesOfWorkers,
  manyLocksAtOnce,
} from '../../support/slowTraces';
import { lanesOf } from '../../support/oddTraces';

/** Each of these took a minute and more, or never ended. */
const BOMBS: readonly (readonly [string, () => Trace])[] = [
  ['20,000 lanes and 100,000 locks', manyLanesAndLocks],
  ['20,000 lanes of real threads that change one after the other', manyLanesOfWorkers],
  ['20,000 lanes that wait through 100,000 holds', longWaitsThroughManyHolds],
  ['100,000 locks held at once through 100,000 lines', manyLocksAtOnce],
];

describe('a trace that was made to be slow', () => {
  for (const [name, make] of BOMBS) {
    it(`is analysed like any other of its size: ${name}`, () => {
      const trace = make();
      assert.equal(validateTrace(trace), undefined);
      const waitedNs = statisticsOf(trace).lanes.reduce(
        (sum, lane) => sum + lane.waitedNs + lane.waitedForLockNs,
        0,
      );
      const blamedNs = blameTableOf(trace).rows.reduce((sum, { ns }) => sum + ns, 0);
      assert.equal(blamedNs, waitedNs);
      let piecesNs = 0;
      forEachBlame(trace, ({ startNs, endNs }) => (piecesNs += endNs - startNs));
      assert.equal(piecesNs, waitedNs);
      assert.match(verdictOf(trace).sentence, /\.$/);
      assert.equal(
        criticalPathOf(trace).nsPerState.reduce((sum, ns) => sum + ns, 0),
        trace.nowNs,
      );
      assert.equal(holdsPerLock(trace).length, trace.locks.length);
      assert.equal(waitsPerLane(trace).length, trace.lanes.length);
      assert.ok(figuresByLine(trace, () => true).size > 0);
    }).timeout(60_000);
  }

  it('is told not to be blamed in full, and blames nobody for what was not worked out', () => {
    const { isWhole, rows } = blameTableOf(longWaitsThroughManyHolds());
    assert.equal(isWhole, false);
    assert.ok(rows.length < 1_000_000, `${rows.length} rows`);
    assert.match(verdictOf(longWaitsThroughManyHolds()).caveats, /not worked out/);
  }).timeout(60_000);

  it('is blamed in slices between which other work is done', () => {
    let slices = 0;
    const steps = blameInSlices(manyLocksAtOnce());
    while (steps.next().done !== true) slices++;
    assert.ok(slices > 2, `${slices} slices`);
  }).timeout(60_000);
});

describe('the share of the cores', () => {
  it('is what adding up moment by moment comes to', () => {
    const trace = lanesOf([LaneState.blocked, LaneState.blocked, LaneState.blocked], {
      durationNs: 0,
      header: { ...lanesOf([0]).header, cores: 2 },
    });
    const turns = [LaneState.runningWithGil, LaneState.ready, LaneState.runningWithoutGil];
    for (let timeNs = 1, random = 7; timeNs < 600; timeNs++) {
      random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
      trace.setState((random >> 8) % 3, timeNs, turns[(random >> 16) % 3], 0);
    }
    trace.finish(700);
    const expected = { usedNs: 0, takenNs: 0 };
    for (let timeNs = 0; timeNs < 700; timeNs++) {
      const states = trace.stores.map(store => store.stateOf(store.segmentAt(timeNs)));
      const busy = states.filter(usesCore).length;
      const ready = states.filter(state => state === LaneState.ready).length;
      expected.usedNs += busy;
      expected.takenNs += Math.min(ready, Math.max(0, 2 - busy));
    }
    assert.ok(expected.takenNs > 0);
    assert.deepEqual(coreShareOf(trace), expected);
  });
});
