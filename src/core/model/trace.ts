// What a trace is: every engine makes one, every view shows one. Starting and ending of threads, blocking, and
// cores getting busy or idle are told by the lanes' states; events are only what happens to a lock, and marks.

import type { LaneStore } from './laneStore';
import type { Mark } from './mark';
import type { CpuReading, ProcessInfo } from './measured';
import type { SourcePosition } from './program';
import type { Nanoseconds } from '../units';

/** What can happen to a lock. Stored in columns and sent over the wire: never renumber, only append. */
export const EventKind = {
  /** A thread asks for the lock and has to wait. argument: 0. */
  request: 0,
  /** A waiter's interval ran out and it asks the holder to let go. argument: the holder's lane. */
  dropRequest: 1,
  /** argument: the lane that held the lock before, plus 1; 0 if nobody ever did. */
  acquire: 2,
  /** argument: a {@link ReleaseReason}. */
  release: 3,
  /** Anything worth a mark on the lane. argument: index into {@link TraceTables.marks}. */
  mark: 4,
  /** The lane starts another. argument: that lane. lock: 0. Engines that do not know it leave it out. */
  start: 5,
  /** The lane waits for the end of another, if that has not ended yet. argument: that lane. lock: 0. */
  join: 6,
  /** The lane has put an item into a queue, or taken one out. lock: the queue. argument: 0. Left out as `start` is. */
  put: 7,
  get: 8,
  /** The lane is about to give the lock of a condition back and to wait. lock: the condition. argument: 0. */
  wait: 9,
  /** The lane notifies those who wait at a condition. lock: the condition. argument: 1 for all of them. */
  notify: 10,
  /** Somebody has a lock of the program, and it is not known who. lane: who waits for it. argument: an {@link Unseen}. */
  unseen: 11,
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];
export const EVENT_KIND_COUNT = 12;

/** Why it is not known who has a lock that is taken. It holds until the lock's next acquire, release or `unseen`. */
export const Unseen = {
  /** It is not so any more. */
  over: 0,
  /** It was taken by `acquire()` and not by `with`: nothing tells by whom. */
  byAcquire: 1,
  /** A thread of another process has it. */
  inOtherProcess: 2,
  /** More than one thread may have it: a body let it go by hand. */
  oneOfSeveral: 3,
} as const;
export type Unseen = (typeof Unseen)[keyof typeof Unseen];

/** Why a holder let go. */
export const ReleaseReason = {
  /** Somebody's interval ran out and the holder reached an evaluation point. */
  forced: 0,
  /** A blocking call: I/O, sleep, join, a lock that was taken. */
  blocking: 1,
  /** C code that lets go of the lock while it computes. */
  call: 2,
  /** The thread ended. */
  end: 3,
  /** The tick-based GIL of Python 2 to 3.1 lets go every 100 ticks, asked or not. */
  tick: 4,
  /** Not known: the trace comes from a program that does not tell. */
  unknown: 5,
} as const;
export type ReleaseReason = (typeof ReleaseReason)[keyof typeof ReleaseReason];

/** How sure a kind of fact is. */
export type Certainty =
  | { readonly kind: 'exact' }
  | { readonly kind: 'sampled'; readonly intervalNs: Nanoseconds }
  | { readonly kind: 'estimated'; readonly how: string }
  /** Nothing is known of it: nothing may be claimed. `why` is a sentence. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What is known of a trace before its first event. Plain JSON. */
export interface TraceHeader {
  /** What made it; `imported`: another program. */
  readonly engine: 'simulated' | 'workers' | 'recorded' | 'imported';
  /** The name of the file that it was opened from, if it was: nothing of it is still going on. */
  readonly openedFrom?: string;
  /** Stable name of the runtime, such as `gil` or `processes`. */
  readonly runtime: string;
  /** How people call it: `Threads + GIL`. */
  readonly title: string;
  /** A few words beside the title: `one thread runs at a time`. */
  readonly subtitle: string;
  readonly cores: number;
  /** False where nobody told how many cores there were; `cores` is 1 then. */
  readonly areCoresTold?: false;
  readonly switchIntervalNs: Nanoseconds;
  readonly certainty: {
    readonly states: Certainty;
    readonly handOffs: Certainty;
    readonly lines: Certainty;
  };
}

