// What happened to each GIL, worked out from the states of the lanes: who asked, got and lost it, in order of time.

import { LaneState } from '../core/model/lanes';
import type { Mark } from '../core/model/mark';
import { EventKind, ReleaseReason } from '../core/model/trace';
import type { TraceBuilder } from '../core/model/traceBuilder';
import type { Nanoseconds } from '../core/units';

interface Change {
  readonly timeNs: Nanoseconds;
  readonly kind: EventKind;
  readonly lane: number;
  readonly argument: number;
}

/** At one instant a GIL is let go of before it is asked for, and asked for before it is taken. */
const ORDER: Readonly<Partial<Record<number, number>>> = {
  [EventKind.mark]: 0,
  [EventKind.release]: 1,
  [EventKind.request]: 2,
  [EventKind.acquire]: 3,
};

/** Adds the events of all GILs to a trace whose lanes are complete, and marks at its beginning. */
export function addGilEvents(trace: TraceBuilder, marks: readonly Mark[]): void {
  const added = marks.map(mark => ({
    ...{ timeNs: 0, kind: EventKind.mark, lane: 0 },
    argument: trace.addMark(mark),
  }));
  const changes = trace.lanes.flatMap(({ gil }, lane) => (gil < 0 ? [] : changesOf(trace, lane)));
  const all: Change[] = [...added, ...changes].sort(
    (a, b) => a.timeNs - b.timeNs || (ORDER[a.kind] ?? 0) - (ORDER[b.kind] ?? 0),
  );
  const holders = trace.locks.map(() => 0);
  for (const change of all) {
    const lock = change.kind === EventKind.mark ? 0 : trace.lanes[change.lane].gil;
    const isAcquire = change.kind === EventKind.acquire;
    trace.addEvent({ ...change, lock, ...(isAcquire ? { argument: holders[lock] } : {}) });
    if (isAcquire) holders[lock] = change.lane + 1;
  }
}

function changesOf(trace: TraceBuilder, lane: number): Change[] {
  const { states, starts } = trace.stores[lane].columns();
  const found: Change[] = [];
  let before: number = LaneState.notStarted;
  states.forEach((state, i) => {
    const add = (kind: EventKind, argument = 0): unknown =>
      found.push({ timeNs: starts[i], kind, lane, argument });
    const [held, holds] = [before, state].map(each => each === LaneState.runningWithGil);
    if (held && !holds) add(EventKind.release, reasonOf(state));
    if (state === LaneState.waitingForGil && before !== state) add(EventKind.request);
    if (holds && !held) add(EventKind.acquire);
    before = state;
  });
  return found;
}

/** Why a thread let go, as far as what it does next tells. */
function reasonOf(next: number): ReleaseReason {
  if (next === LaneState.waitingForGil) return ReleaseReason.forced;
  if (next === LaneState.finished) return ReleaseReason.end;
  if (next === LaneState.runningWithoutGil) return ReleaseReason.call;
  return next === LaneState.blocked ? ReleaseReason.blocking : ReleaseReason.unknown;
}
