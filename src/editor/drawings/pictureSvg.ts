// What is seen in the panel as one SVG: title, words, boxes, the runs. Pure: a scene and its traces in, text out.

import { spanTest } from '../../core/model/spanFilter';
import type { Trace } from '../../core/model/trace';
import type { PictureScene, SceneCanvas, SceneLook, SceneWord } from '../../protocol/picture';
import type { ComparedRun } from '../runs/comparison';
import { box, canvasSvg, p } from './canvasSvg';
import { plotSvg, type Lit } from './plotSvg';
import { search } from '../runs/search';
import { escapeXml } from './svg';

/** What the picture is called. */
export interface PictureTitle {
  readonly title: string;
  readonly detail: string;
}

type SeenRun = Pick<ComparedRun, 'id' | 'trace'>;

/** Height of the line above the picture that says what it shows. */
const TITLE_PX = 34;
const EDGE_PX = 16;
/** Where a baseline lies in the box of a line of text, as a share of its height. */
const BASELINE = 0.77;

/** The size of the whole picture, in CSS pixels. */
export function pictureSize({ widthPx, heightPx }: PictureScene): {
  widthPx: number;
  heightPx: number;
} {
  return { widthPx: Math.ceil(widthPx), heightPx: Math.ceil(heightPx) + TITLE_PX };
}

/** The picture as an SVG document. */
export function pictureSvg(
  scene: PictureScene,
  runs: readonly SeenRun[],
  title: PictureTitle,
): string {
  const { widthPx, heightPx } = pictureSize(scene);
  const ids = (i: number, kind: string): string => `${kind}${i}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" viewBox="0 0 ${widthPx} ${heightPx}" role="img">`,
    `<title>${escapeXml(`${title.title}: ${title.detail}`)}</title>`,
    ...scene.looks.map(hatchSvg),
    `<rect width="100%" height="100%" fill="${escapeXml(scene.background)}"/>`,
    titleSvg(scene, title),
    `<g transform="translate(0 ${TITLE_PX})">`,
    ...scene.boxes.map(
      ({ xPx, topPx, widthPx: width, heightPx: height, color }) =>
        `<path d="${box(xPx, topPx, width, height)}" fill="${escapeXml(color)}"/>`,
    ),
    ...scene.canvases.map((canvas, i) => placed(canvas, ids(i, 'c'), () => '')),
    ...scene.plots.map((plot, i) => {
      const run = runs.find(({ id }) => id === plot.run);
      if (!run) return '';
      const lit = litOf(scene, run, runs);
      return placed(plot, ids(i, 'p'), () => plotSvg(run.trace, plot, scene, lit));
    }),
    ...linesOf(scene.words).map(textSvg),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Stripes as those of the panel: two pixels of four in each row, which is less across. */
function hatchSvg([state, , color, hatched]: SceneLook): string {
  if (!hatched) return '';
  const stripes = `<path d="${box(0, 0, 4, Math.SQRT2)}" fill="${escapeXml(color)}"/>`;
  return `<pattern id="hatch${state}" width="4" height="${2 * Math.SQRT2}" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">${stripes}</pattern>`;
}

function titleSvg(
  { foreground, fontFamily, view }: PictureScene,
  { title, detail }: PictureTitle,
): string {
  const look = `fill="${escapeXml(foreground)}" font-family="${escapeXml(fontFamily)}" font-size="13"`;
  return `<text x="${EDGE_PX}" y="22" ${look}><tspan font-weight="600">${escapeXml(title)}</tspan> · ${escapeXml(detail)} · ${escapeXml(view)}, GIL Scope</text>`;
}

/** A canvas at its place, cut off at its edges. */
function placed(canvas: SceneCanvas, id: string, image: () => string): string {
  const { xPx, topPx, widthPx, heightPx, calls } = canvas;
  return [
    `<clipPath id="${id}"><path d="${box(-3, 0, widthPx + 6, heightPx)}"/></clipPath>`,
    `<g transform="translate(${p(xPx)} ${p(topPx)})" clip-path="url(#${id})">`,
    canvasSvg(calls, { id, image }),
    '</g>',
  ].join('\n');
}

/** What is lit in the panel: the hits of a search, else the line of the cursor. */
function litOf(
  { query, cursor }: PictureScene,
  { id, trace }: SeenRun,
  runs: readonly SeenRun[],
): Lit {
  if (query !== '') {
    const filter = search(query, runs).filters.find(({ run }) => run === id);
    return filter && spanTest(trace, filter);
  }
  const positions = positionsAt(trace, cursor);
  return positions.size === 0
    ? undefined
    : (lane, segment) => positions.has(trace.stores[lane].positionOf(segment));
}

function positionsAt({ positions }: Trace, { file, line }: PictureScene['cursor']): Set<number> {
  const found = positions.flatMap((place, i) =>
    line > 0 && place.line === line && place.file === file ? [i] : [],
  );
  return new Set(found);
}

/** Words that stand beside one another and look alike, together. */
function linesOf(words: readonly SceneWord[]): SceneWord[][] {
  const lines: SceneWord[][] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const last = line?.at(-1);
    const goesOn =
      last?.topPx === word.topPx &&
      last.color === word.color &&
      last.font.join() === word.font.join() &&
      word.xPx > last.xPx;
    if (line && goesOn) line.push(word);
    else lines.push([word]);
  }
  return lines;
}

function textSvg(line: readonly SceneWord[]): string {
  const [{ topPx, heightPx, font, color }] = line;
  const [size, weight, family] = font;
  const words = line.map(({ xPx, text }) => `<tspan x="${p(xPx)}">${escapeXml(text)}</tspan>`);
  return `<text y="${p(topPx + BASELINE * heightPx)}" font-family="${escapeXml(family)}" font-size="${escapeXml(size)}" font-weight="${escapeXml(weight)}" fill="${escapeXml(color)}">${words.join(' ')}</text>`;
}
