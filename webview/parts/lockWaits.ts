// Waits for locks of the program, each with its lock, and where else a thread's life went: what tables show of both.

import { LaneState } from '../../src/core/model/lanes';
import { EventKind, type Trace } from '../../src/core/model/trace';
import { shortName } from '../../src/core/names';
import type { Nanoseconds } from '../../src/core/units';
import type { SpanPlace } from '../model/span';

/** The name of the lock that each wait is for, as far as the trace tells. */
export function lockNames(trace: Trace): (wait: SpanPlace) => string {
  const { locks, events, eventCount, stores } = trace;
  const names = stores.map(() => new Map<number, string>());
  for (let i = 0; i < eventCount; i++) {
    const { name, kind } = locks[events.locks[i]] ?? { name: '', kind: 'gil' };
    if (events.kinds[i] !== EventKind.request || kind === 'gil') continue;
    const lane = events.lanes[i];
    names[lane].set(stores[lane].segmentAt(events.times[i]), shortName(name));
  }
  return ({ lane, segment }) => names[lane].get(segment) ?? '';
}

/** What threads wait for besides the GIL and I/O; what nobody of a run did gets no column. */
const OTHER_TIMES: readonly (readonly [title: string, state: number])[] = [
  ['For locks', LaneState.waitingForLock],
  ['Idle', LaneState.idle],
  ['Other process', LaneState.waitingForProcess],
  ['No core', LaneState.ready],
  ['CPU limit', LaneState.throttled],
  ['Starting', LaneState.starting],
];

export interface OtherTime {
  readonly title: string;
  readonly nsOf: (lane: number) => Nanoseconds;
}

/** The rest of the account of each thread. */
export function otherTimes(times: readonly Float64Array[]): readonly OtherTime[] {
  return OTHER_TIMES.filter(([, state]) => times.some(time => time[state] > 0)).map(
    ([title, state]) => ({ title, nsOf: lane => times[lane][state] }),
  );
}
