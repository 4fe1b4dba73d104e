// The critical path: the chain of lanes that the end of the run hung on, read from the end to the beginning.
//
// Where the lane at hand was waiting for a lock, the path goes over to who held it; where it was blocked until another
// lane ended, to that lane; where it had not been started, to who was running then. What is left is a single thread of
// time from 0 to the end: shortening anything that is not on it does not make the run shorter.

import { holdsOf, type Holds, lockRequestsOf } from './blame';
import { LANE_STATE_COUNT, LaneState } from '../model/lanes';
import type { PositionIndex } from '../model/program';
import { EventKind, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';

/** A stretch of the path: `lane` was in `state` at `position`. In order of time, without gaps. */
export interface PathPiece {
  readonly lane: number;
  readonly state: number;
  readonly position: PositionIndex;
  readonly startNs: Nanoseconds;
  readonly endNs: Nanoseconds;
}

export interface CriticalPath {
  readonly pieces: readonly PathPiece[];
  /** Time on the path in each state, by number of the state; sums to the duration. */
  readonly nsPerState: Float64Array;
}

/** The critical path of a trace. O(segments of the path × log). */
export function criticalPathOf(trace: Trace): CriticalPath {
  const walker = new PathWalker(trace);
  const pieces = walker.walk();
  const nsPerState = new Float64Array(LANE_STATE_COUNT);
  for (const piece of pieces) nsPerState[piece.state] += piece.endNs - piece.startNs;
  return { pieces, nsPerState };
}

class PathWalker {
  readonly #trace: Trace;
  readonly #holds: readonly Holds[];
  /** The lane that started each lane, or -1. */
  readonly #starters: Int32Array;
  /** The requests of each lane for locks of the program, made when the path first comes to such a wait. */
  #requests: ReturnType<typeof lockRequestsOf> | undefined;
  /** How many more times the path may change lanes without going back in time. */
  #jumpsLeft: number;
  /** Lanes by when they ended, for joins. */
  readonly #ends: readonly { readonly lane: number; readonly endNs: Nanoseconds }[];

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#holds = holdsOf(trace);
    this.#starters = startersOf(trace);
    this.#jumpsLeft = 10 * (trace.lanes.length + trace.events.times.length) + 1_000;
    this.#ends = trace.stores
      .map((store, lane) => ({ lane, store, last: store.count - 1 }))
      .filter(({ store, last }) => store.stateOf(last) === LaneState.finished)
      .map(({ store, lane, last }) => ({ lane, endNs: store.startOf(last) }))
      .sort((a, b) => a.endNs - b.endNs);
  }

  walk(): PathPiece[] {
    const pieces: PathPiece[] = [];
    let nowNs = this.#trace.nowNs;
    let lane = this.#lastLane();
    let jumps = 0; // at one instant: in a deadlock everybody waits for somebody else
    while (lane >= 0 && nowNs > 0) {
      const store = this.#trace.stores[lane];
      const segment = store.segmentAt(nowNs - 1);
      const state = store.stateOf(segment);
      const next = this.#cause(lane, segment, nowNs);
      if (next && next.lane !== lane && jumps <= this.#trace.lanes.length && this.#jumpsLeft > 0) {
        jumps = next.fromNs < nowNs ? 0 : jumps + 1;
        if (jumps > 0) this.#jumpsLeft--;
        if (next.fromNs < nowNs)
          pieces.push(piece(this.#trace, lane, segment, [next.fromNs, nowNs]));
        nowNs = next.fromNs;
        lane = next.lane;
        continue;
      }
      const startNs = Math.min(store.startOf(segment), nowNs - 1);
      pieces.push({ lane, state, position: store.positionOf(segment), startNs, endNs: nowNs });
      nowNs = startNs;
      jumps = 0;
    }
    return pieces.reverse();
  }

  /** The lane that did something last. */
  #lastLane(): number {
    let best = -1;
    let bestNs = -1;
    this.#trace.stores.forEach((store, lane) => {
      const last = store.count - 1;
      const isOver = store.stateOf(last) === LaneState.finished;
      const endNs = isOver
        ? store.startOf(last)
        : store.stateOf(last) === LaneState.notStarted
          ? 0
          : store.endNs;
      if (endNs > bestNs) [best, bestNs] = [lane, endNs];
    });
    return best;
  }

  /** Who kept a lane from being further at `nowNs`, and since when the path runs there; undefined: itself. */
  #cause(
    lane: number,
    segment: number,
    nowNs: Nanoseconds,
  ): { lane: number; fromNs: Nanoseconds } | undefined {
    const store = this.#trace.stores[lane];
    switch (store.stateOf(segment)) {
      case LaneState.waitingForGil:
        return this.#holderBefore(this.#trace.lanes[lane].gil, nowNs, store.startOf(segment));
      case LaneState.waitingForLock:
        return this.#lockHolderBefore(lane, nowNs, store.startOf(segment));
      case LaneState.blocked:
      case LaneState.idle:
        return this.#endedWithin(lane, store.startOf(segment), nowNs);
      case LaneState.notStarted:
        return this.#starters[lane] < 0 ? undefined : { lane: this.#starters[lane], fromNs: nowNs };
      default:
        return undefined;
    }
  }

  /** The last hold of a lock that ended in (sinceNs, nowNs]; or that was still going on. */
  #holderBefore(
    lock: number,
    nowNs: Nanoseconds,
    sinceNs: Nanoseconds,
  ): { lane: number; fromNs: Nanoseconds } | undefined {
    const holds = lock < 0 ? undefined : this.#holds[lock];
    if (!holds) return undefined;
    let hold = holds.firstEndingAfter(nowNs);
    if (hold >= holds.count || holds.starts[hold] >= nowNs) hold--;
    if (hold < 0 || holds.ends[hold] <= sinceNs) return undefined;
    return { lane: holds.lanes[hold], fromNs: Math.min(nowNs, holds.ends[hold]) };
  }

  #lockHolderBefore(
    lane: number,
    nowNs: Nanoseconds,
    sinceNs: Nanoseconds,
  ): { lane: number; fromNs: Nanoseconds } | undefined {
    const asked = this.#lockAskedFor(lane, nowNs);
    if (asked >= 0) return this.#holderBefore(asked, nowNs, sinceNs);
    if (this.#trace.locks.length > MOST_GUESSED_LOCKS) return undefined;
    let best: { lane: number; fromNs: Nanoseconds } | undefined;
    this.#trace.locks.forEach(({ kind }, lock) => {
      const found = kind === 'lock' ? this.#holderBefore(lock, nowNs, sinceNs) : undefined;
      if (found && found.lane !== lane && (!best || found.fromNs > best.fromNs)) best = found;
    });
    return best;
  }

  /** The lock of the program that a lane asked for last, or -1. */
  #lockAskedFor(lane: number, nowNs: Nanoseconds): number {
    const { times, locks } = this.#trace.events;
    this.#requests ??= lockRequestsOf(this.#trace);
    const requests = this.#requests[lane];
    const count = countUpTo(requests.length, i => times[requests[i]] <= nowNs);
    return count > 0 ? locks[requests[count - 1]] : -1;
  }

  /** A lane that ended while this one was blocked, shortly before it went on: a join. */
  #endedWithin(
    lane: number,
    sinceNs: Nanoseconds,
    nowNs: Nanoseconds,
  ): { lane: number; fromNs: Nanoseconds } | undefined {
    const after = countUpTo(this.#ends.length, i => this.#ends[i].endNs <= nowNs);
    const end = after > 0 ? this.#ends[after - 1] : undefined;
    const isNear = end && end.endNs > sinceNs && nowNs - end.endNs <= JOIN_WITHIN_NS;
    return isNear && end.lane !== lane ? { lane: end.lane, fromNs: end.endNs } : undefined;
  }
}

/** Where a trace does not tell for which lock a thread waits, all of them are looked at, if there are no more than these. */
const MOST_GUESSED_LOCKS = 100;

/** Of things in order, how many from the start are as `isBefore` says. */
function countUpTo(length: number, isBefore: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A lane that goes on so shortly after another has ended was waiting for that. */
const JOIN_WITHIN_NS = 1_000_000;

function piece(
  trace: Trace,
  lane: number,
  segment: number,
  [startNs, endNs]: readonly [number, number],
): PathPiece {
  const store = trace.stores[lane];
  return {
    lane,
    state: store.stateOf(segment),
    position: store.positionOf(segment),
    startNs,
    endNs,
  };
}

function startersOf(trace: Trace): Int32Array {
  const starters = new Int32Array(trace.lanes.length).fill(-1);
  const { kinds, lanes, arguments: operands } = trace.events;
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === EventKind.start) starters[operands[i]] = lanes[i];
  }
  return starters;
}
