// The board: what the threads of one process share while a program runs, as words of shared memory that can be
// waited for. Whether to stop, who has started and ended, answers of the coordinator, and the program's locks.
//
//   words 0 to 2            STOP, and the epoch of the run: seconds, nanoseconds
//   16 words per thread     LIFE, SLEEP, ANSWER, ANSWER_VALUE, WAITS_FOR
//   16 words per lock       HOLDER, WAITERS, LAST_HOLDER
//   then 16 words for the GIL (see gilLock.ts)

import type { ClockReading } from './clock';

const BLOCK_WORDS = 16; // one cache line: neighbours do not slow each other down

const STOP = 0;
const EPOCH_SECONDS = 1;
const EPOCH_NANOSECONDS = 2;

const LIFE = 0;
const SLEEP = 1;
const ANSWER = 2;
const ANSWER_VALUE = 3;
const WAITS_FOR = 4;

const HOLDER = 0;
const WAITERS = 1;
const LAST_HOLDER = 2;

/** What has become of a thread. */
export const Life = { notStarted: 0, started: 1, ended: 2 } as const;
export type Life = (typeof Life)[keyof typeof Life];

/** Thrown through a thread of the program when the run is to end. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped';
}

export interface BoardSize {
  readonly threads: number;
  readonly locks: number;
}

export class Board {
  readonly memory: SharedArrayBuffer;
  readonly size: BoardSize;
  readonly words: Int32Array;

  /** A new board, or another look at one that a neighbour made. */
  constructor(size: BoardSize, memory?: SharedArrayBuffer) {
    const blocks = 1 + size.threads + size.locks + 1;
    this.size = size;
    this.memory = memory ?? new SharedArrayBuffer(blocks * BLOCK_WORDS * 4);
    this.words = new Int32Array(this.memory);
  }

  /** First of the words that belong to the GIL. */
  get gilBase(): number {
    return (1 + this.size.threads + this.size.locks) * BLOCK_WORDS;
  }

  /** Where the time of the run begins; threads may look from the moment they are started. */
  get epoch(): ClockReading {
    return [Atomics.load(this.words, EPOCH_SECONDS), Atomics.load(this.words, EPOCH_NANOSECONDS)];
  }

  setEpoch([seconds, nanoseconds]: ClockReading): void {
    Atomics.store(this.words, EPOCH_SECONDS, seconds);
    Atomics.store(this.words, EPOCH_NANOSECONDS, nanoseconds);
  }

  // ---- the end of a run

  /** Everybody stops as soon as they look. Call {@link wakeAll} until they have. */
  stop(): void {
    Atomics.store(this.words, STOP, 1);
    this.wakeAll();
  }

  /** Wakes whoever waits for anything on this board, to look whether to stop. */
  wakeAll(): void {
    for (let i = 0; i < this.words.length; i++) Atomics.notify(this.words, i);
  }

  get stopped(): boolean {
    return Atomics.load(this.words, STOP) !== 0;
  }

  throwIfStopped(): void {
    if (Atomics.load(this.words, STOP) !== 0) throw new RunStopped();
  }

  // ---- threads

  lifeOf(thread: number): Life {
    return Atomics.load(this.words, this.#ofThread(thread) + LIFE) as Life; // written by changeLife alone
  }

  /** Moves a thread from one stage of its life to the next and wakes who waits for it. False: it was not there. */
  changeLife(thread: number, from: Life, to: Life): boolean {
    const index = this.#ofThread(thread) + LIFE;
    if (Atomics.compareExchange(this.words, index, from, to) !== from) return false;
    Atomics.notify(this.words, index);
    return true;
  }

  /** Waits until the thread is no longer at `life`. Throws {@link RunStopped}. */
  awaitLifeAfter(thread: number, life: Life): void {
    const index = this.#ofThread(thread) + LIFE;
    while (Atomics.load(this.words, index) === life) {
      this.throwIfStopped();
      Atomics.wait(this.words, index, life);
    }
    this.throwIfStopped();
  }

  /** Sleeps for `milliseconds`, or until the run is to end. */
  sleep(thread: number, milliseconds: number): void {
    const untilMs = performance.now() + milliseconds;
    const index = this.#ofThread(thread) + SLEEP;
    for (;;) {
      this.throwIfStopped();
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return;
      Atomics.wait(this.words, index, 0, leftMs);
    }
  }

  /** What a thread waits for without end: 0 for nothing, a lock plus 1, or minus (a thread plus 1). */
  waitsFor(thread: number): number {
    return Atomics.load(this.words, this.#ofThread(thread) + WAITS_FOR);
  }

  setWaitsFor(thread: number, what: number): void {
    Atomics.store(this.words, this.#ofThread(thread) + WAITS_FOR, what);
  }

  // ---- questions to the coordinator, each with its number

  /** Waits for the answer to question `number`. Throws {@link RunStopped}. */
  awaitAnswer(thread: number, number: number): number {
    const index = this.#ofThread(thread) + ANSWER;
    for (;;) {
      const answered = Atomics.load(this.words, index);
      if (answered === number) return Atomics.load(this.words, index + ANSWER_VALUE - ANSWER);
      this.throwIfStopped();
      Atomics.wait(this.words, index, answered);
    }
  }

  answer(thread: number, number: number, value: number): void {
    const index = this.#ofThread(thread) + ANSWER;
    Atomics.store(this.words, index + ANSWER_VALUE - ANSWER, value);
    Atomics.store(this.words, index, number);
    Atomics.notify(this.words, index);
  }

  // ---- threading.Lock

  /** Takes the lock if it is free. Returns the lane that held it before, plus 1; -1 if it is taken. */
  tryLock(lock: number, thread: number): number {
    const index = this.#ofLock(lock);
    if (Atomics.compareExchange(this.words, index + HOLDER, 0, thread + 1) !== 0) return -1;
    const previous = Atomics.load(this.words, index + LAST_HOLDER);
    Atomics.store(this.words, index + LAST_HOLDER, thread + 1);
    return previous;
  }

  /** Waits until the lock is free for a moment; somebody else may be quicker. Throws {@link RunStopped}. */
  awaitUnlock(lock: number): void {
    const index = this.#ofLock(lock);
    Atomics.add(this.words, index + WAITERS, 1);
    const holder = Atomics.load(this.words, index + HOLDER);
    this.throwIfStopped();
    if (holder !== 0) Atomics.wait(this.words, index + HOLDER, holder);
    Atomics.sub(this.words, index + WAITERS, 1);
    this.throwIfStopped();
  }

  /** Gives the lock back, whoever holds it, and wakes one waiter. */
  unlock(lock: number): void {
    const index = this.#ofLock(lock);
    Atomics.store(this.words, index + HOLDER, 0);
    if (Atomics.load(this.words, index + WAITERS) > 0)
      Atomics.notify(this.words, index + HOLDER, 1);
  }

  /** The lane that holds a lock, or -1. */
  holderOf(lock: number): number {
    return Atomics.load(this.words, this.#ofLock(lock) + HOLDER) - 1;
  }

  #ofThread(thread: number): number {
    return (1 + thread) * BLOCK_WORDS;
  }

  #ofLock(lock: number): number {
    return (1 + this.size.threads + lock) * BLOCK_WORDS;
  }
}
