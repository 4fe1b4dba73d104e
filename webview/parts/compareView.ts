// The Compare view: one time axis, under it the runs one below the other, over all of it the playhead.

import {
  AXIS_CANVAS_PX,
  AXIS_HEIGHT_PX,
  AXIS_MARGIN_PX,
  createAxisChart,
  showAxis,
  type AxisChart,
} from '../drawing/chartAxis';
import type { SceneCanvas } from '../../src/protocol/picture';
import { registerLanes } from '../drawing/chartLanes';
import { element, setShown, setText } from '../ground/dom';
import { placeOfCanvas, recordCalls } from '../drawing/picture';
import type { LaneOrder } from '../model/lanePlan';
import { OrderChoice } from './orderChoice';
import {
  fixedHeightPx,
  lanePitchFor,
  laneRowCount,
  MAX_DETAIL_LANE_PX,
  MAX_LANE_PX,
} from '../model/runLayout';
import { RunSection, type SectionFrame, type SectionHooks } from './runSection';
import type { Theme } from '../drawing/theme';
import { xOf, type TimeWindow } from '../model/viewport';

/** What one run shows; the rest of its frame is the same for all. */
export type RunFrame = Pick<
  SectionFrame,
  | 'run'
  | 'index'
  | 'ghost'
  | 'revealNs'
  | 'endNs'
  | 'baselineEndNs'
  | 'chosen'
  | 'lit'
  | 'detail'
  | 'plan'
>;

/** What the view shows in the next frame. */
export interface CompareFrame {
  readonly runs: readonly RunFrame[];
  readonly window: TimeWindow;
  readonly theme: Theme;
  readonly range: TimeWindow | undefined;
  readonly hurried: boolean;
  /** Where the playhead stands and what its flag says; undefined: no playhead. */
  readonly playhead: { readonly timeNs: number; readonly label: string } | undefined;
}

/** Height of a run's header with the space around it; the style sheet wraps it in narrower pages. */
function headHeightPx(widthPx: number, inDepth: boolean): number {
  if (inDepth && widthPx <= 460) return 50;
  if (widthPx > 960) return 49;
  return widthPx > 460 ? 76 : 120;
}

/** A lane with the run before below it is never lower. */
const LEAST_WITH_STRIP_PX = 24;

/** How the view tells what the person wants. */
export interface CompareHooks extends Omit<SectionHooks, 'grown'> {
  /** Lanes are to be sorted so. */
  ordered(order: LaneOrder): void;
}

export class CompareView {
  readonly root = element('div', {
    class: 'scroller',
    attributes: { tabindex: '0', role: 'region', 'aria-label': 'Runs' },
  });
  readonly runsBox = element('div', { class: 'runs' });
  readonly axisBox = element('div', { class: 'axis' });
  readonly #axisCanvas = element('canvas', { attributes: { 'aria-hidden': 'true' } });
  readonly #axisPlot = element('div', { class: 'axis-plot' }, this.#axisCanvas);
  readonly #flag = element('div', { class: 'playhead-flag' });
  readonly order: OrderChoice;
  readonly #axis: AxisChart;
  readonly #hooks: SectionHooks;
  #sections: RunSection[] = [];
  #axisShown: readonly unknown[] = [];
  #widthPx = 0;
  #heightPx = 0;
  #pageWidthPx = 0;
  #differencesPx = 0;
  #scrollTopPx = 0;

