// The ring in which a thread leaves what happens to it: one writer, one reader, shared memory, no lock.
//
//   bytes 0..63   four words: HEAD, TAIL, DROPPED, FLOOR
//   from byte 64  records of 16 bytes: the time (Float64, ns), then two words (see `packRecord`)
//
// HEAD is the number of records written, times two, plus one while the writer runs. A writer rests when it is about
// to wait: whoever looks at the clock and then finds it at rest knows that whatever comes later carries a later time,
// for the writer says that it runs before it looks at the clock again. While it runs, no record is earlier than the
// one before, nor than FLOOR (in units of 1024 ns), which a long computation raises now and then. This is what lets
// the reader put the records of many rings in order of time without guessing how long to wait.
//
// A full ring never blocks its writer: the record is counted and gone. When there is space again, the writer first
// leaves a record that says since when nothing is known. A few places are kept free for a thread's last words.

import { LaneState } from '../../core/model/lanes';
import type { EventKind } from '../../core/model/trace';
import type { Nanoseconds } from '../../core/units';

const HEAD = 0;
const TAIL = 1;
const DROPPED = 2;
const FLOOR = 3;
const HEADER_BYTES = 64;
const RECORD_BYTES = 16;
const FLOOR_UNIT_NS = 1024;
const COUNT_MASK = 0x7fffffff;
const RESERVED_RECORDS = 4;
/** A thread that only ever says that more is to come is read all the same. */
const MOST_UNPUBLISHED = 16;

/** Longest run whose times fit into FLOOR: 2^32 units, 73 minutes. */
export const MAX_RING_NS: Nanoseconds = 2 ** 32 * FLOOR_UNIT_NS;

/** What a record may name at most: source positions, and locks, lanes or marks. */
export const MAX_RECORD_POSITION = 0xffffff;
export const MAX_RECORD_OPERAND = 0xffff;

/** A record as the writer knows it: the lane's state and line from then on, and the event, if there was one. */
export interface LaneRecord {
  readonly state: number;
  readonly position: number;
  /** An event, or {@link NO_EVENT}. */
  readonly event: EventKind | typeof NO_EVENT;
  readonly lock: number;
  readonly argument: number;
}

export const NO_EVENT = 15;

/** Records of one lane in order of time, copied out of its ring. Two words for each time. */
export interface RecordBatch {
  readonly times: Float64Array;
  readonly words: Int32Array;
  /** No later record of this lane will be earlier than this. */
  readonly floorNs: Nanoseconds;
  /** Records lost so far. */
  readonly droppedCount: number;
}

/** Memory for a ring of `capacity` records, a power of two of at least 8. */
export function allocateRing(capacity: number): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + capacity * RECORD_BYTES);
}

/** The first word of a record: what the thread does from then on, where, and what happened. */
export function firstWord(state: number, position: number, event: number): number {
  return (position << 8) | (event << 4) | state;
}

/** The second word of a record: what the event is about. */
export function secondWord(lock: number, argument: number): number {
  return (lock << 16) | argument;
}

/** The inverse of `firstWord` and `secondWord`. */
export function unpackRecord(first: number, second: number): LaneRecord {
  return {
    state: first & 15,
    event: ((first >>> 4) & 15) as EventKind | typeof NO_EVENT, // written by packRecord alone
    position: first >>> 8,
    lock: second >>> 16,
    argument: second & 0xffff,
  };
}

function viewsOf(ring: SharedArrayBuffer) {
  return {
    header: new Int32Array(ring, 0, HEADER_BYTES / 4),
    times: new Float64Array(ring, HEADER_BYTES),
    words: new Int32Array(ring, HEADER_BYTES),
    capacity: (ring.byteLength - HEADER_BYTES) / RECORD_BYTES,
  };
}

/** The thread's end of the ring. */
export class RingWriter {
  readonly #header: Int32Array;
  readonly #times: Float64Array;
  readonly #words: Int32Array;
  readonly #capacity: number;
  #count = 0;
  /** TAIL when the writer last looked: it only grows. */
  #tail = 0;
  #resting = true;
  /** Records in the ring that HEAD does not tell of yet. */
  #unpublished = 0;
  #lost = 0;
  #lostSinceNs = -1;

  constructor(ring: SharedArrayBuffer) {
    const { header, times, words, capacity } = viewsOf(ring);
    this.#header = header;
    this.#times = times;
    this.#words = words;
    this.#capacity = capacity;
  }

