// Checks what comes from outside: a file, the wire, a recording. Inside, traces are right by construction.

import { LANE_STATE_COUNT } from './lanes';
import { EVENT_KIND_COUNT, EventKind, NO_LOCK } from './trace';
import type { EventColumns, LaneBlock, Trace } from './trace';
import type { Nanoseconds } from '../units';

/**
 * Checks a trace from outside (a file, a recording): each lane a partition of time in order, every index within
 * its table, events in order. Returns the first problem as a sentence, or undefined.
 */
export function validateTrace(trace: Trace): string | undefined {
  const laneCount = trace.lanes.length;
  if (trace.stores.length !== laneCount) return 'expected one store for each lane';
  for (let lane = 0; lane < laneCount; lane++) {
    const info = trace.lanes[lane];
    if (info.gil < NO_LOCK || info.gil >= trace.locks.length)
      return `lane ${lane} names a GIL that does not exist`;
    const problem = problemOfBlock(
      { lane, ...trace.stores[lane].columns() },
      { laneCount, positionCount: trace.positions.length, startNs: 0 },
    );
    if (problem !== undefined) return problem;
    if (trace.stores[lane].startOf(0) !== 0) return `lane ${lane} does not begin at 0`;
    if (trace.stores[lane].endNs > trace.nowNs)
      return `lane ${lane} goes on after the end of the trace`;
  }
  const [lockCount, markCount] = [trace.locks.length, trace.marks.length];
  return problemOfEvents(trace.events, { laneCount, lockCount, markCount, startNs: 0 });
}

/** Whether segments fit after what is there: indices in their tables, times from `startNs` on in order. */
export function problemOfBlock(
  block: LaneBlock,
  limits: { laneCount: number; positionCount: number; startNs: Nanoseconds },
): string | undefined {
  const { lane, starts, states, positions } = block;
  if (lane >= limits.laneCount) return `segments arrived for lane ${lane}, which does not exist`;
  if (states.length !== starts.length || positions.length !== starts.length) {
    return `the columns of lane ${lane} differ in length`;
  }
  let before = limits.startNs;
  for (let i = 0; i < starts.length; i++) {
    if (!(starts[i] >= before)) return `time goes backwards in lane ${lane}`;
    if (states[i] >= LANE_STATE_COUNT) return `lane ${lane} has the unknown state ${states[i]}`;
    if (positions[i] >= limits.positionCount)
      return `lane ${lane} names an unknown source position`;
    before = starts[i];
  }
  return isTime(before) ? undefined : `lane ${lane} has a time that is too large`;
}

/** How many there are of what events name, and when the last one was. */
export interface EventLimits {
  readonly laneCount: number;
  readonly lockCount: number;
  readonly markCount: number;
  readonly startNs: Nanoseconds;
}

/** The argument of an event of this kind is below this. */
export function operandLimit(
  kind: number,
  { laneCount, markCount }: Pick<EventLimits, 'laneCount' | 'markCount'>,
): number {
  switch (kind) {
    case EventKind.mark:
      return markCount;
    case EventKind.acquire:
      return laneCount + 1;
    case EventKind.start:
    case EventKind.join:
    case EventKind.dropRequest:
      return laneCount;
    default:
      return 2 ** 32;
  }
}

/** Whether events fit after what is there. */
export function problemOfEvents(events: EventColumns, limits: EventLimits): string | undefined {
  const { times, kinds, lanes, locks } = events;
  const length = times.length;
  if ([kinds, lanes, locks, events.arguments].some(column => column.length !== length)) {
    return 'the columns of the events differ in length';
  }
  let before = limits.startNs;
  for (let i = 0; i < length; i++) {
    if (!(times[i] >= before)) return 'time goes backwards among the events';
    if (kinds[i] >= EVENT_KIND_COUNT) return `there is an event of the unknown kind ${kinds[i]}`;
    if (lanes[i] >= limits.laneCount) return 'an event names a lane that does not exist';
    const namesLane = kinds[i] === EventKind.start || kinds[i] === EventKind.join;
    const namesLock = !namesLane && kinds[i] !== EventKind.mark;
    if (namesLock && locks[i] >= limits.lockCount) {
      return 'an event names a lock that does not exist';
    }
    if (events.arguments[i] >= operandLimit(kinds[i], limits))
      return `an event names a ${kinds[i] === EventKind.mark ? 'mark' : 'lane'} that does not exist`;
    before = times[i];
  }
  return isTime(before) ? undefined : 'an event has a time that is too large';
}

/** Whether a number can be a time of a trace: a hundred days and more, but not for ever. */
export function isTime(ns: Nanoseconds): boolean {
  return ns >= 0 && ns <= Number.MAX_SAFE_INTEGER;
}
