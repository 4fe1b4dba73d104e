// The raster of one run, drawn anew only as far as it must be: not at all while nothing changed, only the columns that
// come into sight while it is moved, and with wider columns while a large one is zoomed.

import type { Raster } from './laneRaster';
import type { CanvasSize } from './runPicture';
import type { RunPicture } from './runPicture';
import type { TraceVersion } from './runPicture';
import { drawRun, lookUpsOf, makeRaster, moveRun, type RunRasterRequest } from './runRaster';

/**
 * So many columns of lanes may be looked up in a frame in which the window changes: a few milliseconds. Beyond that
 * columns are two or four pixels wide, each exact for its time, until the window rests.
 */
const MOST_LOOK_UPS_HURRIED = 16_000;
/** So many pixels may be written in such a frame: about a screen at pixel ratio 1. */
const MOST_PIXELS_HURRIED = 1_300_000;
/** A move by this close to whole columns is one. */
const SAME_PX = 0.02;

/** As fine as the screen. */
const FINE = { acrossPx: 1, downPx: 1 };

/** A canvas to copy from, and how many of the page's device pixels one of its own stands for. */
export interface Drawn {
  readonly canvas: OffscreenCanvas;
  readonly acrossPx: number;
  readonly downPx: number;
}

/** How wide and high the pixels of a raster are, in device pixels, while the window changes. */
export function grainFor(
  lookUps: number,
  pixels: number,
  pixelRatio: number,
): { readonly acrossPx: number; readonly downPx: number } {
  const acrossPx = [1, 2].find(
    wide =>
      lookUps / wide <= MOST_LOOK_UPS_HURRIED &&
      pixels / (wide > 1 && pixelRatio >= 2 ? 4 : wide) <= MOST_PIXELS_HURRIED,
  );
  const across = acrossPx ?? 4;
  return { acrossPx: across, downPx: across > 1 && pixelRatio >= 2 ? 2 : 1 };
}

/** By how many whole columns a window has moved, or undefined if it has not only moved, or not by whole ones. */
export function movedColumns(
  from: RunPicture['window'],
  to: RunPicture['window'],
  columnCount: number,
): number | undefined {
  const nsPerColumn = (from.toNs - from.fromNs) / columnCount;
  const left = (to.fromNs - from.fromNs) / nsPerColumn;
  const right = (to.toNs - from.toNs) / nsPerColumn;
  const by = Math.round(left);
  const whole = Math.abs(left - by) < SAME_PX && Math.abs(right - by) < SAME_PX;
  return whole && Math.abs(by) < columnCount ? by : undefined;
}

/** A raster and what it was drawn of. */
export class CachedRaster {
  #canvas: OffscreenCanvas | undefined;
  #raster: Raster | undefined;
  #image: ImageData | undefined;
  #drawnOf: readonly unknown[] = [];
  #window: RunPicture['window'] | undefined;
  #grain = FINE;

  get(picture: RunPicture, { trace, version }: TraceVersion, size: CanvasSize): Drawn {
    const { layout, theme, scrollPx, lit, window, hurried } = picture;
    const whole = {
      widthPx: Math.round(size.widthPx * size.pixelRatio),
      heightPx: Math.round(size.heightPx * size.pixelRatio),
    };
    const base = { trace, layout, inks: theme.inks, scrollPx, lit };
    const key = [trace, version, layout, theme, scrollPx, lit, whole.widthPx, whole.heightPx];
    const same = key.every((part, i) => part === this.#drawnOf[i]);
    // What is there already and fine is better than anything drawn in a hurry.
    if (same && this.#grain.acrossPx === 1 && this.#move(base, window, size.pixelRatio, lit)) {
      return this.#drawn();
    }
    const rough: RunRasterRequest = { ...base, window, pixelRatio: size.pixelRatio };
    const grain = hurried
      ? grainFor(lookUpsOf(rough, whole), whole.widthPx * whole.heightPx, size.pixelRatio)
      : FINE;
    const asWished =
      same &&
      grain.acrossPx === this.#grain.acrossPx &&
      window.fromNs === this.#window?.fromNs &&
      window.toNs === this.#window.toNs;
    if (!asWished) {
      this.#grain = grain;
      this.#drawAnew({ ...rough, pixelRatio: size.pixelRatio / grain.downPx }, whole);
      this.#drawnOf = key;
    }
    return this.#drawn();
  }

  drop(): void {
    this.#canvas = this.#raster = this.#image = undefined;
    this.#drawnOf = [];
  }

  #drawn(): Drawn {
    return { canvas: this.#canvas ?? new OffscreenCanvas(1, 1), ...this.#grain };
  }

  /** Brings the raster to a window that only moved; false if that cannot be done exactly. */
  #move(
    base: Omit<RunRasterRequest, 'window' | 'pixelRatio'>,
    window: RunPicture['window'],
    pixelRatio: number,
    lit: RunPicture['lit'],
  ): boolean {
    const raster = this.#raster;
    if (!raster || !this.#window) return false;
    const by = movedColumns(this.#window, window, raster.widthPx);
    if (by === undefined || (by !== 0 && lit)) return false;
    if (by === 0) return true;
    // The grid of the raster stays its own, so that roundings never add up.
    const byNs = (by * (this.#window.toNs - this.#window.fromNs)) / raster.widthPx;
    const moved = { fromNs: this.#window.fromNs + byNs, toNs: this.#window.toNs + byNs };
    moveRun({ ...base, window: moved, pixelRatio }, raster, by);
    this.#window = moved;
    this.#put();
    return true;
  }

  #drawAnew(request: RunRasterRequest, whole: { widthPx: number; heightPx: number }): void {
    const widthPx = Math.max(1, Math.ceil(whole.widthPx / this.#grain.acrossPx));
    const heightPx = Math.max(1, Math.ceil(whole.heightPx / this.#grain.downPx));
    if (this.#raster?.widthPx !== widthPx || this.#raster.heightPx !== heightPx) {
      this.#raster = makeRaster(widthPx, heightPx);
      const bytes = new Uint8ClampedArray(this.#raster.pixels.buffer as ArrayBuffer);
      this.#image = new ImageData(bytes, widthPx, heightPx);
      this.#canvas = new OffscreenCanvas(widthPx, heightPx);
    }
    // The last column may reach beyond the picture: the window does, too, so that all are equally wide.
    const { fromNs, toNs } = request.window;
    const nsPerPx = (toNs - fromNs) / whole.widthPx;
    const window = { fromNs, toNs: fromNs + widthPx * this.#grain.acrossPx * nsPerPx };
    drawRun({ ...request, window }, this.#raster);
    this.#window = request.window;
    this.#put();
  }

  #put(): void {
    // Kept in memory rather than on a graphics card: writing pixels there costs many times more.
    const context = this.#canvas?.getContext('2d', { willReadFrequently: true });
    if (this.#image) context?.putImageData(this.#image, 0, 0);
  }
}
