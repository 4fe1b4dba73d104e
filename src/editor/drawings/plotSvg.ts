// The lanes of a run as SVG: every span as it is where they can be told apart, else the share of each state in each
// half pixel, as the panel draws it. Drawn from the trace, so a picture that is made larger stays sharp.

import { LANE_STATE_COUNT, LaneState, usesCore } from '../../core/model/lanes';
import type { LaneStore } from '../../core/model/laneStore';
import type { Trace } from '../../core/model/trace';
import { hatchOf, type SceneLook, type ScenePlot } from '../../protocol/picture';
import { box } from './canvasSvg';
import { escapeXml } from './svg';

/** Which spans keep their colour; undefined: all. */
export type Lit = ((lane: number, segment: number) => boolean) | undefined;

export interface PlotLooks {
  readonly looks: readonly SceneLook[];
  readonly coresColor: string;
}

const FADED = 0.28;
const COLUMN_PX = 0.5;
/** Up to this many spans a pixel, each is drawn as it is. */
const SPANS_PER_PX = 1;
/** A span is never narrower: a rare short wait must not vanish. */
const NARROWEST_PX = 0.6;
const HOLDER_STEPS = 8;

/** The elements of ribbon, lanes and cores. */
export function plotSvg(trace: Trace, plot: ScenePlot, looks: PlotLooks, lit: Lit): string {
  const all = [
    ribbon(trace, plot, looks),
    lanes(trace, plot, looks, undefined),
    cores(trace, plot, looks),
  ];
  if (!lit) return all.join('');
  return `<g opacity="${FADED}">${all.join('')}</g>${lanes(trace, plot, looks, lit)}`;
}

/** Paths by colour: an element for each rectangle would be many times as long. */
class Paths {
  readonly #byLook = new Map<string, string[]>();

  add(look: string, path: string): void {
    const known = this.#byLook.get(look);
    if (known) known.push(path);
    else this.#byLook.set(look, [path]);
  }

