// What a thread tells of itself: its state, its line, and what it does to locks, each stamped by the thread itself.

import { LaneState } from '../../core/model/lanes';
import { EventKind } from '../../core/model/trace';
import type { Nanoseconds } from '../../core/units';
import type { Clock } from './clock';
import { firstWord, NO_EVENT, secondWord, type RingWriter } from './ring';

/** A thread that was not seen for so long between two looks at the clock (some 20 µs apart) had no core. */
export const OFF_CORE_NS: Nanoseconds = 250_000;

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

  /** The thread is in `state` from now on. */
  show(state: number): void {
    this.#push(this.stamp(), state, NO_EVENT, 0);
  }

  /** Something happened (an {@link EventKind}), and the thread is in `state` from now on. */
  tell(kind: EventKind, lock: number, argument: number, state: number = this.#state): void {
    this.#push(this.stamp(), state, kind, secondWord(lock, argument));
  }

  /** As `tell`, for what is soon followed by something else, or by a look at the clock. */
  tellSoon(kind: EventKind, lock: number, argument: number, state: number): void {
    const timeNs = this.stamp();
    this.#state = state;
    const first = firstWord(state, this.#position, kind);
    this.#ring.pushSoon(timeNs, first, secondWord(lock, argument));
  }

  /** Takes a stamp for what may or may not come true; `tellAt` leaves the record. */
  stamp(): Nanoseconds {
    this.#ring.run();
    this.#seenNs = this.#clock();
    return this.#seenNs;
  }

  /** Something happened at the latest stamp, and the thread is in `state` from then on. */
  tellAgain(kind: EventKind, lock: number, argument: number, state: number = this.#state): void {
    this.#push(this.#seenNs, state, kind, secondWord(lock, argument));
  }

  /** The last words of the thread: there is always space for them. */
  tellEnd(release?: { readonly lock: number; readonly argument: number }): void {
    const timeNs = this.stamp();
    const event = release ? EventKind.release : NO_EVENT;
    const second = release ? secondWord(release.lock, release.argument) : 0;
    const first = firstWord(LaneState.finished, this.#position, event);
    this.#ring.push(timeNs, first, second, true);
    this.#ring.rest();
  }

  /** The thread is about to wait: the others need not wait for what it may have to tell. */
  rest(): void {
    this.#ring.rest();
  }

  /** The thread goes on at another line. */
  moveTo(position: number): void {
    if (position === this.#position) return;
    this.#position = position;
    if (this.#state !== LaneState.notStarted) this.show(this.#state);
  }

  /** Looks at the clock in the middle of a computation. Long unseen means that the thread had no core meanwhile. */
  lookAtClock(): void {
    const nowNs = this.#clock();
    if (nowNs - this.#seenNs > OFF_CORE_NS) {
      const state = this.#state;
      this.#push(this.#seenNs, LaneState.ready, NO_EVENT, 0);
      this.#push(nowNs, state, NO_EVENT, 0);
    }
    this.#seenNs = nowNs;
    this.#ring.promise(nowNs);
  }

  #push(timeNs: Nanoseconds, state: number, event: number, second: number): void {
    this.#state = state;
    this.#ring.push(timeNs, firstWord(state, this.#position, event), second);
  }
}