/** Says that a lane competes for no GIL. */
export const NO_LOCK = -1;

export interface LaneInfo {
  readonly name: string;
  /** Number of the process, 0 for the first; lanes of one process stand together. */
  readonly process: number;
  /** Number of the interpreter within its process, 0 for the main one. */
  readonly interpreter: number;
  /** The GIL that this lane competes for: index into the locks, or {@link NO_LOCK}. */
  readonly gil: number;
  readonly main: boolean;
  /** A thread that Python did not make: it never has a GIL, and of many one shows only their sum at first. */
  readonly native?: boolean;
}

export interface LockInfo {
  readonly name: string;
  readonly kind: 'gil' | 'lock';
  /** Of a recorded lock of the program, what it is: from that follows how its holder is known. */
  readonly type?: LockType;
}

/**
 * `RLock`, `mutex` (of C code) and `processLock` (of `multiprocessing`) name their holder; who has a `Lock` is seen from
 * the `with` body that keeps it.
 */
export type LockType = 'Lock' | 'RLock' | 'processLock' | 'mutex';
export const LOCK_TYPES: readonly LockType[] = ['Lock', 'RLock', 'processLock', 'mutex'];

/** The named things that columns refer to by index. Grow at their ends. */
export interface TraceTables {
  readonly lanes: readonly LaneInfo[];
  readonly locks: readonly LockInfo[];
  readonly positions: readonly SourcePosition[];
  readonly marks: readonly Mark[];
  /** Processes, where more is known of them than their number. */
  readonly processes?: readonly ProcessInfo[];
  /** Measured time with a core, where it was measured. */
  readonly cpu?: readonly CpuReading[];
}

/** Parallel columns of lock events, ordered by time. `positions` is the position of the lane at that instant. */
export interface EventColumns {
  readonly times: Float64Array;
  readonly kinds: Uint8Array;
  readonly lanes: Uint16Array | Uint32Array;
  readonly locks: Uint16Array | Uint32Array;
  readonly arguments: Uint16Array | Uint32Array;
}

/** Segments that one lane gained, as in {@link LaneStore.columns}. */
export interface LaneBlock {
  readonly lane: number;
  readonly starts: Float64Array;
  readonly states: Uint8Array;
  readonly positions: Uint16Array | Uint32Array;
}

/** All that a trace gained since the chunk before. Copies: safe to keep or to send. */
export interface TraceChunk {
  /** 0, 1, 2 … without gaps. */
  readonly sequence: number;
  /** How far the trace is known. */
  readonly nowNs: Nanoseconds;
  /** True in the last chunk: the trace is complete and `nowNs` its duration. */
  readonly done: boolean;
  /** Events or segments lost so far, by a full buffer or an unlucky sampler; never hidden. */
  readonly droppedCount: number;
  readonly tables: TraceTables;
  readonly laneBlocks: readonly LaneBlock[];
  readonly events: EventColumns;
}

/** A trace as everybody but its maker sees it. Grows until `done`. */
export interface Trace extends TraceTables {
  readonly header: TraceHeader;
  /** One store for each of `lanes`. */
  readonly stores: readonly LaneStore[];
  readonly events: EventColumns;
  readonly eventCount: number;
  /** How far the trace is known; its duration when done. */
  readonly nowNs: Nanoseconds;
  readonly done: boolean;
  readonly droppedCount: number;
}

/** The limits of the model; makers of traces check what comes from outside against them. */
export const MAX_LANES = 100_000;

export interface LockEvent {
  readonly timeNs: Nanoseconds;
  readonly kind: EventKind;
  readonly lane: number;
  readonly lock: number;
  readonly argument: number;
}
