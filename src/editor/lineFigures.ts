// What a run says of one source line: how long threads were there, doing what, and whom they made wait.

import { blameOf } from '../core/blame';
import { statisticsOf, type LineStatistics } from '../core/statistics';
import type { Trace } from '../core/trace';
import type { Nanoseconds } from '../core/units';

/** Times of all threads together, in ns, at one line of one run. */
export interface LineFigures {
  readonly heldNs: Nanoseconds;
  readonly waitedNs: Nanoseconds;
  readonly waitedForLockNs: Nanoseconds;
  readonly freeNs: Nanoseconds;
  readonly blockedNs: Nanoseconds;
  /** Waiting of other lanes while somebody held the GIL at this line. */
  readonly madeWaitNs: Nanoseconds;
  /** Those lanes by name, the longest wait first. */
  readonly victims: readonly { readonly name: string; readonly ns: Nanoseconds }[];
}

/** Undefined if no thread of the run came to that line. */
export function lineFigures(trace: Trace, file: string, line: number): LineFigures | undefined {
  const isHere = (position: number) =>
    trace.positions[position].line === line && trace.positions[position].file === file;
  const lines = statisticsOf(trace).lines.filter(({ position }) => isHere(position));
  if (lines.length === 0) return undefined;
  const sum = (pick: (line: LineStatistics) => number) =>
    lines.reduce((total, line) => total + pick(line), 0);
  const victims = new Map<number, number>();
  for (const { victim, culprit, position, ns } of blameOf(trace)) {
    if (culprit >= 0 && culprit !== victim && isHere(position)) {
      victims.set(victim, (victims.get(victim) ?? 0) + ns);
    }
  }
  return {
    heldNs: sum(({ heldNs }) => heldNs),
    waitedNs: sum(({ waitedNs }) => waitedNs),
    waitedForLockNs: sum(({ waitedForLockNs }) => waitedForLockNs),
    freeNs: sum(({ freeNs }) => freeNs),
    blockedNs: sum(({ blockedNs }) => blockedNs),
    madeWaitNs: [...victims.values()].reduce((total, ns) => total + ns, 0),
    victims: [...victims]
      .sort(([, a], [, b]) => b - a)
      .map(([lane, ns]) => ({ name: trace.lanes[lane].name, ns })),
  };
}
