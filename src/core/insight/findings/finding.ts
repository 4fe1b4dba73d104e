// What a finding is: one thing that costs a program time, as data. Words are made of it in `findingText.ts` only.

import type { PositionIndex } from '../../model/program';
import type { Nanoseconds } from '../../units';
import type { BlameRow } from '../blame';
import type { ChainStep } from '../chainText';
import type { Deadlock } from '../deadlock';
import type { Stretch } from '../stretches';
import type { HolderDoes } from './lockStory';

/** The one change to try. */
export type Change =
  | { readonly kind: 'none' }
  | { readonly kind: 'runtime'; readonly runtime: string; readonly what: string }
  | { readonly kind: 'interval'; readonly switchIntervalNs: Nanoseconds; readonly what: string }
  /** Something in the program itself: nothing that a replay could try. */
  | { readonly kind: 'program'; readonly what: string };

/** A stretch of one lane. */
export interface LaneStretch extends Stretch {
  readonly lane: number;
}

/** What all findings have in common. */
export interface FindingBase {
  /** Time that threads lost by it, all of them together. */
  readonly costNs: Nanoseconds;
  /** Lanes that lost it, the worst first. */
  readonly threads: readonly number[];
  /** When, the longest first; a few. */
  readonly spans: readonly LaneStretch[];
  /** The line to look at; 0 if it is not known. */
  readonly where: PositionIndex;
  /** The lane that makes the others wait, or `NOBODY`. */
  readonly culprit: number;
  /** `likely`: it fits what was seen, but something else would, too. */
  readonly certainty: 'sure' | 'likely';
  readonly change: Change;
  /** Rows of the blame table that prove it, the worst first. */
  readonly evidence: readonly BlameRow[];
}

/** What each kind has besides. The names of the kinds are stable: reports for programs use them. */
interface Details {
  /** The program ended with an error. */
  failed: { readonly exitCode: number };
  /** The program cannot go on, and says itself why. */
  stuck: { readonly why: string };
  /** Threads wait for each other in a circle, until the end. `where`: the line at which the first waits. */
  deadlock: { readonly deadlock: Deadlock };
  /** For a while, or until the end, all threads of a process waited for one another. */
  hang: {
    readonly lastedNs: Nanoseconds;
    readonly untilTheEnd: boolean;
    readonly forLock: boolean;
  };
  /** A quota of its cgroup stopped the process. */
  'cpu-limit': { readonly cores: number | null };
  /** A coroutine, or something that it calls, kept the event loop from everything else. */
  'event-loop-stalled': {
    readonly count: number;
    readonly longestNs: Nanoseconds;
    readonly how: 'computing' | 'waiting' | 'gil';
  };
  /** Collections kept the GIL. */
  'garbage-collection': { readonly count: number; readonly longestNs: Nanoseconds };
  /** C code waited in a system call and kept the GIL. */
  'sleeps-with-gil': { readonly count: number; readonly longestNs: Nanoseconds };
  /** C code computed for long and kept the GIL. */
  'long-hold': { readonly longestNs: Nanoseconds };
  /** A thread that mostly waits for I/O waits for the GIL after each call. */
  convoy: { readonly perReturnNs: Nanoseconds };
  /** Threads compute in turn. */
  serialised: { readonly share: number };
  /** Tasks that are so small that handing them over costs more than they do. */
  'work-too-small': { readonly overheadNs: Nanoseconds; readonly workNs: Nanoseconds };
  /** Rare but long waits for the GIL. */
  stalls: { readonly count: number; readonly longestNs: Nanoseconds };
  /** Threads wait for one another without a GIL. */
  'contention-without-gil': { readonly share: number; readonly lock: string };
  /** Threads wait for a lock of the program. `lock`: its name, empty if it is not known. */
  'lock-contention': LockContention;
  /** The same, and most of the time the holder of the lock itself waits for the GIL. */
  'lock-convoy': LockContention;
  /** Threads wait for a lock inside of C code. */
  'c-lock-contention': { readonly share: number };
  /** Threads or tasks that were meant to run side by side run one after the other. */
  'not-parallel': { readonly count: number; readonly how: 'joined' | 'asked' };
  /** Starting processes takes longer than their work. */
  'too-small-for-processes': { readonly startingNs: Nanoseconds; readonly computedNs: Nanoseconds };
  /** Sending work and results between processes costs too much of what it brings. */
  'processes-cost': {
    readonly how: 'messages' | 'pickling';
    readonly overheadNs: Nanoseconds;
    readonly workNs: Nanoseconds;
  };
  /** Other programs had the cores. */
  'crowded-out': { readonly share: number };
  /** More threads want a core than there are. */
  'more-threads-than-cores': { readonly threadCount: number; readonly share: number };
}

/** Of the lock that is waited for most. */
interface LockContention {
  readonly share: number;
  readonly lock: string;
  /** What threads waited for this lock. */
  readonly waitedNs: Nanoseconds;
  /** What its holder did most of that time, for how long in all, and at most at a time (0: not known). */
  readonly does: HolderDoes;
  readonly doesNs: Nanoseconds;
  readonly longestNs: Nanoseconds;
  /** The chain of the longest of these waits; empty where the lock is not known. */
  readonly chain: readonly ChainStep[];
}

export type FindingKind = keyof Details;

/** A finding of one kind, or of any. */
export type Finding<Kind extends FindingKind = FindingKind> = {
  [K in Kind]: FindingBase & { readonly kind: K } & Details[K];
}[Kind];

/** So many spans a finding names. */
export const MOST_SPANS = 10;
export const MOST_EVIDENCE = 5;
