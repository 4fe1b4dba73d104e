// One run as pixels: ribbon, lanes and cores of the visible window, from the exact coverage of each column.

import type { Trace } from '../src/core/trace';
import { coverColumns, coverColumnsAt, makeCoverage } from './coverage';
import {
  addBusyTime,
  drawCores,
  drawHolder,
  drawLane,
  type Raster,
  type StateInks,
  type Strip,
} from './laneRaster';
import { LaneState } from '../src/core/lanes';
import { laneRow, type Row, type RunLayout } from './runLayout';
import type { LitSpans } from './search';
import type { TimeWindow } from './viewport';

/** What is drawn, and for which pixels. */
export interface RunRasterRequest {
  readonly trace: Trace;
  readonly layout: RunLayout;
  readonly window: TimeWindow;
  readonly inks: StateInks;
  /** Device pixels per CSS pixel. */
  readonly pixelRatio: number;
  /** CSS pixels of the layout above the raster's first row. */
  readonly scrollPx: number;
  /** Spans that stay bright while all others fade; undefined: nothing fades. */
  readonly lit: LitSpans | undefined;
}

/** How much of their opacity spans keep that are not lit. */
const FADED = 0.28;

/** A blank raster. */
export function makeRaster(widthPx: number, heightPx: number): Raster {
  return { widthPx, heightPx, pixels: new Uint32Array(widthPx * heightPx) };
}

/** Draws into `raster`, whose size is in device pixels; what was there is cleared. */
export function drawRun(request: RunRasterRequest, raster: Raster): void {
  const { trace, layout, window, inks } = request;
  raster.pixels.fill(0);
  const nsPerColumn = (window.toNs - window.fromNs) / raster.widthPx;
  const coverage = makeCoverage(raster.widthPx);
  const busyNs = new Float64Array(raster.widthPx);
  const holderRows = new Map(layout.holders.map(({ lane, row }) => [lane, row]));
  const coresStrip = stripOf(layout.cores, request);
  const coresSeen = isSeen(coresStrip, raster);
  const laneCount = Math.min(layout.laneCount, trace.stores.length);
  for (let lane = 0; lane < laneCount; lane++) {
    const strip = stripOf(laneRow(layout, lane), request);
    const holderRow = holderRows.get(lane);
    const holder = holderRow && stripOf(holderRow, request);
    const holderSeen = holder !== undefined && isSeen(holder, raster);
    const laneSeen = isSeen(strip, raster);
    if (!laneSeen && !holderSeen && !coresSeen) continue;
    coverColumns(trace.stores[lane], window, raster.widthPx, coverage);
    if (laneSeen) drawLane(raster, strip, inks, { coverage, nsPerColumn });
    if (holderSeen) {
      drawHolder(raster, holder, inks.colors[LaneState.runningWithGil], { coverage, nsPerColumn });
    }
    if (coresSeen) addBusyTime(coverage, busyNs);
  }
  if (coresSeen) {
    const fullNs = nsPerColumn * trace.header.cores;
    drawCores(raster, coresStrip, inks.coresBusy, { busyNs, fullNs });
  }
  if (request.lit) lightUp(request, raster, request.lit, nsPerColumn);
}

/** Fades everything, then draws the lit spans again. */
function lightUp(
  request: RunRasterRequest,
  raster: Raster,
  lit: LitSpans,
  nsPerColumn: number,
): void {
  const { trace, layout, window, inks } = request;
  fade(raster);
  const out = makeCoverage(raster.widthPx);
  const laneCount = Math.min(layout.laneCount, trace.stores.length);
  for (let lane = 0; lane < laneCount; lane++) {
    const strip = stripOf(laneRow(layout, lane), request);
    if (!isSeen(strip, raster)) continue;
    const store = trace.stores[lane];
    coverColumnsAt({ store, window, columnCount: raster.widthPx, out }, segment =>
      lit(lane, segment),
    );
    drawLane(raster, strip, inks, { coverage: out, nsPerColumn });
  }
}

function fade({ pixels }: Raster): void {
  for (let i = 0; i < pixels.length; i++) {
    const pixel = pixels[i];
    if (pixel !== 0) {
      pixels[i] = ((pixel & 0xffffff) | (Math.round((pixel >>> 24) * FADED) << 24)) >>> 0;
    }
  }
}

/** A row of the layout in pixels of the raster; at least one pixel high. */
function stripOf(row: Row, { pixelRatio, scrollPx }: RunRasterRequest): Strip {
  const topPx = Math.round((row.topPx - scrollPx) * pixelRatio);
  const bottomPx = Math.round((row.topPx + row.heightPx - scrollPx) * pixelRatio);
  // A gap of a pixel between the rows of the ribbon keeps the staircase readable, where there is room.
  const gapPx = row.heightPx < 8 && bottomPx - topPx > 3 ? 1 : 0;
  return { topPx, heightPx: Math.max(1, bottomPx - topPx - gapPx) };
}

function isSeen(strip: Strip, raster: Raster): boolean {
  return strip.topPx < raster.heightPx && strip.topPx + strip.heightPx > 0;
}
