// What a trace means, in one plain sentence: the headline of its findings, and the one change to try.
//
//   verdictOf(trace)            for any engine's trace
//   predictGain(…) in whatIf.ts runs the change that a verdict proposes
//
// The verdict is the first finding. Only where nothing is found it says that there is nothing to improve.

import type { BlameRow } from './blame';
import { busyLifeNs } from './account';
import type { Change, Finding, FindingKind } from './findings/finding';
import { findingsIn } from './findings/findings';
import { FINDING_KINDS, findingText } from './findings/findingText';
import { subjectOf, type RunFacts, type Subject } from './findings/subject';
import { sum } from './findings/tally';
import { noticesOf } from './notices';
import { formatShare } from '../units';
import type { Trace } from '../model/trace';

export type { Change } from './findings/finding';

/** What a trace is when nothing is found. */
export type CleanClass = 'io-bound' | 'no-problem';
export type VerdictClass = FindingKind | CleanClass;
export const VERDICT_CLASSES: readonly VerdictClass[] = [
  ...FINDING_KINDS,
  'io-bound',
  'no-problem',
];

export interface Verdict {
  readonly class: VerdictClass;
  /** What was found, in one sentence for people, and what is missing of the picture. */
  readonly sentence: string;
  /** The first part of `sentence`: what was found. A suggestion refers to it, so it follows it. */
  readonly claim: string;
  /** The rest of `sentence`: what makes the picture incomplete; empty when it is whole. */
  readonly caveats: string;
  readonly change: Change;
  /** The change as a sentence; empty when there is nothing to change. */
  readonly suggestion: string;
  /** Rows of the blame table that prove it, the worst first. */
  readonly evidence: readonly BlameRow[];
  /** All that was found, the headline first; empty when the account is clean. */
  readonly findings: readonly Finding[];
}

/** Blocked in I/O or sleep, of the busy part of the workers’ lives. */
const MOSTLY_BLOCKED = 0.5;
const ALONE = 'Only one thread runs, so there is nobody to wait for the GIL';

/** The verdict on a trace. */
export function verdictOf(trace: Trace, facts: RunFacts = {}): Verdict {
  const subject = subjectOf(trace, facts);
  return verdictOn(subject, findingsIn(subject), noticesOf);
}

/** The verdict that follows from findings; `noticesFor` says what makes the picture incomplete besides a claim. */
export function verdictOn(
  subject: Subject,
  findings: readonly Finding[],
  noticesFor: (trace: Trace, claim: string) => readonly string[],
): Verdict {
  const { trace } = subject;
  const headline = findings.at(0);
  const claim = headline ? findingText(headline, trace) : cleanText(subject);
  const change: Change = headline?.change ?? { kind: 'none' };
  const notices = noticesFor(trace, claim);
  const caveats = [...notices, ...(subject.isBlameWhole ? [] : [NOT_WHOLE])].join(' ');
  return {
    class: headline?.kind ?? cleanClass(subject),
    sentence: caveats === '' ? claim : `${claim} ${caveats}`,
    claim,
    caveats,
    change,
    suggestion: 'what' in change ? change.what : '',
    evidence: headline?.evidence ?? [],
    findings,
  };
}

const NOT_WHOLE =
  'Some waits span so many hand-offs that it was not worked out who held the lock during them.';

function cleanClass(subject: Subject): CleanClass {
  return blockedShare(subject) >= MOSTLY_BLOCKED ? 'io-bound' : 'no-problem';
}

/** Of those that only wait, too: waiting for I/O is what they are for. */
function blockedShare({ account: { threads }, trace }: Subject): number {
  const those = threads.filter(({ role }) => role !== 'starter' || trace.lanes.length === 1);
  const lifeNs = sum(those, busyLifeNs);
  return lifeNs > 0 ? sum(those, ({ times }) => times.blocked) / lifeNs : 0;
}

function cleanText(subject: Subject): string {
  const { account, trace, statistics } = subject;
  if (account.lifeNs === 0) return 'No thread did anything in this run.';
  const isAlone = account.threads.filter(({ lifeNs }) => lifeNs > 0).length === 1;
  const isIo = cleanClass(subject) === 'io-bound';
  const cores = `${statistics.effectiveCores.toFixed(1)} of ${trace.header.cores} cores are busy`;
  const blocked = formatShare(blockedShare(subject));
  const waited = formatShare(statistics.waitingShare);
  if (isAlone && isIo)
    return `${ALONE}: it spends ${blocked} of its time in I/O, sleep or other waits.`;
  if (isAlone) return `${ALONE}; ${cores}.`;
  if (isIo)
    return (
      `The threads wait for I/O ${blocked} of the time and for the GIL only ${waited}: ` +
      'threads are the right tool here.'
    );
  return `Nobody waits long for anything: ${cores}, and ${waited} of the time goes into waiting for the GIL.`;
}
