// Rare but long waits for the GIL, which an average hides: the story of a server that is otherwise idle.

import { LaneState } from '../../model/lanes';
import { longestOf, lengthOf } from '../stretches';
import { MOST_SPANS, type Finding, type LaneStretch } from './finding';
import { gilStories, worstPair } from './gilStory';
import type { Subject } from './subject';
import { isStartUp } from './places';

/** A wait of this length is noticed by people and by time limits. */
const STALL_NS = 100e6;

export function stalls(subject: Subject): readonly Finding<'stalls'>[] {
  const told = new Set(gilStories(subject).map(({ lock }) => lock));
  const { trace } = subject;
  return [...subject.gilWaits].flatMap(([lock, waits]) => {
    if (told.has(lock)) return [];
    const long = longWaits(subject, lock);
    if (long.length === 0) return [];
    const all = Object.values(waits).filter(({ longestNs }) => longestNs > 0);
    const worst = all.sort((a, b) => b.longestNs - a.longestNs).at(0);
    const { culprit, where } = worst ? worstPair(worst) : { culprit: -1, where: 0 };
    if (isStartUp(trace, where)) return [];
    return [
      {
        kind: 'stalls',
        costNs: lengthOf(long),
        threads: [...new Set(long.map(({ lane }) => lane))],
        spans: longestOf(long, MOST_SPANS),
        where,
        culprit,
        certainty: 'likely',
        evidence: subject.blame.filter(row => row.lock === lock).slice(0, 5),
        count: long.length,
        longestNs: Math.max(...long.map(({ startNs, endNs }) => endNs - startNs)),
        change: {
          kind: 'program',
          what: 'Look at what ran then: move it to a process, or do it in smaller pieces.',
        },
      },
    ];
  });
}

function longWaits({ trace }: Subject, lock: number): LaneStretch[] {
  return trace.stores.flatMap((store, lane) => {
    if (trace.lanes[lane].gil !== lock) return [];
    const found: LaneStretch[] = [];
    for (let i = 0; i < store.count; i++) {
      const [startNs, endNs] = [store.startOf(i), store.endOf(i)];
      const isWait = store.stateOf(i) === LaneState.waitingForGil;
      if (isWait && endNs - startNs >= STALL_NS) found.push({ lane, startNs, endNs });
    }
    return found;
  });
}
