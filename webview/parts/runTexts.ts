// The words and figures of a comparison: headers, the saved time, the verdict, the lines of `describe`.

import { lossText } from '../../src/core/insight/losses';
import { speedUpOf } from '../../src/core/insight/speedUp';
import type { Trace } from '../../src/core/model/trace';
import { formatDuration, formatShare, type Nanoseconds } from '../../src/core/units';
import { shortName } from '../../src/core/names';
import type { RunView } from '../model/runView';
import { figuresUpTo, metricsOf, savedText, speedUpText, type Saved } from '../words/figures';
import { changeText } from '../model/differences';
import type { RunFacts } from '../words/runFacts';
import type { RunSection } from './runSection';
import { comparedFigure } from '../words/timeLabels';

/** What is put in words. */
export interface FiguresFrame {
  readonly runs: readonly RunView[];
  readonly sections: readonly RunSection[];
  readonly facts: RunFacts;
  /** The run before, if it is in sight. */
  readonly ghostOf: (run: RunView) => RunView | undefined;
  /** The playhead, or `Infinity`. */
  readonly untilNs: Nanoseconds;
}

/** Fills the headers, and the white space of faster runs. */
export function showFigures(frame: FiguresFrame): void {
  const { runs, sections, facts, untilNs } = frame;
  const longestNs = Math.max(...runs.map(({ trace }) => trace.nowNs));
  const lines = describeRuns(runs, facts, untilNs);
  for (const section of sections) {
    const { index } = section;
    const run = runs[index];
    const figures = figuresUpTo(run.trace, facts.handOffsOf(run), untilNs);
    section.header.show(
      run.trace.header.title,
      subtitleOf(run.trace),
      metricsOf(figures, { ...comparedAt(frame, index), isBaseline: index === 0, longestNs }),
    );
    section.header.showPinned(run.pinned === true);
    section.showDifference(differenceAt(frame, index));
    section.describe(lines[index]);
    section.showSaved(index > 0 ? savedAt(frame, index) : savedByFirst(frame), run.trace.nowNs);
  }
}

/**
 * What the header does not say of the difference from the run before, or from the first run: the pinned one, or the
 * only other one. Of several, all would say it.
 */
function differenceAt(frame: FiguresFrame, index: number): readonly string[] {
  const { runs, facts, untilNs, ghostOf } = frame;
  const ghost = ghostOf(runs[index]);
  if (ghost && untilNs === Infinity && areComplete(ghost, runs[index])) {
    return ['Compared with the previous run:', ...sinceParts(frame, ghost, runs[index])];
  }
  const wanted = index > 0 && (runs[0].pinned === true || runs.length === 2);
  if (!wanted || untilNs !== Infinity || !areComplete(runs[0], runs[index])) return [];
  return ['All threads:', ...facts.pair(runs[0], runs[index]).parts];
}

/** The header has the figures of now only: those of the run before come first. */
function sinceParts({ facts }: FiguresFrame, ghost: RunView, run: RunView): readonly string[] {
  const [before, now] = [ghost, run].map(({ trace }) => formatDuration(trace.nowNs));
  const [a, b] = [ghost, run].map(of => facts.handOffsOf(of).countBefore(Infinity));
  const { parts, incomparable } = facts.pair(ghost, run);
  const wall = changeText(before, now);
  return [
    incomparable === '' ? wall : `${wall}, but ${incomparable}`,
    ...(a === b ? [] : [`hand-offs ${changeText(String(a), String(b))}`]),
    ...parts,
  ];
}

