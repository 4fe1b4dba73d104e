// How much of each state falls into each pixel column: exact, and at a cost that depends on the pixels, not the trace.

import { firstIndex } from '../../src/core/search';
import { BLOCK_SEGMENTS } from '../../src/core/model/blockIndex';
import { LANE_STATE_COUNT } from '../../src/core/model/lanes';
import type { LaneStore } from '../../src/core/model/laneStore';
import type { TimeWindow } from '../model/viewport';

/** Up to this many segments a column, walking them is cheaper than asking the index. */
const WALKED_PER_COLUMN = 32;

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
  addColumns({ store, window, columnCount, out });
}

/** As {@link coverColumns}, on top of what `out` has: the sum of several lanes. */
export function addColumns(cover: Cover): void {
  const { store, window, columnCount } = cover;
  if (store.count === 0 || columnCount === 0) return;
  const first = Math.max(0, store.segmentAt(window.fromNs));
  const last = store.segmentAt(window.toNs);
  if (last - first <= columnCount * WALKED_PER_COLUMN) walk(cover, first, last);
  else lookUp(cover);
}

/** As {@link addColumns}, counting only some of the segments. */
export function addColumnsAt(cover: Cover, only: (segment: number) => boolean): void {
  const { store, window } = cover;
  if (store.count === 0) return;
  const first = Math.max(0, store.segmentAt(window.fromNs));
  walk(cover, first, store.segmentAt(window.toNs), only);
}

/** What is covered, with what. */
export interface Cover {
  readonly store: LaneStore;
  readonly window: TimeWindow;
  readonly columnCount: number;
  readonly out: Float64Array;
}

function walk(
  cover: Cover,
  first: number,
  last: number,
  only?: (segment: number) => boolean,
): void {
  const { store, window, columnCount, out } = cover;
  const { starts, states } = store.columns();
  const nsPerColumn = (window.toNs - window.fromNs) / columnCount;
  let column = 0;
  for (let segment = first; segment <= last; segment++) {
    if (only !== undefined && !only(segment)) continue;
    const state = states[segment];
    const ends = segment + 1 < starts.length ? starts[segment + 1] : store.endNs;
    const end = Math.min(ends, window.toNs);
    let at = Math.max(starts[segment], window.fromNs);
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

/**
 * From the prefix sums. Each edge between two columns is looked up once, from where the edge before it was found:
 * the sums up to it are taken from the column on its right and given to the one on its left. Works on the columns
 * themselves, because this runs for every lane and every pixel in every frame.
 */
function lookUp({ store, window, columnCount, out }: Cover): void {
  const { starts, states } = store.columns();
  const { blockStarts, sums, occurring, slotOf } = store.blockSums();
  const width = occurring.length;
  const nsPerColumn = (window.toNs - window.fromNs) / columnCount;
  const lastSegment = starts.length - 1;
  let block = 0;
  for (let edge = 0; edge <= columnCount; edge++) {
    const timeNs = Math.min(window.fromNs + edge * nsPerColumn, store.endNs);
    block = blockFrom(blockStarts, block, timeNs);
    const row = block * width;
    for (let slot = 0; slot < width; slot++) upTo[slot] = sums[row + slot];
    // Within the block the segments before the moment must be walked anyway, so they are not searched.
    let segment = block * BLOCK_SEGMENTS;
    let start = starts[segment];
    while (segment < lastSegment) {
      const next = starts[segment + 1];
      if (next > timeNs) break;
      upTo[slotOf[states[segment]]] += next - start;
      start = next;
      segment++;
    }
    if (timeNs > start) upTo[slotOf[states[segment]]] += timeNs - start;
    const at = (edge - 1) * LANE_STATE_COUNT;
    for (let slot = 0; slot < width; slot++) {
      if (edge > 0) out[at + occurring[slot]] += upTo[slot] - before[slot];
      before[slot] = upTo[slot];
    }
  }
}

/** Sums up to an edge, and up to the one before it. Made once: there is one picture at a time. */
const upTo = new Float64Array(LANE_STATE_COUNT);
const before = new Float64Array(LANE_STATE_COUNT);

/** The block that contains a time, looked for from one at or before it: first in growing steps, then by halves. */
function blockFrom(blockStarts: Float64Array, from: number, timeNs: number): number {
  const { length } = blockStarts;
  let step = 1;
  let low = from;
  while (low + step < length && blockStarts[low + step] <= timeNs) {
    low += step;
    step *= 2;
  }
  const high = Math.min(length, low + step);
  return firstIndex(low + 1, high, i => blockStarts[i] > timeNs) - 1;
}
