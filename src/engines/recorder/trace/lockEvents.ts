// Puts the events of a recording in order. Some are known only after later ones (when a wait began, why a holder let
// go), so each is kept back for a moment before it goes into the trace.

import type { EventKind } from '../../../core/model/trace';
import { type LockEvent } from '../../../core/model/trace';
import type { Nanoseconds } from '../../../core/units';

/** An event whose lanes may not have their place in the trace yet, and whose argument may still be open. */
export interface PendingEvent {
  readonly timeNs: Nanoseconds;
  readonly kind: EventKind;
  /** Index of the lane in the trace, once it has one. */
  readonly lane: () => number | undefined;
  readonly lock: number;
  /** Undefined while it is open. */
  argument: () => number | undefined;
}

/** How long an event waits for what is open; then it goes with what is known. */
const PATIENCE_NS = 2e9;

/** A short queue ordered by time. */
export class LockEventQueue {
  readonly #emit: (event: LockEvent) => void;
  #events: PendingEvent[] = [];
  #lastNs: Nanoseconds = 0;

  constructor(emit: (event: LockEvent) => void) {
    this.#emit = emit;
  }

  /** Adds an event; those of the same time stay in the order in which they came. */
  add(event: PendingEvent): void {
    let at = this.#events.length;
    while (at > 0 && this.#events[at - 1].timeNs > event.timeNs) at--;
    this.#events.splice(at, 0, event);
  }

  /** Hands on what is older than `horizonNs` and complete, in order; stops at the first that is not. */
  flush(horizonNs: Nanoseconds): void {
    let count = 0;
    for (const event of this.#events) {
      if (event.timeNs > horizonNs) break;
      const lane = event.lane();
      const argument = event.argument();
      const isOld = event.timeNs < horizonNs - PATIENCE_NS;
      if ((lane === undefined || argument === undefined) && !isOld) break;
      count++;
      if (lane !== undefined) this.#send(event, lane, argument ?? 0);
    }
    if (count > 0) this.#events.splice(0, count);
  }

  #send(event: PendingEvent, lane: number, argument: number): void {
    this.#lastNs = Math.max(this.#lastNs, event.timeNs);
    const { kind, lock } = event;
    this.#emit({ timeNs: this.#lastNs, kind, lane, lock, argument });
  }
}
