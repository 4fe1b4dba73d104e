// Blame: for every wait, who had the lock meanwhile, at which line, for how long.
//
//   blameOf(trace)            the ranked table (victim, culprit, line, time), worst first
//   forEachBlame(trace, see)  each piece of each wait, in order of time within a lock
//
// A wait is a stretch in which a lane is in the state `waiting for the GIL` (or `for another lock`). It is cut where
// the lock changes hands, and where its holder changes lines. What nobody held is blamed on nobody, as a culprit of
// its own ({@link NOBODY}): time for a hand-off to arrive. So the pieces of a wait always sum to the wait, exactly.

import { firstIndex } from '../search';
import { LaneState } from '../model/lanes';
import type { PositionIndex } from '../model/program';
import { EventKind, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';

/** The culprit of time in which the lock was free, or in which the trace does not know who held it. */
export const NOBODY = -1;

/** A row of the table: how long `victim` waited for `lock` while `culprit` held it at `position`. */
export interface BlameRow {
  readonly lock: number;
  readonly victim: number;
  /** A lane, or {@link NOBODY}. */
  readonly culprit: number;
  /** Where the culprit was; 0 when nobody held the lock or the line is not known. */
  readonly position: PositionIndex;
  readonly ns: Nanoseconds;
  /** In how many waits of the victim this row has a part. */
  readonly waitCount: number;
}

/** A piece of one wait. */
export interface BlamePiece {
  lock: number;
  victim: number;
  culprit: number;
  position: PositionIndex;
  startNs: Nanoseconds;
  endNs: Nanoseconds;
  /** Which wait of the victim it belongs to: index of the lane's segment. */
  wait: number;
}

/** All waits of a trace by victim, culprit and line, the longest first. Their times sum to the waited time. */
export function blameOf(trace: Trace): BlameRow[] {
  const rows: BlameRow[] = [];
  const tenures = tenuresOf(trace);
  const sums = tenures.map(({ rowCount }) => new RowSums(rowCount));
  const waits = new Waits(trace);
  for (let victim = 0; victim < trace.lanes.length; victim++) {
    waits.forEachOf(victim, ({ segment, lock, startNs, endNs }) => {
      tenures[lock + 1].add(startNs, endNs, segment, sums[lock + 1]);
    });
    sums.forEach((sum, index) => {
      const { rowCulprits, rowPositions } = tenures[index];
      sum.takeAll((row, ns, waitCount) => {
        const [culprit, position] = [rowCulprits[row], rowPositions[row]];
        rows.push({ lock: index - 1, victim, culprit, position, ns, waitCount });
      });
    });
  }
  return rows.sort((a, b) => b.ns - a.ns || a.victim - b.victim || a.culprit - b.culprit);
}

/** Calls `see` with every piece of every wait. The piece is reused: copy what you keep. */
export function forEachBlame(trace: Trace, see: (piece: Readonly<BlamePiece>) => void): void {
  const tenures = tenuresOf(trace);
  const waits = new Waits(trace);
  const piece = { lock: 0, victim: 0, culprit: 0, position: 0, startNs: 0, endNs: 0, wait: 0 };
  for (let victim = 0; victim < trace.lanes.length; victim++) {
    waits.forEachOf(victim, ({ segment, lock, startNs, endNs }) => {
      const { starts, rows, rowCulprits, rowPositions } = tenures[lock + 1];
      piece.lock = lock;
      piece.victim = victim;
      piece.wait = segment;
      for (let i = lastAtOrBefore(starts, startNs); i < rows.length && starts[i] < endNs; i++) {
        piece.culprit = rowCulprits[rows[i]];
        piece.position = rowPositions[rows[i]];
        piece.startNs = Math.max(starts[i], startNs);
        piece.endNs = Math.min(i + 1 < starts.length ? starts[i + 1] : Infinity, endNs);
        see(piece);
      }
    });
  }
}

/** A wait of a lane: one of its segments. `lock` is -1 where the trace does not tell for what it waited. */
interface Wait {
  segment: number;
  lock: number;
  startNs: Nanoseconds;
  endNs: Nanoseconds;
}

/** The waits of each lane, in order of time. */
class Waits {
  readonly #trace: Trace;
  readonly #requests: readonly (readonly number[])[];

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#requests = lockRequestsOf(trace);
  }

  /** The wait is reused. */
  forEachOf(lane: number, see: (wait: Readonly<Wait>) => void): void {
    const store = this.#trace.stores[lane];
    const asked = new LastRequests(this.#trace, this.#requests[lane]);
    const wait = { segment: 0, lock: 0, startNs: 0, endNs: 0 };
    for (let segment = 0; segment < store.count; segment++) {
      const state = store.stateOf(segment);
      if (state !== LaneState.waitingForGil && state !== LaneState.waitingForLock) continue;
      wait.segment = segment;
      wait.startNs = store.startOf(segment);
      wait.endNs = store.endOf(segment);
      if (wait.startNs === wait.endNs) continue;
      const forGil = state === LaneState.waitingForGil;
      wait.lock = forGil ? this.#trace.lanes[lane].gil : asked.lockAt(wait.startNs);
      see(wait);
    }
  }
}

/**
 * Who had a lock at every moment, and at which line: stretch i is [starts[i], starts[i + 1]) and belongs to the row
 * `rows[i]`, a culprit at a position. The last stretch never ends. Many threads wait through the same stretches, so
 * these are worked out once, and a wait only walks over numbers.
 */
class Tenures {
  readonly starts: number[] = [0];
  readonly rows: number[] = [0];
  readonly rowCulprits: number[] = [NOBODY];
  readonly rowPositions: number[] = [0];
  readonly #rowNumbers = new Map<number, Map<number, number>>();

  get rowCount(): number {
    return this.rowCulprits.length;
  }

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

  /** Adds the pieces of a wait to the sums of a victim. */
  add(startNs: Nanoseconds, endNs: Nanoseconds, wait: number, sums: RowSums): void {
    const { starts, rows } = this;
    let fromNs = startNs;
    for (let i = lastAtOrBefore(starts, startNs); fromNs < endNs; i++) {
      const untilNs = i + 1 < starts.length && starts[i + 1] < endNs ? starts[i + 1] : endNs;
      sums.add(rows[i], untilNs - fromNs, wait);
      fromNs = untilNs;
    }
  }
}

/** What one victim waited, by row of a lock. */
class RowSums {
  readonly #ns: Float64Array;
  readonly #waits: Int32Array;
  readonly #lastWaits: Int32Array;
  readonly #used: number[] = [];

  constructor(rowCount: number) {
    this.#ns = new Float64Array(rowCount);
    this.#waits = new Int32Array(rowCount);
    this.#lastWaits = new Int32Array(rowCount).fill(-1);
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

/** The tenures of each lock; at 0 those of what is not known, at `lock + 1` the lock's. */
function tenuresOf(trace: Trace): Tenures[] {
  return [
    new Tenures(),
    ...holdsOf(trace).map(holds => {
      const tenures = new Tenures();
      for (let hold = 0; hold < holds.count; hold++) addHold(tenures, trace, holds, hold);
      return tenures;
    }),
  ];
}

/** Cuts a hold where its holder changes lines. */
function addHold(tenures: Tenures, trace: Trace, holds: Holds, hold: number): void {
  const [culprit, endNs] = [holds.lanes[hold], holds.ends[hold]];
  const store = trace.stores[culprit];
  let nowNs = holds.starts[hold];
  if (nowNs >= endNs) return;
  for (let at = Math.max(0, store.segmentAt(nowNs)); nowNs < endNs && at < store.count; at++) {
    if (store.endOf(at) <= nowNs) continue;
    tenures.append(nowNs, tenures.rowOf(culprit, store.positionOf(at)));
    nowNs = Math.min(store.endOf(at), endNs);
  }
  if (nowNs < endNs) tenures.append(nowNs, tenures.rowOf(culprit, 0));
  tenures.append(endNs, 0);
}

/** Index of the last of the growing `starts` that is `timeNs` or less; the first is 0. */
function lastAtOrBefore(starts: readonly number[], timeNs: Nanoseconds): number {
  return firstIndex(1, starts.length, i => starts[i] > timeNs) - 1;
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
    return firstIndex(0, this.ends.length, i => this.ends[i] > timeNs);
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

/** Which lock of the program a lane asked for last, walking forward in time. */
class LastRequests {
  readonly #trace: Trace;
  /** Indices of the lane's requests. */
  readonly #requests: readonly number[];
  #next = 0;
  #lock = -1;

  constructor(trace: Trace, requests: readonly number[]) {
    this.#trace = trace;
    this.#requests = requests;
  }

  lockAt(timeNs: Nanoseconds): number {
    const { times, locks } = this.#trace.events;
    for (; this.#next < this.#requests.length; this.#next++) {
      const event = this.#requests[this.#next];
      if (times[event] > timeNs) break;
      this.#lock = locks[event];
    }
    return this.#lock;
  }
}

/** The requests for locks of the program, by lane. */
function lockRequestsOf(trace: Trace): number[][] {
  const requests: number[][] = trace.lanes.map(() => []);
  const { kinds, lanes, locks } = trace.events;
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === EventKind.request && trace.locks[locks[i]].kind === 'lock') {
      requests[lanes[i]].push(i);
    }
  }
  return requests;
}
