// Where the GIL passes from one thread to another: found once per trace as it grows, then looked up by time.

import { firstIndex } from '../../src/core/search';
import { Column } from '../../src/core/model/columns';
import { EventKind, type Trace } from '../../src/core/model/trace';
import type { Nanoseconds } from '../../src/core/units';
import type { SpanPlace } from './span';

/** Indices of the events of a growing trace by which a GIL came to another lane than had it before. */
export class HandOffIndex {
  readonly #trace: Trace;
  readonly #events = new Column('f64');
  #readUpTo = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  get count(): number {
    this.#catchUp();
    return this.#events.length;
  }

  /** Index of the event of hand-off `index`, one of those that `count` has counted. */
  eventOf(index: number): number {
    return this.#events.at(index);
  }

  timeOf(index: number): Nanoseconds {
    return this.#trace.events.times[this.#events.at(index)];
  }

  /** How many happened before `timeNs`. */
  countBefore(timeNs: Nanoseconds): number {
    return firstIndex(0, this.count, i => this.timeOf(i) >= timeNs);
  }

  #catchUp(): void {
    const { events, eventCount, locks } = this.#trace;
    for (let i = this.#readUpTo; i < eventCount; i++) {
      const previous = events.arguments[i]; // the lane before, plus 1; 0 if nobody ever had the lock
      const passed =
        events.kinds[i] === EventKind.acquire && previous !== 0 && previous - 1 !== events.lanes[i];
      if (passed && locks[events.locks[i]].kind === 'gil') this.#events.push(i);
    }
    this.#readUpTo = eventCount;
  }
}

/** The span that begins by a hand-off, which remembers that it was reached by it. */
export function spanOfHandOff(trace: Trace, handOffs: HandOffIndex, index: number): SpanPlace {
  const lane = trace.events.lanes[handOffs.eventOf(index)];
  return { lane, segment: trace.stores[lane].segmentAt(handOffs.timeOf(index)), handOff: index };
}
/** Index of the first event at or after a time. */
export function firstEventFrom(times: Float64Array, timeNs: Nanoseconds): number {
  return firstIndex(0, times.length, i => times[i] >= timeNs);
}
