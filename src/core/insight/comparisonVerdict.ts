// The sentence above the runs of a comparison: what the first run suffers from, and what the others made of it.

import { COMPUTING } from '../model/stateLooks';
import type { Trace } from '../model/trace';
import { shortName } from '../names';
import { formatDuration } from '../units';
import { causesOf, incomparable } from './differences';
import { deadlocksOf, type Deadlock } from './deadlock';
import { deadlockLines } from './deadlockText';
import { findingText } from './findings/findingText';
import type { FoundLine, WaitingThreads } from './foundLine';
import { isCutShort } from './notices';
import { formatTimes, speedUpOf } from './speedUp';
import { verdictOf, type Verdict } from './verdict';

/** Titles come from programs and files; more characters of one say nothing. */
const LONGEST_TITLE = 100;
/** Below this, two runs take the same time. */
const CLEARLY = 1.05;

/** What stands above a comparison. */
export interface ComparisonVerdict {
  readonly sentence: string;
  /** All findings on the first run, the headline first. */
  readonly found: readonly FoundLine[];
  /** Who waits, where that is the story. */
  readonly threads?: WaitingThreads;
}

export const NO_VERDICT: ComparisonVerdict = { sentence: '', found: [] };

/** A complete run of a comparison. */
export interface ComparedTrace {
  readonly trace: Trace;
  /** As people call it among these runs. */
  readonly title: string;
  /** What it is of, if not of what is compared. */
  readonly of?: string;
}

/** The verdict on a complete comparison; empty without runs. Walks whole traces: ask once. */
export function comparisonVerdict(runs: readonly ComparedTrace[]): ComparisonVerdict {
  if (runs.length === 0) return NO_VERDICT;
  const { trace } = runs[0];
  const verdict = verdictOf(trace);
  const found = verdict.findings.map(finding => ({
    sentence: findingText(finding, trace),
    place: finding.where > 0 ? trace.positions[finding.where] : undefined,
  }));
  // Of what is computed from the file at hand, the lines stand in the sentence and in the file.
  const isTold = trace.header.engine === 'recorded' || found.length > 1;
  const circle = circleIn(verdict, trace);
  return {
    sentence: sentenceOf(runs, verdict),
    found: isTold ? found : [],
    ...(circle && { threads: { isCircle: true, lines: deadlockLines(circle, trace) } }),
  };
}

/** The circle that the headline is about; a simulation that is stuck says itself that it is. */
function circleIn({ findings }: Verdict, trace: Trace): Deadlock | undefined {
  const headline = findings.at(0);
  if (headline?.kind === 'deadlock') return headline.deadlock;
  return headline?.kind === 'stuck' ? deadlocksOf(trace).at(0) : undefined;
}

function sentenceOf(runs: readonly ComparedTrace[], verdict: Verdict): string {
  const others = runs.slice(1).map(run => comparedText(runs[0], run));
  const { change } = verdict;
  // Another runtime or interval is no news where other runs already show what they would do.
  const told = change.kind === 'none' || (runs.length > 1 && change.kind !== 'program');
  const what = told ? '' : change.what;
  // A suggestion follows what it refers to; with other runs that is all of them.
  const parts =
    others.length > 0
      ? [verdict.sentence, ...others, what]
      : [verdict.claim, what, verdict.caveats];
  return parts.filter(part => part !== '').join(' ');
}

function comparedText(baseline: ComparedTrace, run: ComparedTrace): string {
  const title = shortName(run.title, LONGEST_TITLE);
  const took = formatDuration(run.trace.nowNs);
  const isOtherCut = isCutShort(baseline.trace);
  if (isCutShort(run.trace))
    return `${title} does not come to its end${isOtherCut ? ' either' : ''}.`;
  if (isOtherCut) return `${title} comes to its end after ${took}.`;
  const factor = speedUpOf(baseline.trace.nowNs, run.trace.nowNs);
  if (factor === undefined) return '';
  const unfair = incomparable(baseline.trace, run.trace, shortName(baseline.title, LONGEST_TITLE));
  if (unfair !== '') return `${title} takes ${took}, but ${unfair}.`;
  // Of another program or version of it nobody knows whether it does the same.
  const same = baseline.of === run.of;
  if (factor >= CLEARLY)
    return `${title} ${same ? 'does the same work in' : 'takes'} ${took}, ${formatTimes(factor)} faster${same ? '' : whyText(baseline, run)}.`;
  if (factor > 1 / CLEARLY) return `${title} takes about as long.`;
  return `${title} takes ${took}, ${formatTimes(1 / factor)} as long${whyText(baseline, run)}.`;
}

/** What the difference comes from most: `: its threads spend 1.2 s more waiting for the GIL`. */
function whyText(baseline: ComparedTrace, run: ComparedTrace): string {
  const longer = run.trace.nowNs > baseline.trace.nowNs;
  const causes = causesOf(baseline.trace, run.trace).filter(
    ({ beforeNs, nowNs }) => nowNs > beforeNs === longer,
  );
  // Under the same lock one waits for what others compute: less work is the reason of less waiting.
  const alike = baseline.trace.header.runtime === run.trace.header.runtime;
  const computing = alike ? causes.find(({ name }) => name === COMPUTING) : undefined;
  const cause = computing ?? causes.at(0);
  if (!cause) return '';
  const ns = Math.abs(cause.nowNs - cause.beforeNs);
  return `: its threads spend ${formatDuration(ns)} ${longer ? 'more' : 'less'} ${cause.name}`;
}
