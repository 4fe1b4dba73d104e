// Walking through the spans of a comparison by keys. Pure: a place goes in, the next place comes out.

import type { RunView } from './runView';
import type { HandOffIndex } from './handOffs';
import { spanOfHandOff } from './handOffs';
import type { ChosenSpan } from './span';
import type { Nanoseconds } from '../../src/core/units';

const SPAN_STEPS = [
  'nextSpan',
  'previousSpan',
  'laneBelow',
  'laneAbove',
  'firstSpan',
  'lastSpan',
] as const;

/** Steps that arrow keys take from the chosen span. */
export type SpanStep = (typeof SPAN_STEPS)[number];

/** Tells steps from other actions of keys. */
export function isSpanStep(action: string): action is SpanStep {
  return SPAN_STEPS.some(step => step === action);
}

/** What stepping must know besides. */
export interface Surroundings {
  /** Where the window begins. */
  readonly startNs: Nanoseconds;
  /** The lanes of a run that have rows of their own, from top to bottom. */
  readonly lanesOf: (run: RunView) => readonly number[];
}

/** The span after a step; from nowhere, the span of the first lane at `startNs`. Undefined if there is no lane at all. */
export function stepSpan(
  runs: readonly RunView[],
  start: ChosenSpan | undefined,
  step: SpanStep,
  { startNs, lanesOf }: Surroundings,
): ChosenSpan | undefined {
  if (!start || !exists(runs, start)) return firstSpan(runs, { startNs, lanesOf });
  const from = { run: start.run, lane: start.lane, segment: start.segment };
  const store = runs[from.run].trace.stores[from.lane];
  switch (step) {
    case 'nextSpan':
      return { ...from, segment: Math.min(store.count - 1, from.segment + 1) };
    case 'previousSpan':
      return { ...from, segment: Math.max(0, from.segment - 1) };
    case 'firstSpan':
      return { ...from, segment: 0 };
    case 'lastSpan':
      return { ...from, segment: store.count - 1 };
    case 'laneBelow':
      return otherLane(runs, from, 1, lanesOf);
    case 'laneAbove':
      return otherLane(runs, from, -1, lanesOf);
  }
}

/** Whether the span is still there: runs are replaced under the person's hands. */
export function exists(runs: readonly RunView[], span: ChosenSpan): boolean {
  const store = runs.at(span.run)?.trace.stores.at(span.lane);
  return store !== undefined && span.segment < store.count;
}

/** A hand-off: when, and the span that begins by it. */
export interface HandOff {
  readonly timeNs: Nanoseconds;
  readonly span: ChosenSpan;
}

/** The hand-off of a run that follows (`1`) or precedes (`-1`) a time, or undefined. */
export function handOffFrom(
  run: RunView,
  runIndex: number,
  handOffs: HandOffIndex,
  from: { readonly timeNs: Nanoseconds; readonly direction: 1 | -1 },
): HandOff | undefined {
  const before = handOffs.countBefore(from.timeNs);
  const isHere = before < handOffs.count && handOffs.timeOf(before) === from.timeNs;
  const index = from.direction === 1 ? (isHere ? before + 1 : before) : before - 1;
  if (index < 0 || index >= handOffs.count) return undefined;
  return handOffAt(run, runIndex, handOffs, index);
}

/** Hand-off `index` of a run. */
export function handOffAt(
  run: RunView,
  runIndex: number,
  handOffs: HandOffIndex,
  index: number,
): HandOff {
  const span = { run: runIndex, ...spanOfHandOff(run.trace, handOffs, index) };
  return { timeNs: handOffs.timeOf(index), span };
}

function firstSpan(
  runs: readonly RunView[],
  { startNs, lanesOf }: Surroundings,
): ChosenSpan | undefined {
  const run = runs.findIndex(view => lanesOf(view).length > 0);
  if (run < 0) return undefined;
  const [lane] = lanesOf(runs[run]);
  return { run, lane, segment: Math.max(0, runs[run].trace.stores[lane].segmentAt(startNs)) };
}

/** The span of the lane above or below, of this run or its neighbour, at the same time. */
function otherLane(
  runs: readonly RunView[],
  from: ChosenSpan,
  direction: 1 | -1,
  lanesOf: Surroundings['lanesOf'],
): ChosenSpan {
  const timeNs = runs[from.run].trace.stores[from.lane].startOf(from.segment);
  let { run } = from;
  // A lane that is folded away counts as one above the first.
  const next = lanesOf(runs[run]).indexOf(from.lane) + direction;
  let lane = next < 0 ? undefined : lanesOf(runs[run]).at(next);
  if (lane === undefined) {
    run += direction;
    const lanes = run >= 0 && run < runs.length ? lanesOf(runs[run]) : [];
    lane = direction === 1 ? lanes.at(0) : lanes.at(-1);
  }
  if (lane === undefined) return from;
  return { run, lane, segment: Math.max(0, runs[run].trace.stores[lane].segmentAt(timeNs)) };
}
