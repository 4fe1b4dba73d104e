// Where the rows of one run stand, in CSS pixels from the top of its picture. Pure.

import { firstIndex } from '../../src/core/search';
import { NO_LOCK, type LaneInfo } from '../../src/core/model/trace';
import { everyLane, type PlannedRow } from './lanePlan';

/** A row of the picture. */
export interface Row {
  readonly topPx: number;
  readonly heightPx: number;
}

/** A planned row with its place. What it draws is a lane, the sum of its lanes if it is folded, or nothing. */
export interface PlacedRow extends Row {
  readonly plan: PlannedRow;
  /** Height of what is below it: the same lanes in the run before. */
  readonly stripPx: number;
  /** The lanes whose time is drawn here. */
  readonly drawn: readonly number[];
}

/** The rows of a run: the ribbon of holders, the lanes, the cores. */
export interface RunLayout {
  readonly ribbon: Row;
  /** Lanes that compete for some GIL, by their rows in the ribbon; several lanes share one if there are many. */
  readonly holders: readonly { readonly lanes: readonly number[]; readonly row: Row }[];
  readonly laneCount: number;
  readonly rows: readonly PlacedRow[];
  /** For each lane the index of the row it is in: its own, or that of what it is folded into. */
  readonly rowOfLane: Int32Array;
  readonly lanesTopPx: number;
  readonly cores: Row;
  readonly heightPx: number;
}

/** Space between two rows of different kinds. */
const GAP_PX = 7;
const CORES_PX = 26;
const MAX_RIBBON_PX = 48;
const MIN_RIBBON_PX = 18;
/** Of the row above the lanes of an open group. */
const HEAD_PX = 24;

/** The height of a lane that is blocked nearly all the time, of that of others; never more than {@link HEAD_PX}. */
const LOW_SHARE = 0.6;

/** The lowest and the highest that a lane may be; below it one cannot hit it with a pointer. */
export const MIN_LANE_PX = 16;
export const MAX_LANE_PX = 44;
/** The highest where lanes have words on them. */
export const MAX_DETAIL_LANE_PX = 80;

/** Height of everything but the lanes. */
export function fixedHeightPx(lanes: readonly LaneInfo[], plan: readonly PlannedRow[]): number {
  const heads = plan.filter(isLow).length;
  return ribbonHeightPx(holderCount(lanes)) + GAP_PX + GAP_PX + CORES_PX + heads * HEAD_PX;
}

/** How many lanes the rows of a plan are as high as. */
export function laneRowCount(plan: readonly PlannedRow[]): number {
  const lowCount = plan.filter(({ low }) => low).length;
  return plan.length - plan.filter(isLow).length - (1 - LOW_SHARE) * lowCount;
}

/** How tall a lane with its gap may be so that `laneCount` of them fit into `availablePx`; bounded at both ends. */
export function lanePitchFor(laneCount: number, availablePx: number, mostPx = MAX_LANE_PX): number {
  const pitch = Math.floor(availablePx / Math.max(1, laneCount));
  return Math.min(mostPx + 5, Math.max(MIN_LANE_PX + 2, pitch));
}

/** Lays a run out; `lanePitchPx` is the height of a lane with its gap and a strip of `stripPx` below it. */
export function layOutRun(
  lanes: readonly LaneInfo[],
  lanePitchPx: number,
  plan: readonly PlannedRow[] = everyLane(lanes.length),
  stripPx = 0,
): RunLayout {
  const ribbon = { topPx: 0, heightPx: ribbonHeightPx(holderCount(lanes)) };
  const lanesTopPx = ribbon.heightPx + GAP_PX;
  // Where lanes are high there is room for an arrow between two neighbours.
  const arrowPx = Math.max(0, Math.round((lanePitchPx - MAX_LANE_PX - 5) * 0.4));
  const gapPx = arrowPx + Math.min(5, Math.max(2, Math.round(lanePitchPx * 0.18)));
  const rows = placeRows(plan, lanesTopPx, lanePitchPx, { gapPx, stripPx });
  const last = rows.at(-1);
  const coresTopPx =
    (last ? last.topPx + last.heightPx + last.stripPx : lanesTopPx - gapPx) + GAP_PX;
  return {
    ribbon,
    holders: placeHolders(lanes, ribbon),
    laneCount: lanes.length,
    rows,
    rowOfLane: rowOfLane(rows, lanes.length),
    lanesTopPx,
    cores: { topPx: coresTopPx, heightPx: CORES_PX },
    heightPx: coresTopPx + CORES_PX,
  };
}

