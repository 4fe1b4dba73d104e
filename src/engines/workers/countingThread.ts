// The race on a reference count, for real: what one of several threads does to a count that all share.
//
// Two parts for each way to protect it. Counting up: every thread makes references, and at the end the count tells
// how many were lost. Borrowing: object after object gets one reference by its owner that stays all the time, while
// all threads make references and drop them again; a count that reaches 0 frees an object that is in use, and a
// count that is too high at the end keeps it for ever.

import { assertNever } from '../../core/errors';
import type { CountingMethodName } from '../../core/refcounts/refcounts';
import { Board } from './board';
import { clockSince } from './clock';
import { GilLock } from './gilLock';
import { FIRST_SEED, spin } from './kernel';
import { LaneWriter } from './laneWriter';
import { allocateRing, RingWriter } from './ring';
import { ReleaseReason } from '../../core/model/trace';
import { LaneState } from '../../core/model/lanes';
import type { Nanoseconds } from '../../core/units';

// Words of the shared memory, each in a cache line of its own.
const ARRIVED = 0;
const ROUND = 16;
const COUNT = 32;
/** The share of a biased count that does not belong to the owner. */
const OTHERS = 48;
const OBJECT_LOCK = 64;
const FREED = 80;
/** Whether there is another object to borrow; thread 0 says so. */
const MORE = 96;
/** What came of using the objects: written so that no compiler can leave the use out. */
const USED = 112;
const WORDS = 128;

/**
 * Turns of work with a borrowed object, some 20 ns. Without any, a core would get back what it just stored from its own
 * store buffer, again and again: it would not see the others' changes, and the drift of most would cancel out.
 */
const USE_TURNS = 16;

/** So often a thread looks for the others before it goes to sleep, a millisecond or two: woken threads do not meet. */
const SPINS = 100_000;
/** Into so many parts the counting of one thread alone is divided. */
const STRETCHES = 16;
/** Under the GIL: how many updates lie between two evaluation points. */
const UPDATES_PER_POINT = 64;

export interface CountingSizes {
  /** How often each thread counts up. */
  readonly updates: number;
  /** At most. */
  readonly objects: number;
  /** How often each thread borrows each object. */
  readonly borrows: number;
}

export interface CountingAssignment extends CountingSizes {
  readonly method: CountingMethodName;
  readonly thread: number;
  readonly threadCount: number;
  /** Time for the borrowing of objects; on a busy machine there are fewer of them. */
  readonly borrowingMs: number;
  readonly memory: SharedArrayBuffer;
  readonly board: SharedArrayBuffer;
}

/** What one thread found; the counts are those of thread 0, who looks when all are done. */
export interface CountingFindings {
  readonly lostCount: number;
  readonly objectCount: number;
  readonly freedInUseCount: number;
  readonly neverFreedCount: number;
  /** Undefined but for thread 0: only one thread is alone. */
  readonly nsPerUpdateAlone: number | undefined;
  readonly nsPerUpdateTogether: number;
}

/** Memory for one method's run. */
export function allocateCounting(threadCount: number): {
  readonly memory: SharedArrayBuffer;
  readonly board: SharedArrayBuffer;
} {
  const board = new Board({ threads: threadCount, locks: 0 });
  return { memory: new SharedArrayBuffer(WORDS * 4), board: board.memory };
}

/** A way to count, as one thread does it. */
interface Counter {
  /** Makes `times` references. */
  readonly countUp: (times: number) => void;
  /** Makes a reference, uses the object and drops the reference, `times` times. Whoever brings the count to 0 frees the object. */
  readonly borrow: (times: number) => void;
  readonly total: () => number;
}

