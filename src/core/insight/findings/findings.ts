// All that is found in a trace, the most costly first.
//
//   findingsOf(trace, facts)   a list; empty when the account is clean
//
// Each kind has a file of its own that looks at the same subject. A finding is data; `findingText.ts` says it in words.

import type { Trace } from '../../model/trace';
import type { Nanoseconds } from '../../units';
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
import { isPoolMachinery } from './places';
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

/** Below this share of the run’s duration, time that threads lost is no finding. */
const LEAST_SHARE = 0.02;
/** What makes all stand still for this share of the time comes before what costs more thread time. */
const ALL_STAND = 0.2;

/** What is found in a trace, the headline first. */
export function findingsOf(trace: Trace, facts: RunFacts = {}): readonly Finding[] {
  return findingsIn(subjectOf(trace, facts));
}

export function findingsIn(subject: Subject): readonly Finding[] {
  const all = SEARCHES.flatMap(search => search(subject));
  return all
    .filter(finding => isWorthTelling(subject, finding) && !isToldBy(subject, finding, all))
    .map(finding => (isWellSeen(subject) ? finding : asLikely(finding)))
    .sort((a, b) => rankOf(subject, a) - rankOf(subject, b) || b.costNs - a.costNs);
}

/** Of the hand-offs that were counted, or of the threads’ time, so much may be missing. */
const MOST_MISSING = 0.2;

/** Whether the trace tells enough for a finding to be sure: estimates and recordings with large holes do not. */
function isWellSeen({ trace, account, statistics }: Subject): boolean {
  const { states, handOffs } = trace.header.certainty;
  if (states.kind === 'estimated' || handOffs.kind === 'estimated') return false;
  const counted = trace.droppedCount + statistics.handOffCount;
  return (
    trace.droppedCount <= MOST_MISSING * counted &&
    account.times.notObserved <= MOST_MISSING * account.lifeNs
  );
}

/** What a program says itself stays sure. */
function asLikely(finding: Finding): Finding {
  const saysItself = finding.kind === 'failed' || finding.kind === 'stuck';
  return saysItself ? finding : { ...finding, certainty: 'likely' };
}

/** What is judged by its longest case, or never ends, is told however little it costs in all. */
const BY_LONGEST: readonly FindingKind[] = [
  'deadlock',
  'stalls',
  'garbage-collection',
  'event-loop-stalled',
];

/**
 * What another finding tells better: a pool’s own code that keeps the GIL is told by what the pool costs, and a hang by
 * the deadlock that is its reason.
 */
function isToldBy({ trace }: Subject, finding: Finding, all: readonly Finding[]): boolean {
  const { kind, where, threads } = finding;
  if (kind === 'hang')
    return all.some(
      other => other.kind === 'deadlock' && other.threads.every(lane => threads.includes(lane)),
    );
  if (kind !== 'long-hold' || !isPoolMachinery(trace, where)) return false;
  return all.some(other => other.kind === 'work-too-small' || other.kind === 'processes-cost');
}

function isWorthTelling({ trace }: Subject, { kind, costNs }: Finding): boolean {
  return BY_LONGEST.includes(kind) || costNs >= LEAST_SHARE * trace.nowNs;
}

function rankOf(subject: Subject, finding: Finding): number {
  const { kind, costNs } = finding;
  const rank = FIRST.indexOf(kind);
  if (rank >= 0) return rank;
  return costNs >= ALL_STAND * standsOf(subject, finding) ? FIRST.length : FIRST.length + 1;
}

/** How long all could have stood still; a finding of a kind that stops only some is never measured by that. */
function standsOf({ account, trace }: Subject, { kind, threads }: Finding): Nanoseconds {
  // Whoever waits for a loop stands still with it, and is in no account.
  if (kind === 'event-loop-stalled') return account.threads[threads[0]].lifeNs;
  return kind === 'cpu-limit' ? trace.nowNs : Infinity;
}