/** The row that a lane is in. */
export function laneRow(layout: RunLayout, lane: number): Row {
  const index = layout.rowOfLane[lane] as number | undefined;
  return index === undefined || index < 0 ? NOWHERE : layout.rows[index];
}

/** The row at a height, or undefined between, above and below them. */
export function rowAtHeight({ rows }: RunLayout, yPx: number): PlacedRow | undefined {
  const row = rows.at(firstRowBelow(rows, yPx));
  return row && yPx >= row.topPx ? row : undefined;
}

/** The lane at a height, or undefined where none is alone; the rows of the ribbon count as their lanes. */
export function laneAtHeight(layout: RunLayout, yPx: number): number | undefined {
  const inRibbon = layout.holders.find(
    ({ row }) => yPx >= row.topPx && yPx < row.topPx + row.heightPx,
  );
  const lanes = inRibbon ? inRibbon.lanes : (rowAtHeight(layout, yPx)?.drawn ?? []);
  return lanes.length === 1 ? lanes[0] : undefined;
}

/** The rows of which a part lies between two heights. */
export function rowsBetween(layout: RunLayout, topPx: number, bottomPx: number): PlacedRow[] {
  const { rows } = layout;
  const first = firstRowBelow(rows, topPx);
  let end = first;
  while (end < rows.length && rows[end].topPx < bottomPx) end++;
  return rows.slice(first, end);
}

const NOWHERE: Row = { topPx: -1000, heightPx: 0 };

/** Index of the first row that ends below a height. */
function firstRowBelow(rows: readonly PlacedRow[], yPx: number): number {
  return firstIndex(0, rows.length, i => rows[i].topPx + rows[i].heightPx > yPx);
}

/** Whether a row only names the lanes below it. */
function isHead(plan: PlannedRow): boolean {
  return plan.kind !== 'lane' && !plan.folded;
}

/** Whether a row is as low as a head: idle lanes are not worth more, folded or not, nor those that are not there. */
function isLow(plan: PlannedRow): boolean {
  return plan.kind === 'idle' || plan.kind === 'gap' || isHead(plan);
}

function placeRows(
  plan: readonly PlannedRow[],
  fromPx: number,
  pitchPx: number,
  { gapPx, stripPx }: { readonly gapPx: number; readonly stripPx: number },
): PlacedRow[] {
  const lowPx = Math.max(MIN_LANE_PX, Math.min(HEAD_PX, Math.round(LOW_SHARE * pitchPx)) - 2);
  let topPx = fromPx;
  return plan.map(row => {
    const full = !isLow(row) && !row.low;
    const belowPx = full ? stripPx : 0;
    const heightPx = isLow(row) ? HEAD_PX - 2 : row.low ? lowPx : pitchPx - gapPx - belowPx;
    const drawn = isHead(row) ? [] : row.lanes;
    const placed = { plan: row, drawn, topPx, heightPx, stripPx: belowPx };
    topPx += heightPx + belowPx + (isLow(row) ? 2 : gapPx);
    return placed;
  });
}

function rowOfLane(rows: readonly PlacedRow[], laneCount: number): Int32Array {
  const found = new Int32Array(laneCount).fill(-1);
  rows.forEach(({ drawn }, index) => {
    for (const lane of drawn) found[lane] = index;
  });
  return found;
}

function holderCount(lanes: readonly LaneInfo[]): number {
  return lanes.reduce((count, lane) => count + (lane.gil === NO_LOCK ? 0 : 1), 0);
}

function ribbonHeightPx(count: number): number {
  return Math.min(MAX_RIBBON_PX, Math.max(MIN_RIBBON_PX, count * 6));
}

function placeHolders(lanes: readonly LaneInfo[], ribbon: Row): RunLayout['holders'] {
  const competing = lanes.flatMap((lane, index) => (lane.gil === NO_LOCK ? [] : [index]));
  const each = Math.max(1, Math.ceil(competing.length / ribbon.heightPx));
  const count = Math.ceil(competing.length / each);
  const heightPx = ribbon.heightPx / Math.max(1, count);
  return Array.from({ length: count }, (_, i) => ({
    lanes: competing.slice(i * each, (i + 1) * each),
    row: { topPx: ribbon.topPx + i * heightPx, heightPx },
  }));
}
