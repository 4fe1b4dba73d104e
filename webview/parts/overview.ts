// The whole of each run as a strip, with the window on them: drag it to move, drag its ends or beside it to choose another.

import type { ScenePlot } from '../../src/protocol/picture';
import type { RunView } from '../model/runView';
import { element } from '../ground/dom';
import { laneRowOf } from '../model/lanePlan';
import { placeOfCanvas, recordCalls } from '../drawing/picture';
import type { RunLayout } from '../model/runLayout';
import { drawRun, makeRaster } from '../drawing/runRaster';
import type { Theme } from '../drawing/theme';
import { fitWindow, timeAt, xOf, type TimeWindow } from '../model/viewport';

const HEIGHT_PX = 44;
/** Between two runs. */
const GAP_PX = 3;
/** Below this, the lanes of one of several runs are added up. */
const LEAST_LANE_PX = 4;
/** The window's frame is never narrower than this: one must be able to grab it. */
const NARROWEST_PX = 10;
const EDGE_PX = 6;
/** As in the style sheet. */
const VEIL = 0.55;
/** Runs that go on are drawn no more often than this: the strip is not where one watches them. */
const GROWING_MS = 250;

/** What the strip shows. */
export interface OverviewFrame {
  /** From top to bottom. */
  readonly runs: readonly RunView[];
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
  #drawnAtMs = -Infinity;
  #shown: OverviewFrame | undefined;

  constructor(choose: (window: TimeWindow) => void) {
    this.root.append(element('div', { class: 'overview-label' }, 'Overview'), this.#plot);
    this.#plot.style.height = `${HEIGHT_PX}px`;
    this.#listen(choose);
  }

  show(frame: OverviewFrame): void {
    this.#shown = frame;
    const { runs, endNs, widthPx, theme, window } = frame;
    const of = runs.flatMap(run => [run, run.version]);
    const key = [endNs, widthPx, theme, devicePixelRatio, ...of];
    const same = key.length === this.#drawnOf.length;
    const now = performance.now();
    const growing = runs.some(({ outcome }) => outcome === 'running');
    const soon = growing && now - this.#drawnAtMs < GROWING_MS && widthPx === this.#drawnOf[1];
    if (widthPx > 0 && !soon && !(same && key.every((part, i) => part === this.#drawnOf[i]))) {
      this.#drawnOf = key;
      this.#drawnAtMs = now;
      this.#draw(frame);
    }
    const all = fitWindow(endNs);
    const left = Math.max(0, xOf(window.fromNs, all, widthPx));
    const width = Math.max(NARROWEST_PX, xOf(window.toNs, all, widthPx) - left);
    this.#frame.style.transform = `translateX(${Math.min(left, widthPx - width)}px)`;
    this.#frame.style.width = `${width}px`;
  }

  #draw({ runs, endNs, widthPx, theme }: OverviewFrame): void {
    const pixelRatio = devicePixelRatio;
    const [width, height] = [Math.round(widthPx * pixelRatio), Math.round(HEIGHT_PX * pixelRatio)];
    Object.assign(this.#canvas, { width, height });
    this.#canvas.style.width = `${widthPx}px`;
    this.#canvas.style.height = `${HEIGHT_PX}px`;
    this.#plot.style.maxWidth = `${widthPx}px`;
    const context = this.#canvas.getContext('2d');
    for (const { run, topPx, layout } of stripsOf(runs)) {
      const raster = makeRaster(width, Math.max(1, Math.round(layout.heightPx * pixelRatio)));
      const { trace } = run;
      const window = fitWindow(endNs);
      const { inks } = theme;
      drawRun({ trace, layout, window, inks, pixelRatio, scrollPx: 0, lit: undefined }, raster);
      const bytes = new Uint8ClampedArray(raster.pixels.buffer as ArrayBuffer);
      const image = new ImageData(bytes, width, raster.heightPx);
      context?.putImageData(image, 0, Math.round(topPx * pixelRatio));
    }
  }

  /** The strips as they are now, for an export. */
  scene(up: (yPx: number) => number): ScenePlot[] {
    const frame = this.#shown;
    if (!frame || !this.root.checkVisibility()) return [];
    const { endNs, widthPx } = frame;
    return stripsOf(frame.runs).map(({ run, topPx, layout }) => {
      const { heightPx } = layout;
      const calls = recordCalls(context => {
        context.drawImage(this.#canvas, 0, 0, widthPx, heightPx, 0, 0, widthPx, heightPx);
        this.#paintWindow(context, frame, heightPx);
      });
      const place = placeOfCanvas(this.#canvas, calls, up);
      return {
        ...place,
        topPx: place.topPx + topPx,
        heightPx,
        run: run.id,
        window: fitWindow(endNs),
        lanes: layout.rows.map(row => [row.drawn, row.topPx, row.heightPx] as const),
        holders: [],
        cores: [0, 0],
      };
    });
  }

  /** The frame, and a veil over what is beside it: on the page the style sheet does that. */
  #paintWindow(
    context: CanvasRenderingContext2D,
    { window, endNs, widthPx }: OverviewFrame,
    heightPx: number,
  ): void {
    const [from, to] = [window.fromNs, window.toNs].map(ns =>
      Math.max(0, Math.min(widthPx, xOf(ns, fitWindow(endNs), widthPx))),
    );
    context.globalAlpha = VEIL;
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, from, heightPx);
    context.fillRect(to, 0, widthPx - to, heightPx);
    context.globalAlpha = 1;
    context.strokeStyle = getComputedStyle(this.#frame).borderTopColor;
    context.strokeRect(from + 0.5, 0.5, Math.max(NARROWEST_PX, to - from) - 1, heightPx - 1);
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

/** One run of the strip. */
interface RunStrip {
  readonly run: RunView;
  readonly topPx: number;
  readonly layout: RunLayout;
}

function stripsOf(runs: readonly RunView[]): readonly RunStrip[] {
  const pitchPx = (HEIGHT_PX + GAP_PX) / runs.length;
  return runs.map((run, i) => {
    const stripPx = Math.max(1, pitchPx - GAP_PX);
    const { length } = run.trace.lanes;
    // Several runs are told apart by how much of each state they have, not by lanes of a pixel or two.
    const together = runs.length > 1 && stripPx < LEAST_LANE_PX * length;
    return { run, topPx: i * pitchPx, layout: stripLayout(length, stripPx, together ? length : 1) };
  });
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
function stripLayout(laneCount: number, stripPx: number, least: number): RunLayout {
  const pitchPx = stripPx / Math.max(1, laneCount);
  const none = { topPx: stripPx + 1, heightPx: 0 };
  // Many lanes share a row: one lower than a pixel would be none.
  const each = Math.max(1, least, Math.ceil(laneCount / stripPx));
  const rowPx = pitchPx * each;
  const rows = Array.from({ length: Math.ceil(laneCount / each) }, (_, i) => {
    const lanes = range(i * each, Math.min(laneCount, (i + 1) * each));
    const heightPx = rowPx > 4 ? rowPx - 1 : rowPx;
    return { plan: laneRowOf(lanes[0]), stripPx: 0, drawn: lanes, topPx: i * rowPx, heightPx };
  });
  return {
    ribbon: none,
    holders: [],
    laneCount,
    rows,
    rowOfLane: Int32Array.from(range(0, laneCount), lane => Math.floor(lane / each)),
    lanesTopPx: 0,
    cores: none,
    heightPx: stripPx,
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
