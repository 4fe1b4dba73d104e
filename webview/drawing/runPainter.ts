// Puts one run on a canvas: tracks, ghost, lanes up to the playhead, end lines, the outline of the chosen span.

import type { Nanoseconds } from '../../src/core/units';
import { CachedRaster, type Drawn } from './cachedRaster';
import { paintDetail } from './detailPainter';
import { laneRow, rowsBetween, type RunLayout } from '../model/runLayout';
import type { CanvasSize, RunPicture } from './runPicture';
import { TICK_GAP_PX, tickStepNs, tickTimes } from '../words/timeLabels';
import { xOf, type TimeWindow } from '../model/viewport';

type Context = CanvasRenderingContext2D;

const BEHIND_OPACITY = 0.3;
const STRIP_OPACITY = 0.6;

/** Paints one run; keeps its raster as long as nothing changed that is in it. Owned by one canvas. */
export class RunPainter {
  #picture: RunPicture | undefined;
  readonly #shown = new CachedRaster();
  readonly #behind = new CachedRaster();
  readonly #strips = new CachedRaster();

  /** What will be painted next. */
  set picture(picture: RunPicture) {
    this.#picture = picture;
  }

  paint(context: Context, size: CanvasSize): void {
    const picture = this.#picture;
    if (!picture || size.widthPx < 1 || size.heightPx < 1) return;
    paintGrid(context, picture, size);
    paintTracks(context, picture, size);
    const revealPx = Math.max(
      0,
      Math.min(size.widthPx, xOf(picture.revealNs, picture.window, size.widthPx)),
    );
    const { ghost, revealNs } = picture;
    const from = revealNs === Infinity ? 0 : revealPx;
    const toPx = size.widthPx;
    const behind = { fromPx: from, toPx, opacity: BEHIND_OPACITY };
    const strip = { fromPx: 0, toPx, opacity: STRIP_OPACITY };
    blit(context, ghostIn(this.#behind, picture, size, ghost?.behind), size, behind);
    blit(context, ghostIn(this.#strips, picture, size, ghost?.strips), size, strip);
    const shown = this.#shown.get(picture, picture.shown, size);
    blit(context, shown, size, { fromPx: 0, toPx: revealPx, opacity: 1 });
    paintDetail(context, picture, size);
    paintEndLines(context, picture, size);
    paintRange(context, picture, size);
    paintChosen(context, picture, size);
  }
}

/** The run before, drawn where a layout says; nothing if it is drawn nowhere. */
function ghostIn(
  raster: CachedRaster,
  picture: RunPicture,
  size: CanvasSize,
  layout: RunLayout | undefined,
): Drawn | undefined {
  if (layout && picture.ghost)
    return raster.get({ ...picture, layout, lit: undefined }, picture.ghost, size);
  raster.drop();
  return undefined;
}

interface Blit {
  readonly fromPx: number;
  readonly toPx: number;
  readonly opacity: number;
}

/** Copies a part of a raster in device pixels: nothing is scaled by other than whole numbers, so nothing blurs. */
function blit(context: Context, drawn: Drawn | undefined, size: CanvasSize, part: Blit): void {
  if (!drawn) return;
  const { canvas, acrossPx, downPx } = drawn;
  const from = Math.round(part.fromPx * size.pixelRatio);
  const width = Math.round(part.toPx * size.pixelRatio) - from;
  if (width <= 0) return;
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = part.opacity;
  const { height } = canvas;
  const [left, wide] = [from / acrossPx, width / acrossPx];
  context.drawImage(canvas, left, 0, wide, height, from, 0, width, height * downPx);
  context.restore();
}

/** Dotted lines down from the ticks of the axis. */
function paintGrid(context: Context, { window, theme }: RunPicture, size: CanvasSize): void {
  context.save();
  context.strokeStyle = theme.grid;
  context.lineWidth = 1;
  context.setLineDash([1, 3]);
  context.beginPath();
  for (const timeNs of tickTimes(window, tickStepNs(window, size.widthPx, TICK_GAP_PX))) {
    const x = Math.round(xOf(timeNs, window, size.widthPx)) + 0.5;
    context.moveTo(x, 0);
    context.lineTo(x, size.heightPx);
  }
  context.stroke();
  context.restore();
}

/** The empty lanes: they say where a thread would be, up to the end of the run. */
function paintTracks(context: Context, picture: RunPicture, size: CanvasSize): void {
  const { layout, theme, window, scrollPx, shown } = picture;
  const left = Math.max(0, xOf(0, window, size.widthPx));
  const right = Math.min(size.widthPx, xOf(shown.trace.nowNs, window, size.widthPx));
  if (right <= left) return;
  context.fillStyle = theme.track;
  for (const row of rowsBetween(layout, scrollPx, scrollPx + size.heightPx)) {
    if (row.drawn.length === 0) continue;
    const top = row.topPx - scrollPx;
    context.fillRect(left, top, right - left, row.heightPx);
    if (theme.trackOutline !== undefined) {
      context.strokeStyle = theme.trackOutline;
      context.lineWidth = 1;
      context.globalAlpha = 0.5;
      context.strokeRect(left + 0.5, top + 0.5, right - left - 1, row.heightPx - 1);
      context.globalAlpha = 1;
    }
  }
}

/** A line where this run ended, and a dotted one where the run ended that it is compared with. */
function paintEndLines(context: Context, picture: RunPicture, size: CanvasSize): void {
  const { endNs, baselineEndNs, theme, revealNs } = picture;
  if (baselineEndNs !== undefined && baselineEndNs !== endNs && baselineEndNs <= revealNs) {
    paintVertical(context, picture, size, {
      timeNs: baselineEndNs,
      color: theme.quiet,
      dash: [1, 3],
    });
  }
  if (endNs !== undefined && endNs <= revealNs) {
    paintVertical(context, picture, size, { timeNs: endNs, color: theme.foreground, dash: [] });
    if (baselineEndNs !== undefined && baselineEndNs <= revealNs) {
      paintSaved(context, picture, size, { fromNs: endNs, toNs: baselineEndNs });
    }
  }
}

/** A dotted arrow through the time that was saved, between lanes and cores, where nothing else is. */
function paintSaved(
  context: Context,
  { window, theme, layout, scrollPx }: RunPicture,
  { widthPx }: CanvasSize,
  saved: TimeWindow,
): void {
  const from = Math.max(0, xOf(saved.fromNs, window, widthPx)) + 6;
  const to = Math.min(widthPx + 9, xOf(saved.toNs, window, widthPx) - 3);
  if (to - from < 40 || from > widthPx) return;
  const y = Math.round(layout.cores.topPx - scrollPx) - 3.5;
  context.save();
  context.strokeStyle = context.fillStyle = theme.quiet;
  context.setLineDash([1, 3]);
  context.beginPath();
  context.moveTo(from, y);
  context.lineTo(to, y);
  context.stroke();
  context.beginPath();
  context.moveTo(to - 6, y - 3.5);
  context.lineTo(to - 6, y + 3.5);
  context.lineTo(to + 1, y);
  context.fill();
  context.restore();
}

function paintVertical(
  context: Context,
  picture: RunPicture,
  size: CanvasSize,
  line: { readonly timeNs: Nanoseconds; readonly color: string; readonly dash: number[] },
): void {
  const x = Math.round(xOf(line.timeNs, picture.window, size.widthPx)) + 0.5;
  if (x < 0 || x > size.widthPx) return;
  context.save();
  context.strokeStyle = line.color;
  context.lineWidth = 1;
  context.setLineDash(line.dash);
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, size.heightPx);
  context.stroke();
  context.restore();
}

/** The measured stretch: everything beside it is veiled. */
function paintRange(
  context: Context,
  { range, window, theme }: RunPicture,
  size: CanvasSize,
): void {
  if (!range) return;
  const from = xOf(range.fromNs, window, size.widthPx);
  const to = xOf(range.toNs, window, size.widthPx);
  context.fillStyle = theme.veil;
  context.fillRect(0, 0, Math.max(0, from), size.heightPx);
  context.fillRect(to, 0, Math.max(0, size.widthPx - to), size.heightPx);
  context.strokeStyle = theme.focus;
  context.lineWidth = 1;
  context.strokeRect(
    Math.round(from) + 0.5,
    0.5,
    Math.max(1, Math.round(to - from)),
    size.heightPx - 1,
  );
}

/** Two outlines, dark on light: one of them is seen on any colour of bar. */
function paintChosen(context: Context, picture: RunPicture, size: CanvasSize): void {
  const { chosen, shown, window, layout, scrollPx, theme } = picture;
  const store = chosen && shown.trace.stores[chosen.lane];
  if (!store || chosen.segment >= store.count) return;
  const from = xOf(store.startOf(chosen.segment), window, size.widthPx);
  const to = xOf(store.endOf(chosen.segment), window, size.widthPx);
  if (to < 0 || from > size.widthPx) return;
  const row = laneRow(layout, chosen.lane);
  const left = Math.max(-3, Math.round(from) - 1.5);
  const width = Math.max(5, Math.min(size.widthPx + 3, Math.round(to) + 1.5) - left);
  const light = theme.kind === 'light' || theme.kind === 'highContrastLight';
  context.lineWidth = 4;
  context.strokeStyle = light ? '#ffffff' : '#000000';
  context.strokeRect(left, row.topPx - scrollPx - 0.5, width, row.heightPx + 1);
  context.lineWidth = 2;
  context.strokeStyle = theme.foreground;
  context.strokeRect(left, row.topPx - scrollPx - 0.5, width, row.heightPx + 1);
}
