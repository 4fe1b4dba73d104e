// Threads or tasks that were meant to run side by side, and run one after the other.

import { isResting, LaneState } from '../../model/lanes';
import type { PositionIndex } from '../../model/program';
import { NOBODY } from '../blame';
import { inBoth, lengthOf, longestOf, stretchesOf, whenAtLeast, type Stretch } from '../stretches';
import type { ProcessAccount } from '../account';
import { MOST_SPANS, type Change, type Finding } from './finding';
import type { Subject } from './subject';
import { Tally } from './tally';

/** So many have to come one after the other before that is a habit. */
const FEWEST = 3;
/** Of their time, no more than this may be side by side. */
const HARDLY_SIDE_BY_SIDE = 0.03;
/** Somebody waits for them for at least this share of it. */
const MOSTLY_WAITED_FOR = 0.7;
/** Together they are worth a word from this share of the process’s life on. */
const MUCH_OF_LIFE = 0.3;
const POOL_THREAD = /^(ThreadPoolExecutor|asyncio_)/;

export function notParallel(subject: Subject): readonly Finding<'not-parallel'>[] {
  return subject.account.processes.flatMap(process => {
    const group = groupOf(subject, process);
    return group ? (joinedInTurn(subject, group) ?? askedInTurn(subject, group) ?? []) : [];
  });
}

/** The threads of a process beside the one that starts them. */
interface Group {
  readonly starter: number;
  readonly lanes: readonly number[];
  readonly lifeNs: number;
}

function groupOf({ trace, loops }: Subject, { process }: ProcessAccount): Group | undefined {
  const all = trace.lanes.flatMap((lane, i) => (lane.process === process ? [i] : []));
  const starter = all.find(lane => trace.lanes[lane].main);
  if (starter === undefined || loops.has(starter)) return undefined;
  const lanes = all.filter(lane => lane !== starter);
  const lifeNs = lengthOf(stretchesOf(trace.stores[starter], isLife));
  return { starter, lanes, lifeNs };
}

/** Each thread is started and joined before the next one is started. */
function joinedInTurn(subject: Subject, group: Group): Finding<'not-parallel'> | undefined {
  const lives = group.lanes.map(lane => stretchesOf(subject.trace.stores[lane], isLife));
  const count = lives.filter(life => life.length > 0).length;
  if (count < FEWEST) return undefined;
  return judged(subject, group, {
    turns: lives.flat(),
    waits: state => isResting(state),
    count: () => count,
    how: 'joined',
    what: 'Start all threads first, and join them when all run.',
  });
}

/** Each result is asked for before the next task is handed in. */
function askedInTurn(subject: Subject, group: Group): Finding<'not-parallel'> | undefined {
  const { trace } = subject;
  const pool = group.lanes.filter(lane => POOL_THREAD.test(trace.lanes[lane].name));
  return judged(subject, group, {
    turns: pool.flatMap(lane => stretchesOf(trace.stores[lane], isAtWork)),
    waits: state => state === LaneState.idle,
    count: waits => waits.length,
    how: 'asked',
    what: 'Submit all tasks first and ask for the results then (or use map); give the pool more than one worker.',
  });
}

interface Turns {
  readonly turns: readonly Stretch[];
  readonly waits: (state: number) => boolean;
  readonly count: (waits: readonly Stretch[]) => number;
  readonly how: 'joined' | 'asked';
  readonly what: string;
}

function judged(
  subject: Subject,
  { starter, lifeNs }: Group,
  { turns, waits, count, how, what }: Turns,
): Finding<'not-parallel'> | undefined {
  const atWork = whenAtLeast(1, turns);
  const workNs = lengthOf(atWork);
  const sideNs = lengthOf(whenAtLeast(2, turns));
  if (workNs < MUCH_OF_LIFE * lifeNs || sideNs > HARDLY_SIDE_BY_SIDE * workNs) return undefined;
  const where = waitingPlace(subject, starter, waits);
  const waited = waitsAt(subject, { lane: starter, where }, waits);
  const meanwhile = inBoth(waited, atWork);
  if (lengthOf(meanwhile) < MOSTLY_WAITED_FOR * workNs || count(meanwhile) < FEWEST)
    return undefined;
  const change: Change = { kind: 'program', what };
  return {
    kind: 'not-parallel',
    costNs: lengthOf(meanwhile),
    threads: [starter],
    spans: longestOf(
      meanwhile.map(({ startNs, endNs }) => ({ lane: starter, startNs, endNs })),
      MOST_SPANS,
    ),
    where,
    culprit: NOBODY,
    certainty: 'likely',
    evidence: [],
    count: count(meanwhile),
    how,
    change,
  };
}

/** The line at which a lane rests longest. */
function waitingPlace(
  { trace }: Subject,
  lane: number,
  waits: (state: number) => boolean,
): PositionIndex {
  const store = trace.stores[lane];
  const places = new Tally<PositionIndex>();
  for (let i = 0; i < store.count; i++)
    if (waits(store.stateOf(i))) places.add(store.positionOf(i), store.endOf(i) - store.startOf(i));
  return places.largest() ?? 0;
}

function waitsAt(
  { trace }: Subject,
  { lane, where }: { readonly lane: number; readonly where: PositionIndex },
  waits: (state: number) => boolean,
): Stretch[] {
  const store = trace.stores[lane];
  const found: Stretch[] = [];
  for (let i = 0; i < store.count; i++)
    if (waits(store.stateOf(i)) && store.positionOf(i) === where)
      found.push({ startNs: store.startOf(i), endNs: store.endOf(i) });
  return found;
}

function isLife(state: number): boolean {
  return state !== LaneState.notStarted && state !== LaneState.finished;
}

/** Whether a thread of a pool is at a task. */
function isAtWork(state: number): boolean {
  return isLife(state) && state !== LaneState.idle && state !== LaneState.starting;
}
