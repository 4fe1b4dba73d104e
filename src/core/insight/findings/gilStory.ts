// What the findings about one GIL share: whose waits count, how much they are, and who is behind them.

import type { PositionIndex } from '../../model/program';
import { LaneState } from '../../model/lanes';
import { busyLifeNs, threadAccount, type ThreadAccount } from '../account';
import { NOBODY, type BlameRow } from '../blame';
import { longestOf, stretchesOf, whenAtLeast, type Stretch } from '../stretches';
import { MOST_EVIDENCE, MOST_SPANS, type FindingBase } from './finding';
import type { GilWaits, HoldCause, WaitSum } from './gilWaits';
import type { Subject } from './subject';
import { oncePer, sum } from './tally';

/** Waiting is a story from this share of the busy part of the workers’ lives on … */
const MUCH_WAITING = 0.1;
/** … or of that of one of them … */
const ONE_WAITS_MUCH = 0.3;
/** … that waits for at least this share of the run. */
const NOT_SHORT = 0.03;

/** Who waits for less than this share of what the worst victim waits is none. */
const BRIEFLY = 0.05;

/** A GIL with the threads that want it. */
export interface GilStory {
  readonly lock: number;
  readonly waits: GilWaits;
  readonly workers: readonly ThreadAccount[];
}

/** The GILs for which somebody waits enough to speak of it. */
export const gilStories = oncePer((subject: Subject): readonly GilStory[] => {
  const stories = [...subject.gilWaits].map(([lock, waits]) => {
    const all = subject.workers.filter(({ lane }) => subject.trace.lanes[lane].gil === lock);
    const together = whenTogether(subject, lock);
    return {
      lock,
      waits,
      workers: all
        .map(({ lane }) => threadAccount(subject.trace, lane, together))
        .filter(({ role }) => role === 'worker'),
    };
  });
  return stories.filter(story => muchIsWaited(subject, story));
});

/**
 * From when there were two threads to when there were no more. Before that a program imports and prepares, which says
 * nothing of how its threads get on with each other.
 */
function whenTogether({ trace }: Subject, lock: number): Stretch {
  const lives = trace.stores.flatMap((store, lane) =>
    trace.lanes[lane].gil === lock ? stretchesOf(store, isLife) : [],
  );
  const together = whenAtLeast(2, lives);
  return { startNs: together.at(0)?.startNs ?? 0, endNs: together.at(-1)?.endNs ?? trace.nowNs };
}

function isLife(state: number): boolean {
  return state !== LaneState.notStarted && state !== LaneState.finished;
}

/** The share of the busy part of the workers’ lives that goes into waiting for the GIL. */
export function waitingShare(workers: readonly ThreadAccount[]): number {
  const busyNs = sum(workers, busyLifeNs);
  return busyNs > 0 ? sum(workers, ({ times }) => times.waitingForGil) / busyNs : 0;
}

function muchIsWaited({ trace, statistics }: Subject, { workers }: GilStory): boolean {
  const one = workers.some(
    worker =>
      worker.times.waitingForGil >= ONE_WAITS_MUCH * busyLifeNs(worker) &&
      worker.times.waitingForGil >= NOT_SHORT * trace.nowNs,
  );
  return one || Math.max(waitingShare(workers), statistics.waitingShare) >= MUCH_WAITING;
}

/** What a finding about the waits of one cause has in common with others of its kind. */
export function baseOf(
  subject: Subject,
  { lock, waits }: GilStory,
  cause: HoldCause,
): Omit<FindingBase, 'change'> {
  const sums = waits[cause];
  const { culprit, where } = worstPair(sums);
  const isOfSums = (row: BlameRow): boolean =>
    row.lock === lock && sums.pairs.of(`${row.culprit} ${row.position}`) > 0;
  return {
    costNs: sums.victims.totalNs,
    threads: victimsOf(sums),
    spans: longestOf(sums.spans, MOST_SPANS),
    where,
    culprit,
    certainty: 'sure',
    evidence: subject.blame.filter(isOfSums).slice(0, MOST_EVIDENCE),
  };
}

/** Those who wait for long; who waits for no more than a moment beside them is not one of them. */
function victimsOf({ victims }: WaitSum): readonly number[] {
  const ranked = victims.ranked();
  const longestNs = ranked.at(0)?.[1] ?? 0;
  return ranked.filter(([, ns]) => ns >= BRIEFLY * longestNs).map(([lane]) => lane);
}

/** Who made others wait longest, and at which line; of those whose line is known, if there are any. */
export function worstPair({ pairs }: WaitSum): { culprit: number; where: PositionIndex } {
  const all = pairs.ranked().map(([key]) => key.split(' ').map(Number));
  const [culprit, where] = all.find(([, position]) => position > 0) ?? all.at(0) ?? [NOBODY, 0];
  return { culprit, where };
}
