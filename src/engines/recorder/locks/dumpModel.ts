// What a dump of a process is, as plain data: every thread with its stack, what it waits for and who has that. The names
// in it are stable: `gilscope dump --json` prints it as it is.

import type { LockKind } from './lockObject';
import type { HolderProof } from './lockWatch';

export interface DumpLine {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

/** Who holds what a thread waits for. Threads are named by the kernel's id. */
export type DumpHolder =
  | {
      readonly kind: 'thread';
      readonly thread: number;
      /** `owner`: the lock names it; `with`: a `with` body keeps it; `given`: it has the lock and waits for the GIL. */
      readonly proof: HolderProof;
      /** The line of the `with` body that keeps the lock. */
      readonly at: DumpLine | null;
    }
  | { readonly kind: 'one-of'; readonly threads: readonly number[] }
  | { readonly kind: 'other-process' }
  | { readonly kind: 'free' }
  /** It was taken by `acquire()`, or in a generator: no `with` body of a thread keeps it. */
  | { readonly kind: 'taken-unseen' }
  /** Nothing was found; threads moved while they were read. */
  | { readonly kind: 'unknown' };

/** What a thread does. */
export type DumpState =
  /** `call`: it sleeps in this system call and keeps the GIL. */
  | { readonly kind: 'holds-gil'; readonly call: string | null }
  | { readonly kind: 'waits-for-gil' }
  | {
      readonly kind: 'waits-for-lock';
      /** Index into the dump's locks. */
      readonly lock: number;
      readonly holder: DumpHolder;
      /** Whether it gives up after a time. */
      readonly limited: boolean;
    }
  /** For the end of a thread; null if it is not known which. */
  | { readonly kind: 'joins'; readonly thread: number | null; readonly limited: boolean }
  /** For the result of a future: `thread` makes it, or one of `workers` will when it gets free; null and none: not known. */
  | {
      readonly kind: 'waits-for-result';
      readonly thread: number | null;
      readonly workers: readonly number[];
      readonly limited: boolean;
    }
  /** Nobody holds what it waits for. */
  | {
      readonly kind: 'idle';
      readonly what: string;
      readonly until: string;
      readonly limited: boolean;
    }
  /** In a system call, without the GIL. */
  | { readonly kind: 'in-call'; readonly call: string; readonly doing: string }
  /** It runs or could run, without the GIL. */
  | { readonly kind: 'runs' }
  /** It sleeps at a lock that nothing in its memory explains. */
  | { readonly kind: 'waits-for-unknown'; readonly limited: boolean };

export interface DumpThread {
  readonly id: number;
  readonly name: string;
  readonly main: boolean;
  readonly interpreter: number;
  readonly state: DumpState;
  /** Whether every look found it in the same wait at the same line. */
  readonly steady: boolean;
  /** In how many looks it had the GIL, and in how many it waited for it. */
  readonly heldGil: number;
  readonly waitedForGil: number;
  /** Innermost first. */
  readonly stack: readonly DumpLine[];
}

export interface DumpLock {
  /** As the waiting line calls it; null if no line does. */
  readonly name: string | null;
  readonly kind: LockKind | 'owned';
  readonly address: number;
}

export interface Dump {
  readonly pid: number;
  readonly python: string;
  readonly freeThreaded: boolean;
  readonly looks: number;
  /** As the program made them, the main thread first. */
  readonly threads: readonly DumpThread[];
  readonly locks: readonly DumpLock[];
  /** Circles of waits, or, if there is none, threads of which none is left to wake another. */
  readonly standstills: readonly Standstill[];
}

/** One wait of a circle: what `from` waits for, `to` would have to do. */
export interface WaitEdge {
  readonly from: number;
  readonly to: number;
  /** It waits for a lock, for the end of the thread, for a result that it makes, or for it to be free for more work. */
  readonly by: 'lock' | 'end' | 'result' | 'pool';
  /** Index of the lock; null for other waits. */
  readonly lock: number | null;
}

export interface Standstill {
  /** `deadlock`: a circle of waits. `hang`: all wait, and none of them is left to wake another. */
  readonly kind: 'deadlock' | 'hang';
  /** `proof`: nothing but owners that locks name, ends and results. `almost-sure`: `with` bodies tell, too. */
  readonly certainty: 'proof' | 'almost-sure';
  /** The edges of the circle in order; empty for a hang. */
  readonly circle: readonly WaitEdge[];
  /** The threads that stand still: those of the circle and the other workers of its pools, or all threads. */
  readonly threads: readonly number[];
}
