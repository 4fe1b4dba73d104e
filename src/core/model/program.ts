// What runs: a program of steps, with the source line behind each, and the conditions it runs under.
// The analyser makes programs of Python files, the simulator and the workers run them, a replay derives them.

import type { Nanoseconds } from '../units';

/** A place in a source file. Lines count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly functionName: string;
}

/** Index into a table of positions; 0 is always {@link UNKNOWN_POSITION}. */
export type PositionIndex = number;

export const UNKNOWN_POSITION: SourcePosition = { file: '', line: 0, functionName: '' };

/** Index into {@link Program.threads}. */
export type ThreadIndex = number;

/**
 * One thing that a thread does. Every runtime answers every kind of step.
 * `ns` is what the step takes alone on a free core of the default build; `at` is its source line.
 */
export type Step =
  /** Python bytecode: needs the GIL, and looks at every evaluation point whether it should let go of it. */
  | {
      readonly kind: 'compute';
      readonly ns: Nanoseconds;
      /** What it shares with other threads: without a GIL they get in each other's way there. */
      readonly touches?: SharedWork;
      readonly at: PositionIndex;
    }
  /** C code: either keeps the GIL to its end, with no evaluation point inside, or lets go of it meanwhile. */
  | {
      readonly kind: 'native';
      readonly ns: Nanoseconds;
      readonly gil: 'holds' | 'releases';
      readonly at: PositionIndex;
    }
  /** A blocking call (I/O, sleep): lets go of the GIL, needs no core, takes the GIL again at its end. */
  | {
      readonly kind: 'block';
      readonly ns: Nanoseconds;
      readonly why: 'io' | 'sleep';
      readonly at: PositionIndex;
    }
  | {
      readonly kind: 'repeat';
      readonly times: number;
      readonly body: readonly Step[];
      readonly at: PositionIndex;
    }
  /** Starts a thread of the program (under multiprocessing: a process), once. */
  | {
      readonly kind: 'start';
      readonly thread: ThreadIndex;
      /** What it is given as arguments; 0 bytes unless told otherwise. */
      readonly sends?: Message;
      readonly at: PositionIndex;
    }
  /** Waits until that thread has ended. */
  | { readonly kind: 'join'; readonly thread: ThreadIndex; readonly at: PositionIndex }
  /** `threading.Lock`: taken and given back; index into {@link Program.locks}. */
  | { readonly kind: 'lock'; readonly lock: number; readonly at: PositionIndex }
  | { readonly kind: 'unlock'; readonly lock: number; readonly at: PositionIndex }
  /** `threading.Condition`: gives its lock back, waits for a `notify`, takes its lock again. */
  | { readonly kind: 'wait'; readonly condition: number; readonly at: PositionIndex }
  | {
      readonly kind: 'notify';
      readonly condition: number;
      /** `notify_all()` instead of `notify()`. */
      readonly all: boolean;
      readonly at: PositionIndex;
    }
  /** `queue.Queue` (under multiprocessing its namesake there): `put` waits for space, `get` for an item. */
  | {
      readonly kind: 'put';
      readonly queue: number;
      readonly sends?: Message;
      /** How many tasks the item stands for, for `forEach`; 1 unless told otherwise. */
      readonly tasks?: number;
      readonly at: PositionIndex;
    }
  | { readonly kind: 'get'; readonly queue: number; readonly at: PositionIndex }
  /** Puts an item that tells one `forEach` to end. */
  | { readonly kind: 'close'; readonly queue: number; readonly at: PositionIndex }
  /** Takes items and does `body` once for each of their tasks, until an item put by `close`. */
  | {
      readonly kind: 'forEach';
      readonly queue: number;
      readonly body: readonly Step[];
      readonly at: PositionIndex;
    }
  /** A run of the garbage collector: keeps the GIL; without one it stops every other thread. */
  | { readonly kind: 'collect'; readonly ns: Nanoseconds; readonly at: PositionIndex }
  /** Imports an extension that does not declare that it can do without the GIL: a free-threaded build turns it on. */
  | { readonly kind: 'requireGil'; readonly at: PositionIndex };

/** Part of a computation that works on an object of the program which other threads use too. */
export interface SharedWork {
  /** Index into {@link Program.objects}. */
  readonly object: number;
  /** Share of the step's time, 0 to 1. */
  readonly share: number;
}

/** An object that goes to another thread, interpreter or process. */
export interface Message {
  readonly bytes: number;
  /** `bytes` and arrays are copied; `objects` are taken to pieces and rebuilt one by one. */
  readonly content: 'bytes' | 'objects';
}

export interface ThreadPlan {
  readonly name: string;
  readonly body: readonly Step[];
}

/** A whole program. Thread 0 is the main thread and runs from the start; the others wait for a `start` step. */
export interface Program {
  /** For titles, usually the file's name. */
  readonly name: string;
  readonly threads: readonly ThreadPlan[];
  /** Names of the `threading.Lock`s that `lock` and `unlock` steps name by index. */
  readonly locks: readonly string[];
  readonly conditions?: readonly ConditionPlan[];
  readonly queues?: readonly QueuePlan[];
  /** Names of the objects that computations share. */
  readonly objects?: readonly string[];
  /** Position 0 is {@link UNKNOWN_POSITION}. */
  readonly positions: readonly SourcePosition[];
}

export interface ConditionPlan {
  readonly name: string;
  /** Index of its lock in {@link Program.locks}. */
  readonly lock: number;
}

export interface QueuePlan {
  readonly name: string;
  /** Items it holds before `put` waits; 0 for no limit. */
  readonly capacity: number;
}

/** What a program runs on. */
export interface Conditions {
  /** Cores of the machine, 1 or more. */
  readonly cores: number;
  /** `sys.getswitchinterval()`, in ns; CPython's default is 5 ms. */
  readonly switchIntervalNs: Nanoseconds;
  /** Seed of all that the operating system would decide; the same seed gives the same trace, byte for byte. */
  readonly seed: number;
}

/** CPython's default switch interval: `DEFAULT_INTERVAL` in Python/ceval_gil.c (3.2 and later). */
export const DEFAULT_SWITCH_INTERVAL_NS: Nanoseconds = 5_000_000;
