// One run on the page: its header, the names of its lanes, and its chart with what lies over it.

import { tellsOfGil } from '../../src/core/model/told';
import type { MarkKind } from '../../src/core/model/mark';
import type { Nanoseconds } from '../../src/core/units';
import { createLanesChart, showWindow, type LanesChart } from '../drawing/chartLanes';
import { element, setAttribute, setShown, setText } from '../ground/dom';
import type { ScenePlot, SceneRow } from '../../src/protocol/picture';
import { placeOfCanvas, recordCalls } from '../drawing/picture';
import type { Saved } from '../words/figures';
import { RunHeader } from './runHeader';
import { LaneLabels } from './laneLabels';
import type { RunPlan } from '../model/lanePlans';
import { laneAtHeight, laneRow, layOutRun, type Row, type RunLayout } from '../model/runLayout';
import { handOffAt } from '../drawing/detailPainter';
import { layoutBefore, stripOf, stripPxFor } from '../model/ghost';
import { RunPainter } from '../drawing/runPainter';
import { type CanvasSize } from '../drawing/runPicture';
import { type RunPicture } from '../drawing/runPicture';
import { type Ghost } from '../drawing/runPicture';
import { type SpanPlace } from '../model/span';
import { timeAt, xOf, type TimeWindow } from '../model/viewport';
import type { RunView } from '../model/runView';
import { shortName } from '../../src/core/names';

/** What is under the pointer: a span, or a pixel column of several. */
export interface SpanHit extends SpanPlace {
  readonly column: TimeWindow | undefined;
}

/** How a section tells what happens to it. */
export interface SectionHooks {
  pinned(run: RunView): void;
  hovered(section: RunSection, hit: SpanHit | undefined): void;
  /** Something above its lanes is higher or lower than before. */
  grown(): void;
  /** A group of lanes is to be folded or opened. */
  toggled(key: string): void;
}

/** What a section shows of its run in the next frame. */
export interface SectionFrame extends Omit<RunPicture, 'layout' | 'scrollPx' | 'shown' | 'ghost'> {
  /** The run before this one, if it is kept in sight. */
  readonly ghost: RunView | undefined;
  readonly run: RunView;
  /** Which run of the comparison this is. */
  readonly index: number;
  readonly widthPx: number;
  readonly pixelRatio: number;
  readonly lanePitchPx: number;
  /** The rows of its lanes. The same object as long as they are the same. */
  readonly plan: RunPlan;
  /** The part of the page that is seen, in CSS pixels of the scrolled content. */
  readonly seen: { readonly topPx: number; readonly heightPx: number };
}

/** A canvas reaches this far beyond what is seen; a run that is not much taller is drawn whole. */
const OVERSCAN_PX = 120;

/** Marks that say how far a run can be trusted. What went wrong in it is the verdict's to say. */
const NOTED: readonly MarkKind[] = ['clock', 'few-cores', 'crowded'];

/** A run's part of the page. Lives as long as the list of runs keeps its shape; runs are swapped under it. */
export class RunSection {
  readonly header = new RunHeader(() => {
    if (this.run) this.#hooks.pinned(this.run);
  });
  readonly plot = element('div', { class: 'plot' });
  readonly root: HTMLElement;
  run: RunView | undefined;
  /** Which run of the comparison is shown here. */
  index = 0;
  readonly #labels: LaneLabels;
  readonly #canvas = element('canvas', { attributes: { role: 'img' } });
  readonly #saved = element('div', { class: 'saved' });
  readonly #playhead = element('div', { class: 'playhead-line' });
  readonly #whyNoLock = element('span');
  readonly #noLock = element('div', { class: 'no-lock' }, this.#whyNoLock);
  readonly #failure = element('p', { class: 'failure' });
  /** What the run says of itself: the clocks it was stamped by, the cores it had, why it stopped. */
  readonly #notes = element('p', { class: 'notes' });
  readonly #difference = element('p', { class: 'difference' });
  #differenceShown = '';
  readonly #painter = new RunPainter();
  readonly #chart: LanesChart;
  readonly #hooks: SectionHooks;
  #picture: RunPicture | undefined;
  #layout: RunLayout = layOutRun([], 22);
  #laidOut: readonly unknown[] = [];
  #ghost: Ghost | undefined;
  #window: TimeWindow = { fromNs: 0, toNs: 1 };
  #widthPx = 0;
  #scrollPx = 0;
  #charted: readonly unknown[] = [];
  #hitKey: string | undefined;
  #pointer = { xPx: 0, yPx: 0 };

