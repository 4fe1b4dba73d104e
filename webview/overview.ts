// The whole run as a strip, with the window on it: drag it to move, drag its ends or beside it to choose another.

import type { RunView } from './comparison';
import { element } from './dom';
import { laneRowOf } from './lanePlan';
import type { RunLayout } from './runLayout';
import { drawRun, makeRaster } from './runRaster';
import type { Theme } from './theme';
import { fitWindow, timeAt, xOf, type TimeWindow } from './viewport';

const HEIGHT_PX = 44;
/** The window's frame is never narrower than this: one must be able to grab it. */
const NARROWEST_PX = 10;
const EDGE_PX = 6;

/** What the strip shows. */
export interface OverviewFrame {
  readonly run: RunView;
  readonly window: TimeWindow;
  readonly endNs: number;
  readonly widthPx: number;
  readonly theme: Theme;
}

export class Overview {
  readonly root = element('div', { class: 'overview' });
  readonly #canvas = element('canvas', { attributes: { 'aria-hidden': 'true' } });
  readonly #frame = element('div', { class: 'overview-window' });
  readonly #plot = element('div', { class: 'overview-plot' }, this.#canvas, this.#frame);
  #drawnOf: readonly unknown[] = [];
  #shown: OverviewFrame | undefined;

  constructor(choose: (window: TimeWindow) => void) {
    this.root.append(element('div', { class: 'overview-label' }, 'Overview'), this.#plot);
    this.#plot.style.height = `${HEIGHT_PX}px`;
    this.#listen(choose);
  }

  show(frame: OverviewFrame): void {
    this.#shown = frame;
    const { run, endNs, widthPx, theme, window } = frame;
    const key = [run, run.version, endNs, widthPx, theme, devicePixelRatio];
    if (widthPx > 0 && key.some((part, i) => part !== this.#drawnOf[i])) {
      this.#drawnOf = key;
      this.#draw(frame);
    }
    const all = fitWindow(endNs);
    const left = Math.max(0, xOf(window.fromNs, all, widthPx));
    const width = Math.max(NARROWEST_PX, xOf(window.toNs, all, widthPx) - left);
    this.#frame.style.transform = `translateX(${Math.min(left, widthPx - width)}px)`;
    this.#frame.style.width = `${width}px`;
  }

  #draw({ run, endNs, widthPx, theme }: OverviewFrame): void {
    const pixelRatio = devicePixelRatio;
    const [width, height] = [Math.round(widthPx * pixelRatio), Math.round(HEIGHT_PX * pixelRatio)];
    const raster = makeRaster(width, height);
    drawRun(
      {
        trace: run.trace,
        layout: stripLayout(run.trace.lanes.length),
        window: fitWindow(endNs),
        inks: theme.inks,
        pixelRatio,
        scrollPx: 0,
        lit: undefined,
      },
      raster,
    );
    Object.assign(this.#canvas, { width, height });
    this.#canvas.style.width = `${widthPx}px`;
    this.#canvas.style.height = `${HEIGHT_PX}px`;
    const bytes = new Uint8ClampedArray(raster.pixels.buffer as ArrayBuffer);
    this.#canvas.getContext('2d')?.putImageData(new ImageData(bytes, width, height), 0, 0);
  }

  #listen(choose: (window: TimeWindow) => void): void {
    this.#plot.addEventListener('pointerdown', down => {
      const frame = this.#shown;
      if (down.button !== 0 || !frame) return;
      this.#plot.setPointerCapture(down.pointerId);
      const drag = dragOf(frame, this.#timeOf(down, frame));
      const onMove = (move: PointerEvent): void => choose(drag(this.#timeOf(move, frame)));
      choose(drag(this.#timeOf(down, frame)));
      this.#plot.addEventListener('pointermove', onMove);
      this.#plot.addEventListener(
        'lostpointercapture',
        () => this.#plot.removeEventListener('pointermove', onMove),
        { once: true },
      );
    });
  }

  #timeOf(event: PointerEvent, { endNs, widthPx }: OverviewFrame): number {
    const xPx = event.clientX - this.#plot.getBoundingClientRect().left;
    return timeAt(xPx, fitWindow(endNs), widthPx);
  }
}

/** What dragging from a moment does to the window: its ends stretch it, its inside and the outside move it. */
function dragOf(
  { window, endNs, widthPx }: OverviewFrame,
  startNs: number,
): (nowNs: number) => TimeWindow {
  const all = fitWindow(endNs);
  const edgeNs = (EDGE_PX / Math.max(1, widthPx)) * all.toNs;
  const { fromNs, toNs } = window;
  const span = toNs - fromNs;
  if (Math.abs(startNs - fromNs) < edgeNs) {
    return now => ({ fromNs: Math.max(0, Math.min(now, toNs - 2 * edgeNs)), toNs });
  }
  if (Math.abs(startNs - toNs) < edgeNs) {
    return now => ({ fromNs, toNs: Math.min(all.toNs, Math.max(now, fromNs + 2 * edgeNs)) });
  }
  const inside = startNs > fromNs && startNs < toNs;
  const grab = inside ? startNs - fromNs : span / 2;
  return now => {
    const from = Math.max(0, Math.min(all.toNs - span, now - grab));
    return { fromNs: from, toNs: from + span };
  };
}

/** Lanes only, as low as they must be. */
function stripLayout(laneCount: number): RunLayout {
  const pitchPx = HEIGHT_PX / Math.max(1, laneCount);
  const none = { topPx: HEIGHT_PX + 1, heightPx: 0 };
  // Many lanes share a row: one lower than a pixel would be none.
  const each = Math.max(1, Math.ceil(laneCount / HEIGHT_PX));
  const rowPx = pitchPx * each;
  const rows = Array.from({ length: Math.ceil(laneCount / each) }, (_, i) => {
    const lanes = range(i * each, Math.min(laneCount, (i + 1) * each));
    const heightPx = rowPx > 4 ? rowPx - 1 : rowPx;
    return { plan: laneRowOf(lanes[0]), drawn: lanes, topPx: i * rowPx, heightPx };
  });
  return {
    ribbon: none,
    holders: [],
    laneCount,
    rows,
    rowOfLane: Int32Array.from(range(0, laneCount), lane => Math.floor(lane / each)),
    lanesTopPx: 0,
    cores: none,
    heightPx: HEIGHT_PX,
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
