// The run before the shown one: which it is, and where its lanes are drawn below those of now. Pure.

import type { Trace } from '../../src/core/model/trace';
import { matchLanes } from './laneMatch';
import type { PlacedRow, Row, RunLayout } from './runLayout';
import type { ComparisonView } from './runView';
import type { RunView } from './runView';

/** Larger runs are not kept in sight: drawing them as well would cost frames. */
const MOST_SEGMENTS = 300_000;

/**
 * For each run of a comparison the same of the one before, if that looked otherwise. None where a person has chosen what
 * is compared: a pinned run, or two of all.
 */
export function ghostsOf(
  before: ComparisonView | undefined,
  now: ComparisonView | undefined,
): ReadonlyMap<RunView, RunView> {
  const found = new Map<RunView, RunView>();
  if (now?.runs.some(isChosen)) return found;
  const rest = (before?.runs ?? []).filter(run => !isChosen(run));
  for (const run of now?.runs ?? []) {
    const at = rest.findIndex(other => isSameKind(other, run));
    if (at < 0) continue;
    const [ghost] = rest.splice(at, 1);
    if (!isTooLarge(ghost.trace) && !isAlike(ghost, run)) found.set(run, ghost);
  }
  return found;
}

function isChosen({ pinned, of }: RunView): boolean {
  return pinned === true || of !== undefined;
}

function isSameKind(before: RunView, now: RunView): boolean {
  const [a, b] = [before.trace.header, now.trace.header];
  return before.id !== now.id && a.engine === b.engine && a.runtime === b.runtime;
}

function isTooLarge({ stores }: Trace): boolean {
  return stores.reduce((sum, { count }) => sum + count, 0) > MOST_SEGMENTS;
}

/** What is the same to the nanosecond in its length and in all counts is the same run again. */
function isAlike({ trace: a }: RunView, { trace: b, outcome }: RunView): boolean {
  return (
    outcome !== 'running' &&
    a.nowNs === b.nowNs &&
    a.stores.length === b.stores.length &&
    a.stores.every(({ count }, lane) => count === b.stores[lane].count)
  );
}

/** Height of the strip below each lane, with the space above it. */
export function stripPxFor(lanePitchPx: number): number {
  return Math.max(6, Math.round(lanePitchPx * 0.22));
}

/** Where the strip below a row is drawn; undefined where it has none. */
export function stripOf({ topPx, heightPx, stripPx }: PlacedRow): Row | undefined {
  return stripPx > 0 ? { topPx: topPx + heightPx + 1, heightPx: stripPx - 1 } : undefined;
}

/** A layout whose rows draw the same lanes of the run before, each at a place that follows from its row of now. */
export function layoutBefore(
  layout: RunLayout,
  before: Trace,
  now: Trace,
  place: (row: PlacedRow) => Row | undefined,
): RunLayout {
  const { laneBefore } = matchLanes(before.lanes, now.lanes);
  const none = { topPx: layout.heightPx + 1, heightPx: 0 };
  return {
    ...layout,
    ribbon: none,
    holders: [],
    cores: none,
    rows: layout.rows.map(row => {
      const at = place(row);
      const drawn = row.drawn.map(lane => laneBefore[lane] ?? -1).filter(lane => lane >= 0);
      return { ...row, ...at, drawn: at ? drawn : [] };
    }),
  };
}
