// Threads that wait for locks beyond the GIL: those of the program, and those inside of C code.

import { LaneState } from '../../model/lanes';
import { EventKind } from '../../model/trace';
import type { PositionIndex } from '../../model/program';
import type { Nanoseconds } from '../../units';
import { runtimeNamed } from '../../worlds/runtimes';
import { busyLifeNs } from '../account';
import { NOBODY } from '../blame';
import { chainSteps } from '../chainText';
import { longestOf } from '../stretches';
import { MOST_EVIDENCE, MOST_SPANS, type Finding, type LaneStretch } from './finding';
import { hungLanes } from './hang';
import { worstLockOf, type HolderDoes } from './lockStory';
import type { Subject } from './subject';
import { isGil, largestPlace, oncePer, sum, Tally } from './tally';

/** Waiting is a story from this share of the busy part of the lives of those who wait on. */
const MUCH_WAITING = 0.1;
/** Of a lock inside of C code: its waiters are woken and put to sleep so fast that many waits are not seen. */
const MUCH_WAITING_IN_C = 0.03;
const LEAST_NS = 20e6;

/** The waits for locks other than the GIL, of one sort. */
interface LockWaits {
  readonly victims: Tally<number>;
  readonly places: Tally<PositionIndex>;
  readonly spans: LaneStretch[];
}

/** From this share of the waits for a lock in which its holder waits for the GIL, it is a convoy. */
const CONVOY_SHARE = 0.5;

export function lockContention(
  subject: Subject,
): readonly Finding<'lock-contention' | 'lock-convoy'>[] {
  const { inProgram } = lockWaitsOf(subject);
  const share = shareOf(subject, inProgram);
  const costNs = inProgram.victims.totalNs;
  if (share < MUCH_WAITING || isBarely(subject, costNs) || !usesGil(subject)) return [];
  const { trace } = subject;
  const story = worstLockOf(trace, lane => hungLanes(subject).has(lane));
  if (!story) return [{ ...unnamed(inProgram), share }];
  const { does, doesNs, waitedNs, longestNs, chain, lock } = story;
  const isConvoy = does === 'waits-for-gil' && doesNs >= CONVOY_SHARE * waitedNs;
  return [
    {
      ...commonOf(inProgram),
      kind: isConvoy ? 'lock-convoy' : 'lock-contention',
      where: story.position === 0 ? largestPlace(inProgram.places) : story.position,
      culprit: story.holder,
      evidence: subject.blame.filter(row => row.lock === lock).slice(0, MOST_EVIDENCE),
      share,
      lock: trace.locks[lock].name,
      waitedNs,
      does,
      doesNs,
      longestNs,
      chain: chainSteps(trace, lock, chain),
      change: { kind: 'program', what: REMEDIES[does] },
    },
  ];
}

function unnamed(waits: LockWaits): Omit<Finding<'lock-contention'>, 'share'> {
  return {
    kind: 'lock-contention',
    ...commonOf(waits),
    where: largestPlace(waits.places),
    culprit: NOBODY,
    evidence: [],
    lock: '',
    waitedNs: waits.victims.totalNs,
    does: 'unknown',
    doesNs: 0,
    longestNs: 0,
    chain: [],
    change: { kind: 'program', what: REMEDIES.unknown },
  };
}

const REMEDIES: Readonly<Record<HolderDoes, string>> = {
  'waits-outside':
    'Hold the lock for less: sleep, read and send before or after it, and only change what it protects while holding it.',
  computes: 'Hold the lock for less: do the slow part outside of it.',
  'waits-for-gil':
    'Hold the lock for less, and let the threads that compute do so in processes: whoever has the lock then does not wait for the GIL.',
  'waits-for-lock':
    'Hold one lock at a time: whoever waits for a second one makes all wait for the first.',
  unseen:
    'Take the lock by with instead of acquire(): then a recording tells who has it, and over what.',
  unknown: 'Hold the lock for less: do the slow part outside of it.',
};

export function cLockContention(subject: Subject): readonly Finding<'c-lock-contention'>[] {
  const { inC } = lockWaitsOf(subject);
  const share = shareOf(subject, inC);
  if (share < MUCH_WAITING_IN_C || isBarely(subject, inC.victims.totalNs)) return [];
  return [
    {
      kind: 'c-lock-contention',
      ...commonOf(inC),
      where: largestPlace(inC.places),
      culprit: NOBODY,
      evidence: [],
      share,
      change: {
        kind: 'program',
        what: 'Use processes: each has a copy of the library with a lock of its own. Without a GIL it would be the same.',
      },
    },
  ];
}

