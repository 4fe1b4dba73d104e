// Calls of a 2D canvas as SVG: as much of them as our painters and the axis of Chart.js use.

import type { CanvasCall } from '../../protocol/picture';
import { escapeXml } from './svg';

interface Pen {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: string;
  textBaseline: string;
  dash: readonly number[];
  xPx: number;
  yPx: number;
  clip: string;
}

const NEW_PEN: Pen = {
  fillStyle: '#000',
  strokeStyle: '#000',
  lineWidth: 1,
  globalAlpha: 1,
  font: '10px sans-serif',
  textAlign: 'start',
  textBaseline: 'alphabetic',
  dash: [],
  xPx: 0,
  yPx: 0,
  clip: '',
};

/** Where a baseline lies, as a share of the font's size. */
const BASELINES: Readonly<Partial<Record<string, number>>> = {
  middle: 0.35,
  top: 0.8,
  bottom: -0.2,
};

/** What a canvas cannot say by itself. */
export interface CanvasSvgOptions {
  /** Distinguishes the clip paths of canvases of one picture. */
  readonly id: string;
  /** What stands for an image, given where it was drawn. */
  readonly image: (place: {
    xPx: number;
    yPx: number;
    widthPx: number;
    heightPx: number;
  }) => string;
}

/** The elements that the calls come to. Unknown calls are left out. */
export function canvasSvg(calls: readonly CanvasCall[], options: CanvasSvgOptions): string {
  return new Transcript(options).of(calls);
}

class Transcript {
  readonly #options: CanvasSvgOptions;
  readonly #out: string[] = [];
  readonly #saved: Pen[] = [];
  #pen: Pen = { ...NEW_PEN };
  #path: string[] = [];
  #clips = 0;

  constructor(options: CanvasSvgOptions) {
    this.#options = options;
  }

  of(calls: readonly CanvasCall[]): string {
    for (const [name, ...operands] of calls) {
      if (name === '=') this.#assign(String(operands[0]), operands[1]);
      else this.#call(String(name), operands);
    }
    return this.#out.join('\n');
  }

  #assign(property: string, value: unknown): void {
    if (property in this.#pen) this.#pen = { ...this.#pen, [property]: value };
  }

  #call(name: string, operands: readonly unknown[]): void {
    const n = operands.map(Number);
    const [x, y] = [n[0] + this.#pen.xPx, n[1] + this.#pen.yPx];
    const acts: Readonly<Partial<Record<string, () => void>>> = {
      save: () => this.#saved.push({ ...this.#pen }),
      restore: () => (this.#pen = this.#saved.pop() ?? this.#pen),
      translate: () => (this.#pen = { ...this.#pen, xPx: x, yPx: y }),
      setLineDash: () =>
        (this.#pen.dash = Array.isArray(operands[0]) ? operands[0].map(Number) : []),
      beginPath: () => (this.#path = []),
      moveTo: () => this.#path.push(`M${p(x)} ${p(y)}`),
      lineTo: () => this.#path.push(`L${p(x)} ${p(y)}`),
      closePath: () => this.#path.push('Z'),
      rect: () => this.#path.push(box(x, y, n[2], n[3])),
      fill: () => this.#draw(this.#path.join(''), this.#fill()),
      stroke: () => this.#draw(this.#path.join(''), this.#stroke()),
      fillRect: () => this.#draw(box(x, y, n[2], n[3]), this.#fill()),
      strokeRect: () => this.#draw(box(x, y, n[2], n[3]), this.#stroke()),
      clip: () => this.#clip(),
      fillText: () => this.#text(String(operands[0]), n[1] + this.#pen.xPx, n[2] + this.#pen.yPx),
      drawImage: () => this.#image(n),
    };
    acts[name]?.();
  }

  #fill(): string {
    return `fill="${escapeXml(this.#pen.fillStyle)}"`;
  }

  #stroke(): string {
    const { strokeStyle, lineWidth, dash } = this.#pen;
    const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    return `fill="none" stroke="${escapeXml(strokeStyle)}" stroke-width="${lineWidth}"${dashes}`;
  }

  #draw(path: string, look: string): void {
    if (path !== '') this.#out.push(`<path d="${path}" ${look}${this.#shared()}/>`);
  }

  #shared(): string {
    const { globalAlpha, clip } = this.#pen;
    const faded = globalAlpha < 1 ? ` opacity="${globalAlpha}"` : '';
    return faded + (clip === '' ? '' : ` clip-path="url(#${clip})"`);
  }

  #clip(): void {
    const id = `${this.#options.id}-${++this.#clips}`;
    const outer = this.#shared().replace(/ opacity="[^"]*"/, '');
    this.#out.push(`<clipPath id="${id}"${outer}><path d="${this.#path.join('')}"/></clipPath>`);
    this.#pen = { ...this.#pen, clip: id };
  }

  #text(text: string, x: number, y: number): void {
    const { font, textAlign, textBaseline } = this.#pen;
    const [, style, size, family] = /^(.*?)([\d.]+)px(?:\/\S+)?\s+(.*)$/.exec(font) ?? [
      '',
      '',
      '10',
      '',
    ];
    const weight = /\d{3}|bold/.exec(style)?.[0] ?? '400';
    const anchor =
      textAlign === 'center' ? 'middle' : /right|end/.test(textAlign) ? 'end' : 'start';
    const base = y + (BASELINES[textBaseline] ?? 0) * Number(size);
    this.#out.push(
      `<text x="${p(x)}" y="${p(base)}" font-family="${escapeXml(family)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" ${this.#fill()}${this.#shared()}>${escapeXml(text)}</text>`,
    );
  }

  /** With its nine operands: the image, the part of it, and where it goes. */
  #image(n: readonly number[]): void {
    const { xPx, yPx } = this.#pen;
    const place = { xPx: n[5] + xPx, yPx: n[6] + yPx, widthPx: n[7], heightPx: n[8] };
    const id = `${this.#options.id}-${++this.#clips}`;
    const path = box(place.xPx, place.yPx, place.widthPx, place.heightPx);
    this.#out.push(
      `<clipPath id="${id}"><path d="${path}"/></clipPath>`,
      `<g clip-path="url(#${id})"><g${this.#shared()}>${this.#options.image(place)}</g></g>`,
    );
  }
}

/** A rectangle as a path. */
export function box(x: number, y: number, width: number, height: number): string {
  return `M${p(x)} ${p(y)}h${p(width)}v${p(height)}h${p(-width)}z`;
}

/** A number of pixels, to a hundredth. */
export function p(pixels: number): string {
  return String(Math.round(pixels * 100) / 100);
}
