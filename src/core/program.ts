// What runs: a program of steps, with the source line behind each, and the conditions it runs under.
// The analyser makes programs of Python files, the simulator and the workers run them, a replay derives them.

import type { Nanoseconds } from './units';

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
  | { readonly kind: 'compute'; readonly ns: Nanoseconds; readonly at: PositionIndex }
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
  | { readonly kind: 'start'; readonly thread: ThreadIndex; readonly at: PositionIndex }
  /** Waits until that thread has ended. */
  | { readonly kind: 'join'; readonly thread: ThreadIndex; readonly at: PositionIndex }
  /** `threading.Lock`: taken and given back; index into {@link Program.locks}. */
  | { readonly kind: 'lock'; readonly lock: number; readonly at: PositionIndex }
  | { readonly kind: 'unlock'; readonly lock: number; readonly at: PositionIndex };

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
  /** Position 0 is {@link UNKNOWN_POSITION}. */
  readonly positions: readonly SourcePosition[];
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
