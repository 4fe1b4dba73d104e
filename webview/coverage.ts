// How much of each state falls into each pixel column: exact, and at a cost that depends on the pixels, not the trace.

import { LANE_STATE_COUNT } from '../src/core/lanes';
import type { LaneStore } from '../src/core/laneStore';
import type { TimeWindow } from './viewport';

/** Up to this many segments a column, walking them is cheaper than asking the index. */
const WALKED_PER_COLUMN = 48;

/** Time in ns: `LANE_STATE_COUNT` numbers for each of the columns, one after another. */
export function makeCoverage(columnCount: number): Float64Array {
  return new Float64Array(columnCount * LANE_STATE_COUNT);
}

/** Fills `out` (from {@link makeCoverage}) with the time of each state in each of the columns of the window. */
export function coverColumns(
  store: LaneStore,
  window: TimeWindow,
  columnCount: number,
  out: Float64Array,
): void {
  out.fill(0);
  if (store.count === 0 || columnCount === 0) return;
  const first = Math.max(0, store.segmentAt(window.fromNs));
  const last = store.segmentAt(window.toNs);
  if (last - first <= columnCount * WALKED_PER_COLUMN) {
    walk({ store, window, columnCount, out }, first, last);
  } else {
    look(store, window, columnCount, out);
  }
}

/** As {@link coverColumns}, counting only the segments whose source position is in `positions`. */
export function coverColumnsAt(cover: Cover, positions: ReadonlySet<number>): void {
  const { store, window, out } = cover;
  out.fill(0);
  if (store.count === 0) return;
  const first = Math.max(0, store.segmentAt(window.fromNs));
  walk(cover, first, store.segmentAt(window.toNs), positions);
}

/** What is covered, with what. */
export interface Cover {
  readonly store: LaneStore;
  readonly window: TimeWindow;
  readonly columnCount: number;
  readonly out: Float64Array;
}

function walk(cover: Cover, first: number, last: number, only?: ReadonlySet<number>): void {
  const { store, window, columnCount, out } = cover;
  const nsPerColumn = (window.toNs - window.fromNs) / columnCount;
  let column = 0;
  for (let segment = first; segment <= last; segment++) {
    if (only !== undefined && !only.has(store.positionOf(segment))) continue;
    const state = store.stateOf(segment);
    let at = Math.max(store.startOf(segment), window.fromNs);
    const end = Math.min(store.endOf(segment), window.toNs);
    column = Math.max(column, Math.floor((at - window.fromNs) / nsPerColumn) - 1);
    while (at < end) {
      let edge = window.fromNs + (column + 1) * nsPerColumn;
      while (edge <= at && column < columnCount - 1) {
        column++;
        edge = window.fromNs + (column + 1) * nsPerColumn;
      }
      const stop = column === columnCount - 1 ? end : Math.min(end, edge);
      out[column * LANE_STATE_COUNT + state] += stop - at;
      at = stop;
    }
  }
}

function look(store: LaneStore, window: TimeWindow, columnCount: number, out: Float64Array): void {
  const nsPerColumn = (window.toNs - window.fromNs) / columnCount;
  for (let column = 0; column < columnCount; column++) {
    const from = window.fromNs + column * nsPerColumn;
    const at = column * LANE_STATE_COUNT;
    store.addTimePerState(from, from + nsPerColumn, out.subarray(at, at + LANE_STATE_COUNT));
  }
}
