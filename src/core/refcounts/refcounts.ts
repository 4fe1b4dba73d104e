// Reference counts and the race that the GIL prevents: the ways to protect a count, what a real run of each found,
// and which Python statements lose updates in which version. The small model to step through is refcountRace.ts.

import { formatDuration, type Nanoseconds } from '../units';

/** A way to change a count that several threads share. */
export interface CountingMethod {
  /** Stable name, used in settings and results. */
  readonly name: CountingMethodName;
  readonly title: string;
  /** What one update is, for people. */
  readonly how: string;
  /** Where Python does so. */
  readonly python: string;
  /** Whether updates can get lost. */
  readonly safe: boolean;
}

export type CountingMethodName = 'none' | 'gil' | 'atomic' | 'object-lock' | 'biased';

export const COUNTING_METHODS: readonly CountingMethod[] = [
  {
    name: 'none',
    title: 'No protection',
    how: 'load, add, store, by whoever is there',
    python: 'No Python does so: it would free objects that are in use, and keep others for ever.',
    safe: false,
  },
  {
    name: 'gil',
    title: 'Under the GIL',
    how: 'load, add, store, by the holder of one lock for everything, kept over many updates',
    python:
      'CPython’s default build: Py_INCREF is a plain addition, because only the holder of the GIL runs Python code.',
    safe: true,
  },
  {
    name: 'atomic',
    title: 'Atomic updates',
    how: 'one indivisible instruction, which needs the cache line for itself',
    python:
      'Free-threaded CPython, for the share of a count that belongs to other threads than the owner.',
    safe: true,
  },
  {
    name: 'object-lock',
    title: 'A lock for each object',
    how: 'take the object’s own lock, load, add, store, give it back',
    python:
      'Free-threaded CPython locks single lists and dicts so, for whole operations; not their reference counts.',
    safe: true,
  },
  {
    name: 'biased',
    title: 'Biased to the owner',
    how: 'the owner adds to a count of its own, plainly; all others to a second one, atomically',
    python:
      'Free-threaded CPython (PEP 703): the true count is the sum; the two are merged when the owner’s share is used up.',
    safe: true,
  },
];

/** What a real run of one method found. */
export interface CountingResult {
  readonly method: CountingMethodName;
  readonly threadCount: number;
  /** Increments that all threads did together, in the part that only counts up. */
  readonly updateCount: number;
  /** How many of them are missing from the count. */
  readonly lostCount: number;
  /** Objects that each had one owner's reference all the time while threads made and dropped others. */
  readonly objectCount: number;
  /** Of these, how many had their count reach 0 while the owner still had a reference: freed in use. */
  readonly freedInUseCount: number;
  /** And how many had a count above 0 when nobody had a reference any more: never freed. */
  readonly neverFreedCount: number;
  /** Time of one update with one thread, and for each thread when all run at once. */
  readonly nsPerUpdateAlone: Nanoseconds;
  readonly nsPerUpdateTogether: Nanoseconds;
}

/** What the lesson's run is made of. */
export interface CountingRun {
  /** As they ran; more threads than cores overlap less. */
  readonly threadCount: number;
  readonly cores: number;
  readonly results: readonly CountingResult[];
}

/** The method of that name. */
export function countingMethod(name: CountingMethodName): CountingMethod {
  const method = COUNTING_METHODS.find(one => one.name === name);
  if (!method) throw new Error(`there is no way to count called ${name}`);
  return method;
}

/** One or two sentences about a result; a lucky run without a lock is not called safe. */
export function describeCounting(result: CountingResult): string {
  const { method, updateCount, lostCount, objectCount, freedInUseCount, neverFreedCount } = result;
  const cost = `One update took ${shortTime(result.nsPerUpdateAlone)} alone and ${shortTime(result.nsPerUpdateTogether)} with ${result.threadCount} threads at it.`;
  const drifted = freedInUseCount + neverFreedCount;
  if (lostCount === 0 && drifted === 0) {
    const luck =
      ' That proves nothing: the threads may just not have met. Without protection, any run can lose some.';
    const kept = `None of ${numberText(updateCount)} updates was lost.`;
    return countingMethod(method).safe ? `${kept} ${cost}` : `${kept}${luck} ${cost}`;
  }
  return (
    `${numberText(lostCount)} of ${numberText(updateCount)} updates were lost. Of ${objectCount} objects ${freedInUseCount} were freed while ` +
    `in use and ${neverFreedCount} were never freed. ${cost}`
  );
}

