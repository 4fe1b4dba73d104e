// Whether threads wait in a circle, or wait so that nobody is left to wake them. Data only; the words are elsewhere.

import type { DumpLock, DumpThread, Standstill, WaitEdge } from './dumpModel';

/** What keeps these threads from going on for ever. Only waits that all looks found, and that have no limit, count. */
export function standstillsOf(
  threads: readonly DumpThread[],
  locks: readonly DumpLock[],
): readonly Standstill[] {
  const edges = stuckEdges(threads);
  const circles = circlesIn(edges).map((circle): Standstill => {
    const isProof = circle.every(({ from }) => isProven(threads.find(({ id }) => id === from)));
    const certainty = isProof ? 'proof' : 'almost-sure';
    return { kind: 'deadlock', certainty, circle, threads: membersOf(circle, edges) };
  });
  if (circles.length > 0 || !threads.every(thread => waitsForOthers(thread, locks))) return circles;
  const all = threads.map(({ id }) => id);
  return [{ kind: 'hang', certainty: 'almost-sure', circle: [], threads: all }];
}

type Edges = ReadonlyMap<number, readonly WaitEdge[]>;

/** The waits of threads that nothing can end: each of the threads that could is itself among them. */
function stuckEdges(threads: readonly DumpThread[]): Edges {
  const edges = new Map(threads.map(thread => [thread.id, edgesOf(thread)]));
  for (let shrinks = true; shrinks;) {
    const free = [...edges].filter(
      ([, of]) => of.length === 0 || !of.every(({ to }) => edges.has(to)),
    );
    for (const [id] of free) edges.delete(id);
    shrinks = free.length > 0;
  }
  return edges;
}

/** For whom a thread waits without end; any one of them could help. */
function edgesOf({ id: from, state, steady }: DumpThread): readonly WaitEdge[] {
  if (!steady || !('limited' in state) || state.limited) return [];
  switch (state.kind) {
    case 'waits-for-lock':
      if (state.holder.kind !== 'thread') return [];
      return [{ from, to: state.holder.thread, by: 'lock', lock: state.lock }];
    case 'joins':
      return state.thread === null ? [] : [{ from, to: state.thread, by: 'end', lock: null }];
    case 'waits-for-result':
      if (state.thread !== null) return [{ from, to: state.thread, by: 'result', lock: null }];
      return state.workers.map(to => ({ from, to, by: 'pool', lock: null }));
    default:
      return [];
  }
}

function isProven(thread: DumpThread | undefined): boolean {
  const state = thread?.state;
  if (state?.kind !== 'waits-for-lock') return true;
  return state.holder.kind === 'thread' && state.holder.proof === 'owner';
}

/** The circles that following the first edge of each thread ends in. */
function circlesIn(edges: Edges): readonly (readonly WaitEdge[])[] {
  const seen = new Set<number>();
  const circles: (readonly WaitEdge[])[] = [];
  for (const start of edges.keys()) {
    const path: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = edges.get(at)?.at(0)?.to;
    }
    const first = at === undefined ? -1 : path.indexOf(at);
    if (first >= 0) circles.push(path.slice(first).flatMap(id => edges.get(id)?.slice(0, 1) ?? []));
  }
  return circles;
}

function membersOf(circle: readonly WaitEdge[], edges: Edges): readonly number[] {
  const members = circle.flatMap(({ from }) => [
    from,
    ...(edges.get(from) ?? []).map(({ to }) => to),
  ]);
  return [...new Set(members)];
}

/** Whether only another thread of this process can end its wait. */
function waitsForOthers({ state, steady }: DumpThread, locks: readonly DumpLock[]): boolean {
  if (!steady || !('limited' in state) || state.limited) return false;
  if (state.kind === 'waits-for-unknown') return false;
  if (state.kind !== 'waits-for-lock') return true;
  return locks[state.lock].kind !== 'processLock' && state.holder.kind !== 'free';
}
