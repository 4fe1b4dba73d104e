// What is seen, as plain data for an export: the host makes a picture of it that stays sharp at any size.

import type {
  CanvasCall,
  PictureScene,
  SceneBox,
  SceneCanvas,
  SceneWord,
} from '../../src/protocol/picture';
import { hatchOf } from '../../src/protocol/picture';
import { STATE_LOOKS } from '../../src/core/model/stateLooks';

/** Parts of the page that are there to be used, not looked at. */
const TOOLS = '.toolbar,search,.run-tabs,.table-bar,.more,dialog,.card,.visually-hidden';
/** What is cut off at the edges of these is not seen. */
const SCROLLERS = '.scroller,.table-scroller,.inspector';
/** Words that are cut short with an ellipsis. */
const SHORTENED = '.lane-label,td,.run-title,.metric dt';

/** What the page itself cannot be asked. */
type Rest = Pick<PictureScene, 'view' | 'canvases' | 'plots' | 'query' | 'cursor'>;

/** Gathers everything that is seen. `part` gives plots and canvases, given how far each place is moved up. */
export function sceneOf(
  main: HTMLElement,
  part: (up: (yPx: number) => number) => Rest,
): PictureScene {
  const tools = [...main.querySelectorAll(TOOLS)].map(tool => tool.getBoundingClientRect());
  const up = (yPx: number): number =>
    tools.reduce((y, { top, height, width }) => (width > 1 && top < yPx ? y - height : y), yPx);
  const words: SceneWord[] = [];
  const boxes: SceneBox[] = [];
  for (const target of main.querySelectorAll<HTMLElement>('*')) {
    if (target.closest(TOOLS) || !target.checkVisibility()) continue;
    const style = getComputedStyle(target);
    const edges =
      target.closest(SCROLLERS)?.getBoundingClientRect() ?? main.getBoundingClientRect();
    addBoxes(boxes, target, style, edges);
    for (const node of target.childNodes) {
      if (node instanceof Text) addWords(words, node, target, { style, edges });
    }
  }
  const body = getComputedStyle(document.body);
  const root = getComputedStyle(document.documentElement);
  const highContrast = document.body.className.includes('vscode-high-contrast');
  const ink = (name: string): string => root.getPropertyValue(`--gs-${name}`).trim();
  return {
    ...part(up),
    widthPx: innerWidth,
    heightPx: up(innerHeight),
    background: body.backgroundColor,
    foreground: body.color,
    fontFamily: body.fontFamily,
    words: words.map(word => ({ ...word, topPx: up(word.topPx) })),
    boxes: boxes.map(box => ({ ...box, topPx: up(box.topPx) })),
    looks: STATE_LOOKS.map(({ state, weight, color, hatch }) => {
      const hatched = hatch === 'always' || (hatch === 'highContrast' && highContrast);
      return [state, weight, ink(color), hatched];
    }),
    coresColor: ink('coresBusy'),
  };
}

/** The calls that a painter makes, on a canvas that nobody sees. */
export function recordCalls(paint: (context: CanvasRenderingContext2D) => void): CanvasCall[] {
  const calls: CanvasCall[] = [];
  const plain = (value: unknown): unknown =>
    typeof value === 'object' && !Array.isArray(value) ? null : value;
  const canvas = document.createElement('canvas').getContext('2d');
  if (!canvas) return calls;
  const recorder = new Proxy(canvas, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...operands: unknown[]): unknown => {
        calls.push([name, ...operands.map(plain)]);
        return value.apply(target, operands);
      };
    },
    set: (target, name, value: unknown) => {
      calls.push(['=', name, plain(value)]);
      return Reflect.set(target, name, value, target);
    },
  });
  paint(recorder);
  return calls;
}

/** Where a canvas stands, cut off at the edges of what scrolls it. */
export function placeOfCanvas(
  canvas: HTMLCanvasElement,
  calls: readonly CanvasCall[],
  up: (yPx: number) => number,
): SceneCanvas {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const bottom = canvas.closest(SCROLLERS)?.getBoundingClientRect().bottom ?? innerHeight;
  return {
    xPx: left,
    topPx: up(top),
    widthPx: width,
    heightPx: Math.max(0, Math.min(height, bottom - top)),
    calls,
  };
}

/** An SVG as the bytes of a PNG, in base64. */
export async function pngOf(
  svg: string,
  widthPx: number,
  heightPx: number,
  scale: number,
): Promise<string> {
  const image = new Image(widthPx, heightPx);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: widthPx * scale, height: heightPx * scale });
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').split(',')[1];
}

/** Backgrounds and the lines around them. */
function addBoxes(
  boxes: SceneBox[],
  target: Element,
  style: CSSStyleDeclaration,
  edges: DOMRect,
): void {
  const { left, right, width, ...box } = rectOf(target);
  const top = Math.max(box.top, edges.top);
  const bottom = Math.min(box.bottom, edges.bottom);
  if (bottom <= top || width <= 0 || target.matches('main')) return;
  const add = (color: string, ...[xPx, topPx, widthPx, heightPx]: readonly number[]): void => {
    if (widthPx > 0 && heightPx > 0 && !/, 0\)$|transparent/.test(color))
      boxes.push({ xPx, topPx, widthPx, heightPx, color });
  };
  const tall = bottom - top;
  add(style.backgroundColor, left, top, width, tall);
  // The only pictures among backgrounds are hatches.
  if (target.matches('.glyph') && style.backgroundImage !== 'none')
    add(hatchOf(target.getAttribute('data-state') ?? ''), left, top, width, tall);
  const [topPx, rightPx, bottomPx, leftPx] = (['Top', 'Right', 'Bottom', 'Left'] as const).map(
    side => parseFloat(style[`border${side}Width`]),
  );
  if (box.top >= edges.top) add(style.borderTopColor, left, top, width, topPx);
  if (box.bottom <= edges.bottom)
    add(style.borderBottomColor, left, bottom - bottomPx, width, bottomPx);
  add(style.borderLeftColor, left, top, leftPx, tall);
  add(style.borderRightColor, right - rightPx, top, rightPx, tall);
}

function rectOf(target: Element): {
  left: number;
  right: number;
  width: number;
  top: number;
  bottom: number;
} {
  const { left, right, width, top, bottom } = target.getBoundingClientRect();
  return { left, right, width, top, bottom };
}

function addWords(
  words: SceneWord[],
  node: Text,
  parent: HTMLElement,
  { style, edges }: { readonly style: CSSStyleDeclaration; readonly edges: DOMRect },
): void {
  const limit = parent.closest(SHORTENED)?.getBoundingClientRect().right ?? Infinity;
  const range = document.createRange();
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const { left, right, top, bottom, width, height } = range.getBoundingClientRect();
    if (width === 0 || top < edges.top - 2 || bottom > edges.bottom + 2 || left >= limit) continue;
    const letters = Math.floor((word.length * (limit - left)) / width) - 1;
    const cut = right > limit + 1 ? `${word.slice(0, Math.max(0, letters))}…` : word;
    const text = style.textTransform === 'uppercase' ? cut.toUpperCase() : cut;
    const { fontSize, fontWeight, fontFamily, color } = style;
    words.push({
      text,
      xPx: left,
      topPx: top,
      heightPx: height,
      font: [fontSize, fontWeight, fontFamily],
      color,
    });
  }
}
