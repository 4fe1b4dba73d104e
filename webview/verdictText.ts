// The sentence above the runs: what the first run suffers from, and what the others made of it.

import { isCrowdedOut, takenShareOf } from '../src/core/coreShare';
import { isCutShort } from '../src/core/notices';
import { verdictOf } from '../src/core/verdict';
import { formatDuration, formatShare } from '../src/core/units';
import type { RunView } from './comparison';
import { formatTimes, speedUpOf } from './figures';

/** Below this, two runs take the same time. */
const CLEARLY = 1.05;

/** The sentence for a complete comparison; empty without runs. Walks whole traces: ask once. */
export function verdictText(runs: readonly RunView[]): string {
  if (runs.length === 0) return '';
  const verdict = verdictOf(runs[0].trace);
  const others = runs.slice(1).map(run => comparedText(runs[0], run));
  const { change } = verdict;
  // Another runtime or interval is no news where other runs already show what they would do.
  const told = change.kind === 'none' || (runs.length > 1 && change.kind !== 'program');
  return [verdict.sentence, ...others, told ? '' : change.what]
    .filter(part => part !== '')
    .join(' ');
}

function comparedText(baseline: RunView, run: RunView): string {
  const { title } = run.trace.header;
  const took = formatDuration(run.trace.nowNs);
  const isOtherCut = isCutShort(baseline.trace);
  if (isCutShort(run.trace))
    return `${title} does not come to its end${isOtherCut ? ' either' : ''}.`;
  if (isOtherCut) return `${title} comes to its end after ${took}.`;
  const factor = speedUpOf(baseline.trace.nowNs, run.trace.nowNs);
  if (factor === undefined) return '';
  const unfair = unfairText(baseline, run);
  if (unfair !== '') return `${title} takes ${took}, ${unfair}.`;
  if (factor >= CLEARLY)
    return `${title} does the same work in ${took}, ${formatTimes(factor)} faster.`;
  if (factor > 1 / CLEARLY) return `${title} takes about as long.`;
  return `${title} takes ${took}, ${formatTimes(1 / factor)} as long: what it costs is more than what it saves.`;
}

/** Why two runs cannot be compared although both came to their end: other programs took the cores. Else empty. */
function unfairText(baseline: RunView, run: RunView): string {
  const taken = takenShareOf(run.trace);
  if (isCrowdedOut(taken)) {
    return `but other programs had ${formatShare(taken)} of the core time it could have used: no fair comparison`;
  }
  if (!isCrowdedOut(takenShareOf(baseline.trace))) return '';
  return `but other programs had the cores while ${baseline.trace.header.title} ran: no fair comparison`;
}
