// What a thread tells of itself: its state, its line, and what it does to locks, each stamped by the thread itself.

import { LaneState } from '../../core/lanes';
import type { EventKind } from '../../core/trace';
import type { Nanoseconds } from '../../core/units';
import type { Clock } from './clock';
import { NO_EVENT, packRecord, type RingWriter } from './ring';

/** A thread that was not seen for so long between two looks at the clock (some 20 µs apart) had no core. */
export const OFF_CORE_NS: Nanoseconds = 250_000;

/** An event of a lock, as {@link EventKind} describes it. */
export interface LockAction {
  readonly kind: EventKind;
  readonly lock: number;
  readonly argument: number;
}

export class LaneWriter {
  readonly #ring: RingWriter;
  readonly #clock: Clock;
  #state: number = LaneState.notStarted;
  #position = 0;
  /** The latest stamp or look at the clock. */
  #seenNs: Nanoseconds = 0;

  constructor(ring: RingWriter, clock: Clock) {
    this.#ring = ring;
    this.#clock = clock;
  }

  get seenNs(): Nanoseconds {
    return this.#seenNs;
  }

  /** The thread is in `state` from now on. Returns the stamp. */
  show(state: number): Nanoseconds {
    return this.#record(state, undefined, false);
  }

  /** Something happened to a lock, and the thread is in `state` from now on. Returns the stamp. */
  tell(action: LockAction, state: number = this.#state): Nanoseconds {
    return this.#record(state, action, false);
  }

  /** Two events at one instant: a lock that is dropped on request is wanted again in the same breath. */
  tellBoth(first: LockAction, second: LockAction, state: number): Nanoseconds {
    const timeNs = this.#record(state, first, false);
    this.#ring.announce();
    this.#push(timeNs, state, second);
    return timeNs;
  }

  /** Takes a stamp for what may or may not come true; `tellAt` leaves the record. */
  stamp(): Nanoseconds {
    this.#ring.announce();
    this.#seenNs = this.#clock();
    return this.#seenNs;
  }

  /** Something happened at `timeNs`, the latest stamp. */
  tellAt(timeNs: Nanoseconds, action: LockAction): void {
    this.#push(timeNs, this.#state, action);
  }

  /** The last words of the thread: there is always space for them. */
  tellEnd(action: LockAction | undefined): Nanoseconds {
    return this.#record(LaneState.finished, action, true);
  }

  /** The thread goes on at another line. */
  moveTo(position: number): void {
    if (position === this.#position) return;
    this.#position = position;
    if (this.#state !== LaneState.notStarted) this.show(this.#state);
  }

  /** A long computation begins: nothing is stamped before the latest stamp. */
  beginWork(): void {
    this.#ring.promise(this.#seenNs);
  }

  /** Looks at the clock in the middle of a computation. Long unseen means that the thread had no core meanwhile. */
  lookAtClock(): void {
    const nowNs = this.#clock();
    if (nowNs - this.#seenNs > OFF_CORE_NS) {
      this.#push(this.#seenNs, LaneState.ready, undefined);
      this.#push(nowNs, this.#state, undefined);
    }
    this.#seenNs = nowNs;
    this.#ring.promise(nowNs);
  }

  endWork(): void {
    this.#ring.endPromise();
  }

  #record(state: number, action: LockAction | undefined, last: boolean): Nanoseconds {
    this.#ring.announce();
    const timeNs = this.#clock();
    this.#seenNs = timeNs;
    this.#state = state;
    this.#push(timeNs, state, action, last);
    return timeNs;
  }

  #push(timeNs: Nanoseconds, state: number, action: LockAction | undefined, last = false): void {
    const [first, second] = packRecord({
      state,
      position: this.#position,
      event: action ? action.kind : NO_EVENT,
      lock: action ? action.lock : 0,
      argument: action ? action.argument : 0,
    });
    this.#ring.push(timeNs, first, second, last);
  }
}