  constructor(hooks: SectionHooks) {
    this.#hooks = hooks;
    this.#labels = new LaneLabels(key => hooks.toggled(key));
    this.plot.append(this.#canvas, this.#noLock, this.#saved, this.#playhead);
    const body = element('div', { class: 'run-body' }, this.#labels.root, this.plot);
    this.root = element(
      'section',
      { class: 'run' },
      this.header.root,
      this.#failure,
      this.#difference,
      this.#notes,
      body,
    );
    this.#chart = createLanesChart(this.#canvas, {
      painter: this.#painter,
      pointed: at => this.#pointed(at),
    });
  }

  get layout(): RunLayout {
    return this.#layout;
  }

  /** Draws; called at most once a frame. */
  show(frame: SectionFrame): void {
    const { run } = frame;
    this.run = run;
    this.index = frame.index;
    this.#layOut(frame);
    this.#window = frame.window;
    this.#widthPx = frame.widthPx;
    this.#placeCanvas(frame);
    this.#showLabels(frame);
    this.#picture = this.#painter.picture = {
      ...frame,
      ghost: this.#ghost,
      shown: { trace: run.trace, version: run.version },
      layout: this.#layout,
      scrollPx: this.#scrollPx,
    };
    this.#drawChart(frame);
    setText(this.#failure, run.sentence);
    setShown(this.#failure, run.outcome === 'failed' || run.outcome === 'cancelled');
    setAttribute(this.#failure, 'data-outcome', run.outcome);
    const notes = run.trace.marks.filter(({ kind }) => NOTED.includes(kind));
    setText(this.#notes, shortName(notes.map(({ text }) => text).join(' '), 600));
    setShown(this.#notes, this.#notes.textContent !== '');
  }

  /** Marks the moment at which the playhead stands. */
  showPlayhead(xPx: number | undefined): void {
    setShown(this.#playhead, xPx !== undefined);
    if (xPx !== undefined) this.#playhead.style.transform = `translateX(${xPx - 1}px)`;
  }

  /** What is different from the run that it is compared with; a line is broken between parts only. */
  showDifference([of, ...parts]: readonly string[]): void {
    setShown(this.#difference, parts.length > 0);
    const key = [of, ...parts].join('\n');
    if (key === this.#differenceShown) return;
    this.#differenceShown = key;
    requestAnimationFrame(() => this.#hooks.grown());
    const spans = parts.map(part => element('span', {}, part));
    this.#difference.replaceChildren(
      `${of} `,
      ...spans.flatMap(span => [span, ' · ']).slice(0, -1),
    );
  }

  /** Height of that line, with the space below it. */
  get differencePx(): number {
    return this.#difference.offsetHeight;
  }

  /** Says in one sentence what the canvas shows. */
  describe(sentence: string): void {
    setAttribute(this.#canvas, 'aria-label', sentence);
  }

  /** `2.5× faster` in the white space that a faster run leaves; hidden where there is none. */
  showSaved(text: Saved | undefined, endNs: Nanoseconds): void {
    const x = xOf(endNs, this.#window, this.#widthPx);
    const roomPx = this.#widthPx - Math.max(0, x);
    const shown = text !== undefined && roomPx > 150;
    setShown(this.#saved, shown);
    if (!shown) return;
    if (this.#saved.childElementCount === 0) {
      this.#saved.append(element('strong'), element('span'));
    }
    const [big, small] = this.#saved.children;
    setText(big, text.big);
    setText(small, text.small);
    this.#saved.style.left = `${Math.round(Math.max(0, x)) + 16}px`;
    this.#saved.style.maxWidth = `${Math.round(roomPx) - 24}px`;
    this.#saved.style.top = `${this.#layout.lanesTopPx}px`;
    this.#saved.style.height = `${this.#layout.cores.topPx - this.#layout.lanesTopPx}px`;
  }

  /** The span at a point of the plot. */
  spanAt(xPx: number, yPx: number): SpanHit | undefined {
    const trace = this.run?.trace;
    const lane = laneAtHeight(this.#layout, yPx + this.#scrollPx);
    if (!trace || lane === undefined || lane >= trace.stores.length) return undefined;
    const timeNs = timeAt(xPx, this.#window, this.#widthPx);
    if (timeNs < 0 || timeNs >= trace.nowNs) return undefined;
    const store = trace.stores[lane];
    const segment = store.segmentAt(timeNs);
    if (segment < 0) return undefined;
    const nsPerPx = (this.#window.toNs - this.#window.fromNs) / Math.max(1, this.#widthPx);
    const tooShort = store.endOf(segment) - store.startOf(segment) < 2 * nsPerPx;
    const fromNs = timeAt(Math.floor(xPx), this.#window, this.#widthPx);
    return { lane, segment, column: tooShort ? { fromNs, toNs: fromNs + nsPerPx } : undefined };
  }

  /** Where a span is on the page, for the card beside it. */
  pointOf({ lane, segment }: SpanPlace): { xPx: number; yPx: number } {
    const box = this.#canvas.getBoundingClientRect();
    const startNs = this.run?.trace.stores[lane].startOf(segment) ?? 0;
    const x = Math.max(0, Math.min(this.#widthPx, xOf(startNs, this.#window, this.#widthPx)));
    const row = laneRow(this.#layout, lane);
    return { xPx: box.left + x, yPx: box.top + row.topPx - this.#scrollPx + row.heightPx };
  }

  /** The span under a pointer event. */
  spanAtEvent(event: MouseEvent): SpanHit | undefined {
    const box = this.#canvas.getBoundingClientRect();
    return this.spanAt(event.clientX - box.left, event.clientY - box.top);
  }

  /** The hand-off whose arrow is under a pointer event. */
  handOffAtEvent(event: MouseEvent): number | undefined {
    const box = this.#canvas.getBoundingClientRect();
    const point = { xPx: event.clientX - box.left, yPx: event.clientY - box.top };
    return this.#picture && handOffAt(this.#picture, this.#widthPx, point);
  }

  /** Where the pointer last was over the plot, on the page. */
  get pointerPoint(): { xPx: number; yPx: number } {
    const box = this.#canvas.getBoundingClientRect();
    return { xPx: box.left + this.#pointer.xPx, yPx: box.top + this.#pointer.yPx };
  }

  /** The run as it is drawn now, for an export. */
  scene(up: (yPx: number) => number): ScenePlot | undefined {
    if (!this.run) return undefined;
    const [layout, scrollPx] = [this.#layout, this.#scrollPx];
    const rowOf = (lanes: readonly number[], { topPx, heightPx }: Row): SceneRow => [
      lanes,
      topPx - scrollPx,
      heightPx,
    ];
    const calls = recordCalls(context => this.#painter.paint(context, sizeOf(this.#chart)));
    return {
      ...placeOfCanvas(this.#canvas, calls, up),
      run: this.run.id,
      window: this.#window,
      lanes: layout.rows.map(row => rowOf(row.drawn, row)),
      holders: layout.holders.map(({ lanes, row }) => rowOf(lanes, row)),
      cores: [layout.cores.topPx - scrollPx, layout.cores.heightPx],
    };
  }

  dispose(): void {
    this.#chart.destroy();
    this.root.remove();
  }

  /** Tells what is under the pointer, if that is another thing than before. */
  #pointed(at: { readonly xPx: number; readonly yPx: number } | undefined): void {
    const hit = at && this.spanAt(at.xPx, at.yPx);
    if (at) this.#pointer = at;
    const key = hit && `${hit.lane} ${hit.column ? `at ${Math.floor(at.xPx)}` : hit.segment}`;
    if (key === this.#hitKey) return;
    this.#hitKey = key;
    this.#hooks.hovered(this, hit);
  }

  #layOut({ plan, lanePitchPx, ghost, run }: SectionFrame): void {
    const growing = run.outcome === 'running';
    const key = [plan, lanePitchPx, ghost, growing];
    if (key.every((part, i) => part === this.#laidOut[i])) return;
    this.#laidOut = key;
    const stripPx = ghost ? stripPxFor(lanePitchPx) : 0;
    this.#layout = layOutRun(plan.lanes, lanePitchPx, plan.rows, stripPx);
    this.#ghost = ghost && this.#placeGhost(ghost, run, growing);
    this.plot.style.height = `${this.#layout.heightPx}px`;
  }

  #placeGhost({ trace, version }: RunView, run: RunView, growing: boolean): Ghost {
    const at = (place: typeof stripOf): RunLayout =>
      layoutBefore(this.#layout, trace, run.trace, place);
    return { trace, version, strips: at(stripOf), behind: growing ? at(row => row) : undefined };
  }

  #showLabels({ plan, run }: SectionFrame): void {
    this.#labels.show({
      lanes: plan.lanes,
      layout: this.#layout,
      header: run.trace.header,
      topPx: this.#scrollPx,
      heightPx: Number(this.#canvas.dataset.heightPx),
    });
  }

  #placeCanvas(frame: SectionFrame): void {
    const { heightPx } = this.#layout;
    const whole = heightPx <= frame.seen.heightPx + 2 * OVERSCAN_PX;
    const canvasHeight = whole ? heightPx : frame.seen.heightPx + 2 * OVERSCAN_PX;
    // Where the plot stands is asked only when it matters: the answer costs a layout of the page.
    const wanted = whole ? 0 : frame.seen.topPx - this.plot.offsetTop - OVERSCAN_PX;
    const scroll = Math.max(0, Math.min(heightPx - canvasHeight, wanted));
    // Moves in steps, so that most frames of a scroll need no new picture.
    this.#scrollPx = whole ? 0 : Math.max(0, Math.round(scroll / 60) * 60);
    this.#canvas.style.transform = `translateY(${this.#scrollPx}px)`;
    this.#canvas.dataset.heightPx = String(Math.max(1, Math.round(canvasHeight)));
    const endPx = xOf(frame.run.trace.nowNs, frame.window, frame.widthPx);
    const isFree = this.#layout.holders.length === 0 && this.#layout.laneCount > 0;
    setShown(this.#noLock, isFree && endPx > 0);
    const isTold = tellsOfGil(frame.run.trace.header);
    setText(this.#whyNoLock, isTold ? 'no lock to hand over' : 'not told by this file');
    this.#noLock.style.width = `${Math.max(0, Math.min(frame.widthPx, endPx))}px`;
    this.#noLock.style.height = `${this.#layout.ribbon.heightPx}px`;
  }

  #drawChart(frame: SectionFrame): void {
    const heightPx = Number(this.#canvas.dataset.heightPx);
    const { window, widthPx, pixelRatio, theme } = frame;
    const key = [window.fromNs, window.toNs, widthPx, heightPx, pixelRatio, theme];
    if (key.some((part, i) => part !== this.#charted[i])) {
      this.#charted = key;
      this.#chart.options.devicePixelRatio = pixelRatio;
      if (widthPx > 0) {
        const { width, height, currentDevicePixelRatio } = this.#chart;
        // Asking for the same size would make the browser lay the page out in every frame.
        if (width !== widthPx || height !== heightPx || currentDevicePixelRatio !== pixelRatio) {
          this.#chart.resize(widthPx, heightPx);
        }
        showWindow(this.#chart, window);
      }
    } else {
      this.#chart.draw();
    }
  }
}

function sizeOf({ width, height, currentDevicePixelRatio }: LanesChart): CanvasSize {
  return { widthPx: width, heightPx: height, pixelRatio: currentDevicePixelRatio };
}
