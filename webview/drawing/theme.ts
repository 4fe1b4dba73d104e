// The colours of now: theme variables resolved to values that a canvas understands.

import { LANE_STATE_COUNT } from '../../src/core/model/lanes';
import { COLORS } from './colors';
import { STATE_LOOKS } from '../../src/core/model/stateLooks';
import type { StateInks } from './laneRaster';

export type ThemeKind = 'dark' | 'light' | 'highContrast' | 'highContrastLight';

/** Everything a canvas needs; strings are resolved colours, never `var(…)`: a canvas draws those black. */
export interface Theme {
  readonly kind: ThemeKind;
  readonly inks: StateInks;
  readonly foreground: string;
  readonly quiet: string;
  /** Of the dotted lines that go down from the ticks. */
  readonly grid: string;
  /** Of the line under the axis. */
  readonly rule: string;
  readonly track: string;
  readonly trackOutline: string | undefined;
  readonly focus: string;
  readonly fontFamily: string;
  /** Over what is not measured. */
  readonly veil: string;
  /** Black or white, whichever is read better on the bar of a state. */
  readonly inkOn: (state: number) => string;
}

/** Reads the theme that the editor put on the page. */
export function readTheme(): Theme {
  const kind = themeKind();
  const style = getComputedStyle(document.body);
  const read = (name: string, fallback: string): string =>
    style.getPropertyValue(name).trim() || fallback;
  const light = kind === 'light' || kind === 'highContrastLight';
  const highContrast = kind === 'highContrast' || kind === 'highContrastLight';
  const foreground = read('--vscode-foreground', light ? '#3b3b3b' : '#cccccc');
  const inks = readInks(kind, read);
  return {
    kind,
    inks,
    veil: light ? 'rgba(255,255,255,0.6)' : 'rgba(0,0,0,0.5)',
    inkOn: state => (luminance(inks.colors[state]) > 0.179 ? '#10130f' : '#ffffff'),
    foreground,
    quiet: read('--vscode-descriptionForeground', light ? '#616161' : '#9d9d9d'),
    grid: light ? 'rgba(0,0,0,0.3)' : 'rgba(255,255,255,0.28)',
    rule: light ? 'rgba(0,0,0,0.16)' : 'rgba(255,255,255,0.16)',
    track: light ? 'rgba(0,0,0,0.045)' : 'rgba(255,255,255,0.055)',
    trackOutline: highContrast ? read('--vscode-contrastBorder', foreground) : undefined,
    focus: read('--vscode-focusBorder', light ? '#005fb8' : '#0078d4'),
    fontFamily: read('--vscode-font-family', 'system-ui, sans-serif'),
  };
}

/** Calls `changed` when the editor switches or edits its theme. Returns what stops it. */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  const attributeFilter = ['class', 'style', 'data-vscode-theme-kind', 'data-vscode-theme-id'];
  observer.observe(document.body, { attributes: true, attributeFilter });
  observer.observe(document.documentElement, { attributes: true, attributeFilter });
  return () => observer.disconnect();
}

/** Sets `--gs-…` for the style sheet: the theme's colour where it has one, else ours for this kind of theme. */
export function applyColorsToPage(): void {
  const kind = themeKind();
  for (const { id, defaults } of COLORS) {
    const name = id.replace('gilscope.', '');
    const value = `var(--vscode-gilscope-${name}, ${defaults[kind]})`;
    const property = `--gs-${name}`;
    const { style } = document.documentElement;
    // Writing what is there would wake the observer that calls us.
    if (style.getPropertyValue(property) !== value) style.setProperty(property, value);
  }
}

function themeKind(): ThemeKind {
  const classes = document.body.classList;
  if (classes.contains('vscode-high-contrast-light')) return 'highContrastLight';
  if (classes.contains('vscode-high-contrast')) return 'highContrast';
  return classes.contains('vscode-light') ? 'light' : 'dark';
}

function readInks(kind: ThemeKind, read: (name: string, fallback: string) => string): StateInks {
  const highContrast = kind === 'highContrast' || kind === 'highContrastLight';
  const toPixel = makePixelReader();
  const pixelOf = (name: string): number => {
    const entry = COLORS.find(color => color.id === `gilscope.${name}`);
    return toPixel(read(`--vscode-gilscope-${name}`, entry?.defaults[kind] ?? '#888888'));
  };
  const colors = new Uint32Array(LANE_STATE_COUNT);
  const hatched = new Uint8Array(LANE_STATE_COUNT);
  for (const { state, color, hatch } of STATE_LOOKS) {
    colors[state] = pixelOf(color);
    hatched[state] = hatch === 'always' || (hatch === 'highContrast' && highContrast) ? 1 : 0;
  }
  return { colors, hatched, coresBusy: pixelOf('coresBusy') };
}

/** Relative luminance as WCAG 2 defines it; above 0.179 black has more contrast than white. */
function luminance(pixel: number): number {
  const linear = (value: number): number => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const [red, green, blue] = [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255].map(linear);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Lets the browser itself read any CSS colour: one pixel is filled and read back. */
function makePixelReader(): (color: string) => number {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return color => {
    if (!context) return 0xff888888;
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return new Uint32Array(context.getImageData(0, 0, 1, 1).data.buffer)[0];
  };
}
