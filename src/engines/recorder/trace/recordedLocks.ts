// The locks of the program in a recording: who asks for each and who has it, as far as rows tell. A holder that is not
// known is left out, so a lock may be waited for while nobody is drawn to have it.

import { EventKind, ReleaseReason, type LockInfo } from '../../../core/model/trace';
import type { Nanoseconds } from '../../../core/units';
import { LOCK_NOT_ASKED, type Definition } from '../file/records';
import type { PendingEvent } from './lockEvents';

/** Whether a row of a wait comes from somebody who looked for the holder. */
export function isLockAsked(row: Float64Array): boolean {
  return row[4] !== LOCK_NOT_ASKED;
}

/** What a recorded lock needs of a thread: its lane, once it has one. */
export interface LockLane {
  readonly lane: number | undefined;
}

export interface LockTraceSinks {
  readonly addLock: (info: LockInfo) => number;
  readonly addEvent: (event: PendingEvent) => void;
}

interface RecordedLock {
  readonly lock: number;
  readonly waiting: Set<LockLane>;
  holder: LockLane | undefined;
  lastHolder: LockLane | undefined;
  /** Its last acquire or release: the next cannot be before. */
  lastNs: Nanoseconds;
}

/** Turns rows about waits for locks into events. */
export class RecordedLocks {
  readonly #sinks: LockTraceSinks;
  readonly #locks: RecordedLock[] = [];

  constructor(sinks: LockTraceSinks) {
    this.#sinks = sinks;
  }

  define({ index, name }: Extract<Definition, { kind: 'lock' }>): void {
    this.#locks[index] = {
      lock: this.#sinks.addLock({ name, kind: 'lock' }),
      waiting: new Set(),
      holder: undefined,
      lastHolder: undefined,
      lastNs: 0,
    };
  }

  /** A thread waits; `holder` is undefined where it is not known, and `isAsked` false where nobody looked for it. */
  waits(
    index: number,
    lane: LockLane,
    told: {
      readonly timeNs: Nanoseconds;
      readonly sinceNs: Nanoseconds;
      readonly holder: LockLane | undefined;
      readonly isAsked: boolean;
    },
  ): void {
    const lock = this.#locks[index];
    const isNew = !lock.waiting.has(lane);
    if (isNew) {
      lock.waiting.add(lane);
      this.#add(lock, lane, { timeNs: told.sinceNs, kind: EventKind.request, argument: () => 0 });
    }
    if (!told.isAsked || told.holder === lock.holder) return;
    this.#release(lock, told.timeNs);
    // Whoever has it when a wait is found had it when the wait began, if nobody is known to have had it then.
    const isFirst = lock.waiting.size === 1;
    if (told.holder) this.#acquire(lock, told.holder, isFirst ? told.sinceNs : told.timeNs);
  }

  /** A thread waits no more: whoever had the lock has let go of it, or the thread gave up. */
  ended(index: number, lane: LockLane, timeNs: Nanoseconds): void {
    const lock = this.#locks[index];
    lock.waiting.delete(lane);
    this.#release(lock, timeNs);
  }

  /** A thread is gone, and with it what it waited for and had. */
  gone(lane: LockLane, timeNs: Nanoseconds): void {
    for (const lock of this.#locks) {
      lock.waiting.delete(lane);
      if (lock.holder === lane) this.#release(lock, timeNs);
    }
  }

  #acquire(lock: RecordedLock, holder: LockLane, fromNs: Nanoseconds): void {
    const before = lock.lastHolder;
    const timeNs = Math.max(fromNs, lock.lastNs);
    const argument = (): number | undefined =>
      before === undefined ? 0 : before.lane === undefined ? undefined : before.lane + 1;
    this.#add(lock, holder, { timeNs, kind: EventKind.acquire, argument });
    Object.assign(lock, { holder, lastHolder: holder, lastNs: timeNs });
  }

  #release(lock: RecordedLock, fromNs: Nanoseconds): void {
    if (!lock.holder) return;
    const timeNs = Math.max(fromNs, lock.lastNs);
    const argument = (): number => ReleaseReason.blocking;
    this.#add(lock, lock.holder, { timeNs, kind: EventKind.release, argument });
    Object.assign(lock, { holder: undefined, lastNs: timeNs });
  }

  #add(
    { lock }: RecordedLock,
    lane: LockLane,
    event: Pick<PendingEvent, 'timeNs' | 'kind' | 'argument'>,
  ): void {
    this.#sinks.addEvent({ ...event, lane: () => lane.lane, lock });
  }
}
