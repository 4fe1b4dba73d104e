// Blame: for every wait, who had the lock meanwhile, at which line, for how long.
//
//   blameOf(trace)            the ranked table (victim, culprit, line, time), worst first
//   forEachBlame(trace, see)  each piece of each wait, in order of time within a lock
//
// A wait is a stretch in which a lane is in the state `waiting for the GIL` (or `for another lock`). It is cut where
// the lock changes hands, and where its holder changes lines. What nobody held is blamed on nobody, as a culprit of
// its own ({@link NOBODY}): time for a hand-off to arrive. So the pieces of a wait always sum to the wait, exactly.

import { LaneState } from './lanes';
import type { LaneStore } from './laneStore';
import type { PositionIndex } from './program';
import { EventKind, type Trace } from './trace';
import type { Nanoseconds } from './units';

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
  const rows = new Map<string, { row: BlameRow; ns: number; waits: number; lastWait: number }>();
  forEachBlame(trace, piece => {
    const { lock, victim, culprit, position } = piece;
    const key = `${lock} ${victim} ${culprit} ${position}`;
    let sum = rows.get(key);
    if (sum === undefined) {
      const row = { lock, victim, culprit, position, ns: 0, waitCount: 0 };
      sum = { row, ns: 0, waits: 0, lastWait: -1 };
      rows.set(key, sum);
    }
    sum.ns += piece.endNs - piece.startNs;
    if (sum.lastWait !== piece.wait) sum.waits++;
    sum.lastWait = piece.wait;
  });
  return [...rows.values()]
    .map(({ row, ns, waits }) => ({ ...row, ns, waitCount: waits }))
    .sort((a, b) => b.ns - a.ns || a.victim - b.victim || a.culprit - b.culprit);
}

/** Calls `see` with every piece of every wait. The piece is reused: copy what you keep. */
export function forEachBlame(trace: Trace, see: (piece: Readonly<BlamePiece>) => void): void {
  const holds = holdsOf(trace);
  const requests = lockRequestsOf(trace);
  trace.stores.forEach((store, lane) => {
    const asked = new LastRequests(trace, requests[lane]);
    for (let segment = 0; segment < store.count; segment++) {
      const state = store.stateOf(segment);
      if (state !== LaneState.waitingForGil && state !== LaneState.waitingForLock) continue;
      const startNs = store.startOf(segment);
      const forGil = state === LaneState.waitingForGil;
      const lock = forGil ? trace.lanes[lane].gil : asked.lockAt(startNs);
      cutWait({ trace, holds: holds[lock], lane, segment, lock }, see);
    }
  });
}

interface Wait {
  readonly trace: Trace;
  readonly holds: Holds | undefined;
  readonly lane: number;
  readonly segment: number;
  readonly lock: number;
}

function cutWait(wait: Wait, see: (piece: Readonly<BlamePiece>) => void): void {
  const { trace, holds, lane, segment, lock } = wait;
  const endNs = trace.stores[lane].endOf(segment);
  let nowNs = trace.stores[lane].startOf(segment);
  const piece = {
    lock,
    victim: lane,
    culprit: NOBODY,
    position: 0,
    startNs: 0,
    endNs: 0,
    wait: segment,
  };
  const cut = (culprit: number, position: number, untilNs: number): void => {
    if (untilNs <= nowNs) return;
    piece.culprit = culprit;
    piece.position = position;
    piece.startNs = nowNs;
    piece.endNs = untilNs;
    see(piece);
    nowNs = untilNs;
  };
  for (let hold = holds?.firstEndingAfter(nowNs) ?? 0; holds && hold < holds.count; hold++) {
    if (holds.starts[hold] >= endNs) break;
    cut(NOBODY, 0, holds.starts[hold]);
    const holdEndNs = Math.min(holds.ends[hold], endNs);
    const holder = trace.stores[holds.lanes[hold]];
    let at = Math.max(0, holder.segmentAt(nowNs));
    while (nowNs < holdEndNs && at < holder.count) {
      const until = sameLineUntil(holder, at, holdEndNs);
      cut(holds.lanes[hold], holder.positionOf(at), Math.min(until.ns, holdEndNs));
      at = until.next;
    }
    cut(holds.lanes[hold], 0, holdEndNs);
  }
  cut(NOBODY, 0, endNs);
}

/** How long a lane stays on the line of a segment, and the segment after that. */
function sameLineUntil(
  store: LaneStore,
  segment: number,
  limitNs: number,
): { ns: Nanoseconds; next: number } {
  const position = store.positionOf(segment);
  let next = segment + 1;
  while (next < store.count && store.positionOf(next) === position && store.startOf(next) < limitNs)
    next++;
  return { ns: next < store.count ? store.startOf(next) : Infinity, next };
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