  /** Says that the writer runs: call before looking at the clock for a `push`. Costs nothing if it runs already. */
  run(): void {
    if (!this.#resting) return;
    this.#resting = false;
    Atomics.store(this.#header, HEAD, (this.#count << 1) | 1);
  }

  /** The writer is about to wait: nothing will be stamped before the next `run`. */
  rest(): void {
    this.#resting = true;
    this.#unpublished = 0;
    Atomics.store(this.#header, HEAD, this.#count << 1);
  }

  /** While it runs: no record to come will be earlier than `timeNs`. */
  promise(timeNs: Nanoseconds): void {
    if (this.#unpublished > 0) this.#publish(); // first: the promise is about what comes after
    Atomics.store(this.#header, FLOOR, Math.floor(timeNs / FLOOR_UNIT_NS) | 0);
  }

  /** Leaves a record; times never go backwards. The last one of a thread may use the places kept free. */
  push(timeNs: Nanoseconds, first: number, second: number, last = false): void {
    this.#put(timeNs, first, second, last);
    this.#publish();
  }

  /**
   * As `push`, but the reader need not see the record before the next `push`, `promise` or `rest`, or before a few
   * more of its kind: what follows at once spares a store that all cores must agree on.
   */
  pushSoon(timeNs: Nanoseconds, first: number, second: number): void {
    this.#put(timeNs, first, second, false);
    if (++this.#unpublished >= MOST_UNPUBLISHED) this.#publish();
  }

  #put(timeNs: Nanoseconds, first: number, second: number, last: boolean): void {
    const wanted = this.#lost > 0 && this.#lostSinceNs >= 0 ? 2 : 1;
    if (this.#hasSpaceFor(last ? wanted : wanted + RESERVED_RECORDS)) {
      if (wanted === 2) this.#endGap();
      this.#write(timeNs, first, second);
    } else {
      if (this.#lostSinceNs < 0) this.#lostSinceNs = timeNs;
      Atomics.store(this.#header, DROPPED, ++this.#lost);
      this.#publish(); // else the reader would not know that it is to make space
    }
  }

  #publish(): void {
    this.#unpublished = 0;
    Atomics.store(this.#header, HEAD, (this.#count << 1) | 1);
  }

  #endGap(): void {
    this.#write(this.#lostSinceNs, firstWord(LaneState.unknown, 0, NO_EVENT), 0);
    this.#lostSinceNs = -1;
  }

  #hasSpaceFor(records: number): boolean {
    const used = (this.#count - this.#tail) & COUNT_MASK;
    if (used + records <= this.#capacity) return true;
    this.#tail = Atomics.load(this.#header, TAIL);
    return ((this.#count - this.#tail) & COUNT_MASK) + records <= this.#capacity;
  }

  #write(timeNs: Nanoseconds, first: number, second: number): void {
    const index = (this.#count & (this.#capacity - 1)) * 2;
    this.#times[index] = timeNs;
    this.#words[index * 2 + 2] = first;
    this.#words[index * 2 + 3] = second;
    this.#count = (this.#count + 1) & COUNT_MASK;
  }
}

/** The other end: copies records out and says up to when they are complete. */
export class RingReader {
  readonly #header: Int32Array;
  readonly #times: Float64Array;
  readonly #words: Int32Array;
  readonly #capacity: number;
  #count = 0;

  constructor(ring: SharedArrayBuffer) {
    const { header, times, words, capacity } = viewsOf(ring);
    this.#header = header;
    this.#times = times;
    this.#words = words;
    this.#capacity = capacity;
  }

  /** All that is there. `nowNs` is a look at the clock right before the call. */
  take(nowNs: Nanoseconds): RecordBatch {
    // FLOOR before HEAD: what is earlier than the promise was told by HEAD before the promise was made.
    const floor = Atomics.load(this.#header, FLOOR) >>> 0;
    const head = Atomics.load(this.#header, HEAD);
    const promisedNs = (head & 1) === 0 ? nowNs : floor * FLOOR_UNIT_NS;
    const length = ((head >>> 1) - this.#count) & COUNT_MASK;
    const times = new Float64Array(length);
    const words = new Int32Array(length * 2);
    for (let i = 0; i < length; i++) {
      const index = ((this.#count + i) & (this.#capacity - 1)) * 2;
      times[i] = this.#times[index];
      words[i * 2] = this.#words[index * 2 + 2];
      words[i * 2 + 1] = this.#words[index * 2 + 3];
    }
    this.#count = (this.#count + length) & COUNT_MASK;
    Atomics.store(this.#header, TAIL, this.#count);
    const floorNs = length > 0 ? Math.max(promisedNs, times[length - 1]) : promisedNs;
    return { times, words, floorNs, droppedCount: Atomics.load(this.#header, DROPPED) };
  }
}
