// Whether threads wait in a circle, or wait so that nobody is left to wake them. Data only; the words are elsewhere.

import type { DumpLock, DumpThread } from './dump';

/** One wait of a circle: `from` waits for something that `to` has, or for the end of `to`. */
export interface WaitEdge {
  readonly from: number;
  readonly to: number;
  /** Index of the lock; null where it waits for the end of a thread. */
  readonly lock: number | null;
}

export interface Standstill {
  /** `deadlock`: a circle of waits. `hang`: all wait, and none of them is left to wake another. */
  readonly kind: 'deadlock' | 'hang';
  /** `proof`: every lock of the circle names its owner. `almost-sure`: some are known by `with` bodies. */
  readonly certainty: 'proof' | 'almost-sure';
  /** The edges of the circle in order; empty for a hang. */
  readonly circle: readonly WaitEdge[];
  /** The threads that stand still: in the circle, or all of them. */
  readonly threads: readonly number[];
}

/** What keeps these threads from going on for ever, if something does. Only waits that all looks found count. */
export function standstillOf(
  threads: readonly DumpThread[],
  locks: readonly DumpLock[],
): Standstill | null {
  const edges = threads.flatMap(thread => edgeOf(thread) ?? []);
  const circle = circleIn(new Map(edges.map(edge => [edge.from, edge])));
  if (circle.length > 0) {
    const proven = circle.every(({ from }) => isProven(threads.find(({ id }) => id === from)));
    const members = circle.map(({ from }) => from);
    return { kind: 'deadlock', certainty: proven ? 'proof' : 'almost-sure', circle, threads: members };
  }
  if (!threads.every(thread => waitsForOthers(thread, locks))) return null;
  const all = threads.map(({ id }) => id);
  return { kind: 'hang', certainty: 'almost-sure', circle: [], threads: all };
}

/** For what one thread waits without end, if that is another thread. */
function edgeOf({ id, state, steady }: DumpThread): WaitEdge | undefined {
  if (!steady) return undefined;
  if (state.kind === 'joins' && !state.limited && state.thread !== null)
    return { from: id, to: state.thread, lock: null };
  if (state.kind === 'waits-for-lock' && !state.limited && state.holder.kind === 'thread')
    return { from: id, to: state.holder.thread, lock: state.lock };
  return undefined;
}

function isProven(thread: DumpThread | undefined): boolean {
  const state = thread?.state;
  if (state?.kind === 'joins') return true;
  return state?.kind === 'waits-for-lock' && state.holder.kind === 'thread' && state.holder.proof === 'owner';
}

/** The circle that following the edges ends in; each thread has one at most. */
function circleIn(edges: ReadonlyMap<number, WaitEdge>): readonly WaitEdge[] {
  const seen = new Set<number>();
  for (const start of edges.keys()) {
    const path: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = edges.get(at)?.to;
    }
    const first = at === undefined ? -1 : path.indexOf(at);
    if (first >= 0) return path.slice(first).flatMap(id => edges.get(id) ?? []);
  }
  return [];
}

/** Whether only another thread of this process can end its wait. */
function waitsForOthers({ state, steady }: DumpThread, locks: readonly DumpLock[]): boolean {
  if (!steady) return false;
  switch (state.kind) {
    case 'waits-for-lock':
      return !state.limited && locks[state.lock].kind !== 'processLock' && state.holder.kind !== 'free';
    case 'joins':
    case 'idle':
      return !state.limited;
    default:
      return false;
  }
}
