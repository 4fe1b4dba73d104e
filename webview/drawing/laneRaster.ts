// Columns of coverage to pixels. Writes 32-bit pixels into a plain array: no canvas here, so it is tested as numbers.

import { LANE_STATE_COUNT, LaneState, usesCore } from '../../src/core/model/lanes';
import { STATE_LOOKS } from '../../src/core/model/stateLooks';

/** A picture as an `ImageData` has it: one 32-bit word (ABGR, little-endian) a pixel, row by row. */
export interface Raster {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: Uint32Array;
  /** How many columns the picture has moved to the left since it was begun: hatches move with it. */
  movedPx: number;
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
  /** Of one lane; the columns of a sum of lanes are as much longer. */
  readonly nsPerColumn: number;
  /** The column of the raster where the first of these is; 0 unless it says otherwise. */
  readonly fromPx?: number;
}

/** A horizontal strip of a raster, in its pixels. May lie partly outside. */
export interface Strip {
  readonly topPx: number;
  readonly heightPx: number;
}

const CORE_STATES: readonly number[] = Object.values(LaneState).filter(usesCore);

/** Less than this share of a column is rounding noise of the prefix sums, not time. */
const NOISE = 1e-9;

/** What a column is filled with. One object for a whole strip: these loops run a million times a frame. */
interface Pen {
  readonly raster: Raster;
  color: number;
  hatched: boolean;
}

const heights = new Int32Array(STATE_LOOKS.length);
/** Of each look: its state, its colour and its height if it fills a column of a nanosecond. */
const looks = {
  states: Uint8Array.from(STATE_LOOKS, ({ state }) => state),
  heightsPerNs: new Float64Array(STATE_LOOKS.length),
};

/**
 * Draws a lane: in each column every state as a bar of (share of the column × weight × lane height), one on another
 * from the bottom. A state that occurs at all gets at least one pixel, taken from the tallest.
 */
export function drawLane(
  raster: Raster,
  strip: Strip,
  inks: StateInks,
  { coverage, nsPerColumn, fromPx = 0 }: Covered,
): void {
  STATE_LOOKS.forEach(({ weight }, i) => {
    looks.heightsPerNs[i] = (weight * strip.heightPx) / nsPerColumn;
  });
  const pen: Pen = { raster, color: 0, hatched: false };
  const noiseNs = NOISE * nsPerColumn;
  const columns = coverage.length / LANE_STATE_COUNT;
  for (let column = 0; column < columns; column++) {
    if (!measure(coverage, column * LANE_STATE_COUNT, noiseNs, strip.heightPx)) continue;
    let bottom = strip.topPx + strip.heightPx;
    for (let i = 0; i < heights.length; i++) {
      if (heights[i] === 0) continue;
      const top = bottom - heights[i];
      const state = looks.states[i];
      pen.color = inks.colors[state];
      pen.hatched = inks.hatched[state] === 1;
      fill(pen, fromPx + column, top, bottom);
      bottom = top;
    }
  }
}

/** Draws one row of the ribbon: how much of each column its lanes held their GIL, as opacity. */
export function drawHolder(
  raster: Raster,
  strip: Strip,
  color: number,
  { heldNs, nsPerColumn, fromPx }: Held,
): void {
  const rgb = color & 0xffffff;
  const pen: Pen = { raster, color, hatched: false };
  for (let column = 0; column < heldNs.length; column++) {
    const share = heldNs[column] / nsPerColumn;
    if (share < NOISE) continue;
    const alpha = Math.round(255 * Math.min(1, 0.35 + 0.65 * share));
    pen.color = (rgb | (alpha << 24)) >>> 0;
    fill(pen, fromPx + column, strip.topPx, strip.topPx + strip.heightPx);
  }
}

/** Time in each column in which some lane of a row of the ribbon held its GIL. */
export interface Held {
  readonly heldNs: Float64Array;
  readonly nsPerColumn: number;
  readonly fromPx: number;
}

/** Adds the time in which a lane held its GIL to `heldNs`, one number a column. */
export function addHeldTime(coverage: Float64Array, heldNs: Float64Array): void {
  for (let x = 0, at: number = LaneState.runningWithGil; x < heldNs.length; x++) {
    heldNs[x] += coverage[at];
    at += LANE_STATE_COUNT;
  }
}

/** Adds the time in which a lane used a core to `busyNs`, one number a column. */
export function addBusyTime(coverage: Float64Array, busyNs: Float64Array): void {
  for (const state of CORE_STATES) {
    for (let x = 0, at = state; x < busyNs.length; x++, at += LANE_STATE_COUNT) {
      busyNs[x] += coverage[at];
    }
  }
}

/** Draws how many of the cores are busy as an area from the bottom of the strip; `fullNs` is a column of all cores. */
export function drawCores(
  raster: Raster,
  strip: Strip,
  color: number,
  { busyNs, fullNs, fromPx = 0 }: Busy,
): void {
  const pen: Pen = { raster, color, hatched: false };
  for (let column = 0; column < busyNs.length; column++) {
    const share = Math.min(1, busyNs[column] / fullNs);
    if (share < NOISE) continue;
    const bottom = strip.topPx + strip.heightPx;
    const top = bottom - Math.max(1, Math.round(share * strip.heightPx));
    fill(pen, fromPx + column, top, bottom);
  }
}

/** Time on cores in each column. */
export interface Busy {
  readonly busyNs: Float64Array;
  readonly fullNs: number;
  readonly fromPx?: number;
}

/** Fills `heights` for one column; false if it is empty. */
function measure(coverage: Float64Array, at: number, noiseNs: number, laneHeight: number): boolean {
  const { states, heightsPerNs } = looks;
  let total = 0;
  let edge = 0;
  let edgePx = 0;
  let tallest = 0;
  for (let i = 0; i < heights.length; i++) {
    const ns = coverage[at + states[i]];
    if (ns < noiseNs) {
      heights[i] = 0;
      continue;
    }
    // Rounding the edge rather than each height keeps the sum right.
    edge += ns * heightsPerNs[i];
    const nextPx = (edge + 0.5) | 0;
    heights[i] = nextPx > edgePx ? nextPx - edgePx : 1;
    edgePx = nextPx;
    total += heights[i];
    if (heights[i] > heights[tallest]) tallest = i;
  }
  if (total > laneHeight) heights[tallest] = Math.max(1, heights[tallest] - (total - laneHeight));
  return total > 0;
}

function fill({ raster, color, hatched }: Pen, x: number, top: number, bottom: number): void {
  const { widthPx, heightPx, pixels, movedPx } = raster;
  const from = Math.max(0, top);
  const to = Math.min(heightPx, bottom);
  let at = from * widthPx + x;
  if (!hatched) {
    for (let y = from; y < to; y++, at += widthPx) pixels[at] = color;
    return;
  }
  for (let y = from; y < to; y++, at += widthPx) {
    if (((x + movedPx + y) & 3) < 2) pixels[at] = color;
  }
}