export function contentionWithoutGil(
  subject: Subject,
): readonly Finding<'contention-without-gil'>[] {
  const { account, trace, blame } = subject;
  const costNs = account.times.waitingForLock + account.times.waitingForGil;
  const worst = blame.at(0);
  if (usesGil(subject) || !worst || costNs < MUCH_WAITING * account.lifeNs) return [];
  return [
    {
      kind: 'contention-without-gil',
      costNs,
      threads: [...new Set(blame.map(({ victim }) => victim))],
      spans: [],
      where: worst.position,
      culprit: worst.culprit,
      certainty: 'sure',
      evidence: blame.slice(0, MOST_EVIDENCE),
      share: costNs / account.lifeNs,
      lock: trace.locks[worst.lock].name,
      change: {
        kind: 'program',
        what: 'Give each thread an object of its own and merge them at the end.',
      },
    },
  ];
}

/** Lanes that wait for locks inside of C code for much of their time. */
export function lanesAtCLocks(subject: Subject): ReadonlySet<number> {
  return new Set(cLockContention(subject).flatMap(({ threads }) => threads));
}

/**
 * Whether there is a GIL at all: the runtime says so, however few threads want it. A recording of a free-threaded build
 * has one from when it was turned on; in a run of one, only who stops the world takes it.
 */
function usesGil({ trace }: Subject): boolean {
  const { runtime, engine } = trace.header;
  if ((runtimeNamed(runtime)?.protocol ?? 'off') !== 'off') return true;
  const { kinds, lanes, locks } = trace.events;
  const takers = new Set<number>();
  for (let i = 0; i < kinds.length; i++)
    if (kinds[i] === EventKind.acquire && isGil(trace, locks[i])) takers.add(lanes[i]);
  return engine === 'recorded' ? takers.size > 0 : takers.size > trace.lanes.length / 2;
}

function isBarely({ trace }: Subject, costNs: Nanoseconds): boolean {
  return costNs < (trace.header.engine === 'recorded' ? LEAST_NS : 1);
}

function commonOf({ victims, spans }: LockWaits) {
  return {
    costNs: victims.totalNs,
    threads: victims.ranked().map(([lane]) => lane),
    spans: longestOf(spans, MOST_SPANS),
    certainty: 'sure',
  } as const;
}

/** Of the lives of those that wait, as far as they had something to do. */
function shareOf({ workers }: Subject, { victims }: LockWaits): number {
  const those = workers.filter(({ lane }) => victims.of(lane) > 0);
  const lifeNs = sum(those, busyLifeNs);
  return lifeNs > 0 ? sum(those, ({ lane }) => victims.of(lane)) / lifeNs : 0;
}

const lockWaitsOf = oncePer((subject: Subject): { inProgram: LockWaits; inC: LockWaits } => {
  const none = (): LockWaits => ({ victims: new Tally(), places: new Tally(), spans: [] });
  const found = { inProgram: none(), inC: none() };
  const hung = hungLanes(subject);
  subject.trace.stores.forEach((store, lane) => {
    if (hung.has(lane)) return;
    for (let i = 0; i < store.count; i++) {
      if (store.stateOf(i) !== LaneState.waitingForLock) continue;
      const [startNs, endNs] = [store.startOf(i), store.endOf(i)];
      const waits = isInsideC(subject, lane, i) ? found.inC : found.inProgram;
      waits.victims.add(lane, endNs - startNs);
      waits.places.add(store.positionOf(i), endNs - startNs);
      waits.spans.push({ lane, startNs, endNs });
    }
  });
  return found;
});

/**
 * Python takes its locks with the GIL in hand, and takes the GIL again afterwards. Who computes without it at the same
 * line, before the wait or after it, and did not have it in between, waits for a lock of the C code that computes.
 */
function isInsideC({ trace }: Subject, lane: number, wait: number): boolean {
  if (trace.header.engine !== 'recorded') return false;
  const store = trace.stores[lane];
  const place = store.positionOf(wait);
  const computes = (step: 1 | -1): boolean => {
    for (let i = wait + step; i >= 0 && i < store.count; i += step) {
      if (store.positionOf(i) !== place) return false;
      const state = store.stateOf(i);
      if (state === LaneState.runningWithoutGil) return true;
      const says = state === LaneState.waitingForLock || state === LaneState.ready;
      if (!says && state !== LaneState.unknown) return false;
    }
    return false;
  };
  return computes(1) || computes(-1);
}
