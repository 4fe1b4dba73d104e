// The locks of the program in a recording: who asks for each and who has it, as far as rows tell. A holder that is not
// known is left out, so a lock may be waited for while nobody is drawn to have it.

import {
  EventKind,
  LOCK_TYPES,
  ReleaseReason,
  Unseen,
  type LockInfo,
} from '../../../core/model/trace';
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
  /** Why it is not known who has it: an `Unseen`. */
  unseen: number;
  lastHolder: LockLane | undefined;
  /** Whose wait for it ended last, and when: if that one is seen to have it, it has had it since. */
  gained: { readonly lane: LockLane; readonly timeNs: Nanoseconds } | undefined;
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

  define({ index, name, lockKind }: Extract<Definition, { kind: 'lock' }>): void {
    const type = LOCK_TYPES.find(known => known === lockKind);
    this.#locks[index] = {
      lock: this.#sinks.addLock({ name, kind: 'lock', ...(type ? { type } : {}) }),
      waiting: new Set(),
      holder: undefined,
      unseen: Unseen.over,
      lastHolder: undefined,
      gained: undefined,
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
      /** Where it is not known: why, as in `Unseen`. */
      readonly unseen: number;
    },
  ): void {
    const lock = this.#locks[index];
    const isNew = !lock.waiting.has(lane);
    if (isNew) {
      lock.waiting.add(lane);
      this.#add(lock, lane, { timeNs: told.sinceNs, kind: EventKind.request, argument: () => 0 });
    }
    // Whoever has it when a wait is found had it when the wait began, if nobody is known to have had it then.
    const fromNs = lock.waiting.size === 1 ? told.sinceNs : told.timeNs;
    if (told.isAsked) this.#has(lock, lane, { ...told, fromNs });
  }

  #has(
    lock: RecordedLock,
    waiter: LockLane,
    told: {
      readonly timeNs: Nanoseconds;
      readonly fromNs: Nanoseconds;
      readonly holder: LockLane | undefined;
      readonly unseen: number;
    },
  ): void {
    const { holder, timeNs, fromNs } = told;
    if (holder !== lock.holder) {
      this.#release(lock, timeNs);
      const gainedNs = lock.gained?.lane === holder ? lock.gained?.timeNs : undefined;
      if (holder) this.#acquire(lock, holder, gainedNs ?? fromNs);
    }
    // A look that finds nothing takes nothing back: threads may have moved meanwhile.
    if (!holder && told.unseen !== Unseen.over) this.#setUnseen(lock, waiter, told.unseen, fromNs);
  }

  /** A thread waits no more: whoever had the lock has let go of it, or the thread gave up. */
  ended(
    index: number,
    lane: LockLane,
    { beforeNs, timeNs: nowNs }: { readonly beforeNs: Nanoseconds; readonly timeNs: Nanoseconds },
  ): void {
    const lock = this.#locks[index];
    // It happened between two sweeps: in the middle.
    const timeNs = beforeNs > 0 ? Math.round((beforeNs + nowNs) / 2) : nowNs;
    lock.waiting.delete(lane);
    this.#release(lock, timeNs);
    this.#setUnseen(lock, lane, Unseen.over, timeNs);
    lock.gained = { lane, timeNs };
  }

  /** A thread is gone, and with it what it waited for and had. */
  gone(lane: LockLane, timeNs: Nanoseconds): void {
    for (const lock of this.#locks) {
      const hasWaited = lock.waiting.delete(lane);
      if (hasWaited && lock.waiting.size === 0) this.#setUnseen(lock, lane, Unseen.over, timeNs);
      if (lock.holder === lane) this.#release(lock, timeNs);
    }
  }

  #acquire(lock: RecordedLock, holder: LockLane, fromNs: Nanoseconds): void {
    const before = lock.lastHolder;
    const timeNs = Math.max(fromNs, lock.lastNs);
    const argument = (): number | undefined =>
      before === undefined ? 0 : before.lane === undefined ? undefined : before.lane + 1;
    this.#add(lock, holder, { timeNs, kind: EventKind.acquire, argument });
    const isOver = { unseen: Unseen.over, gained: undefined };
    Object.assign(lock, { ...isOver, holder, lastHolder: holder, lastNs: timeNs });
  }

  #setUnseen(lock: RecordedLock, waiter: LockLane, why: number, fromNs: Nanoseconds): void {
    if (lock.unseen === why) return;
    const timeNs = Math.max(fromNs, lock.lastNs);
    this.#add(lock, waiter, { timeNs, kind: EventKind.unseen, argument: () => why });
    Object.assign(lock, { unseen: why, lastNs: timeNs });
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
