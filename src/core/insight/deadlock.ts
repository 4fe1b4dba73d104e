// Circles of waits: threads each of which waits for a lock that the next one has, or for the end of the next one, up to
// the end of their lives. Data only.

import { LaneState } from '../model/lanes';
import type { PositionIndex } from '../model/program';
import { EventKind, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { holdsOf, type Holds } from './blame';

/** One wait of a circle: `lane` waits for what `next` has. */
export interface DeadlockEdge {
  readonly lane: number;
  readonly next: number;
  /** The lock; -1 where it waits for the end of `next`. */
  readonly lock: number;
  readonly position: PositionIndex;
  readonly sinceNs: Nanoseconds;
}

export interface Deadlock {
  /** In order: each waits for the next, the last for the first. */
  readonly circle: readonly DeadlockEdge[];
  /** From when on all of them waited, and until when that was seen. */
  readonly startNs: Nanoseconds;
  readonly endNs: Nanoseconds;
  /** `proof`: every hold is exact. `almost-sure`: holders were seen from outside. */
  readonly certainty: 'proof' | 'almost-sure';
}

/** A recorded circle that is shorter may still come undone between two looks. */
const SEEN_FOR_NS = 200e6;

/** The circles in which threads of this trace wait until its end, or until somebody ended the program. */
export function deadlocksOf(trace: Trace): readonly Deadlock[] {
  const edges = finalWaits(trace);
  const isExact = trace.header.certainty.states.kind === 'exact';
  return circlesIn(edges)
    .map((circle): Deadlock => {
      const startNs = Math.max(...circle.map(({ sinceNs }) => sinceNs));
      const endNs = Math.min(...circle.map(({ lane }) => endOfLife(trace, lane)));
      const certainty = isExact ? 'proof' : 'almost-sure';
      return { circle, startNs, endNs, certainty };
    })
    .filter(({ startNs, endNs }) => endNs - startNs >= (isExact ? 0 : SEEN_FOR_NS));
}

/** For each lane whose life ends in a wait for something that another one has: that wait. */
function finalWaits(trace: Trace): ReadonlyMap<number, DeadlockEdge> {
  const edges = new Map<number, DeadlockEdge>();
  const holds = holdsOf(trace);
  for (const [lane, lock] of lastRequests(trace)) {
    const store = trace.stores[lane];
    const last = lastSegment(trace, lane);
    if (store.stateOf(last) !== LaneState.waitingForLock) continue;
    const next = finalHolder(holds[lock], endOfLife(trace, lane) - lastMomentsOf(trace));
    if (next === undefined) continue;
    const sinceNs = store.startOf(last);
    edges.set(lane, { lane, next, lock, position: store.positionOf(last), sinceNs });
  }
  for (const [lane, joined] of lastJoins(trace)) {
    const store = trace.stores[lane];
    const last = lastSegment(trace, lane);
    const isWaiting =
      store.stateOf(last) === LaneState.blocked || store.stateOf(last) === LaneState.idle;
    if (!isWaiting || edges.has(lane)) continue;
    const [position, sinceNs] = [store.positionOf(last), store.startOf(last)];
    edges.set(lane, { lane, next: joined, lock: -1, position, sinceNs });
  }
  return edges;
}

/** The lock of the program that each lane asked for last. */
function lastRequests(trace: Trace): ReadonlyMap<number, number> {
  const { events, eventCount, locks } = trace;
  const requests = new Map<number, number>();
  for (let i = 0; i < eventCount; i++) {
    const isRequest = events.kinds[i] === EventKind.request;
    const [lane, lock] = [events.lanes[i], events.locks[i]];
    if (isRequest && locks[lock].kind === 'lock') requests.set(lane, lock);
    // It got the lock in the very end.
    const isGiven = events.kinds[i] === EventKind.acquire && requests.get(lane) === lock;
    if (isGiven && events.times[i] >= endOfLife(trace, lane) - lastMomentsOf(trace))
      requests.delete(lane);
  }
  return requests;
}

/** Who has a lock at a time, and not only until then for a moment; undefined if that is not known. */
function finalHolder(holds: Holds, timeNs: Nanoseconds): number | undefined {
  const last = holds.count - 1;
  return last >= 0 && holds.ends[last] >= timeNs ? holds.lanes[last] : undefined;
}

/** The lane that each lane joined, if that is the last that it told. */
function lastJoins({ events, eventCount }: Trace): ReadonlyMap<number, number> {
  const joins = new Map<number, number>();
  for (let i = 0; i < eventCount; i++) {
    if (events.kinds[i] === EventKind.join) joins.set(events.lanes[i], events.arguments[i]);
    // Giving the GIL back is what a join begins with; getting it again is its end.
    else if (events.kinds[i] === EventKind.acquire) joins.delete(events.lanes[i]);
  }
  return joins;
}

/** The last segment of a lane in which it was there, its very last moments left out. */
function lastSegment(trace: Trace, lane: number): number {
  const store = trace.stores[lane];
  const dyingNs = endOfLife(trace, lane) - lastMomentsOf(trace);
  let last = lastOfLife(trace, lane);
  while (last > 0 && store.startOf(last) > dyingNs) last--;
  return last;
}

function lastOfLife({ stores }: Trace, lane: number): number {
  const store = stores[lane];
  let last = store.count - 1;
  while (last > 0 && store.stateOf(last) === LaneState.finished) last--;
  return last;
}

function endOfLife(trace: Trace, lane: number): Nanoseconds {
  return trace.stores[lane].endOf(lastOfLife(trace, lane));
}

/** Threads of a recorded program that is ended do not end in one moment, and may be seen to run in their last. */
function lastMomentsOf({ header }: Trace): Nanoseconds {
  return header.certainty.states.kind === 'exact' ? 0 : SEEN_FOR_NS;
}

function circlesIn(edges: ReadonlyMap<number, DeadlockEdge>): readonly (readonly DeadlockEdge[])[] {
  const seen = new Set<number>();
  const circles: (readonly DeadlockEdge[])[] = [];
  for (const start of edges.keys()) {
    const path: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = edges.get(at)?.next;
    }
    const first = at === undefined ? -1 : path.indexOf(at);
    if (first >= 0) circles.push(path.slice(first).flatMap(lane => edges.get(lane) ?? []));
  }
  return circles;
}
