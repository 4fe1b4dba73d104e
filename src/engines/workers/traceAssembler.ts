// Puts the records of many lanes in order of time and builds the trace of them. A record waits here until no lane
// can come up with an earlier one: each batch says what later records of its lane will not undercut.

import { EventKind } from '../../core/model/trace';
import type { TraceBuilder } from '../../core/model/traceBuilder';
import type { Nanoseconds } from '../../core/units';
import { THREAD_ERRORS } from './programThread';
import { NO_EVENT, unpackRecord, type RecordBatch } from './ring';

interface LaneQueue {
  readonly batches: RecordBatch[];
  /** Next record of the first batch. */
  next: number;
  floorNs: Nanoseconds;
  droppedCount: number;
}

export class TraceAssembler {
  readonly #builder: TraceBuilder;
  readonly #lanes: readonly LaneQueue[];
  /** Lane that holds each lock now, for a lock may be given back by somebody else. */
  readonly #holders = new Map<number, number>();
  /** Marks of the trace, by what the threads call them: only what has happened is in the trace. */
  readonly #marks = new Map<number, number>();
  #recordCount = 0;

  /** The builder has all its lanes and locks already. */
  constructor(builder: TraceBuilder) {
    this.#builder = builder;
    this.#lanes = builder.lanes.map(() => ({
      batches: [],
      next: 0,
      floorNs: 0,
      droppedCount: 0,
    }));
  }

  /** Records that have gone into the trace. */
  get recordCount(): number {
    return this.#recordCount;
  }

  accept(lane: number, batch: RecordBatch): void {
    const queue = this.#lanes[lane];
    if (batch.times.length > 0) queue.batches.push(batch);
    queue.floorNs = Math.max(queue.floorNs, batch.floorNs);
    if (batch.droppedCount <= queue.droppedCount) return;
    this.#builder.countDropped(batch.droppedCount - queue.droppedCount);
    queue.droppedCount = batch.droppedCount;
  }

  /** Nothing of this lane will be earlier than this. */
  raiseFloor(lane: number, floorNs: Nanoseconds): void {
    const queue = this.#lanes[lane];
    queue.floorNs = Math.max(queue.floorNs, floorNs);
  }

  /** Up to when the lane is known. */
  floorOf(lane: number): Nanoseconds {
    return this.#lanes[lane].floorNs;
  }

  /** Moves into the trace what can no longer be overtaken. */
  advance(): void {
    const untilNs = this.#lanes.reduce((least, lane) => Math.min(least, lane.floorNs), Infinity);
    for (;;) {
      const { first, secondNs } = this.#firstTwo();
      if (first < 0) break;
      const limitNs = Math.min(secondNs, untilNs);
      if (!(this.#nextNs(first) <= limitNs)) break;
      this.#move(first, limitNs);
    }
    if (untilNs < Infinity) this.#builder.advanceTo(untilNs);
  }

  /** The lane with the earliest record, and the time of the earliest of all others. */
  #firstTwo(): { readonly first: number; readonly secondNs: Nanoseconds } {
    let first = -1;
    let firstNs = Infinity;
    let secondNs = Infinity;
    for (let lane = 0; lane < this.#lanes.length; lane++) {
      const nextNs = this.#nextNs(lane);
      if (nextNs < firstNs) {
        secondNs = firstNs;
        firstNs = nextNs;
        first = lane;
      } else if (nextNs < secondNs) {
        secondNs = nextNs;
      }
    }
    return { first, secondNs };
  }

  #nextNs(lane: number): Nanoseconds {
    const { batches, next } = this.#lanes[lane];
    return batches.length > 0 ? batches[0].times[next] : Infinity;
  }

  /** Moves the records of one lane up to `limitNs`. */
  #move(lane: number, limitNs: Nanoseconds): void {
    const queue = this.#lanes[lane];
    const { times, words } = queue.batches[0];
    let i = queue.next;
    for (; i < times.length && times[i] <= limitNs; i++) {
      this.#add(lane, times[i], unpackRecord(words[i * 2], words[i * 2 + 1]));
    }
    this.#recordCount += i - queue.next;
    queue.next = i;
    if (i < times.length) return;
    queue.batches.shift();
    queue.next = 0;
  }

  #add(lane: number, timeNs: Nanoseconds, record: ReturnType<typeof unpackRecord>): void {
    const { state, position, event, lock, argument } = record;
    this.#builder.setState(lane, timeNs, state, position);
    if (event === NO_EVENT) return;
    let eventLane = lane;
    if (event === EventKind.acquire) {
      this.#holders.set(lock, lane);
    } else if (event === EventKind.release) {
      eventLane = this.#holders.get(lock) ?? lane;
      this.#holders.delete(lock);
    }
    const what = event === EventKind.mark ? this.#markOf(argument) : argument;
    this.#builder.addEvent({ timeNs, kind: event, lane: eventLane, lock, argument: what });
  }

  #markOf(error: number): number {
    const known = this.#marks.get(error);
    if (known !== undefined) return known;
    const mark = this.#builder.addMark({ kind: 'error', text: THREAD_ERRORS[error] });
    this.#marks.set(error, mark);
    return mark;
  }
}
