// What is seen in the panel, as plain data: words and boxes with their places, and of each canvas the calls that drew it.
// The host makes an SVG of it, with the lanes drawn anew from the trace: sharp at any size.
//
// All numbers are CSS pixels; places are from the top left of the picture, calls from the top left of their canvas.

import type { PlaceInSource } from './place';

/** A word as it stands on the page. */
export interface SceneWord {
  readonly text: string;
  readonly xPx: number;
  readonly topPx: number;
  readonly heightPx: number;
  /** Font size, weight and family as CSS has them. */
  readonly font: readonly [size: string, weight: string, family: string];
  readonly color: string;
}

/** A filled rectangle. */
export interface SceneBox {
  readonly xPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly color: string;
}

/** One call of a 2D context, its name first, or an assignment: `=`, property, value. */
export type CanvasCall = readonly unknown[];

/** A canvas: what was drawn on it, and where it stands. What reaches beyond its size is not seen. */
export interface SceneCanvas {
  readonly xPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly calls: readonly CanvasCall[];
}

/** A row of lanes, or of the ribbon. Several lanes in one row are drawn as the sum of them. */
export type SceneRow = readonly [lanes: readonly number[], topPx: number, heightPx: number];

/** The canvas of a run. A `drawImage` among its calls stands for the lanes. */
export interface ScenePlot extends SceneCanvas {
  readonly run: number;
  readonly window: { readonly fromNs: number; readonly toNs: number };
  readonly lanes: readonly SceneRow[];
  readonly holders: readonly SceneRow[];
  readonly cores: readonly [topPx: number, heightPx: number];
}

/** How a state looks; the list is in the order in which parts of a bar stand on one another, from the bottom. */
export type SceneLook = readonly [state: number, weight: number, color: string, hatched: boolean];

/** What stands for the colour of a state that is hatched. */
export function hatchOf(state: number | string): string {
  return `url(#hatch${state})`;
}

export interface PictureScene {
  readonly view: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly background: string;
  readonly foreground: string;
  readonly fontFamily: string;
  readonly words: readonly SceneWord[];
  readonly boxes: readonly SceneBox[];
  readonly canvases: readonly SceneCanvas[];
  readonly plots: readonly ScenePlot[];
  readonly looks: readonly SceneLook[];
  readonly coresColor: string;
  /** What lights some spans and fades the others; an empty query and line 0: nothing. */
  readonly query: string;
  readonly cursor: PlaceInSource;
}
