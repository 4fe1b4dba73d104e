// The words and figures of a comparison: headers, the saved time, the verdict, the lines of `describe`.

import type { Trace } from '../src/core/trace';
import { formatDuration, formatShare, type Nanoseconds } from '../src/core/units';
import type { RunView } from './comparison';
import {
  differenceText,
  figuresUpTo,
  formatTimes,
  metricsOf,
  savedText,
  speedUpOf,
} from './figures';
import type { HandOffIndex } from './handOffs';
import type { RunSection } from './runSection';
import { comparedFigure } from './timeLabels';

/** What is put in words. */
export interface FiguresFrame {
  readonly runs: readonly RunView[];
  readonly sections: readonly RunSection[];
  readonly handOffsOf: (run: RunView) => HandOffIndex;
  /** The playhead, or `Infinity`. */
  readonly untilNs: Nanoseconds;
}

/** Fills the headers, and the white space of faster runs. */
export function showFigures(frame: FiguresFrame): void {
  const { runs, sections, untilNs } = frame;
  const longestNs = Math.max(...runs.map(({ trace }) => trace.nowNs));
  const lines = describeRuns(runs, frame.handOffsOf, untilNs);
  for (const section of sections) {
    const { index } = section;
    const run = runs[index];
    const figures = figuresUpTo(run.trace, frame.handOffsOf(run), untilNs);
    const speedUp = speedUpAt(runs, index, untilNs);
    const { title } = run.trace.header;
    section.header.show(
      title,
      subtitleOf(run.trace),
      metricsOf(figures, { speedUp, isBaseline: index === 0, longestNs }),
    );
    section.header.showPinned(run.pinned === true);
    const compared =
      index > 0 && (runs[0].pinned === true || runs.length === 2) && untilNs === Infinity;
    const base = compared && figuresUpTo(runs[0].trace, frame.handOffsOf(runs[0]), untilNs);
    section.showDifference(base ? differenceText(runs[0].trace.header.title, base, figures) : '');
    section.describe(lines[index]);
    section.showSaved(index > 0 ? savedAt(runs, index, untilNs) : undefined, run.trace.nowNs);
  }
}

/** What is not exact is said beside the title, and so is what was lost. */
function subtitleOf({ header, droppedCount }: Trace): string {
  const { states, handOffs } = header.certainty;
  const which = handOffs.kind === 'exact' ? 'hand-offs exact, states estimated' : 'estimated';
  const parts = [header.subtitle];
  if (states.kind === 'sampled') parts.push(`sampled every ${formatDuration(states.intervalNs)}`);
  if (states.kind === 'estimated') parts.push(`${which}: ${states.how}`);
  if (droppedCount > 0) parts.push(`${droppedCount.toLocaleString('en')} events lost`);
  return parts.join(' · ');
}

/** One line a run: title, wall time, speed-up, share of waiting, hand-offs. */
export function describeRuns(
  runs: readonly RunView[],
  handOffsOf: (run: RunView) => HandOffIndex,
  untilNs: Nanoseconds,
): readonly string[] {
  return runs.map((run, index) => {
    const figures = figuresUpTo(run.trace, handOffsOf(run), untilNs);
    const speedUp = speedUpAt(runs, index, untilNs);
    const compared =
      index === 0
        ? 'baseline'
        : speedUp === undefined
          ? 'still running'
          : `${formatTimes(speedUp)} speed-up`;
    const waiting = `${formatShare(figures.waitingShare)} waiting for the GIL`;
    return `${run.trace.header.title}: ${formatDuration(figures.wallNs)}, ${compared}, ${waiting}, ${figures.handOffs} hand-offs`;
  });
}

/** How many times as fast as the first run; undefined while either goes on or the playhead has not reached both ends. */
function speedUpAt(
  runs: readonly RunView[],
  index: number,
  untilNs: Nanoseconds,
): number | undefined {
  const [baseline, run] = [runs[0], runs[index]];
  const ended = [baseline, run].every(
    ({ outcome, trace }) => outcome === 'complete' && trace.nowNs <= untilNs,
  );
  return ended ? speedUpOf(baseline.trace.nowNs, run.trace.nowNs) : undefined;
}

/** What stands beside the end of a run: how much earlier it was, or only when it was while that is not known. */
function savedAt(
  runs: readonly RunView[],
  index: number,
  untilNs: Nanoseconds,
): { readonly big: string; readonly small: string } | undefined {
  const { trace, outcome } = runs[index];
  const baseline = runs[0].trace;
  if (outcome !== 'complete' || trace.nowNs > untilNs) return undefined;
  if (speedUpAt(runs, index, untilNs) === undefined) {
    const done = comparedFigure(trace.nowNs, Math.max(trace.nowNs, baseline.nowNs));
    return { big: '', small: `done at ${done.value} ${done.unit}` };
  }
  return savedText(trace.nowNs, { title: baseline.header.title, wallNs: baseline.nowNs });
}
