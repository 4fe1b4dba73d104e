// Marks of a trace that say that it is not the whole story.

import { livedIn, timePerState } from '../model/timePerState';
import { LaneState } from '../model/lanes';
import type { MarkKind } from '../model/mark';
import type { Trace } from '../model/trace';
import { formatDuration, formatShare } from '../units';
import { lossClause } from './losses';

/** So many stand behind a verdict. */
const MOST_NOTICES = 3;

const TOLD: readonly MarkKind[] = ['cut-off', 'never-started', 'crowded', 'not-told'];

/** From this share of the threads' lives on, what was not observed belongs into a verdict. */
const MUCH_UNKNOWN = 0.01;

/**
 * What else makes the picture incomplete: the run was cut off, a thread never started, others had the cores, something
 * was lost or not seen.
 */
export function noticesOf(trace: Trace, said: string): readonly string[] {
  const notices = trace.marks.filter(({ kind }) => TOLD.includes(kind)).map(({ text }) => text);
  return [
    ...notices.filter(notice => !said.includes(notice)).slice(0, MOST_NOTICES),
    ...lossesOf(trace),
  ];
}

/** What is missing of a trace, in sentences. */
function lossesOf(trace: Trace): readonly string[] {
  const time = timePerState(trace.stores, 0, trace.nowNs);
  const lifeNs = livedIn(time);
  const isTold = trace.header.certainty.states.kind !== 'unknown';
  const unknownNs = isTold ? time[LaneState.unknown] : 0;
  const lost: string[] = [];
  const clause = lossClause(trace);
  if (clause !== '') lost.push(`${clause}: there may have been more waits and hand-offs.`);
  if (unknownNs >= MUCH_UNKNOWN * lifeNs && unknownNs > 0) {
    const share = formatShare(unknownNs / lifeNs);
    lost.push(`${formatDuration(unknownNs)}, ${share} of the threads’ time, was not observed.`);
  }
  return lost;
}

/** Whether the run ended before its work was done: stuck, or cut off. Its duration says nothing then. */
export function isCutShort({ marks }: Pick<Trace, 'marks'>): boolean {
  return marks.some(({ kind }) => kind === 'deadlock' || kind === 'cut-off');
}
