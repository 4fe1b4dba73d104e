// One run as pixels: ribbon, lanes and cores of the visible window, from the exact coverage of each column.

import type { Trace } from '../../src/core/model/trace';
import { LANE_STATE_COUNT, LaneState } from '../../src/core/model/lanes';
import { addColumns, addColumnsAt, type Cover } from './coverage';
import {
  addBusyTime,
  addHeldTime,
  drawCores,
  drawHolder,
  drawLane,
  type Raster,
  type StateInks,
  type Strip,
} from './laneRaster';
import { rowsBetween, type PlacedRow, type Row, type RunLayout } from '../model/runLayout';
import type { LitSpans } from '../model/span';
import type { TimeWindow } from '../model/viewport';

/** What is drawn, and for which pixels. */
export interface RunRasterRequest {
  readonly trace: Trace;
  readonly layout: RunLayout;
  readonly window: TimeWindow;
  readonly inks: StateInks;
  /** Rows of the raster per CSS pixel. Columns are what the window is divided into. */
  readonly pixelRatio: number;
  /** CSS pixels of the layout above the raster's first row. */
  readonly scrollPx: number;
  /** Spans that stay bright while all others fade; undefined: nothing fades. */
  readonly lit: LitSpans | undefined;
}

/** Columns of a raster: those that are drawn. */
export interface Columns {
  readonly fromPx: number;
  readonly toPx: number;
}

/** How much of their opacity spans keep that are not lit. */
const FADED = 0.28;

/** A blank raster. */
export function makeRaster(widthPx: number, heightPx: number): Raster {
  return { widthPx, heightPx, pixels: new Uint32Array(widthPx * heightPx), movedPx: 0 };
}

/** Draws into `raster`, whose size is in device pixels; what was there is cleared. */
export function drawRun(request: RunRasterRequest, raster: Raster): void {
  raster.pixels.fill(0);
  raster.movedPx = 0;
  drawColumns(request, raster, { fromPx: 0, toPx: raster.widthPx });
  if (request.lit) lightUp(request, raster, request.lit);
}

/**
 * Moves what was drawn by whole columns and draws only those that come into sight. The rest is exact as it is: the
 * window of `request` must be the one before, moved by `byPx` columns to later times.
 */
export function moveRun(request: RunRasterRequest, raster: Raster, byPx: number): void {
  const { widthPx, pixels } = raster;
  // Moving the rows one after another as one: what wraps around lies in the columns that are drawn anew.
  if (byPx > 0) pixels.copyWithin(0, byPx);
  else pixels.copyWithin(-byPx, 0);
  raster.movedPx += byPx;
  const fresh = byPx > 0 ? { fromPx: widthPx - byPx, toPx: widthPx } : { fromPx: 0, toPx: -byPx };
  for (let at = 0; at < pixels.length; at += widthPx) {
    pixels.fill(0, at + fresh.fromPx, at + fresh.toPx);
  }
  drawColumns(request, raster, fresh);
}

/** How many look-ups a whole picture asks for: a column of each lane, unless the lane has fewer segments. */
export function lookUpsOf(
  request: RunRasterRequest,
  raster: Pick<Raster, 'heightPx' | 'widthPx'>,
): number {
  let count = 0;
  for (const lane of lanesToDraw(request, raster)) {
    count += Math.min(raster.widthPx, request.trace.stores[lane].count);
  }
  return count;
}

/** Rows and lanes of which something is seen. */
function drawColumns(request: RunRasterRequest, raster: Raster, columns: Columns): void {
  const { trace, layout, inks } = request;
  const pass = beginPass(request, raster, columns);
  const cores = stripOf(layout.cores, request);
  const coresSeen = isSeen(cores, raster);
  const busyNs = sized(buffers.busy, pass.count).fill(0);
  const holders = layout.holders.filter(({ row }) => isSeen(stripOf(row, request), raster));
  const heldNs = holders.map(() => new Float64Array(pass.count));
  const heldBy = new Map(holders.flatMap(({ lanes }, i) => lanes.map(lane => [lane, heldNs[i]])));
  const drawn = new Set<number>();
  const use = (coverage: Float64Array, lane: number): void => {
    drawn.add(lane);
    const held = heldBy.get(lane);
    if (held) addHeldTime(coverage, held);
    if (coresSeen) addBusyTime(coverage, busyNs);
  };
  for (const row of rowsSeen(request, raster)) drawRow(pass, row, use);
  for (const lane of lanesToDraw(request, raster)) {
    if (!drawn.has(lane)) use(coverLanes(pass, [lane]), lane);
  }
  const { nsPerColumn } = pass;
  const { fromPx } = columns;
  holders.forEach(({ row }, i) => {
    const color = inks.colors[LaneState.runningWithGil];
    drawHolder(raster, stripOf(row, request), color, { heldNs: heldNs[i], nsPerColumn, fromPx });
  });
  if (!coresSeen) return;
  const fullNs = nsPerColumn * trace.header.cores;
  drawCores(raster, cores, inks.coresBusy, { busyNs, fullNs, fromPx });
}

