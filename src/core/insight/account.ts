// Where the time of every thread went: its life, booked without rest under causes that people recognise.
//
//   accountOf(trace)   per thread, per process, and of the whole trace
//
// The lanes are the account: a lane is a partition of time, and each of its states is a cause. So the causes of a
// thread sum to its life exactly, and every figure that is told of a trace can be checked against it.

import { timePerState } from '../model/timePerState';
import { isResting, LaneState } from '../model/lanes';
import type { Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { lengthOf, stretchesOf, whenAtLeast, type Stretch } from './stretches';

/** What time can go into, in the order in which it is told. The names are stable: reports for programs use them. */
export const CAUSES = [
  'computing',
  'computingWithoutGil',
  'waitingForGil',
  'waitingForLock',
  'noCore',
  'cpuLimit',
  'waitingForProcess',
  'blocked',
  'idle',
  'starting',
  'notObserved',
] as const;
export type Cause = (typeof CAUSES)[number];

/** The cause that each state of a lane is; null: no part of a life. */
const CAUSE_OF_STATE: Readonly<Record<LaneState, Cause | null>> = {
  [LaneState.notStarted]: null,
  [LaneState.starting]: 'starting',
  [LaneState.runningWithGil]: 'computing',
  [LaneState.runningWithoutGil]: 'computingWithoutGil',
  [LaneState.waitingForGil]: 'waitingForGil',
  [LaneState.waitingForLock]: 'waitingForLock',
  [LaneState.blocked]: 'blocked',
  [LaneState.ready]: 'noCore',
  [LaneState.finished]: null,
  [LaneState.unknown]: 'notObserved',
  [LaneState.idle]: 'idle',
  [LaneState.waitingForProcess]: 'waitingForProcess',
  [LaneState.throttled]: 'cpuLimit',
};

const STATE_CAUSES = Object.values(LaneState).map(state => [state, CAUSE_OF_STATE[state]] as const);

export type Times = Readonly<Record<Cause, Nanoseconds>>;

/**
 * What a thread is for, as far as its account tells:
 * - `worker`: it does something, or would if it could;
 * - `starter`: the main thread, when it only starts others and waits for them;
 * - `waiter`: it hardly does anything but wait.
 */
export type Role = 'worker' | 'starter' | 'waiter';

/** The account of one or of several threads. */
export interface Account {
  /** Sum of `times`. */
  readonly lifeNs: Nanoseconds;
  readonly times: Times;
}

export interface ThreadAccount extends Account {
  readonly lane: number;
  readonly role: Role;
}

export interface ProcessAccount extends Account {
  readonly process: number;
  /** When at least one of its threads did something, or would have if it could: neither idle nor in a blocking call. */
  readonly activeNs: Nanoseconds;
}

export interface TraceAccount extends Account {
  readonly threads: readonly ThreadAccount[];
  readonly processes: readonly ProcessAccount[];
}

/** A thread that does less than this in its life only waits. */
const HARDLY_ANYTHING = 0.02;
/** The main thread that computes no more than this may be one that starts others and waits for them. */
const ONLY_STARTS = 0.05;

/** Sums up a trace, or what is known of it so far. */
export function accountOf(trace: Trace): TraceAccount {
  const threads = trace.stores.map((_, lane) => threadAccount(trace, lane));
  const processes = [...new Set(trace.lanes.map(({ process }) => process))].map(process => {
    const own = threads.filter(({ lane }) => trace.lanes[lane].process === process);
    const active = own.flatMap(({ lane }) => stretchesOf(trace.stores[lane], isActive));
    return { process, ...sumOf(own), activeNs: lengthOf(whenAtLeast(1, active)) };
  });
  return { ...sumOf(threads), threads, processes };
}

/** What a thread did, would have done if it could, or waited for from a lock: all but waiting for something to do. */
export function wantedNs(times: Times): Nanoseconds {
  return (
    computedNs(times) + times.waitingForGil + times.waitingForLock + times.noCore + times.cpuLimit
  );
}

export function computedNs(times: Times): Nanoseconds {
  return times.computing + times.computingWithoutGil;
}

/** The part of a life in which there was something to do, or to wait for from outside. */
export function busyLifeNs({ lifeNs, times }: Account): Nanoseconds {
  return lifeNs - times.idle - times.notObserved;
}

/** The account of one thread, or of a part of its life. */
export function threadAccount(
  trace: Trace,
  lane: number,
  { startNs, endNs }: Stretch = { startNs: 0, endNs: trace.nowNs },
): ThreadAccount {
  const perState = timePerState([trace.stores[lane]], startNs, endNs);
  const times = noTimes();
  for (const [state, cause] of STATE_CAUSES) if (cause !== null) times[cause] += perState[state];
  const lifeNs = CAUSES.reduce((sum, cause) => sum + times[cause], 0);
  return { lane, lifeNs, times, role: roleOf(trace.lanes[lane].main, lifeNs, times) };
}

function roleOf(isMain: boolean, lifeNs: Nanoseconds, times: Times): Role {
  const waits = times.idle + times.blocked;
  if (isMain && computedNs(times) <= ONLY_STARTS * lifeNs && waits >= lifeNs / 2) return 'starter';
  return wantedNs(times) + times.starting <= HARDLY_ANYTHING * lifeNs ? 'waiter' : 'worker';
}

/** Whether a thread in this state does something, or would if it could. */
export function isActive(state: number): boolean {
  return (
    state !== LaneState.notStarted &&
    state !== LaneState.finished &&
    state !== LaneState.unknown &&
    !isResting(state)
  );
}

function noTimes(): Record<Cause, Nanoseconds> {
  const none = CAUSES.map(cause => [cause, 0] as const);
  return Object.fromEntries(none) as Record<Cause, Nanoseconds>;
}

function sumOf(accounts: readonly Account[]): Account {
  const times = noTimes();
  for (const account of accounts) for (const cause of CAUSES) times[cause] += account.times[cause];
  return { lifeNs: accounts.reduce((sum, { lifeNs }) => sum + lifeNs, 0), times };
}
