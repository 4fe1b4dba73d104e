// What a single run shows when there is room: words on the spans, arrows of hand-offs, notches of intervals.

import { LaneState } from '../../src/core/model/lanes';
import { EventKind } from '../../src/core/model/trace';
import { durationFigure } from '../../src/core/units';
import type { HandOffIndex } from '../model/handOffs';
import { laneRow } from '../model/runLayout';
import type { CanvasSize } from './runPicture';
import type { RunPicture } from './runPicture';
import { firstEventFrom } from '../model/handOffs';
import { lookOf } from '../../src/core/model/stateLooks';
import { timeAt, xOf, type TimeWindow } from '../model/viewport';
import { shortName } from '../../src/core/names';

type Context = CanvasRenderingContext2D;

/** More than this many in one window would be a grey smear. */
const MOST_ARROWS = 260;
const MOST_LABELS_A_LANE = 200;
const NARROWEST_LABEL_PX = 36;
/** Letters are as high as this. */
const LOWEST_LABEL_PX = 13;
const PADDING_PX = 4;
/** A pointer this near to an arrow is on it. */
const ARROW_REACH_PX = 4;
const NOTCH_PX = 6;

/** Paints over the lanes of one run. */
export function paintDetail(context: Context, picture: RunPicture, size: CanvasSize): void {
  if (!picture.detail) return;
  context.save();
  context.beginPath();
  context.rect(0, 0, Math.min(size.widthPx, revealedPx(picture, size)), size.heightPx);
  context.clip();
  paintNotches(context, picture, size);
  paintArrows(context, picture, size, picture.detail.handOffs);
  for (let lane = 0; lane < picture.layout.laneCount; lane++)
    paintLabels(context, picture, size, lane);
  context.restore();
}

function revealedPx(picture: RunPicture, { widthPx }: CanvasSize): number {
  return picture.revealNs === Infinity ? widthPx : xOf(picture.revealNs, picture.window, widthPx);
}

function paintLabels(context: Context, picture: RunPicture, size: CanvasSize, lane: number): void {
  const { layout, window, scrollPx, shown, theme } = picture;
  const row = laneRow(layout, lane);
  const top = row.topPx - scrollPx;
  const store = shown.trace.stores.at(lane);
  if (!store || row.heightPx < 22 || top > size.heightPx || top + row.heightPx < 0) return;
  const first = Math.max(0, store.segmentAt(window.fromNs));
  const last = store.segmentAt(window.toNs);
  if (last - first > MOST_LABELS_A_LANE) return;
  context.textBaseline = 'middle';
  for (let segment = first; segment <= last; segment++) {
    const left = Math.max(0, xOf(store.startOf(segment), window, size.widthPx));
    const right = Math.min(size.widthPx, xOf(store.endOf(segment), window, size.widthPx));
    const look = lookOf(store.stateOf(segment));
    // On a hatch no word could be read; it says itself that nothing is known.
    if (!look || look.hatch === 'always' || right - left < NARROWEST_LABEL_PX) continue;
    const durations = durationTexts(store.endOf(segment) - store.startOf(segment));
    const name = shortName(shown.trace.positions[store.positionOf(segment)].functionName);
    const box = {
      left,
      right,
      top: top + row.heightPx * (1 - look.weight),
      bottom: top + row.heightPx,
    };
    const ink = theme.inkOn(look.state);
    const font = theme.fontFamily;
    const write = (texts: readonly string[], y: number, weight = 400, inkNow = ink): void => {
      const size = weight === 400 ? 11 : 12;
      paintText(context, { ...box, texts, y, ink: inkNow, font: `${weight} ${size}px ${font}` });
    };
    if (look.weight === 1 && row.heightPx >= 38) {
      write([name === '' ? 'runs' : name, SHORTENED], box.top + 13, 600);
      write(durations, box.top + 28);
    } else if (look.weight >= 0.4) {
      const words = look.weight === 1 ? `${name} ` : look.onSpan === '' ? '' : `${look.onSpan} `;
      if (box.bottom - box.top >= LOWEST_LABEL_PX)
        write([`${words}${durations[0]}`, ...durations], (box.top + box.bottom) / 2);
    } else {
      write([`${name} ${durations[0]}`.trim(), ...durations], box.top - 8, 400, theme.quiet);
    }
  }
}

interface Label {
  readonly left: number;
  readonly right: number;
  readonly y: number;
  /** The first that fits is written. */
  readonly texts: readonly string[];
  readonly ink: string;
  readonly font: string;
}

/** A duration, and the same with a digit less where there is little room. */
function durationTexts(ns: number): readonly string[] {
  const { value, unit } = durationFigure(ns);
  const brief = Number(Number(value).toFixed(Number(value) < 10 ? 1 : 0));
  return [`${value} ${unit}`, `${brief} ${unit}`];
}

/** Stands for the first text with an ellipsis: names may be cut short, numbers never. */
const SHORTENED = '…';

function paintText(context: Context, { left, right, y, texts, ink, font }: Label): void {
  context.font = font;
  context.fillStyle = ink;
  const room = right - left - 2 * PADDING_PX;
  for (const text of texts) {
    const written = text === SHORTENED ? shortened(context, texts[0], room) : text;
    if (written === '' || context.measureText(written).width > room) continue;
    context.fillText(written, left + PADDING_PX, y);
    return;
  }
}

/** As many letters as fit; none if not even three do. */
function shortened(context: Context, text: string, room: number): string {
  let letters = Math.floor((text.length * room) / context.measureText(text).width);
  const cut = (): string => `${text.slice(0, letters)}…`;
  while (letters >= 3 && context.measureText(cut()).width > room) letters--;
  return letters >= 3 ? cut() : '';
}

