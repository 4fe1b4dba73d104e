// Threads that compute in turn, under one GIL: those that are starved by it, those that share it, and those whose tasks
// are so small that they only hand it over. One story of each GIL: all of its waits that have no other reason.

import { LaneState } from '../../model/lanes';
import { NO_LOCK, type Trace } from '../../model/trace';
import { busyLifeNs, computedNs, type ThreadAccount } from '../account';
import { stretchesOf } from '../stretches';
import type { Change, Finding } from './finding';
import { baseOf, gilStories, waitingShare, type GilStory } from './gilStory';
import { isPoolMachinery } from './places';
import type { Subject } from './subject';
import { sum } from './tally';

/** An I/O thread starves when it waits for this share of the busy part of its life … */
const STARVING = 0.3;
/** … computes no more than this … */
const LITTLE_COMPUTING = 0.2;
/** … and comes back from a blocking call so often. */
const FEWEST_RETURNS = 3;
/** Who waits at one line only, and does less than this between two waits, merely looks at a clock. */
const LEAST_WORK_NS = 30e3;
/** The culprits compute at least this share of what the victim waits. */
const CULPRITS_COMPUTE = 0.3;
/** The second of those that compute does at least this much of what the first does. */
const SECOND_SHARE = 0.1;
/** Of so many of the waits the waiter stands in a pool's own code: it waits for tasks, not in them. */
const MOSTLY_MACHINERY = 0.5;

export function turns(
  subject: Subject,
): readonly Finding<'convoy' | 'serialised' | 'work-too-small'>[] {
  return gilStories(subject)
    .filter(({ waits }) => waits.turns.victims.totalNs > 0)
    .map(story => tooSmall(subject, story) ?? convoy(subject, story) ?? serialised(subject, story))
    .filter(finding => finding !== undefined);
}

function tooSmall(subject: Subject, story: GilStory): Finding<'work-too-small'> | undefined {
  const { trace } = subject;
  const { waitPlaces } = story.waits.turns;
  const inMachinery = waitPlaces.ranked().filter(([place]) => isPoolMachinery(trace, place));
  const overheadNs = sum(inMachinery, ([, ns]) => ns);
  if (overheadNs < MOSTLY_MACHINERY * waitPlaces.totalNs) return undefined;
  return {
    kind: 'work-too-small',
    ...baseOf(subject, story, 'turns'),
    overheadNs,
    workNs: sum(story.workers, ({ times }) => computedNs(times)),
    certainty: 'likely',
    change: {
      kind: 'program',
      what: 'Give each task far more to do (a larger chunksize), or use a plain loop.',
    },
  };
}

function convoy(subject: Subject, story: GilStory): Finding<'convoy'> | undefined {
  const { trace } = subject;
  const victim = story.workers
    .filter(worker => isStarved(subject, worker, story))
    .sort((a, b) => b.times.waitingForGil - a.times.waitingForGil)
    .at(0);
  if (!victim) return undefined;
  const waitedNs = victim.times.waitingForGil;
  const rows = subject.blame.filter(row => row.victim === victim.lane && row.lock === story.lock);
  const worst = rows.find(row => row.position > 0) ?? rows.at(0);
  if (!worst) return undefined;
  const culprit = subject.account.threads[worst.culprit];
  if (computedNs(culprit.times) < CULPRITS_COMPUTE * waitedNs) return undefined;
  return {
    kind: 'convoy',
    ...baseOf(subject, story, 'turns'),
    threads: [victim.lane],
    where: worst.position,
    culprit: worst.culprit,
    perReturnNs: waitedNs / Math.max(1, waitCountOf(trace, victim.lane)),
    evidence: rows.slice(0, 5),
    change: {
      kind: 'interval',
      switchIntervalNs: 500_000,
      what: 'Move the computing out of this process, or shorten the switch interval to 0.5 ms.',
    },
  };
}

/** Comes back from waiting again and again, does something, but little, and waits for the GIL for much of its life. */
function isStarved({ trace, loops }: Subject, worker: ThreadAccount, story: GilStory): boolean {
  const { times, lane } = worker;
  const restedNs = times.blocked + times.waitingForProcess + times.idle;
  return (
    times.waitingForGil >= STARVING * busyLifeNs(worker) &&
    times.computing <= LITTLE_COMPUTING * worker.lifeNs &&
    restedNs > 0 &&
    times.computing <= restedNs &&
    returnsOf(trace, lane) >= FEWEST_RETURNS &&
    // Beside several that compute, who only looks at a clock is not the one that suffers.
    (loops.has(lane) || !areSeveralComputing(story) || doesSomething(trace, worker))
  );
}

/** Whether it does more than look at a clock now and then. */
function doesSomething(trace: Trace, { lane, times }: ThreadAccount): boolean {
  if (times.computing >= LEAST_WORK_NS * returnsOf(trace, lane)) return true;
  const store = trace.stores[lane];
  const lines = new Set<number>();
  for (let i = 0; i < store.count; i++) {
    const state = store.stateOf(i);
    const isWait = state === LaneState.blocked || state === LaneState.waitingForGil;
    if (isWait && store.positionOf(i) > 0) lines.add(store.positionOf(i));
  }
  return lines.size >= 3;
}

/** How often a lane came from a rest to a wait for the GIL. */
function returnsOf(trace: Trace, lane: number): number {
  const store = trace.stores[lane];
  let count = 0;
  for (let i = 1; i < store.count; i++) {
    const before = store.stateOf(i - 1);
    const rested = before === LaneState.blocked || before === LaneState.idle;
    if (rested && store.stateOf(i) === LaneState.waitingForGil) count++;
  }
  return count;
}

function waitCountOf({ stores }: Trace, lane: number): number {
  return stretchesOf(stores[lane], state => state === LaneState.waitingForGil).length;
}

function serialised(subject: Subject, story: GilStory): Finding<'serialised'> | undefined {
  if (!areSeveralComputing(story) && !story.workers.every(isComputing)) return undefined;
  return {
    kind: 'serialised',
    ...baseOf(subject, story, 'turns'),
    share: waitingShare(story.workers),
    change: unshared(subject.trace),
  };
}

/** Whether at least two share the computing; one of them may do more than the other. */
function areSeveralComputing({ workers }: GilStory): boolean {
  const amounts = workers.map(({ times }) => times.computing).sort((a, b) => b - a);
  return amounts.length >= 2 && amounts[1] >= SECOND_SHARE * amounts[0];
}

/** Waits in order to compute, not to look at a clock. */
function isComputing(worker: ThreadAccount): boolean {
  const { times } = worker;
  const rested = times.blocked + times.waitingForProcess;
  return computedNs(times) > rested / 4 || rested <= STARVING * busyLifeNs(worker);
}

/** How several may compute at once. */
function unshared({ lanes }: Trace): Change {
  const isShared = lanes.some(
    ({ interpreter, gil }) => interpreter > 0 && gil !== NO_LOCK && gil === lanes[0].gil,
  );
  const what = isShared
    ? 'Give each interpreter a GIL of its own.'
    : 'Move the computing into processes, or into code that releases the GIL.';
  return { kind: 'runtime', runtime: isShared ? 'subinterpreters' : 'processes', what };
}
