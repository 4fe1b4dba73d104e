// Where the rows of one run stand, in CSS pixels from the top of its picture. Pure.

import { NO_LOCK, type LaneInfo } from '../src/core/trace';

/** A row of the picture. */
export interface Row {
  readonly topPx: number;
  readonly heightPx: number;
}

/** The rows of a run: the ribbon of holders, the lanes, the cores. */
export interface RunLayout {
  readonly ribbon: Row;
  /** Lanes that compete for some GIL, each with its row in the ribbon; several lanes share one if there are many. */
  readonly holders: readonly { readonly lane: number; readonly row: Row }[];
  readonly laneCount: number;
  readonly lanesTopPx: number;
  readonly laneHeightPx: number;
  readonly lanePitchPx: number;
  readonly cores: Row;
  readonly heightPx: number;
}

/** Space between two rows of different kinds. */
const GAP_PX = 7;
const CORES_PX = 26;
const MAX_RIBBON_PX = 48;
const MIN_RIBBON_PX = 18;

/** The lowest and the highest that a lane may be; below it one cannot hit it with a pointer. */
export const MIN_LANE_PX = 16;
export const MAX_LANE_PX = 44;
/** The highest where lanes have words on them. */
export const MAX_DETAIL_LANE_PX = 80;

/** Height of everything but the lanes. */
export function fixedHeightPx(lanes: readonly LaneInfo[]): number {
  return ribbonHeightPx(holderCount(lanes)) + GAP_PX + GAP_PX + CORES_PX;
}

/** How tall a lane with its gap may be so that `laneCount` of them fit into `availablePx`; bounded at both ends. */
export function lanePitchFor(laneCount: number, availablePx: number, mostPx = MAX_LANE_PX): number {
  const pitch = Math.floor(availablePx / Math.max(1, laneCount));
  return Math.min(mostPx + 5, Math.max(MIN_LANE_PX + 2, pitch));
}

/** Lays a run out; `lanePitchPx` is the height of a lane with its gap. */
export function layOutRun(lanes: readonly LaneInfo[], lanePitchPx: number): RunLayout {
  const laneHeightPx = lanePitchPx - Math.min(5, Math.max(2, Math.round(lanePitchPx * 0.18)));
  const ribbon = { topPx: 0, heightPx: ribbonHeightPx(holderCount(lanes)) };
  const lanesTopPx = ribbon.heightPx + GAP_PX;
  const coresTopPx =
    lanesTopPx + lanes.length * lanePitchPx + GAP_PX - (lanePitchPx - laneHeightPx);
  return {
    ribbon,
    holders: placeHolders(lanes, ribbon),
    laneCount: lanes.length,
    lanesTopPx,
    laneHeightPx,
    lanePitchPx,
    cores: { topPx: coresTopPx, heightPx: CORES_PX },
    heightPx: coresTopPx + CORES_PX,
  };
}

/** The row of a lane. */
export function laneRow(layout: RunLayout, lane: number): Row {
  return {
    topPx: layout.lanesTopPx + lane * layout.lanePitchPx,
    heightPx: layout.laneHeightPx,
  };
}

/** The lane at a height, or undefined above, below and in the ribbon (whose rows count as their lanes). */
export function laneAtHeight(layout: RunLayout, yPx: number): number | undefined {
  const inRibbon = layout.holders.find(
    ({ row }) => yPx >= row.topPx && yPx < row.topPx + row.heightPx,
  );
  if (inRibbon) return inRibbon.lane;
  const lane = Math.floor((yPx - layout.lanesTopPx) / layout.lanePitchPx);
  return lane >= 0 && lane < layout.laneCount ? lane : undefined;
}

function holderCount(lanes: readonly LaneInfo[]): number {
  return lanes.reduce((count, lane) => count + (lane.gil === NO_LOCK ? 0 : 1), 0);
}

function ribbonHeightPx(count: number): number {
  return Math.min(MAX_RIBBON_PX, Math.max(MIN_RIBBON_PX, count * 6));
}

function placeHolders(lanes: readonly LaneInfo[], ribbon: Row): RunLayout['holders'] {
  const competing = lanes.flatMap((lane, index) => (lane.gil === NO_LOCK ? [] : [index]));
  const heightPx = ribbon.heightPx / Math.max(1, competing.length);
  return competing.map((lane, i) => ({
    lane,
    row: { topPx: ribbon.topPx + i * heightPx, heightPx },
  }));
}
