// One lane: what a thread did when, as columns, with an index that answers "how much of each state in [a, b)".
//
// The index is prefix sums, not a pyramid. For every block of segments it keeps the time spent in each state since the
// start of the lane. Any range is then two look-ups and at most two partial blocks, exact to the nanosecond for
// any zoom, and appending never rebuilds anything. A time-bucket pyramid would cost memory per unit of time
// instead of per segment, and be exact only on bucket edges.

import { firstIndex } from '../search';
import { BLOCK_SEGMENTS, BlockIndex, type BlockSums } from './blockIndex';
import { Column, TimeColumn } from './columns';
import type { Nanoseconds } from '../units';
import type { PositionIndex } from './program';

/** Room for so many segments at first: of ten thousand lanes most have few. */
const FIRST_SEGMENTS = 4;

/**
 * A lane as a partition of `[0, endNs)`: segment i runs from `startOf(i)` to `endOf(i)`, the last one to `endNs`.
 * Before the first segment nothing is known of the lane; by rule the first segment starts at 0.
 */
export class LaneStore {
  readonly #starts = new TimeColumn(FIRST_SEGMENTS);
  readonly #states = new Column('u8', FIRST_SEGMENTS);
  readonly #positions = new Column('index', FIRST_SEGMENTS);
  readonly #index = new BlockIndex();
  #endNs: Nanoseconds = 0;

  /** Number of segments. */
  get count(): number {
    return this.#starts.length;
  }

  /** Where the last segment ends so far. */
  get endNs(): Nanoseconds {
    return this.#endNs;
  }

  get byteLength(): number {
    return (
      this.#starts.byteLength +
      this.#states.byteLength +
      this.#positions.byteLength +
      this.#index.byteLength
    );
  }

  /**
   * Begins a segment at `startNs`, which ends the one before. Times never go backwards (the caller checks).
   * A segment of no length is replaced; a segment that only repeats state and position is merged.
   */
  push(startNs: Nanoseconds, state: number, position: PositionIndex): void {
    const last = this.count - 1;
    if (last >= 0 && this.#starts.at(last) === startNs) {
      this.#replaceLast(state, position);
      return;
    }
    if (last >= 0 && this.#states.at(last) === state && this.#positions.at(last) === position) {
      this.extendTo(startNs);
      return;
    }
    this.#index.note(state);
    this.#starts.push(startNs);
    this.#states.push(state);
    this.#positions.push(position);
    this.#openBlocks(last + 1);
    this.extendTo(startNs);
  }

  /** The same as {@link push} for each of the segments, in a tenth of the time for most. */
  append({ starts, states, positions }: LaneColumns): void {
    let at = 0;
    while (at < starts.length) {
      this.push(starts[at], states[at], positions[at]);
      const from = ++at;
      while (at < starts.length && starts[at] !== starts[at - 1] && differ(at)) at++;
      if (at > from) this.#appendRun(slice(from, at));
    }
    function differ(i: number): boolean {
      return states[i] !== states[i - 1] || positions[i] !== positions[i - 1];
    }
    function slice(from: number, to: number): LaneColumns {
      return {
        starts: starts.subarray(from, to),
        states: states.subarray(from, to),
        positions: positions.subarray(from, to),
      };
    }
  }

  /** Segments none of which replaces the one before it or is merged with it. */
  #appendRun({ starts, states, positions }: LaneColumns): void {
    const first = this.count;
    for (const state of states) this.#index.note(state);
    this.#starts.append(starts);
    this.#states.append(states);
    this.#positions.append(positions);
    this.#openBlocks(first);
    this.extendTo(starts[starts.length - 1]);
  }

  /** Indexes the blocks that begin with a segment from `first` on. */
  #openBlocks(first: number): void {
    let at = Math.ceil(first / BLOCK_SEGMENTS) * BLOCK_SEGMENTS;
    if (at >= this.count) return;
    const columns = this.columns();
    for (; at < this.count; at += BLOCK_SEGMENTS) this.#index.open(at, columns);
  }

  /** Moves the end of the last segment forward; never backwards. */
  extendTo(endNs: Nanoseconds): void {
    if (endNs > this.#endNs) this.#endNs = endNs;
  }

  startOf(segment: number): Nanoseconds {
    return this.#starts.at(segment);
  }

  /** End of a segment, exclusive. */
  endOf(segment: number): Nanoseconds {
    return segment + 1 < this.count ? this.#starts.at(segment + 1) : this.#endNs;
  }

  stateOf(segment: number): number {
    return this.#states.at(segment);
  }

  positionOf(segment: number): PositionIndex {
    return this.#positions.at(segment);
  }

  /** Index of the segment that contains `timeNs`; -1 before the first, the last one at and after the end. */
  segmentAt(timeNs: Nanoseconds): number {
    const starts = this.#starts;
    return firstIndex(0, starts.length, i => starts.at(i) > timeNs) - 1;
  }

  /** Adds to `out` (length `LANE_STATE_COUNT`, ns) the time spent in each state within `[fromNs, toNs)`. */
  addTimePerState(fromNs: Nanoseconds, toNs: Nanoseconds, out: Float64Array): void {
    const to = Math.min(toNs, this.#endNs);
    const from = Math.max(fromNs, this.count > 0 ? this.#starts.at(0) : to);
    if (to <= from) return;
    this.#addUpTo(to, 1, out);
    this.#addUpTo(from, -1, out);
  }

  /** The columns themselves, from segment `from` on, for the wire. Valid until the next push; not copies. */
  columns(from = 0): LaneColumns {
    return {
      starts: this.#starts.view(from),
      states: this.#states.view(from) as Uint8Array,
      positions: this.#positions.view(from) as Uint16Array | Uint32Array,
    };
  }

  /** The index itself, for loops over many moments at once. Valid until the next push; not a copy. */
  blockSums(): BlockSums {
    return this.#index.columns();
  }

  /** Adds `sign` × (time per state in [0, timeNs)) to `out`. */
  #addUpTo(timeNs: Nanoseconds, sign: 1 | -1, out: Float64Array): void {
    const segment = this.segmentAt(timeNs);
    if (segment < 0) return;
    const block = Math.floor(segment / BLOCK_SEGMENTS);
    this.#index.addRow(block, sign, out);
    for (let i = block * BLOCK_SEGMENTS; i < segment; i++) {
      out[this.#states.at(i)] += sign * (this.#starts.at(i + 1) - this.#starts.at(i));
    }
    out[this.#states.at(segment)] += sign * (timeNs - this.#starts.at(segment));
  }

  /** The last segment has no length yet and turns out to be something else. */
  #replaceLast(state: number, position: PositionIndex): void {
    const last = this.count - 1;
    const repeats =
      last > 0 && this.#states.at(last - 1) === state && this.#positions.at(last - 1) === position;
    if (repeats) {
      if (last % BLOCK_SEGMENTS === 0) this.#index.reopen();
      for (const column of [this.#starts, this.#states, this.#positions]) column.truncate(last);
    } else {
      this.#index.note(state);
      this.#states.set(last, state);
      this.#positions.set(last, position);
    }
  }
}

/** Parallel columns: segment i starts at `starts[i]` in `states[i]`, at source position `positions[i]`. */
export interface LaneColumns {
  readonly starts: Float64Array;
  readonly states: Uint8Array;
  readonly positions: Uint16Array | Uint32Array;
}
