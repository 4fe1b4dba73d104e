// Columns of coverage to pixels. Writes 32-bit pixels into a plain array: no canvas here, so it is tested as numbers.

import { LANE_STATE_COUNT, LaneState, usesCore } from '../src/core/lanes';
import { STATE_LOOKS } from './stateLooks';

/** A picture as an `ImageData` has it: one 32-bit word (ABGR, little-endian) a pixel, row by row. */
export interface Raster {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: Uint32Array;
}

/** The pixel of each state, by its number. */
export interface StateInks {
  readonly colors: Uint32Array;
  /** 1 where the state is hatched. */
  readonly hatched: Uint8Array;
  readonly coresBusy: number;
}

/** Time of each state in each column, as `coverColumns` fills it, and how long a column is. */
export interface Covered {
  readonly coverage: Float64Array;
  readonly nsPerColumn: number;
}

/** A horizontal strip of a raster, in its pixels. May lie partly outside. */
export interface Strip {
  readonly topPx: number;
  readonly heightPx: number;
}

const CORE_STATES = Object.values(LaneState).filter(usesCore);

/** Less than this share of a column is rounding noise of the prefix sums, not time. */
const NOISE = 1e-9;

/** What a column is filled with. One object for a whole strip: these loops run a million times a frame. */
interface Pen {
  readonly raster: Raster;
  color: number;
  hatched: boolean;
}

const heights = new Int32Array(STATE_LOOKS.length);

/**
 * Draws a lane: in each column every state as a bar of (share of the column × weight × lane height), one on another
 * from the bottom. A state that occurs at all gets at least one pixel, taken from the tallest.
 */
export function drawLane(
  raster: Raster,
  strip: Strip,
  inks: StateInks,
  { coverage, nsPerColumn }: Covered,
): void {
  const pen: Pen = { raster, color: 0, hatched: false };
  for (let x = 0; x < raster.widthPx; x++) {
    if (!measure(coverage, x * LANE_STATE_COUNT, nsPerColumn, strip.heightPx)) continue;
    let bottom = strip.topPx + strip.heightPx;
    for (let i = 0; i < STATE_LOOKS.length; i++) {
      if (heights[i] === 0) continue;
      const top = bottom - heights[i];
      const state = STATE_LOOKS[i].state;
      pen.color = inks.colors[state];
      pen.hatched = inks.hatched[state] === 1;
      fill(pen, x, top, bottom);
      bottom = top;
    }
  }
}

/** Draws one row of the ribbon: how much of each column this lane held its GIL, as opacity. */
export function drawHolder(
  raster: Raster,
  strip: Strip,
  color: number,
  { coverage, nsPerColumn }: Covered,
): void {
  const rgb = color & 0xffffff;
  const pen: Pen = { raster, color, hatched: false };
  for (let x = 0; x < raster.widthPx; x++) {
    const share = coverage[x * LANE_STATE_COUNT + LaneState.runningWithGil] / nsPerColumn;
    if (share < NOISE) continue;
    const alpha = Math.round(255 * Math.min(1, 0.35 + 0.65 * share));
    pen.color = (rgb | (alpha << 24)) >>> 0;
    fill(pen, x, strip.topPx, strip.topPx + strip.heightPx);
  }
}

/** Adds the time in which a lane used a core to `busyNs`, one number a column. */
export function addBusyTime(coverage: Float64Array, busyNs: Float64Array): void {
  for (let x = 0; x < busyNs.length; x++) {
    for (const state of CORE_STATES) busyNs[x] += coverage[x * LANE_STATE_COUNT + state];
  }
}

/** Draws how many of the cores are busy as an area from the bottom of the strip; `fullNs` is a column of all cores. */
export function drawCores(
  raster: Raster,
  strip: Strip,
  color: number,
  { busyNs, fullNs }: { readonly busyNs: Float64Array; readonly fullNs: number },
): void {
  const pen: Pen = { raster, color, hatched: false };
  for (let x = 0; x < raster.widthPx; x++) {
    const share = Math.min(1, busyNs[x] / fullNs);
    if (share < NOISE) continue;
    const bottom = strip.topPx + strip.heightPx;
    const top = bottom - Math.max(1, Math.round(share * strip.heightPx));
    fill(pen, x, top, bottom);
  }
}

/** Fills `heights` for one column; false if it is empty. */
function measure(
  coverage: Float64Array,
  at: number,
  nsPerColumn: number,
  laneHeight: number,
): boolean {
  let total = 0;
  let edge = 0;
  let tallest = 0;
  for (let i = 0; i < STATE_LOOKS.length; i++) {
    const share = coverage[at + STATE_LOOKS[i].state] / nsPerColumn;
    if (share < NOISE) {
      heights[i] = 0;
      continue;
    }
    // Rounding the edge rather than each height keeps the sum right.
    const nextEdge = edge + share * STATE_LOOKS[i].weight * laneHeight;
    heights[i] = Math.max(1, Math.round(nextEdge) - Math.round(edge));
    edge = nextEdge;
    total += heights[i];
    if (heights[i] > heights[tallest]) tallest = i;
  }
  if (total > laneHeight) heights[tallest] = Math.max(1, heights[tallest] - (total - laneHeight));
  return total > 0;
}

function fill(pen: Pen, x: number, top: number, bottom: number): void {
  const { widthPx, heightPx, pixels } = pen.raster;
  const from = Math.max(0, top);
  const to = Math.min(heightPx, bottom);
  for (let y = from, at = from * widthPx + x; y < to; y++, at += widthPx) {
    if (!pen.hatched || ((x + y) & 3) < 2) pixels[at] = pen.color;
  }
}
