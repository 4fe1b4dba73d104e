import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LANE_STATE_COUNT, LaneState } from '../../../src/core/model/lanes';
import { LaneStore } from '../../../src/core/model/laneStore';
import { coverColumns, addColumnsAt, makeCoverage } from '../../../webview/drawing/coverage';

const { runningWithGil, waitingForGil, blocked } = LaneState;

describe('coverage of pixel columns', () => {
  it('is the time of each state within each column', () => {
    const store = laneOf([
      [0, runningWithGil],
      [30, waitingForGil],
      [50, blocked],
    ]);
    store.extendTo(100);
    const out = makeCoverage(4);
    coverColumns(store, { fromNs: 0, toNs: 100 }, 4, out);
    // Columns of 25: all running; 5 running and 20 waiting; blocked from 50 on.
    assert.deepEqual(statesOf(out, 0), { [runningWithGil]: 25 });
    assert.deepEqual(statesOf(out, 1), { [runningWithGil]: 5, [waitingForGil]: 20 });
    assert.deepEqual(statesOf(out, 2), { [blocked]: 25 });
    assert.deepEqual(statesOf(out, 3), { [blocked]: 25 });
  });

  it('is empty before the start, after the end and of an empty lane', () => {
    const store = laneOf([[0, runningWithGil]]);
    store.extendTo(10);
    const out = makeCoverage(2);
    coverColumns(store, { fromNs: 10, toNs: 20 }, 2, out);
    assert.deepEqual([...out].filter(Boolean), []);
    coverColumns(new LaneStore(), { fromNs: 0, toNs: 20 }, 2, out);
    assert.deepEqual([...out].filter(Boolean), []);
  });

  it('sums to the time known of the window, and agrees with the index, for any lane and any window', () => {
    const lane = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: LANE_STATE_COUNT - 1 })),
      { minLength: 1, maxLength: 400 },
    );
    fc.assert(
      fc.property(
        lane,
        fc.nat(9000),
        fc.integer({ min: 10, max: 20000 }),
        (steps, fromNs, span) => {
          const store = new LaneStore();
          let at = 0;
          for (const [ns, state] of steps) {
            store.push(at, state, 0);
            at += ns;
          }
          store.extendTo(at);
          for (const columnCount of [1, 3, 40]) {
            const window = { fromNs, toNs: fromNs + span };
            const out = makeCoverage(columnCount);
            coverColumns(store, window, columnCount, out);
            for (let column = 0; column < columnCount; column++) {
              const expected = new Float64Array(LANE_STATE_COUNT);
              const from = fromNs + (column * span) / columnCount;
              store.addTimePerState(from, fromNs + ((column + 1) * span) / columnCount, expected);
              const got = out.subarray(column * LANE_STATE_COUNT, (column + 1) * LANE_STATE_COUNT);
              expected.forEach((ns, state) => assert.ok(Math.abs(ns - got[state]) < 1e-6));
            }
          }
        },
      ),
    );
  });

  it('counts only the spans that are asked for', () => {
    const store = new LaneStore();
    store.push(0, runningWithGil, 1);
    store.push(10, runningWithGil, 2);
    store.push(30, runningWithGil, 1);
    store.extendTo(40);
    const out = makeCoverage(1);
    const cover = { store, window: { fromNs: 0, toNs: 40 }, columnCount: 1, out };
    addColumnsAt(cover, segment => store.positionOf(segment) === 1);
    // 10 before and 10 after line 2.
    assert.deepEqual(statesOf(out, 0), { [runningWithGil]: 20 });
  });
});

function laneOf(segments: readonly (readonly [number, number])[]): LaneStore {
  const store = new LaneStore();
  for (const [startNs, state] of segments) store.push(startNs, state, 0);
  return store;
}

function statesOf(out: Float64Array, column: number): Record<number, number> {
  const at = column * LANE_STATE_COUNT;
  const entries = [...out.subarray(at, at + LANE_STATE_COUNT)].map((ns, state) => [state, ns]);
  return Object.fromEntries(entries.filter(([, ns]) => ns > 0)) as Record<number, number>;
}