  constructor(hooks: CompareHooks, resized: () => void) {
    this.#hooks = { ...hooks, grown: () => this.#measureDifferences(resized) };
    this.order = new OrderChoice(order => hooks.ordered(order));
    registerLanes();
    this.axisBox.append(element('div', { class: 'axis-gutter' }, this.order.root), this.#axisPlot);
    this.#axisPlot.append(this.#flag);
    this.root.append(this.axisBox, this.runsBox);
    this.#axis = createAxisChart(this.#axisCanvas);
    this.root.addEventListener(
      'scroll',
      () => {
        this.#scrollTopPx = this.root.scrollTop;
        resized();
      },
      { passive: true },
    );
    new ResizeObserver(() => {
      this.#measure();
      resized();
    }).observe(this.root);
  }

  get sections(): readonly RunSection[] {
    return this.#sections;
  }

  /** Width of the plots in CSS pixels; 0 while the page is hidden. */
  get widthPx(): number {
    if (this.#widthPx === 0) this.#measure();
    return this.#widthPx;
  }

  /** Left edge of the plots on the screen. */
  get leftPx(): number {
    return this.#axisPlot.getBoundingClientRect().left;
  }

  get scrolls(): boolean {
    return this.root.scrollHeight > this.root.clientHeight + 1;
  }

  show(frame: CompareFrame): void {
    this.#keepSections(frame.runs.length);
    this.runsBox.dataset.toNs = String(frame.window.toNs);
    const widthPx = this.widthPx;
    const shared = {
      window: frame.window,
      theme: frame.theme,
      range: frame.range,
      hurried: frame.hurried,
      widthPx,
      pixelRatio: devicePixelRatio,
      lanePitchPx: this.#lanePitchPx(frame.runs),
      seen: { topPx: this.#scrollTopPx - AXIS_HEIGHT_PX, heightPx: this.#heightPx },
    };
    frame.runs.forEach((run, i) => this.#sections[i].show({ ...shared, ...run }));
    this.#showAxis(frame, widthPx);
    this.#showPlayhead(frame, widthPx);
  }

  /** The axis, for an export. */
  axisScene(up: (yPx: number) => number): SceneCanvas {
    const chart = this.#axis;
    const { ctx } = chart;
    const calls = recordCalls(recorder => {
      const parts = [chart, ...Object.values(chart.scales)];
      for (const part of parts) Object.assign(part, { ctx: recorder });
      chart.draw();
      for (const part of parts) Object.assign(part, { ctx });
    });
    const { xPx, topPx, widthPx, heightPx } = placeOfCanvas(this.#axisCanvas, calls, up);
    return { xPx, topPx, widthPx, heightPx: Math.min(heightPx, AXIS_HEIGHT_PX), calls };
  }

  /** The section that shows a run, if it is shown. */
  sectionOfRun(index: number): RunSection | undefined {
    return this.#sections.find(section => section.index === index);
  }

  /** The section under an event. */
  sectionOf(event: Event): RunSection | undefined {
    const { target } = event;
    return this.#sections.find(section => target instanceof Node && section.plot.contains(target));
  }

  /** Scrolls so that a lane of a run is seen. */
  scrollToLane(section: RunSection, topPx: number, heightPx: number): void {
    const top = section.plot.offsetTop + topPx;
    const { scrollTop } = this.root;
    if (top < scrollTop) this.root.scrollTop = Math.max(0, top - 40);
    const bottom = top + heightPx + AXIS_HEIGHT_PX + 8;
    if (bottom > scrollTop + this.#heightPx) this.root.scrollTop = bottom - this.#heightPx;
  }

  /** Sections stay as long as their number does; runs are swapped under them. */
  #keepSections(count: number): void {
    while (this.#sections.length > count) this.#sections.pop()?.dispose();
    while (this.#sections.length < count) {
      const section = new RunSection(this.#hooks);
      this.#sections.push(section);
      this.runsBox.append(section.root);
    }
    setShown(this.axisBox, count > 0);
  }

  #measureDifferences(changed: () => void): void {
    const px = this.#sections.reduce((sum, section) => sum + section.differencePx, 0);
    if (px === this.#differencesPx) return;
    this.#differencesPx = px;
    changed();
  }

  #measure(): void {
    this.#widthPx = this.#axisPlot.clientWidth;
    this.#heightPx = this.root.clientHeight;
    this.#pageWidthPx = this.root.clientWidth;
  }

  #lanePitchPx(frames: readonly RunFrame[]): number {
    const inDepth = frames.some(({ detail }) => detail);
    const mostPx = inDepth ? MAX_DETAIL_LANE_PX : MAX_LANE_PX;
    const headPx = headHeightPx(this.#pageWidthPx, inDepth);
    const laneCount = frames.reduce((sum, { plan }) => sum + laneRowCount(plan.rows), 0);
    const fixed = frames.reduce(
      (sum, { plan }) => sum + fixedHeightPx(plan.lanes, plan.rows) + headPx,
      this.#differencesPx,
    );
    const pitchPx = lanePitchFor(laneCount, this.#heightPx - AXIS_HEIGHT_PX - fixed - 12, mostPx);
    return frames.some(({ ghost }) => ghost) ? Math.max(LEAST_WITH_STRIP_PX, pitchPx) : pitchPx;
  }

  #showAxis({ window, theme }: CompareFrame, widthPx: number): void {
    const key = [window.fromNs, window.toNs, widthPx, theme, devicePixelRatio];
    if (widthPx === 0 || key.every((part, i) => part === this.#axisShown[i])) return;
    this.#axisShown = key;
    this.#axis.options.devicePixelRatio = devicePixelRatio;
    const axisWidthPx = widthPx + 2 * AXIS_MARGIN_PX;
    if (
      this.#axis.width !== axisWidthPx ||
      this.#axis.currentDevicePixelRatio !== devicePixelRatio
    ) {
      this.#axis.resize(axisWidthPx, AXIS_CANVAS_PX);
    }
    showAxis(this.#axis, window, theme);
  }

  #showPlayhead({ playhead, window }: CompareFrame, widthPx: number): void {
    const x = playhead ? xOf(playhead.timeNs, window, widthPx) : -1;
    const shown = playhead !== undefined && x >= 0 && x <= widthPx;
    setShown(this.#flag, shown);
    for (const section of this.#sections) section.showPlayhead(shown ? x : undefined);
    if (!shown) return;
    setText(this.#flag, playhead.label);
    // Never over what stands beside the axis.
    this.#flag.style.transform = `translateX(clamp(0px, ${x}px - 50%, ${widthPx}px - 100%))`;
  }
}
