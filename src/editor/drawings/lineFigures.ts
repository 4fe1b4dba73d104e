// What a run says of source lines: how long threads were there, doing what, and whom they made wait.

import { NOBODY, blameInSlices, type BlameRow } from '../../core/insight/blame';
import { statisticsOf } from '../../core/insight/statistics';
import type { Trace } from '../../core/model/trace';
import type { Nanoseconds } from '../../core/units';

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

/** Figures of every line of the files that are meant which some thread of the run came to, by line number. O(segments + events). */
export function figuresByLine(
  trace: Trace,
  isHere: (file: string) => boolean,
): ReadonlyMap<number, LineFigures> {
  const slices = figuresInSlices(trace, isHere);
  let slice = slices.next();
  while (!slice.done) slice = slices.next();
  return slice.value;
}

/** The same in slices of some milliseconds, for the extension host. */
export function* figuresInSlices(
  trace: Trace,
  isHere: (file: string) => boolean,
): Generator<undefined, ReadonlyMap<number, LineFigures>> {
  const { rows } = yield* blameInSlices(trace);
  const victims = blamedByLine(trace, victimsByLine(trace, rows, isHere));
  yield undefined;
  const figures = new Map<number, LineFigures>();
  for (const { position, heldNs, waitedNs, waitedForLockNs, freeNs, blockedNs } of statisticsOf(
    trace,
  ).lines) {
    const { file, line } = trace.positions[position];
    if (line < 1 || !isHere(file)) continue;
    const before = figures.get(line);
    figures.set(line, {
      heldNs: heldNs + (before?.heldNs ?? 0),
      waitedNs: waitedNs + (before?.waitedNs ?? 0),
      waitedForLockNs: waitedForLockNs + (before?.waitedForLockNs ?? 0),
      freeNs: freeNs + (before?.freeNs ?? 0),
      blockedNs: blockedNs + (before?.blockedNs ?? 0),
      ...(victims.get(line) ?? NOBODY_WAITED),
    });
  }
  return figures;
}

type Blamed = Pick<LineFigures, 'madeWaitNs' | 'victims'>;

const NOBODY_WAITED: Blamed = { madeWaitNs: 0, victims: [] };

/** Sorted once for each line: a line can have as many positions as a file has records. */
function blamedByLine(
  trace: Trace,
  lines: ReadonlyMap<number, ReadonlyMap<number, Nanoseconds>>,
): ReadonlyMap<number, Blamed> {
  return new Map([...lines].map(([line, victims]) => [line, blamed(trace, victims)]));
}

/** Per line, how long which lane waited while another held the GIL there. */
function victimsByLine(
  trace: Trace,
  rows: readonly BlameRow[],
  isHere: (file: string) => boolean,
): Map<number, Map<number, Nanoseconds>> {
  const lines = new Map<number, Map<number, Nanoseconds>>();
  for (const { victim, culprit, position, ns } of rows) {
    const { file, line } = trace.positions[position];
    if (culprit === NOBODY || culprit === victim || !isHere(file)) continue;
    const victims = lines.get(line) ?? new Map<number, Nanoseconds>();
    victims.set(victim, (victims.get(victim) ?? 0) + ns);
    lines.set(line, victims);
  }
  return lines;
}

function blamed(trace: Trace, victims: ReadonlyMap<number, Nanoseconds>): Blamed {
  const sorted = [...victims].sort(([, a], [, b]) => b - a);
  return {
    madeWaitNs: sorted.reduce((sum, [, ns]) => sum + ns, 0),
    victims: sorted.map(([lane, ns]) => ({ name: trace.lanes[lane].name, ns })),
  };
}
