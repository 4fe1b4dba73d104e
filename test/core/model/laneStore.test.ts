// A lane: a partition of time, and exact sums over any stretch of it.

import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { LANE_STATE_COUNT } from '../../../src/core/model/lanes';
import { LaneStore } from '../../../src/core/model/laneStore';
import { pick } from '../../support/depth';

interface Change {
  readonly afterNs: number;
  readonly state: number;
  readonly position: number;
}

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    afterNs: fc.integer({ min: 0, max: 4 }),
    state: fc.integer({ min: 0, max: 2 }),
    position: fc.integer({ min: 0, max: 1 }),
  }),
  { minLength: 1, maxLength: 150, size: 'max' },
);

/** The lane as one state and position per nanosecond: slow and plainly right. */
function painted(
  list: readonly Change[],
  endNs: number,
): { states: number[]; positions: number[] } {
  const states: number[] = new Array<number>(endNs).fill(0);
  const positions: number[] = new Array<number>(endNs).fill(0);
  let nowNs = 0;
  for (const { afterNs, state, position } of list) {
    nowNs += afterNs;
    states.fill(state, nowNs);
    positions.fill(position, nowNs);
  }
  return { states, positions };
}

function storeOf(list: readonly Change[]): { store: LaneStore; endNs: number } {
  const store = new LaneStore();
  store.push(0, 0, 0);
  let nowNs = 0;
  for (const { afterNs, state, position } of list) {
    nowNs += afterNs;
    store.push(nowNs, state, position);
  }
  store.extendTo(nowNs + 3);
  return { store, endNs: nowNs + 3 };
}

function timeUpTo(store: LaneStore, toNs: number): Float64Array {
  const sums = new Float64Array(LANE_STATE_COUNT);
  store.addTimePerState(0, toNs, sums);
  return sums;
}

describe('a lane', () => {
  it('sums the time in each state over any stretch, as counting every nanosecond would', () => {
    fc.assert(
      fc.property(changes, fc.nat(), fc.nat(), (list, a, b) => {
        const { store, endNs } = storeOf(list);
        const [from, to] = [a % (endNs + 1), b % (endNs + 1)].sort((x, y) => x - y);
        const sums = new Float64Array(LANE_STATE_COUNT);
        store.addTimePerState(from, to, sums);
        const counted = new Float64Array(LANE_STATE_COUNT);
        for (const state of painted(list, endNs).states.slice(from, to)) counted[state]++;
        deepStrictEqual(sums, counted);
      }),
      { numRuns: pick(10_000, 1_000) },
    );
  });

  it('is the same whether or not something was tried out at an instant', () => {
    // A segment of no length leaves no trace, not even at the edge of a block of 32 segments.
    fc.assert(
      fc.property(changes, list => {
        const { store, endNs } = storeOf(list);
        const clean = new LaneStore();
        const { states, positions } = painted(list, endNs);
        for (let ns = 0; ns < endNs; ns++) clean.push(ns, states[ns], positions[ns]);
        clean.extendTo(endNs);
        deepStrictEqual(store.columns(), clean.columns());
      }),
      { numRuns: pick(10_000, 1_000) },
    );
  });

  it('is the same whether its segments come one by one or many at once', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 60 }), (list, atOnce) => {
        const { store, endNs } = storeOf(list);
        const many = new LaneStore();
        many.push(0, 0, 0);
        let nowNs = 0;
        const times = list.map(({ afterNs }) => (nowNs += afterNs));
        for (let from = 0; from < list.length; from += atOnce) {
          const part = list.slice(from, from + atOnce);
          many.append({
            starts: Float64Array.from(times.slice(from, from + atOnce)),
            states: Uint8Array.from(part, ({ state }) => state),
            positions: Uint16Array.from(part, ({ position }) => position),
          });
        }
        strictEqual(many.endNs, nowNs);
        many.extendTo(endNs);
        deepStrictEqual(many.columns(), store.columns());
        for (let toNs = 0; toNs <= endNs; toNs++) {
          deepStrictEqual(timeUpTo(many, toNs), timeUpTo(store, toNs));
        }
      }),
      { numRuns: pick(3_000, 300) },
    );
  });

  it('knows which segment a moment belongs to', () => {
    const store = new LaneStore();
    store.push(0, 1, 0);
    store.push(10, 2, 0);
    store.extendTo(15);
    deepStrictEqual(
      [-1, 0, 9, 10, 14, 15, 99].map(ns => store.segmentAt(ns)),
      [-1, 0, 0, 1, 1, 1, 1],
    );
    deepStrictEqual([store.endOf(0), store.endOf(1)], [10, 15]);
  });

  it('ends no earlier than it did', () => {
    const store = new LaneStore();
    store.push(0, 1, 0);
    store.extendTo(20);
    store.extendTo(5);
    strictEqual(store.endNs, 20);
  });
});
