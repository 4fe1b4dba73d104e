// What the sampler writes down: rows of seven numbers, and definitions of the things that rows name by index.
// The same rows cross from the sampler's thread to the recorder, from there to the editor, and lie in the spill file.

import type { SourcePosition } from '../../../core/model/program';

/** Numbers in a row. Column 0 is a {@link RecordKind}, column 1 the time in ns since the recording began. */
export const RECORD_WIDTH = 7;

/** Kinds of rows, with their columns 2 to 6. Stored in files: never renumber, only append. */
export const RecordKind = {
  /** A GIL changed: time of the last read that showed it as before, GIL, holder (thread, or -1), locked, hand-offs since. */
  gil: 1,
  /** A thread was looked at: thread, a {@link LookState}, position, time of the look before, time it had a core since (-1: none, -2: not told). */
  look: 2,
  /** The sampler saw nothing: since when; 0 for all, or 1 + the GIL whose changes were too many to write down. */
  blind: 3,
  /** A thread is gone: thread, time of the last look that found it, time of the first sweep that did not. */
  threadEnded: 4,
  /** A process is gone or runs another program: process. */
  processEnded: 5,
  /** Nothing happened up to this time. */
  tick: 6,
  /** Estimated from inside of the program: thread, LaneState from this time on, position. */
  told: 7,
  /** The GIL of a free-threaded build is on for good: GIL, 1 if it was when it was first looked at. */
  gilIsOn: 8,
  /** A sweep met a garbage collection that the one before had not, or no longer: GIL of the interpreter, 1 if it is over. */
  collecting: 9,
  /** Sums of a process since it was found: process, its time with a core, that of native threads, time that a limit stopped it. */
  cpu: 20,
  /** A thread that Python did not make: its index, time it had a core, since when. */
  native: 21,
  /** A native thread is gone: its index. */
  nativeEnded: 22,
  /**
   * A thread waits for a lock: thread, lock, thread that has it (-1: not known, -2: not asked), how that is known (1: the
   * lock names it, 2: a `with` body, 3: it was given it and waits for the GIL; of -1 why not, as in `Unseen`, and 0 where
   * that is not known either), time of the last look before the wait.
   */
  lockWait: 30,
  /** A thread does not wait for a lock any more: thread, lock, time of the sweep before (0: not told). */
  lockWaitEnded: 31,
} as const;

/** In the column of who has a lock: nobody looked for that yet. */
export const LOCK_NOT_ASKED = -2;

/** What a look at a thread found. Stored in files: never renumber, only append. */
export const LookState = {
  /** It holds its GIL, before and after the look. */
  holding: 1,
  /** It holds its GIL and sits in a system call: C code that sleeps without letting go. */
  holdingBlocked: 2,
  /** It sits in a futex inside the GIL, or says itself that it asked for it. */
  waiting: 3,
  /** It sits in a futex somewhere else: a lock of the program. */
  lock: 4,
  /** It sits in another system call, or joins a thread. */
  blocked: 5,
  /** It runs or could run, and does not hold the GIL: C code without it, or on its way into or out of a wait for it. */
  running: 6,
  /** It runs or could run, does not hold the GIL, and has not asked for it. Only 3.15 tells. */
  runningSurely: 7,
  /** It waits for work, a notification or a result: nobody holds what it waits for. */
  idle: 8,
  /** It waits for another process of the program. */
  process: 9,
  /** It holds its GIL and had no core, under a CPU limit, since the time in the column of the look before. */
  holdingStopped: 10,
} as const;

/** A thing that rows refer to by index. Indices of a kind count up from 0, positions from 1 (0 is the unknown one). */
export type Definition =
  | {
      readonly kind: 'process';
      readonly index: number;
      readonly pid: number;
      readonly version: string;
      readonly switchIntervalNs: number;
      readonly freeThreaded?: boolean;
      /** Its command line, and what it is for where that is known. */
      readonly command?: string;
      readonly role?: string;
      /** Recorded from inside of the program, in this way: nothing is more than estimated. */
      readonly inside?: 'probe' | 'events';
    }
  | {
      readonly kind: 'gil';
      readonly index: number;
      readonly process: number;
      /** The interpreter that owns it. */
      readonly interpreter: number;
    }
  | {
      readonly kind: 'thread';
      readonly index: number;
      readonly process: number;
      readonly interpreter: number;
      readonly gil: number;
      readonly nativeId: number;
      readonly isMain: boolean;
      /** Stands for all the threads that came after the last one that got a lane of its own. */
      readonly standsForMany: boolean;
      /** When it appeared: between the sweep that did not find it and the one that did. */
      readonly sinceNs: number;
    }
  /** A thread that Python did not make. Indices of their own. */
  | {
      readonly kind: 'native';
      readonly index: number;
      readonly process: number;
      readonly name: string;
    }
  /** A lock of the program that somebody waits for, as the waiting line calls it. */
  | {
      readonly kind: 'lock';
      readonly index: number;
      readonly process: number;
      readonly name: string;
      /** `Lock`, `RLock`, `processLock` or `mutex`. */
      readonly lockKind: string;
    }
  | { readonly kind: 'name'; readonly thread: number; readonly name: string }
  /** The thread runs an event loop. */
  | { readonly kind: 'loop'; readonly thread: number }
  | ({ readonly kind: 'position'; readonly index: number } & SourcePosition);

/** What is handed on at once. Rows may refer to the definitions beside them. */
export interface Batch {
  readonly definitions: readonly Definition[];
  readonly rows: Float64Array;
}

/** Collects rows and definitions until somebody takes them. */
export class BatchWriter {
  #rows: Float64Array;
  #length = 0;
  #definitions: Definition[] = [];
  readonly #capacity: number;

  constructor(capacityRows: number) {
    this.#capacity = capacityRows * RECORD_WIDTH;
    this.#rows = new Float64Array(this.#capacity);
  }

  get isFull(): boolean {
    return this.#length >= this.#capacity - 64 * RECORD_WIDTH;
  }

  define(definition: Definition): void {
    this.#definitions.push(definition);
  }

  /** Adds a row: kind, time, and up to five more columns. Grows if nobody took the batch in time. */
  row(kind: number, timeNs: number, columns: readonly number[]): void {
    if (this.#length + RECORD_WIDTH > this.#rows.length) this.#grow();
    const at = this.#length;
    this.#rows[at] = kind;
    this.#rows[at + 1] = timeNs;
    for (let i = 0; i < columns.length; i++) this.#rows[at + 2 + i] = columns[i];
    for (let i = 2 + columns.length; i < RECORD_WIDTH; i++) this.#rows[at + i] = 0;
    this.#length += RECORD_WIDTH;
  }

  /** Everything since the last call; the rows are a buffer of their own, so they can be transferred. */
  take(): Batch {
    const batch = { definitions: this.#definitions, rows: this.#rows.slice(0, this.#length) };
    this.#length = 0;
    this.#definitions = [];
    if (this.#rows.length > this.#capacity) this.#rows = new Float64Array(this.#capacity);
    return batch;
  }

  #grow(): void {
    const grown = new Float64Array(this.#rows.length * 2);
    grown.set(this.#rows);
    this.#rows = grown;
  }
}
