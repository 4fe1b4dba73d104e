// One thread of a running simulation: where it is in its program, and what it is waiting for.

import type { Gil } from './gil';
import { LaneState } from '../model/lanes';
import type { StepCode } from './stepCode';
import type { Nanoseconds } from '../units';

/** What a thread is doing, as the machine sees it. What people see is the lane's state. */
export const Phase = {
  notStarted: 0,
  /** On a core or ready: coming to life without a GIL. */
  starting: 1,
  /** On a core or ready: bytecode, with evaluation points. */
  computing: 2,
  /** On a core or ready: C code that keeps the GIL, without evaluation points. */
  nativeHolding: 3,
  /** On a core or ready: C code without the GIL. */
  nativeFree: 4,
  /** Until its timer: a system call that takes a known time. */
  blocked: 5,
  /** Until another thread ends, gives a lock back, or has started: no timer. */
  waiting: 6,
  /** Until its timer: `waiting` is over, and the thread is on its way to a core. */
  waking: 7,
  /** In the GIL's timed wait, until its timer or a signal. */
  gilWait: 8,
  /** Signalled by the GIL, until its timer: on its way to a core. */
  gilWaking: 9,
  /** Ready: the GIL was free, but there was no core to take it on. */
  gilNeedsCore: 10,
  /** Dropped the GIL on request and waits until somebody else has taken it: no timer. */
  switchWait: 11,
  /** Until its timer: somebody else has taken it. */
  switchWaking: 12,
  finished: 13,
  /** The timed wait is over, but the thread's core is taken: until its timer, the next tick. */
  gilTimedOut: 14,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** What a thread does once it has let go of the GIL and, if it must, seen another thread take it. */
export const AfterRelease = {
  /** Ask for it again: it was forced to drop it. */
  takeGil: 0,
  block: 1,
  runFree: 2,
  waitForThread: 3,
  waitForLock: 4,
  waitForStarted: 5,
  /** A process that comes to life: it has no GIL yet. */
  startUp: 6,
  waitForNotify: 7,
  waitForItem: 8,
  waitForSpace: 9,
  /** Until every other thread has stopped (a free-threaded build). */
  waitForWorld: 10,
} as const;
export type AfterRelease = (typeof AfterRelease)[keyof typeof AfterRelease];

/** Stands in until the machine has made the GIL of a thread's runtime. */
const NO_GIL: Gil = {
  lock: -1,
  locked: false,
  stateOf: () => LaneState.unknown,
  requestedOf: () => false,
  arrive: unmade,
  tryTake: unmade,
  timedOut: unmade,
  woken: unmade,
  release: unmade,
  stopWorld: unmade,
  startWorld: unmade,
};

function unmade(): never {
  throw new Error('a thread was used before it had a GIL');
}

export class SimThread {
  readonly index: number;
  readonly code: StepCode;
  phase: Phase = Phase.notStarted;
  /** Next instruction. */
  next = 0;
  /** Turns left of the loops around `next`, innermost last. */
  readonly turns: number[] = [];
  /** Position of the step under way. */
  at = 0;

  /** What its lane shows. */
  shown: LaneState = LaneState.notStarted;
  /** CPU time left of the activity under way. */
  remainingNs: Nanoseconds = 0;
  /** Since when `remainingNs` counts down; only on a core. */
  activeSinceNs: Nanoseconds = 0;
  /** The thread to bring to life when the activity under way ends, or -1. */
  launches = -1;
  /** Whether it still has to tell its parent that it runs. */
  announces = false;
  afterRelease: AfterRelease = AfterRelease.takeGil;
  /** The operand of `afterRelease`: ns, a thread, a lock. */
  operand = 0;
  /** Threads that wait for this one to end. */
  readonly joiners: SimThread[] = [];
  /** The thread in whose `start()` this one came to life, while that one waits for it. */
  starter: SimThread | undefined;
  launched = false;
  /** Whether it came off the scheduler's queue and has not gone on yet. */
  dispatched = false;
  /** The lock, condition or queue for which its lane already shows that it waits, or -1. */
  askedForLock = -1;

  /** Whether the condition it waits at was notified. */
  notified = false;
  /** Tasks of the item it took last; what it will put. */
  tasks = 0;
  /** Core time that the item it took still costs it. */
  owedNs: Nanoseconds = 0;
  /** Core time that its start-up takes beyond the usual: unpickling its arguments. */
  extraStartNs: Nanoseconds = 0;
  /** Whether other threads stand still while the activity under way lasts, and why. */
  stopsWorld: 'no' | 'to collect' | 'to turn the GIL on' = 'no';

  gil: Gil = NO_GIL;
  /** `switch_number` at the start of the timed wait. */
  savedSwitch = 0;
  /** The group of waiters that it joined at the start of the timed wait. */
  waitGroup = 0;
  /** Whether its lane already shows that it waits for the GIL. */
  asked = false;

  /** The core it is on, or -1. */
  core = -1;
  lastCore = -1;
  onCoreSinceNs: Nanoseconds = 0;
  /** When it last left a core; long before the start at first. */
  leftCoreNs: Nanoseconds = -Infinity;
  /** Core time used so far, on the scheduler's scale (see cores.ts). */
  virtualNs: Nanoseconds = 0;

  constructor(index: number, code: StepCode) {
    this.index = index;
    this.code = code;
  }
}
