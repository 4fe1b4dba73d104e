// All that is found in a trace, the most costly first.
//
//   findingsOf(trace, facts)   a list; empty when the account is clean
//
// Each kind has a file of its own that looks at the same subject. A finding is data; `findingText.ts` says it in words.

import type { Trace } from '../../model/trace';
import { cpuLimits, crowdedOut, moreThreadsThanCores } from './cores';
import { deadlocks } from './deadlocks';
import { failures, stuck } from './ends';
import { stalledLoops } from './eventLoop';
import type { Finding, FindingKind } from './finding';
import { garbageCollections } from './garbageCollection';
import { hangs } from './hang';
import { cLockContention, contentionWithoutGil, lockContention } from './locks';
import { longHolds } from './longHold';
import { notParallel } from './notParallel';
import { processesCost, tooSmallForProcesses } from './processes';
import { sleepsWithGil } from './sleepsWithGil';
import { stalls } from './stalls';
import { subjectOf, type RunFacts, type Subject } from './subject';
import { turns } from './turns';

/** Who looks for what. Turns are three kinds, of which each GIL has one. */
const SEARCHES: readonly ((subject: Subject) => readonly Finding[])[] = [
  failures,
  stuck,
  deadlocks,
  hangs,
  tooSmallForProcesses,
  processesCost,
  cpuLimits,
  contentionWithoutGil,
  lockContention,
  cLockContention,
  stalledLoops,
  garbageCollections,
  sleepsWithGil,
  longHolds,
  turns,
  stalls,
  notParallel,
  crowdedOut,
  moreThreadsThanCores,
];

/** Said before everything else, whatever it costs. */
const FIRST: readonly FindingKind[] = ['failed', 'stuck', 'deadlock', 'hang'];

/** What is found in a trace, the headline first. */
export function findingsOf(trace: Trace, facts: RunFacts = {}): readonly Finding[] {
  return findingsIn(subjectOf(trace, facts));
}

export function findingsIn(subject: Subject): readonly Finding[] {
  return withoutRepeats(SEARCHES.flatMap(search => search(subject))).sort(
    (a, b) => rankOf(a) - rankOf(b) || b.costNs - a.costNs,
  );
}

/** A hang whose reason is a deadlock is told by that. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const circles = findings.flatMap(({ kind, threads }) => (kind === 'deadlock' ? [threads] : []));
  return findings.filter(
    ({ kind, threads }) =>
      kind !== 'hang' || !circles.some(circle => circle.every(lane => threads.includes(lane))),
  );
}

function rankOf({ kind }: Finding): number {
  const rank = FIRST.indexOf(kind);
  return rank < 0 ? FIRST.length : rank;
}
