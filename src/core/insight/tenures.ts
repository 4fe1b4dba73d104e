// Tenures: who had a lock at every moment, and at which line. What blame is cut along.

import type { PositionIndex } from '../model/program';
import { EventKind, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';

/** The culprit of time in which the lock was free, or in which the trace does not know who held it. */
export const NOBODY = -1;

/**
 * For each record of a trace so many pieces of waits are worked out: enough for two thousand threads that all wait for
 * one another. In a trace that was made to be slow there may be a million times more.
 */
const PIECES_PER_RECORD = 256;
const PIECES_OF_ANY_TRACE = 1_000_000;

/** Cuts are kept, pieces are only summed up; few locks are held at once. */
const PIECES_PER_CUT = 32;

/** How many pieces of waits are worked out of a trace. */
export function pieceLimitOf({ stores, events }: Trace): number {
  const records = stores.reduce((sum, { count }) => sum + count, events.times.length);
  return PIECES_OF_ANY_TRACE + PIECES_PER_RECORD * records;
}

/**
 * Who had a lock at every moment, and at which line: stretch i is [starts[i], starts[i + 1]) and belongs to the row
 * `rows[i]`, a culprit at a position. The last stretch never ends. Many threads wait through the same stretches, so
 * these are worked out once, and a wait only walks over numbers.
 */
export class Tenures {
  readonly starts: number[] = [0];
  readonly rows: number[] = [0];
  readonly rowCulprits: number[] = [NOBODY];
  readonly rowPositions: number[] = [0];
  readonly #rowNumbers = new Map<number, Map<number, number>>();

  /** From `startNs` on somebody else has it, or somewhere else; the starts only grow. */
  append(startNs: Nanoseconds, row: number): void {
    const last = this.starts.length - 1;
    if (this.rows[last] === row) return;
    if (this.starts[last] === startNs) {
      this.rows[last] = row;
      return;
    }
    this.starts.push(startNs);
    this.rows.push(row);
  }

  rowOf(culprit: number, position: PositionIndex): number {
    let ofCulprit = this.#rowNumbers.get(culprit);
    if (!ofCulprit) this.#rowNumbers.set(culprit, (ofCulprit = new Map<number, number>()));
    let row = ofCulprit.get(position);
    if (row === undefined) {
      row = this.rowCulprits.push(culprit) - 1;
      this.rowPositions.push(position);
      ofCulprit.set(position, row);
    }
    return row;
  }

  /** Into how many pieces a stretch falls. */
  countIn(startNs: Nanoseconds, endNs: Nanoseconds): number {
    const last = lastAtOrBefore(this.starts, endNs);
    const isBeyond = last > 0 && this.starts[last] === endNs;
    return last - lastAtOrBefore(this.starts, startNs) + (isBeyond ? 0 : 1);
  }

  /** Adds the pieces of a wait to the sums of a victim; how many there were. Row 0 is nobody. */
  add({ startNs, endNs, segment, mostPieces }: CountedWait, sums: RowSums): number {
    const { starts, rows } = this;
    if (mostPieces < Infinity && this.countIn(startNs, endNs) > mostPieces) {
      sums.add(0, endNs - startNs, segment);
      return 1;
    }
    const first = lastAtOrBefore(starts, startNs);
    let fromNs = startNs;
    let i = first;
    for (; fromNs < endNs; i++) {
      const untilNs = i + 1 < starts.length && starts[i + 1] < endNs ? starts[i + 1] : endNs;
      sums.add(rows[i], untilNs - fromNs, segment);
      fromNs = untilNs;
    }
    return i - first;
  }
}

/** A wait of a lane, and into how many pieces it may fall: see `mostPiecesOf` in blame.ts. */
interface CountedWait {
  readonly segment: number;
  readonly startNs: Nanoseconds;
  readonly endNs: Nanoseconds;
  readonly mostPieces: number;
}

/** What one victim waited for one lock, by row. */
export class RowSums {
  readonly #ns: number[];
  readonly #waits: number[];
  readonly #lastWaits: number[];
  readonly #used: number[] = [];

  constructor({ rowCulprits: { length } }: Tenures) {
    this.#ns = new Array<number>(length).fill(0);
    this.#waits = new Array<number>(length).fill(0);
    this.#lastWaits = new Array<number>(length).fill(-1);
  }

  add(row: number, ns: Nanoseconds, wait: number): void {
    if (this.#lastWaits[row] !== wait) {
      if (this.#waits[row] === 0) this.#used.push(row);
      this.#waits[row]++;
      this.#lastWaits[row] = wait;
    }
    this.#ns[row] += ns;
  }

  /** Tells the rows that have something, and is empty again. */
  takeAll(see: (row: number, ns: Nanoseconds, waitCount: number) => void): void {
    for (const row of this.#used) {
      see(row, this.#ns[row], this.#waits[row]);
      this.#ns[row] = 0;
      this.#waits[row] = 0;
      this.#lastWaits[row] = -1;
    }
    this.#used.length = 0;
  }
}

/** The tenures of each lock that somebody asks about. */
export class AllTenures {
  readonly #trace: Trace;
  readonly #holds: readonly Holds[];
  readonly #unknown = new Tenures();
  readonly #known = new Map<number, Tenures>();
  /** How many more cuts at lines are made: a thread may hold a hundred thousand locks through as many lines. */
  #cutsLeft: number;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#holds = holdsOf(trace);
    this.#cutsLeft = pieceLimitOf(trace) / PIECES_PER_CUT;
  }

  /** `lock` is -1 where it is not known for what was waited. */
  of(lock: number): Tenures {
    if (lock < 0) return this.#unknown;
    const known = this.#known.get(lock);
    if (known) return known;
    const tenures = new Tenures();
    const holds = this.#holds[lock];
    for (let hold = 0; hold < holds.count; hold++) this.#addHold(tenures, holds, hold);
    this.#known.set(lock, tenures);
    return tenures;
  }

  #addHold(tenures: Tenures, holds: Holds, hold: number): void {
    if (this.#cutsLeft > 0) {
      this.#cutsLeft -= addHold(tenures, this.#trace, holds, hold);
      return;
    }
    const [startNs, endNs] = [holds.starts[hold], holds.ends[hold]];
    if (startNs >= endNs) return;
    tenures.append(startNs, tenures.rowOf(holds.lanes[hold], 0));
    tenures.append(endNs, 0);
  }
}

/** Cuts a hold where its holder changes lines; how many segments it looked at. */
function addHold(tenures: Tenures, trace: Trace, holds: Holds, hold: number): number {
  const [culprit, endNs] = [holds.lanes[hold], holds.ends[hold]];
  const store = trace.stores[culprit];
  let nowNs = holds.starts[hold];
  if (nowNs >= endNs) return 1;
  const first = Math.max(0, store.segmentAt(nowNs));
  let at = first;
  for (; nowNs < endNs && at < store.count; at++) {
    if (store.endOf(at) <= nowNs) continue;
    tenures.append(nowNs, tenures.rowOf(culprit, store.positionOf(at)));
    nowNs = Math.min(store.endOf(at), endNs);
  }
  if (nowNs < endNs) tenures.append(nowNs, tenures.rowOf(culprit, 0));
  tenures.append(endNs, 0);
  return at - first + 1;
}

/** Index of the last of the growing `starts` that is `timeNs` or less; the first is 0. */
export function lastAtOrBefore(starts: readonly number[], timeNs: Nanoseconds): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle] <= timeNs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** When a lock was held, and by which lane: holds in order of time, not overlapping. */
export class Holds {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly lanes: number[] = [];

  get count(): number {
    return this.starts.length;
  }

  /** The first hold that ends after `timeNs`. */
  firstEndingAfter(timeNs: Nanoseconds): number {
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ends[middle] <= timeNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * The holds of each lock, by index. A hold without a release (a recording missed it) ends at the next acquire or
 * with the trace.
 */
export function holdsOf(trace: Trace): Holds[] {
  const all = trace.locks.map(() => new Holds());
  const open = new Int32Array(trace.locks.length).fill(-1);
  const { times, kinds, lanes, locks } = trace.events;
  const close = (lock: number, endNs: number): void => {
    if (open[lock] >= 0) all[lock].ends.push(endNs);
    open[lock] = -1;
  };
  for (let i = 0; i < times.length; i++) {
    if (kinds[i] === EventKind.acquire) {
      close(locks[i], times[i]);
      all[locks[i]].starts.push(times[i]);
      all[locks[i]].lanes.push(lanes[i]);
      open[locks[i]] = lanes[i];
    } else if (kinds[i] === EventKind.release) {
      close(locks[i], times[i]);
    }
  }
  for (let lock = 0; lock < all.length; lock++) close(lock, trace.nowNs);
  return all;
}
