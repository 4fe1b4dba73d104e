// When a lock of the program was taken without anybody knowing by whom.

import { EventKind, Unseen, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import type { Stretch } from './stretches';

export interface UnseenHold extends Stretch {
  /** An {@link Unseen}, never `over`. */
  readonly why: number;
}

/** Those stretches of each lock, in order of time, without overlaps. */
export function unseenHoldsOf(trace: Trace): readonly (readonly UnseenHold[])[] {
  const all: UnseenHold[][] = trace.locks.map(() => []);
  const open = new Map<number, { readonly startNs: Nanoseconds; readonly why: number }>();
  const close = (lock: number, endNs: Nanoseconds): void => {
    const before = open.get(lock);
    if (before && before.startNs < endNs) all[lock].push({ ...before, endNs });
    open.delete(lock);
  };
  const { times, kinds, locks, arguments: why } = trace.events;
  for (let i = 0; i < trace.eventCount; i++) {
    if (!ENDS_IT.has(kinds[i])) continue;
    close(locks[i], times[i]);
    if (kinds[i] === EventKind.unseen && why[i] !== Unseen.over)
      open.set(locks[i], { startNs: times[i], why: why[i] });
  }
  for (const lock of [...open.keys()]) close(lock, trace.nowNs);
  return all;
}

const ENDS_IT: ReadonlySet<number> = new Set([
  EventKind.acquire,
  EventKind.release,
  EventKind.unseen,
]);
