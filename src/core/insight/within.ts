// What is told of a part of a trace: of a chosen stretch, and of one thread in it.
//
//   accountWithin(trace, stretch)         where the time went in the stretch
//   verdictWithin(trace, stretch)         its findings and headline
//   threadVerdictOf(trace, lane, stretch) where one thread's time went, for whom it waited, and what was found of it
//
// Times in findings are those of the trace, not of the stretch. What needs the end of a run to be true (a deadlock, the
// exit code) is told of a stretch only if it is true of the whole.

import type { Trace } from '../model/trace';
import { shortName } from '../names';
import { formatDuration, formatShare, type Nanoseconds } from '../units';
import { accountOf, CAUSES, type Cause, type ThreadAccount, type TraceAccount } from './account';
import { blameOf, NOBODY, type BlameRow } from './blame';
import { excerptOf, withinTrace } from './excerpt';
import { deadlocks } from './findings/deadlocks';
import type { Finding } from './findings/finding';
import { findingsIn } from './findings/findings';
import { placeText } from './placeText';
import { subjectOf } from './findings/subject';
import { noticesOf } from './notices';
import { inBoth, type Stretch } from './stretches';
import { verdictOn, type Verdict } from './verdict';

export function accountWithin(trace: Trace, stretch: Stretch): TraceAccount {
  return accountOf(excerptOf(trace, stretch));
}

/** The verdict on a stretch. Its caveats are those of the whole trace: nobody knows in which part something was lost. */
export function verdictWithin(trace: Trace, stretch: Stretch): Verdict {
  const within = withinTrace(trace, stretch);
  const subject = subjectOf(excerptOf(trace, within), {});
  const found = findingsIn(subject).flatMap(finding => toldOfPart(finding, within, trace));
  const findings = [...deadlocksIn(trace, within), ...found];
  return verdictOn(subject, findings, (_, claim) => noticesOf(trace, claim));
}

/** A finding of an excerpt, in the times of the trace; none if it needs to know how the program ends. */
function toldOfPart(finding: Finding, within: Stretch, trace: Trace): readonly Finding[] {
  if (finding.kind === 'deadlock' || finding.kind === 'stuck') return [];
  const spans = finding.spans.map(({ lane, startNs, endNs }) => ({
    lane,
    startNs: startNs + within.startNs,
    endNs: endNs + within.startNs,
  }));
  const moved: Finding = { ...finding, spans };
  if (moved.kind !== 'hang' || within.endNs >= trace.nowNs) return [moved];
  return moved.forLock ? [{ ...moved, untilTheEnd: false }] : [];
}

/** Deadlocks of the whole trace, with what they cost in a stretch. */
function deadlocksIn(trace: Trace, within: Stretch): readonly Finding[] {
  return deadlocks({ trace }).flatMap(finding => {
    const part = inBoth([finding.deadlock], [within]).at(0);
    if (!part) return [];
    const spans = finding.spans.map(({ lane }) => ({ lane, ...part }));
    return [{ ...finding, costNs: (part.endNs - part.startNs) * spans.length, spans }];
  });
}

export interface ThreadVerdict {
  readonly account: ThreadAccount;
  /** Where its time went, and for whom it waited most, in one or two sentences. */
  readonly sentence: string;
  /** For whom it waited, the longest first; what nobody held is left out. */
  readonly blame: readonly BlameRow[];
  /** What was found in the stretch that costs this thread time, or that it does to others. */
  readonly findings: readonly Finding[];
}

/** What is told of one thread, in the whole trace or in a stretch of it. */
export function threadVerdictOf(trace: Trace, lane: number, stretch?: Stretch): ThreadVerdict {
  const within = withinTrace(trace, stretch ?? { startNs: 0, endNs: trace.nowNs });
  const excerpt = excerptOf(trace, within);
  const account = accountOf(excerpt).threads[lane];
  const blame = blameOf(excerpt).filter(
    ({ victim, culprit }) => victim === lane && culprit !== NOBODY,
  );
  const { findings } = verdictWithin(trace, within);
  return {
    account,
    sentence: [lifeText(trace, account), blameText(trace, blame)].filter(Boolean).join(' '),
    blame,
    findings: findings.filter(({ threads, culprit }) => threads.includes(lane) || culprit === lane),
  };
}

const CAUSE_WORDS: Readonly<Record<Cause, string>> = {
  computing: 'computing with the GIL',
  computingWithoutGil: 'computing without the GIL',
  waitingForGil: 'waiting for the GIL',
  waitingForLock: 'waiting for a lock',
  noCore: 'ready without a core',
  cpuLimit: 'stopped by a CPU limit',
  waitingForProcess: 'waiting for another process',
  blocked: 'in I/O, sleep or other waits',
  idle: 'idle, waiting for work or a result',
  starting: 'starting',
  notObserved: 'not observed',
};
/** So many causes are named, and none below this share. */
const MOST_CAUSES = 3;
const LEAST_SHARE = 0.01;

function lifeText({ lanes }: Trace, { lane, lifeNs, times }: ThreadAccount): string {
  const name = shortName(lanes[lane].name);
  if (lifeNs === 0) return `${name} was not there in this stretch.`;
  const largest = [...CAUSES].sort((a, b) => times[b] - times[a]).slice(0, MOST_CAUSES);
  const parts = largest
    .filter(cause => times[cause] >= LEAST_SHARE * lifeNs)
    .map(cause => `${formatShare(times[cause] / lifeNs)} ${CAUSE_WORDS[cause]}`);
  return `${name}: of ${formatDuration(lifeNs)}, ${parts.join(', ')}.`;
}

/** Waits shorter than this are nothing to name somebody for. */
const LEAST_BLAME_NS: Nanoseconds = 1e6;

function blameText(trace: Trace, blame: readonly BlameRow[]): string {
  const worst = blame.at(0);
  if (!worst || worst.ns < LEAST_BLAME_NS) return '';
  const place = placeText(trace, worst.position);
  const what = trace.locks[worst.lock].kind === 'gil' ? 'the GIL' : 'a lock';
  const who = shortName(trace.lanes[worst.culprit].name);
  return `It waited longest for ${what} while ${who} had it${place === '' ? '' : ` at ${place}`}: ${formatDuration(worst.ns)}.`;
}