/** What all lanes of one drawing share. */
interface Pass {
  readonly request: RunRasterRequest;
  readonly raster: Raster;
  readonly fromPx: number;
  readonly count: number;
  readonly nsPerColumn: number;
  readonly window: TimeWindow;
  readonly coverage: Float64Array;
}

/** Filled again for every lane of every frame; grown when a raster is wider than any before. */
const buffers = { coverage: { data: new Float64Array(0) }, busy: { data: new Float64Array(0) } };

function sized(buffer: { data: Float64Array }, length: number): Float64Array {
  if (buffer.data.length < length) buffer.data = new Float64Array(length);
  return buffer.data.subarray(0, length);
}

function beginPass(request: RunRasterRequest, raster: Raster, { fromPx, toPx }: Columns): Pass {
  const { fromNs, toNs } = request.window;
  const nsPerColumn = (toNs - fromNs) / raster.widthPx;
  const count = toPx - fromPx;
  return {
    request,
    raster,
    fromPx,
    count,
    nsPerColumn,
    window: { fromNs: fromNs + fromPx * nsPerColumn, toNs: fromNs + toPx * nsPerColumn },
    coverage: sized(buffers.coverage, count * LANE_STATE_COUNT),
  };
}

/** The coverage of some lanes together, of their lit spans only if `lit` is given. */
function coverLanes(pass: Pass, lanes: readonly number[], lit?: LitSpans): Float64Array {
  const { coverage: out, window, count: columnCount } = pass;
  out.fill(0);
  for (const lane of lanes) {
    const cover: Cover = { store: pass.request.trace.stores[lane], window, columnCount, out };
    if (lit) addColumnsAt(cover, segment => lit(lane, segment));
    else addColumns(cover);
  }
  return out;
}

function drawRow(
  pass: Pass,
  { drawn, row }: { drawn: readonly number[]; row: PlacedRow },
  use: (coverage: Float64Array, lane: number) => void,
): void {
  const { request, raster, nsPerColumn, fromPx } = pass;
  const coverage = coverLanes(pass, drawn);
  if (drawn.length === 1) use(coverage, drawn[0]);
  drawLane(raster, stripOf(row, request), request.inks, {
    coverage,
    nsPerColumn: nsPerColumn * drawn.length,
    fromPx,
  });
}

/** The rows with something to draw of which something is seen, with those of their lanes that have begun. */
function rowsSeen(
  request: RunRasterRequest,
  { heightPx }: Pick<Raster, 'heightPx'>,
): readonly { drawn: readonly number[]; row: PlacedRow }[] {
  const { layout, scrollPx, pixelRatio, trace } = request;
  return rowsBetween(layout, scrollPx - 1, scrollPx + heightPx / pixelRatio + 1)
    .map(row => ({ row, drawn: row.drawn.filter(lane => lane < trace.stores.length) }))
    .filter(({ drawn }) => drawn.length > 0);
}

/** All lanes whose time is asked for: of the rows that are seen, of the ribbon, and all if the cores are seen. */
function lanesToDraw(
  request: RunRasterRequest,
  raster: Pick<Raster, 'heightPx'>,
): ReadonlySet<number> {
  const { trace, layout } = request;
  if (isSeen(stripOf(layout.cores, request), raster)) return new Set(trace.stores.keys());
  const ribbon = layout.holders
    .filter(({ row }) => isSeen(stripOf(row, request), raster))
    .flatMap(({ lanes }) => lanes);
  const lanes = rowsSeen(request, raster).flatMap(({ drawn }) => drawn);
  return new Set([...lanes, ...ribbon].filter(lane => lane < trace.stores.length));
}

/** Fades everything, then draws the lit spans again. */
function lightUp(request: RunRasterRequest, raster: Raster, lit: LitSpans): void {
  fade(raster);
  const pass = beginPass(request, raster, { fromPx: 0, toPx: raster.widthPx });
  for (const { drawn, row } of rowsSeen(request, raster)) {
    drawLane(raster, stripOf(row, request), request.inks, {
      coverage: coverLanes(pass, drawn, lit),
      nsPerColumn: pass.nsPerColumn * drawn.length,
    });
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

function isSeen(strip: Strip, raster: Pick<Raster, 'heightPx'>): boolean {
  return strip.topPx < raster.heightPx && strip.topPx + strip.heightPx > 0;
}
