// A process in which all threads wait for one another, for locks that nobody lets go, or for what nobody sends.

import { LaneState } from '../../model/lanes';
import type { Trace } from '../../model/trace';
import type { PositionIndex } from '../../model/program';
import type { Nanoseconds } from '../../units';
import type { ProcessAccount } from '../account';
import { NOBODY } from '../blame';
import { inBoth, lengthOf, longestOf, stretchesOf, whenAtLeast, type Stretch } from '../stretches';
import { MOST_SPANS, type Finding } from './finding';
import type { Subject } from './subject';
import { oncePer, Tally } from './tally';

/** Shorter than this nobody calls it a hang … */
const SHORTEST_NS = 500e6;
const CLEARLY_NS = 1e9;
/** … and not less than this of what the process did with its time. */
const LEAST_SHARE = 0.3;
/** Without a lock in it, only this much, and only to the end: whoever waits for work may get some later. */
const LEAST_SHARE_WITHOUT_LOCK = 0.5;
/** All processes together may be seen to do something for so little of it. */
const HARDLY_UP = 0.02;
/** A thread that ends does not end in the very moment at which the process does. */
const END_NS = 200e6;

export const hangs = oncePer((subject: Subject): readonly Finding<'hang'>[] =>
  subject.account.processes.flatMap(process => hangOf(subject, process) ?? []),
);

/** Lanes of processes that hang. */
export function hungLanes(subject: Subject): ReadonlySet<number> {
  return new Set(hangs(subject).flatMap(({ threads }) => threads));
}

function hangOf(subject: Subject, { process }: ProcessAccount): Finding<'hang'> | undefined {
  const { trace, loops } = subject;
  const lanes = trace.lanes.flatMap((lane, i) => (lane.process === process ? [i] : []));
  if (lanes.some(lane => loops.has(lane))) return undefined; // whatever its selector waits for may come
  const lives = lanes.flatMap(lane => stretchesOf(trace.stores[lane], isLife));
  const life = whenAtLeast(1, lives);
  const up = whenAtLeast(
    1,
    lanes.flatMap(lane => stretchesOf(trace.stores[lane], isUp)),
  );
  const gap = longestOf(gapsOf(life, up), 1).at(0);
  if (!gap) return undefined;
  const lifeEndNs = life.at(-1)?.endNs ?? 0;
  return judged(subject, lanes, { ...gap, lifeNs: lengthOf(life), lifeEndNs });
}

interface Gap extends Stretch {
  readonly lifeNs: Nanoseconds;
  readonly lifeEndNs: Nanoseconds;
}

function judged(subject: Subject, lanes: readonly number[], gap: Gap): Finding<'hang'> | undefined {
  const { startNs, endNs, lifeNs, lifeEndNs } = gap;
  const lastedNs = endNs - startNs;
  const waiting = lanes.filter(lane => spends(subject.trace, lane, gap, LaneState.waitingForLock));
  const idle = lanes.filter(lane => spends(subject.trace, lane, gap, LaneState.idle));
  const untilTheEnd = endNs >= lifeEndNs - END_NS;
  const isClear = lastedNs >= CLEARLY_NS || lastedNs >= 0.8 * lifeNs;
  if (lastedNs < SHORTEST_NS || !isClear || waiting.length + idle.length === 0) return undefined;
  if (lastedNs < LEAST_SHARE * lifeNs) return undefined;
  const forLock = waiting.length > 0;
  // One process of several may be given work by another, as long as that one does anything.
  if (!forLock && !isFirstOfHung(subject, lanes, gap)) return undefined;
  if (!forLock && (!untilTheEnd || lastedNs < LEAST_SHARE_WITHOUT_LOCK * lifeNs)) return undefined;
  const threads = forLock ? [...waiting, ...idle] : mainFirst(subject.trace, idle);
  return {
    kind: 'hang',
    costNs: lastedNs * threads.length,
    threads,
    spans: threads.slice(0, MOST_SPANS).map(lane => ({ lane, startNs, endNs })),
    where: placeOf(subject.trace, threads[0], gap),
    culprit: NOBODY,
    certainty: forLock ? 'sure' : 'likely',
    evidence: [],
    lastedNs,
    untilTheEnd,
    forLock,
    change: {
      kind: 'program',
      what: forLock
        ? 'Take locks in the same order everywhere, hold one at a time, and fork no process while a thread holds one.'
        : 'Make sure that what the threads wait for comes: a task_done() for every get(), a notify, a set().',
    },
  };
}

/** Whether all processes stand still together; then the first one tells it for all. */
function isFirstOfHung({ trace, account }: Subject, lanes: readonly number[], gap: Gap): boolean {
  if (account.processes.length < 2) return true;
  if (lanes[0] !== 0) return false;
  const up = trace.stores.flatMap(store => stretchesOf(store, isUp));
  const meanwhile = inBoth(whenAtLeast(1, up), [gap]);
  return lengthOf(meanwhile) <= HARDLY_UP * (gap.endNs - gap.startNs);
}

function mainFirst({ lanes }: Trace, some: readonly number[]): readonly number[] {
  return [...some].sort((a, b) => Number(lanes[b].main) - Number(lanes[a].main));
}

function isLife(state: number): boolean {
  return state !== LaneState.notStarted && state !== LaneState.finished;
}

/** Whether a thread in this state can get on by itself, or by something from outside of its process. */
function isUp(state: number): boolean {
  return (
    isLife(state) &&
    state !== LaneState.waitingForLock &&
    state !== LaneState.idle &&
    state !== LaneState.unknown
  );
}

/** Whether a lane is in a state for most of a stretch. */
function spends({ stores }: Trace, lane: number, gap: Stretch, state: LaneState): boolean {
  const wanted = stretchesOf(stores[lane], other => other === state);
  const inGap = wanted.map(({ startNs, endNs }) => ({
    startNs: Math.max(startNs, gap.startNs),
    endNs: Math.min(endNs, gap.endNs),
  }));
  const ns = lengthOf(inGap.filter(({ startNs, endNs }) => endNs > startNs));
  return ns >= 0.8 * (gap.endNs - gap.startNs);
}

/** Where a lane stands for most of a stretch. */
function placeOf({ stores }: Trace, lane: number, gap: Stretch): PositionIndex {
  const store = stores[lane];
  const places = new Tally<PositionIndex>();
  for (let i = Math.max(0, store.segmentAt(gap.startNs)); i < store.count; i++) {
    if (store.startOf(i) >= gap.endNs) break;
    const fromNs = Math.max(store.startOf(i), gap.startNs);
    places.add(store.positionOf(i), Math.min(store.endOf(i), gap.endNs) - fromNs);
  }
  return places.largest() ?? 0;
}

/** What of some stretches is not in others; both in order of time, without overlaps. */
function gapsOf(whole: readonly Stretch[], parts: readonly Stretch[]): Stretch[] {
  return whole.flatMap(({ startNs, endNs }) => {
    const gaps: Stretch[] = [];
    let fromNs = startNs;
    for (const part of parts) {
      if (part.endNs <= fromNs || part.startNs >= endNs) continue;
      if (part.startNs > fromNs) gaps.push({ startNs: fromNs, endNs: part.startNs });
      fromNs = part.endNs;
    }
    if (fromNs < endNs) gaps.push({ startNs: fromNs, endNs });
    return gaps;
  });
}
