// The index of a lane: for every block of segments when it begins, and the time in each state up to there.
//
// Looking up a moment is a search in a short column of its own, one row of sums, and a walk of less than a block. The
// columns are as compact as they can be because a picture asks for tens of thousands of moments, each somewhere else:
// what it costs is the memory it touches. So a row has a sum only for the states that the lane has ever been in.

import { TimeColumn } from './columns';
import { LANE_STATE_COUNT } from './lanes';

/** Segments in a block. */
export const BLOCK_SEGMENTS = 16;

/** What of a lane the index is made from. */
export interface IndexedColumns {
  readonly starts: Float64Array;
  readonly states: Uint8Array;
}

/** The index as columns, for loops over many moments at once. Valid until the next push; not copies. */
export interface BlockSums {
  /** When each block of {@link BLOCK_SEGMENTS} segments begins. */
  readonly blockStarts: Float64Array;
  /** For each block a row of one sum for each of `occurring`: ns in that state from 0 to the start of the block. */
  readonly sums: Float64Array;
  /** The states that occur in the lane, in the order in which they first did. */
  readonly occurring: readonly number[];
  /** The place of each state in a row; meaningless for states that do not occur. */
  readonly slotOf: Uint8Array;
}

const NO_SLOT = 255;
/** The row that is being made; there is one at a time. */
const rowBefore = new Float64Array(LANE_STATE_COUNT);

export class BlockIndex {
  readonly #blockStarts = new TimeColumn(1);
  #sums = new TimeColumn(1);
  readonly #states: number[] = [];
  readonly #slotOf = new Uint8Array(LANE_STATE_COUNT).fill(NO_SLOT);

  get byteLength(): number {
    return this.#blockStarts.byteLength + this.#sums.byteLength;
  }

  /** Makes room for a state. Called before a segment of it is closed into a row. */
  note(state: number): void {
    if (this.#slotOf[state] === NO_SLOT) this.#addState(state);
  }

  /** A block begins with the segment `first` of `columns`; those before it are as they will stay. */
  open(first: number, { starts, states }: IndexedColumns): void {
    const width = this.#states.length;
    const row = rowBefore.subarray(0, width);
    const before = this.#sums.length - width;
    for (let slot = 0; slot < width; slot++) {
      row[slot] = before >= 0 ? this.#sums.at(before + slot) : 0;
    }
    let start = starts[Math.max(0, first - BLOCK_SEGMENTS)];
    for (let i = Math.max(0, first - BLOCK_SEGMENTS); i < first; i++) {
      const end = starts[i + 1];
      row[this.#slotOf[states[i]]] += end - start;
      start = end;
    }
    this.#sums.append(row);
    this.#blockStarts.push(starts[first]);
  }

  /** The last block has not begun after all. */
  reopen(): void {
    this.#blockStarts.truncate(this.#blockStarts.length - 1);
    this.#sums.truncate(this.#sums.length - this.#states.length);
  }

  columns(): BlockSums {
    return {
      blockStarts: this.#blockStarts.view(),
      sums: this.#sums.view(),
      occurring: this.#states,
      slotOf: this.#slotOf,
    };
  }

  /** Adds `sign` × (time per state from 0 to the start of a block) to `out`. */
  addRow(block: number, sign: 1 | -1, out: Float64Array): void {
    const row = block * this.#states.length;
    for (let slot = 0; slot < this.#states.length; slot++) {
      out[this.#states[slot]] += sign * this.#sums.at(row + slot);
    }
  }

  /** Every row becomes one sum wider. Happens once for each state, mostly while the lane is short. */
  #addState(state: number): void {
    const width = this.#states.length;
    this.#slotOf[state] = width;
    this.#states.push(state);
    const wider = new TimeColumn(this.#blockStarts.length * (width + 1));
    for (let row = 0; row < this.#blockStarts.length; row++) {
      for (let slot = 0; slot < width; slot++) wider.push(this.#sums.at(row * width + slot));
      wider.push(0);
    }
    this.#sums = wider;
  }
}