/** What is not exact is said beside the title, and so is what was lost. */
function subtitleOf(trace: Trace): string {
  const { header } = trace;
  const { states, handOffs } = header.certainty;
  const which = handOffs.kind === 'exact' ? 'hand-offs exact, states estimated' : 'estimated';
  const parts = [header.subtitle];
  if (header.openedFrom !== undefined) parts.push(`opened from ${shortName(header.openedFrom)}`);
  if (states.kind === 'sampled') parts.push(`sampled every ${formatDuration(states.intervalNs)}`);
  if (states.kind === 'estimated') parts.push(`${which}: ${states.how}`);
  if (states.kind === 'unknown') parts.push('nothing is known of the GIL');
  return [...parts, lossText(trace)].filter(part => part !== '').join(' · ');
}

/** One line a run: title, wall time, speed-up, share of waiting, hand-offs. */
export function describeRuns(
  runs: readonly RunView[],
  facts: RunFacts,
  untilNs: Nanoseconds,
): readonly string[] {
  return runs.map((run, index) => {
    const figures = figuresUpTo(run.trace, facts.handOffsOf(run), untilNs);
    const { speedUp, incomparable } = comparedAt({ runs, facts, untilNs }, index);
    const known = speedUp !== undefined || incomparable !== '';
    const { waitingShare, handOffs } = figures;
    const ofGil =
      waitingShare === undefined || handOffs === undefined
        ? 'nothing told of the GIL'
        : `${formatShare(waitingShare)} waiting for the GIL, ${handOffs} hand-offs`;
    const compared =
      index === 0 ? 'baseline' : known ? speedUpText(speedUp, incomparable) : 'still running';
    return `${run.trace.header.title}: ${formatDuration(figures.wallNs)}, ${compared}, ${ofGil}`;
  });
}

type Shown = Omit<FiguresFrame, 'sections' | 'ghostOf'>;

/** How a run compares with the first one; nothing while either goes on or the playhead has not reached both ends. */
function comparedAt(
  { runs, facts, untilNs }: Shown,
  index: number,
): { readonly speedUp: number | undefined; readonly incomparable: string } {
  const [baseline, run] = [runs[0], runs[index]];
  const ended =
    areComplete(baseline, run) && Math.max(baseline.trace.nowNs, run.trace.nowNs) <= untilNs;
  if (!ended) return { speedUp: undefined, incomparable: '' };
  const incomparable = index > 0 ? facts.pair(baseline, run).incomparable : '';
  return { speedUp: speedUpOf(baseline.trace.nowNs, run.trace.nowNs), incomparable };
}

function areComplete(...runs: readonly RunView[]): boolean {
  return runs.every(({ outcome }) => outcome === 'complete');
}

/** What stands beside the end of a run: how much earlier it was, or only when it was while that is not known. */
function savedAt(frame: Shown, index: number): Saved | undefined {
  const { runs, untilNs } = frame;
  const { trace, outcome } = runs[index];
  const baseline = runs[0].trace;
  if (outcome !== 'complete' || trace.nowNs > untilNs) return undefined;
  const { speedUp, incomparable } = comparedAt(frame, index);
  if (speedUp === undefined || incomparable !== '') {
    const done = comparedFigure(trace.nowNs, Math.max(trace.nowNs, baseline.nowNs));
    const but = incomparable === '' ? '' : `, but ${incomparable}`;
    return { big: '', small: `ended at ${done.value} ${done.unit}${but}` };
  }
  return savedText(trace.nowNs, { title: baseline.header.title, wallNs: baseline.nowNs });
}

/** What stands beside the end of the first run if another took longer: the slower one has no white space to say it in. */
function savedByFirst(frame: Shown): Saved | undefined {
  const { runs, facts, untilNs } = frame;
  const [{ trace }] = runs;
  const slowest = runs.reduce((a, b) => (b.trace.nowNs > a.trace.nowNs ? b : a));
  if (!areComplete(...runs) || slowest.trace.nowNs > untilNs) return undefined;
  if (slowest === runs[0] || facts.pair(runs[0], slowest).incomparable !== '') return undefined;
  return savedText(trace.nowNs, {
    title: slowest.trace.header.title,
    wallNs: slowest.trace.nowNs,
  });
}
