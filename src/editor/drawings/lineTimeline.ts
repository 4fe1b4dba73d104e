// A small drawing of the last run for one source line: every lane faint, what happened at the line in full colour.

import { LANE_STATE_COUNT, LaneState } from '../../core/model/lanes';
import type { LaneStore } from '../../core/model/laneStore';
import { LOOKS_BY_RANK } from '../../core/model/stateLooks';
import type { Trace } from '../../core/model/trace';
import { formatDuration, type Nanoseconds } from '../../core/units';
import type { Palette } from './palette';
import { escapeXml, shortened, type Drawing } from './svg';

const LABEL_PX = 92;
const TRACK_PX = 330;
const WIDTH_PX = LABEL_PX + TRACK_PX;
const HEAD_PX = 18;
const ROW_PX = 14;
const BAR_PX = 10;
const AXIS_PX = 16;
const LABEL_CHARACTERS = 14;

/** Lanes that are drawn of one run: those that came to the line first. */
const MOST_LANES = 6;

export interface LineTimelineInput {
  /** The baseline first; they are drawn on one time axis. */
  readonly traces: readonly Trace[];
  /** Whether a position of a trace is the line. */
  readonly isLine: (trace: Trace, position: number) => boolean;
  readonly palette: Palette;
}

/** Undefined where no thread of any run came to the line. */
export function drawLineTimeline({
  traces,
  isLine,
  palette,
}: LineTimelineInput): Drawing | undefined {
  const durationNs = Math.max(1, ...traces.map(trace => trace.nowNs));
  const runs = traces.map(trace => lanesOf(trace, position => isLine(trace, position), durationNs));
  if (!runs.some(lanes => lanes.some(({ here }) => here !== undefined))) return undefined;
  const parts: string[] = [];
  let y = 0;
  traces.forEach((trace, index) => {
    parts.push(headText(trace, y, palette));
    y += HEAD_PX;
    const shown = mostTelling(runs[index]);
    for (const lane of shown) {
      parts.push(laneParts(lane, y, palette));
      y += ROW_PX;
    }
    const more =
      runs[index].filter(({ here, main }) => here !== undefined || !main).length - shown.length;
    if (more > 0) {
      parts.push(text(LABEL_PX, y + 9, `and ${more} more`, { fill: palette.quiet }));
      y += ROW_PX;
    }
    y += 4;
  });
  parts.push(axis(y, durationNs, palette));
  const heightPx = y + AXIS_PX;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH_PX}" height="${heightPx}" viewBox="0 0 ${WIDTH_PX} ${heightPx}" ` +
    `font-family="${palette.fontFamily}" font-size="11">${parts.join('')}</svg>`;
  return { svg, alt: altText(traces, runs), widthPx: WIDTH_PX, heightPx };
}

interface Lane {
  readonly name: string;
  readonly main: boolean;
  /** The look of each pixel, by its index plus 1; 0 where nothing is. */
  readonly all: Uint8Array;
  /** The same of the line alone; undefined if the lane never came to it. */
  readonly here: Uint8Array | undefined;
}

function lanesOf(
  trace: Trace,
  isHere: (position: number) => boolean,
  durationNs: Nanoseconds,
): Lane[] {
  const here = trace.positions.map((_, position) => isHere(position));
  return trace.stores.map((store, lane) => ({
    name: trace.lanes[lane].name,
    main: trace.lanes[lane].main,
    all: pixelsOf(store, durationNs, undefined) ?? new Uint8Array(TRACK_PX),
    here: pixelsOf(store, durationNs, here),
  }));
}

/** The state that took most of each pixel. With `here`, of segments at those positions only. O(segments). */
function pixelsOf(
  store: LaneStore,
  durationNs: Nanoseconds,
  here: readonly boolean[] | undefined,
): Uint8Array | undefined {
  const { starts, states, positions } = store.columns();
  const times = new Float64Array(TRACK_PX * LANE_STATE_COUNT);
  const perPixelNs = durationNs / TRACK_PX;
  let isAnywhere = false;
  for (let segment = 0; segment < starts.length; segment++) {
    const state = states[segment];
    if (state === LaneState.notStarted || state === LaneState.finished) continue;
    if (here && !here[positions[segment]]) continue;
    const endNs = segment + 1 < starts.length ? starts[segment + 1] : store.endNs;
    addStretch(times, state, starts[segment] / perPixelNs, endNs / perPixelNs);
    isAnywhere = true;
  }
  return isAnywhere ? looksOf(times) : undefined;
}