/** Where a waiter's interval ran out: a notch in its wait. */
function paintNotches(context: Context, picture: RunPicture, size: CanvasSize): void {
  const { layout, window, scrollPx, shown, theme } = picture;
  const { times, kinds, lanes } = shown.trace.events;
  const first = firstEventFrom(times, window.fromNs);
  const last = firstEventFrom(times, window.toNs);
  if (last - first > 40 * MOST_ARROWS) return;
  context.fillStyle = theme.inkOn(LaneState.waitingForGil);
  for (let i = first; i < last; i++) {
    if (kinds[i] === EventKind.mark) paintMark(context, picture, size, i);
    if (kinds[i] !== EventKind.dropRequest) continue;
    const row = laneRow(layout, lanes[i]);
    const y = row.topPx - scrollPx + row.heightPx * 0.54;
    context.fillRect(Math.round(xOf(times[i], window, size.widthPx)), y, 1, NOTCH_PX);
  }
}

/** Where an arrow stands: from the lane that had the GIL to the lane that got it. */
interface Arrow {
  readonly x: number;
  readonly fromY: number;
  readonly toY: number;
}

function arrowOf(
  { layout, window, scrollPx, shown: { trace } }: RunPicture,
  widthPx: number,
  event: number,
): Arrow {
  const { lanes, times, arguments: operands } = trace.events;
  const [from, to] = [operands[event] - 1, lanes[event]];
  const [source, target] = [laneRow(layout, from), laneRow(layout, to)];
  // Rows may be sorted: what counts is which stands lower.
  const down = target.topPx > source.topPx;
  return {
    x: Math.round(xOf(times[event], window, widthPx)) + 0.5,
    fromY: (down ? source.topPx + source.heightPx : source.topPx) - scrollPx,
    toY: (down ? target.topPx : target.topPx + target.heightPx) - scrollPx,
  };
}

/** The hand-offs that have arrows: those of a stretch of the window, unless the window has too many. */
function withArrows({ detail, window }: RunPicture, { fromNs, toNs }: TimeWindow): number[] {
  const handOffs = detail?.handOffs;
  if (!handOffs) return [];
  const before = (timeNs: number): number => handOffs.countBefore(timeNs);
  if (before(window.toNs) - before(window.fromNs) > MOST_ARROWS) return [];
  const [first, last] = [before(fromNs), before(toNs)];
  return Array.from({ length: last - first }, (_, i) => first + i);
}

/** The hand-off whose arrow is at a point of the canvas. */
export function handOffAt(
  picture: RunPicture,
  widthPx: number,
  { xPx, yPx }: { readonly xPx: number; readonly yPx: number },
): number | undefined {
  const near = (px: number): number => timeAt(xPx + px, picture.window, widthPx);
  return withArrows(picture, { fromNs: near(-ARROW_REACH_PX), toNs: near(ARROW_REACH_PX) })
    .map(index => ({
      index,
      ...arrowOf(picture, widthPx, picture.detail?.handOffs.eventOf(index) ?? 0),
    }))
    .filter(
      ({ fromY, toY }) =>
        yPx > Math.min(fromY, toY) - ARROW_REACH_PX && yPx < Math.max(fromY, toY) + ARROW_REACH_PX,
    )
    .sort((a, b) => Math.abs(a.x - xPx) - Math.abs(b.x - xPx))
    .at(0)?.index;
}

function paintArrows(
  context: Context,
  picture: RunPicture,
  size: CanvasSize,
  handOffs: HandOffIndex,
): void {
  const { window, theme, chosen } = picture;
  context.lineWidth = 1;
  for (const index of withArrows(picture, window)) {
    const arrow = arrowOf(picture, size.widthPx, handOffs.eventOf(index));
    if (index === chosen?.handOff) paintBand(context, picture, size, arrow.x);
    context.strokeStyle = context.fillStyle = theme.foreground;
    paintArrow(context, arrow);
  }
}

function paintArrow(context: Context, { x, fromY, toY }: Arrow): void {
  const tip = toY > fromY ? 4 : -4;
  context.beginPath();
  context.moveTo(x, fromY);
  context.lineTo(x, toY - tip);
  context.stroke();
  context.beginPath();
  context.moveTo(x, toY);
  context.lineTo(x - 3, toY - tip);
  context.lineTo(x + 3, toY - tip);
  context.fill();
}

/** Behind the chosen arrow: it must be found among its like. */
function paintBand(
  context: Context,
  { theme, layout, scrollPx }: RunPicture,
  { heightPx }: CanvasSize,
  x: number,
): void {
  context.fillStyle = theme.focus;
  context.globalAlpha = 0.3;
  const bottom = Math.min(heightPx, layout.cores.topPx - scrollPx);
  context.fillRect(x - 6.5, 0, 13, bottom);
  context.globalAlpha = 1;
}

/** A mark: a flag at the top of its lane, whatever the lane does. */
function paintMark(context: Context, picture: RunPicture, size: CanvasSize, event: number): void {
  const { shown, layout, window, scrollPx, theme } = picture;
  const { times, lanes } = shown.trace.events;
  const x = Math.round(xOf(times[event], window, size.widthPx));
  const y = laneRow(layout, lanes[event]).topPx - scrollPx;
  context.save();
  context.fillStyle = theme.foreground;
  context.beginPath();
  context.moveTo(x - 4, y - 1);
  context.lineTo(x + 4, y - 1);
  context.lineTo(x, y + 6);
  context.closePath();
  context.fill();
  context.restore();
}
