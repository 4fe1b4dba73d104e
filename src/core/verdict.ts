// What a trace means, in one plain sentence: its class, the spans that prove it, and the one change to try.
//
//   verdictOf(trace)   for any engine's trace; asks blame and statistics

import { blameOf, NOBODY, type BlameRow } from './blame';
import { statisticsOf, type TraceStatistics } from './statistics';
import type { Trace } from './trace';
import { formatDuration, formatShare } from './units';

/** What kind of story a trace tells. */
export type VerdictClass = 'serialised' | 'no-problem' | 'io-bound' | 'stuck';

export interface Verdict {
  readonly class: VerdictClass;
  /** One sentence for people. */
  readonly sentence: string;
  /** One change to try; empty when there is nothing to change. */
  readonly suggestion: string;
  /** Rows of the blame table that prove it, the worst first. */
  readonly evidence: readonly BlameRow[];
}

/** From this share of the lanes' lives on, waiting for the GIL is the story. */
const MUCH_WAITING = 0.1;

/** The verdict on a trace. */
export function verdictOf(trace: Trace): Verdict {
  const statistics = statisticsOf(trace);
  const deadlock = trace.marks.find(mark => mark.startsWith('Deadlock'));
  if (deadlock !== undefined) {
    return {
      class: 'stuck',
      sentence: deadlock,
      suggestion: 'Take the locks in one order everywhere.',
      evidence: [],
    };
  }
  if (statistics.waitingShare >= MUCH_WAITING) return serialised(trace, statistics);
  const blockedNs = statistics.lanes.reduce((sum, lane) => sum + lane.blockedNs, 0);
  const lifeNs = statistics.lanes.reduce((sum, lane) => sum + lane.lifeNs, 0);
  if (blockedNs > lifeNs / 2 && statistics.effectiveCores < 0.5) {
    return {
      class: 'io-bound',
      sentence: `The threads mostly wait for I/O; the GIL costs them ${formatShare(statistics.waitingShare)} of their time.`,
      suggestion: '',
      evidence: [],
    };
  }
  return {
    class: 'no-problem',
    sentence: `Nobody waits long for the GIL; ${statistics.effectiveCores.toFixed(1)} of ${trace.header.cores} cores are busy.`,
    suggestion: '',
    evidence: [],
  };
}

function serialised(trace: Trace, statistics: TraceStatistics): Verdict {
  const evidence = blameOf(trace)
    .filter(row => row.culprit !== NOBODY)
    .slice(0, 5);
  const waitedNs = statistics.lanes.reduce((sum, lane) => sum + lane.waitedNs, 0);
  return {
    class: 'serialised',
    sentence:
      `The GIL lets one thread compute at a time: the threads spend ${formatShare(statistics.waitingShare)} of their ` +
      `time waiting for it (${formatDuration(waitedNs)} in all), and ${statistics.effectiveCores.toFixed(1)} of ` +
      `${trace.header.cores} cores are busy.`,
    suggestion: 'Move the computing into processes, or into code that releases the GIL.',
    evidence,
  };
}