/** Adds a stretch, in pixels, to the pixels that it touches. */
function addStretch(times: Float64Array, state: number, from: number, to: number): void {
  const last = Math.min(TRACK_PX - 1, Math.floor(to));
  for (let pixel = Math.floor(from); pixel <= last; pixel++) {
    const share = Math.min(to, pixel + 1) - Math.max(from, pixel);
    times[pixel * LANE_STATE_COUNT + state] += share;
  }
}

function looksOf(times: Float64Array): Uint8Array {
  const looks = new Uint8Array(TRACK_PX);
  for (let pixel = 0; pixel < TRACK_PX; pixel++) {
    let most = 0;
    LOOKS_BY_RANK.forEach(({ state }, index) => {
      const time = times[pixel * LANE_STATE_COUNT + state];
      if (time <= most) return;
      most = time;
      looks[pixel] = index + 1;
    });
  }
  return looks;
}

/** Those that came to the line, and others that compete with them while there is room; in the order of the run. */
function mostTelling(lanes: readonly Lane[]): readonly Lane[] {
  const here = lanes.filter(lane => lane.here);
  const beside = lanes.filter(lane => !lane.here && !lane.main);
  const chosen = new Set([...here, ...beside].slice(0, MOST_LANES));
  return lanes.filter(lane => chosen.has(lane));
}

function headText({ header, nowNs }: Trace, y: number, { text: ink, quiet }: Palette): string {
  return (
    text(0, y + 12, shortened(header.title, 40), { fill: ink, weight: 600 }) +
    text(WIDTH_PX, y + 12, formatDuration(nowNs), { fill: quiet, anchor: 'end' })
  );
}

function laneParts({ name, all, here }: Lane, y: number, palette: Palette): string {
  const { quiet, text: ink, rule } = palette;
  const base = y + BAR_PX;
  const label = text(0, y + 9, shortened(name, LABEL_CHARACTERS), { fill: here ? ink : quiet });
  const faint = bars(all, base, palette);
  return (
    `${label}<rect x="${LABEL_PX}" y="${base}" width="${TRACK_PX}" height="1" fill="${rule}"/>` +
    `<g opacity="0.26">${faint}</g>${here ? bars(here, base, palette) : ''}`
  );
}

/** One path for each look: neighbouring pixels of one look are one rectangle. */
function bars(looks: Uint8Array, base: number, palette: Palette): string {
  const paths = LOOKS_BY_RANK.map(() => '');
  for (let from = 0; from < TRACK_PX;) {
    const look = looks[from];
    let to = from + 1;
    while (to < TRACK_PX && looks[to] === look) to++;
    if (look > 0) {
      const height = Math.max(2, Math.round(BAR_PX * LOOKS_BY_RANK[look - 1].weight));
      paths[look - 1] += `M${LABEL_PX + from} ${base}v-${height}h${to - from}v${height}z`;
    }
    from = to;
  }
  return LOOKS_BY_RANK.map(({ color }, look) =>
    paths[look] === '' ? '' : `<path fill="${palette.color(color)}" d="${paths[look]}"/>`,
  ).join('');
}

function axis(y: number, durationNs: Nanoseconds, { quiet }: Palette): string {
  return (
    text(LABEL_PX, y + 11, '0', { fill: quiet }) +
    text(WIDTH_PX, y + 11, formatDuration(durationNs), { fill: quiet, anchor: 'end' })
  );
}

interface TextStyle {
  readonly fill: string;
  readonly weight?: number;
  readonly anchor?: 'end';
}

function text(x: number, y: number, content: string, { fill, weight, anchor }: TextStyle): string {
  const bold = weight === undefined ? '' : ` font-weight="${weight}"`;
  const place = anchor === undefined ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${x}" y="${y}" fill="${fill}"${bold}${place}>${escapeXml(content)}</text>`;
}

function altText(traces: readonly Trace[], runs: readonly (readonly Lane[])[]): string {
  const each = traces.map((trace, index) => {
    const came = runs[index].filter(({ here }) => here !== undefined).length;
    return `${trace.header.title}, ${formatDuration(trace.nowNs)}: ${came} of ${runs[index].length} threads came to this line`;
  });
  return `Timeline of the last run. ${each.join('; ')}.`;
}