/** Does one thread's part; all threads of the run call this at the same time. */
export function countWithOthers(assignment: CountingAssignment): CountingFindings {
  const words = new Int32Array(assignment.memory);
  const counter = counterOf(assignment, words);
  const first = assignment.thread === 0;
  const meet = (): void => meetAll(words, assignment.threadCount);
  counter.countUp(20_000); // compiled, before anything is measured
  counter.borrow(20_000);
  meet();
  const nsPerUpdateAlone = first ? costAlone(counter, assignment.updates) : undefined;
  meet();
  if (first) resetTo(words, 0);
  meet();
  const togetherNs = timed(() => counter.countUp(assignment.updates));
  meet();
  const lostCount = assignment.updates * assignment.threadCount - counter.total();
  return {
    lostCount,
    ...borrowObjects(assignment, words, { counter, meet }),
    nsPerUpdateAlone,
    nsPerUpdateTogether: togetherNs / assignment.updates,
  };
}

/** The median of several stretches: what else runs on the machine can only make some of them slower. */
function costAlone(counter: Counter, updates: number): Nanoseconds {
  const times = Math.ceil(updates / STRETCHES);
  const costs = Array.from(
    { length: STRETCHES },
    () => timed(() => counter.countUp(times)) / times,
  );
  return costs.sort((a, b) => a - b)[STRETCHES >> 1];
}

function borrowObjects(
  { thread, objects, borrows, borrowingMs }: CountingAssignment,
  words: Int32Array,
  { counter, meet }: { readonly counter: Counter; readonly meet: () => void },
): Pick<CountingFindings, 'objectCount' | 'freedInUseCount' | 'neverFreedCount'> {
  const untilMs = performance.now() + borrowingMs;
  const found = { objectCount: 0, freedInUseCount: 0, neverFreedCount: 0 };
  for (;;) {
    if (thread === 0) {
      const more = found.objectCount < objects && performance.now() < untilMs;
      Atomics.store(words, MORE, more ? 1 : 0);
      resetTo(words, 1);
    }
    meet();
    if (Atomics.load(words, MORE) === 0) return found;
    counter.borrow(borrows);
    meet();
    // The owner drops the last reference: the object goes if the count was 1.
    found.objectCount++;
    if (Atomics.load(words, FREED) !== 0) found.freedInUseCount++;
    else if (counter.total() > 1) found.neverFreedCount++;
    meet();
  }
}

function resetTo(words: Int32Array, count: number): void {
  Atomics.store(words, OTHERS, 0);
  Atomics.store(words, FREED, 0);
  Atomics.store(words, COUNT, count);
}

function timed(work: () => void): number {
  const before = process.hrtime();
  work();
  const [seconds, nanoseconds] = process.hrtime(before);
  return seconds * 1e9 + nanoseconds;
}

/** Waits for all threads: looks for a while, so that they go on together, then sleeps. */
function meetAll(words: Int32Array, threadCount: number): void {
  const round = Atomics.load(words, ROUND);
  if (Atomics.add(words, ARRIVED, 1) === threadCount - 1) {
    Atomics.store(words, ARRIVED, 0);
    Atomics.add(words, ROUND, 1);
    Atomics.notify(words, ROUND);
    return;
  }
  for (let i = 0; i < SPINS; i++) if (Atomics.load(words, ROUND) !== round) return;
  while (Atomics.load(words, ROUND) === round) Atomics.wait(words, ROUND, round);
}

function counterOf(assignment: CountingAssignment, words: Int32Array): Counter {
  switch (assignment.method) {
    case 'none':
      return plainCounter(words);
    case 'gil':
      return gilCounter(words, gilOf(assignment));
    case 'atomic':
      return atomicCounter(words, COUNT);
    case 'object-lock':
      return lockedCounter(words);
    case 'biased':
      return biasedCounter(words, assignment.thread === 0);
    default:
      return assertNever(assignment.method);
  }
}

// The loops are written out for each way: a shared one would cost a call, and hide what an update is.

function plainCounter(words: Int32Array): Counter {
  return {
    countUp(times) {
      for (let i = 0; i < times; i++) words[COUNT] = words[COUNT] + 1;
    },
    borrow(times) {
      let used = FIRST_SEED;
      for (let i = 0; i < times; i++) {
        words[COUNT] = words[COUNT] + 1;
        used = spin(used, USE_TURNS);
        const left = words[COUNT] - 1;
        words[COUNT] = left;
        if (left === 0) words[FREED] = 1;
      }
      words[USED] = used;
    },
    total: () => Atomics.load(words, COUNT),
  };
}