function numberText(count: number): string {
  return count.toLocaleString('en');
}

/** Updates take a few nanoseconds: whole ones would hide what they cost. */
function shortTime(ns: Nanoseconds): string {
  return ns < 10 ? `${Math.round(ns * 10) / 10} ns` : formatDuration(ns);
}

/** What was measured of a Python statement that two threads execute on the same value. */
export interface LostUpdates {
  /** The body of the loop. */
  readonly statement: string;
  readonly what: string;
  /** How many additions there should have been in a run: at least, at most. */
  readonly expected: readonly [number, number];
  /** For each of `PYTHON_VERSIONS`: the smallest and the largest number of missing additions over several runs. */
  readonly lost: readonly (readonly [least: number, most: number])[];
}

/** Versions of CPython that were measured, with a GIL. */
export const PYTHON_VERSIONS = ['2.7', '3.8, 3.9', '3.10', '3.11', '3.12, 3.13', '3.14, 3.15'];

/**
 * Measured in November 2026 (x86-64, two busy cores): two threads, 300,000 to 1,000,000 additions each, the default
 * switch interval. Ranges over six to a dozen runs, to thousands, outwards.
 */
export const PYTHON_LOST_UPDATES: readonly LostUpdates[] = [
  {
    statement: 'x += 1',
    what: 'a global',
    expected: [1_400_000, 2_000_000],
    lost: [
      [270_000, 846_000],
      [232_000, 787_000],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  },
  {
    statement: 'c.v = c.get() + 1',
    what: 'a method reads the value; since 3.11 no point to switch comes after that',
    expected: [600_000, 600_000],
    lost: [
      [39_000, 169_000],
      [0, 290_000],
      [0, 144_000],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  },
  {
    statement: 'v = c.v; f(); c.v = v + 1',
    what: 'a Python call between reading and writing',
    expected: [600_000, 600_000],
    lost: [
      [58_000, 294_000],
      [27_000, 273_000],
      [60_000, 300_000],
      [0, 234_000],
      [106_000, 300_000],
      [91_000, 285_000],
    ],
  },
];

/** What to make of it, for people. */
export const LOST_UPDATES_LESSON: readonly string[] = [
  'Many books show the race with x += 1. On today’s Python that demonstration no longer loses anything. The language still does not promise that x += 1 is one step, and up to 3.9 it lost updates. Since 3.10 the interpreter looks at the request to let go of the GIL only at backward jumps and around calls, and none of these lies between the load and the store of a plain x += 1. That is an accident of the implementation, and zero observed is no proof.',
  'One innocent call between reading and writing brings the race back in every version. On a free-threaded build it is there for x += 1 as well (not measured here). Use a threading.Lock around what belongs together.',
  'The GIL prevents another race, inside the interpreter: every reference that is made or dropped changes the object’s reference count with load, add and store. Without a lock such updates would be lost in every version; free-threaded builds protect the counts in other ways.',
];

/** What CPython does today to the counts themselves, for people. PEP 683, PEP 703; Include/refcount.h of 3.14. */
export const COUNTS_TODAY: readonly { readonly what: string; readonly how: string }[] = [
  {
    what: 'Default builds',
    how: 'add and subtract plainly: only the holder of the GIL runs Python code, and it does not let go in the middle of a change.',
  },
  {
    what: 'Immortal objects (3.12 and later)',
    how: 'None, True, small numbers, interned constants: their count is left alone, so no core has to fetch it.',
  },
  {
    what: 'Biased counts (free-threaded)',
    how: 'the thread that made an object counts plainly, in a share of its own; all others count atomically in a second one, and the true count is the sum. The two are merged when the owner’s share is used up; if the others’ share falls below 0, the owner is asked to merge them.',
  },
  {
    what: 'Deferred counts (free-threaded, 3.14 and later)',
    how: 'functions, code, modules and classes are not counted while they are only on the interpreter’s stack; the collector adds those references up with all threads stopped. In 3.13 several of them became immortal instead, once a second thread was started.',
  },
];