  get svg(): string {
    return [...this.#byLook]
      .map(([look, paths]) => `<path ${look} d="${paths.join('')}"/>`)
      .join('');
  }
}

function lanes(trace: Trace, plot: ScenePlot, { looks }: PlotLooks, lit: Lit): string {
  const paths = new Paths();
  for (const [drawn, topPx, heightPx] of plot.lanes) {
    const known = drawn.filter(lane => (trace.stores.at(lane)?.count ?? 0) > 0);
    const drawing = { trace, plot, lanes: known, topPx, heightPx, looks, lit };
    if (hasRoom(drawing)) addSpans(paths, drawing);
    else addColumns(paths, drawing);
  }
  return paths.svg;
}

interface RowDrawing {
  readonly trace: Trace;
  readonly plot: ScenePlot;
  readonly lanes: readonly number[];
  readonly topPx: number;
  readonly heightPx: number;
  readonly looks: readonly SceneLook[];
  readonly lit: Lit;
}

/** Whether the spans of a single lane can be told apart. */
function hasRoom({
  trace,
  plot,
  lanes: drawn,
}: Pick<RowDrawing, 'trace' | 'plot' | 'lanes'>): boolean {
  if (drawn.length !== 1) return false;
  const [first, last] = visible(trace.stores[drawn[0]], plot);
  return last - first <= plot.widthPx * SPANS_PER_PX;
}

function addSpans(
  paths: Paths,
  { trace, plot, lanes: drawn, topPx, heightPx, looks, lit }: RowDrawing,
): void {
  const [lane] = drawn;
  const store = trace.stores[lane];
  const [first, last] = visible(store, plot);
  for (let segment = first; segment <= last; segment++) {
    const look = looks.find(([state]) => state === store.stateOf(segment));
    if (!look || (lit && !lit(lane, segment))) continue;
    const [x, width] = stretch(plot, store.startOf(segment), store.endOf(segment));
    const tall = look[1] * heightPx;
    paths.add(inkOf(look), box(x, topPx + heightPx - tall, width, tall));
  }
}

function addColumns(
  paths: Paths,
  { trace, plot, lanes: drawn, topPx, heightPx, looks, lit }: RowDrawing,
): void {
  const count = Math.ceil(plot.widthPx / COLUMN_PX);
  const time = sumOf(
    drawn.map(lane => {
      const store = trace.stores[lane];
      return lit ? litTime(store, plot, count, i => lit(lane, i)) : timeOf(store, plot, count);
    }),
    count,
  );
  const columnNs = nsPerPx(plot) * COLUMN_PX * drawn.length;
  for (let column = 0; column < count; column++) {
    let bottom = topPx + heightPx;
    for (const look of looks) {
      const share = time[column * LANE_STATE_COUNT + look[0]] / columnNs;
      if (!(share > 1e-9)) continue;
      const tall = Math.max(0.7, share * look[1] * heightPx);
      paths.add(inkOf(look), box(column * COLUMN_PX, bottom - tall, COLUMN_PX, tall));
      bottom -= tall;
    }
  }
}

function ribbon(trace: Trace, plot: ScenePlot, { looks }: PlotLooks): string {
  const paths = new Paths();
  const color = looks.find(([state]) => state === LaneState.runningWithGil)?.[2] ?? '#888';
  for (const [drawn, topPx, heightPx] of plot.holders) {
    const lanesHere = drawn.filter(lane => (trace.stores.at(lane)?.count ?? 0) > 0);
    const tall = heightPx - (heightPx > 3 ? 1 : 0);
    const fill = `fill="${escapeXml(color)}"`;
    if (hasRoom({ trace, plot, lanes: lanesHere })) {
      const store = trace.stores[lanesHere[0]];
      const [first, last] = visible(store, plot);
      for (let i = first; i <= last; i++) {
        if (store.stateOf(i) !== LaneState.runningWithGil) continue;
        const [x, width] = stretch(plot, store.startOf(i), store.endOf(i));
        paths.add(fill, box(x, topPx, width, tall));
      }
      continue;
    }
    const count = Math.ceil(plot.widthPx);
    const time = sumOf(
      lanesHere.map(lane => timeOf(trace.stores[lane], plot, count, 1)),
      count,
    );
    for (let column = 0; column < count; column++) {
      const share = time[column * LANE_STATE_COUNT + LaneState.runningWithGil] / nsPerPx(plot);
      if (!(share > 1e-9)) continue;
      const opacity = Math.ceil((0.35 + 0.65 * Math.min(1, share)) * HOLDER_STEPS) / HOLDER_STEPS;
      paths.add(`${fill} opacity="${opacity}"`, box(column, topPx, 1, tall));
    }
  }
  return paths.svg;
}

function nsPerPx({ window, widthPx }: ScenePlot): number {
  return (window.toNs - window.fromNs) / widthPx;
}

function sumOf(parts: readonly Float64Array[], count: number): Float64Array {
  if (parts.length === 1) return parts[0];
  const sum = new Float64Array(count * LANE_STATE_COUNT);
  for (const part of parts) for (let i = 0; i < sum.length; i++) sum[i] += part[i];
  return sum;
}

function cores(trace: Trace, plot: ScenePlot, { coresColor }: PlotLooks): string {
  const [top, height] = plot.cores;
  if (height <= 0) return '';
  // Many lanes at many pixels would take long: then the strip is drawn a little coarser.
  const step = trace.stores.length > 500 ? 4 : 1;
  const count = Math.ceil(plot.widthPx / step);
  const fullNs =
    ((plot.window.toNs - plot.window.fromNs) / plot.widthPx) * step * trace.header.cores;
  const busy = new Float64Array(count);
  for (const store of trace.stores) {
    const time = timeOf(store, plot, count, step);
    for (let i = 0; i < time.length; i++) {
      if (usesCore(i % LANE_STATE_COUNT)) busy[Math.floor(i / LANE_STATE_COUNT)] += time[i];
    }
  }
  const paths = new Paths();
  busy.forEach((ns, column) => {
    const tall = Math.min(1, ns / fullNs) * height;
    if (tall > 1e-6)
      paths.add(
        `fill="${escapeXml(coresColor)}"`,
        box(column * step, top + height - tall, step, tall),
      );
  });
  return paths.svg;
}

/** The time of each state in each column, from the lane's own sums. */
function timeOf(
  store: LaneStore,
  plot: ScenePlot,
  count: number,
  columnPx = COLUMN_PX,
): Float64Array {
  const out = new Float64Array(count * LANE_STATE_COUNT);
  const columnNs = ((plot.window.toNs - plot.window.fromNs) / plot.widthPx) * columnPx;
  for (let column = 0; column < count; column++) {
    const fromNs = plot.window.fromNs + column * columnNs;
    if (fromNs >= store.endNs) break;
    const at = column * LANE_STATE_COUNT;
    store.addTimePerState(fromNs, fromNs + columnNs, out.subarray(at, at + LANE_STATE_COUNT));
  }
  return out;
}

/** The same of some of the segments only. */
function litTime(
  store: LaneStore,
  plot: ScenePlot,
  count: number,
  lit: (segment: number) => boolean,
): Float64Array {
  const out = new Float64Array(count * LANE_STATE_COUNT);
  const { fromNs, toNs } = plot.window;
  const columnNs = ((toNs - fromNs) / plot.widthPx) * COLUMN_PX;
  const [first, last] = visible(store, plot);
  for (let segment = first; segment <= last; segment++) {
    if (!lit(segment)) continue;
    const end = Math.min(toNs, store.endOf(segment));
    for (let at = Math.max(fromNs, store.startOf(segment)); at < end;) {
      const column = Math.min(count - 1, Math.floor((at - fromNs) / columnNs));
      const next = Math.min(end, Math.max(at + 1, fromNs + (column + 1) * columnNs));
      out[column * LANE_STATE_COUNT + store.stateOf(segment)] += next - at;
      at = next;
    }
  }
  return out;
}

function visible(store: LaneStore, { window }: ScenePlot): [first: number, last: number] {
  return [Math.max(0, store.segmentAt(window.fromNs)), store.segmentAt(window.toNs)];
}

/** Left edge and width of a stretch of time within the plot. */
function stretch({ window, widthPx }: ScenePlot, fromNs: number, toNs: number): [number, number] {
  const scale = widthPx / (window.toNs - window.fromNs);
  const left = Math.max(0, (fromNs - window.fromNs) * scale);
  const right = Math.min(widthPx, (toNs - window.fromNs) * scale);
  return [left, Math.max(NARROWEST_PX, right - left)];
}

/** A pattern tells apart what colours alone do not: what was not observed, and in high contrast more. */
function inkOf([state, , color, hatched]: SceneLook): string {
  return `fill="${escapeXml(hatched ? hatchOf(state) : color)}"`;
}