function gilCounter(words: Int32Array, gil: GilLock): Counter {
  const plain = plainCounter(words);
  const held = (times: number, work: (times: number) => void): void => {
    gil.take();
    for (let left = times; left > 0; left -= UPDATES_PER_POINT) {
      work(Math.min(left, UPDATES_PER_POINT));
      if (gil.requested) gil.dropOnRequest();
    }
    gil.release(ReleaseReason.blocking, LaneState.blocked);
  };
  return {
    countUp: times => held(times, plain.countUp),
    borrow: times => held(times, plain.borrow),
    total: plain.total,
  };
}

function atomicCounter(words: Int32Array, index: number): Counter {
  return {
    countUp(times) {
      for (let i = 0; i < times; i++) Atomics.add(words, index, 1);
    },
    borrow(times) {
      let used = FIRST_SEED;
      for (let i = 0; i < times; i++) {
        Atomics.add(words, index, 1);
        used = spin(used, USE_TURNS);
        if (Atomics.sub(words, index, 1) === 1) Atomics.store(words, FREED, 1);
      }
      words[USED] = used;
    },
    total: () => Atomics.load(words, index),
  };
}

function lockedCounter(words: Int32Array): Counter {
  return {
    countUp(times) {
      for (let i = 0; i < times; i++) {
        lockObject(words);
        words[COUNT] = words[COUNT] + 1;
        unlockObject(words);
      }
    },
    borrow(times) {
      let used = FIRST_SEED;
      for (let i = 0; i < times; i++) {
        lockObject(words);
        words[COUNT] = words[COUNT] + 1;
        unlockObject(words);
        used = spin(used, USE_TURNS);
        lockObject(words);
        const left = words[COUNT] - 1;
        words[COUNT] = left;
        if (left === 0) words[FREED] = 1;
        unlockObject(words);
      }
      words[USED] = used;
    },
    total: () => Atomics.load(words, COUNT),
  };
}

/** One word: 0 free, 1 taken, 2 taken and waited for. */
function lockObject(words: Int32Array): void {
  if (Atomics.compareExchange(words, OBJECT_LOCK, 0, 1) === 0) return;
  while (Atomics.exchange(words, OBJECT_LOCK, 2) !== 0) Atomics.wait(words, OBJECT_LOCK, 2);
}

function unlockObject(words: Int32Array): void {
  if (Atomics.exchange(words, OBJECT_LOCK, 0) === 2) Atomics.notify(words, OBJECT_LOCK, 1);
}

/** The owner's share is COUNT, plainly; everybody else's is OTHERS. The owner's reference keeps its share above 0. */
function biasedCounter(words: Int32Array, isOwner: boolean): Counter {
  const total = (): number => Atomics.load(words, COUNT) + Atomics.load(words, OTHERS);
  if (!isOwner) {
    const others = atomicCounter(words, OTHERS);
    return {
      countUp: others.countUp,
      borrow(times) {
        let used = FIRST_SEED;
        for (let i = 0; i < times; i++) {
          Atomics.add(words, OTHERS, 1);
          used = spin(used, USE_TURNS);
          // A share below 0 would be handed to the owner to merge; here each only drops what it made.
          Atomics.sub(words, OTHERS, 1);
        }
        words[USED] = used;
      },
      total,
    };
  }
  const plain = plainCounter(words);
  return { countUp: plain.countUp, borrow: plain.borrow, total };
}

function gilOf({ thread, threadCount, board: memory }: CountingAssignment): GilLock {
  const board = new Board({ threads: threadCount, locks: 0 }, memory);
  const writer = new LaneWriter(new RingWriter(allocateRing(8)), clockSince(process.hrtime()));
  return new GilLock({ board, writer, lane: thread, lock: 0, switchIntervalNs: 5_000_000 });
}
