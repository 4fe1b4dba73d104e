// What is seen becomes an SVG and a PNG: in a real Chromium, from the real page.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { LaneState } from '../../src/core/model/lanes';
import { simulate } from '../../src/core/machine/machine';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../src/core/units';
import { pictureSize, pictureSvg } from '../../src/editor/drawings/pictureSvg';
import { browserOfTests } from '../support/pagesOfTests';
import { crunchProgram } from '../support/programs';
import { EXACT_HEADER } from '../support/traces';
import type { ThemeName, TimelinePage } from '../support/timelinePage';

const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
const TITLE = { title: 'crunch.py', detail: '4 threads · 4 cores' };

describe('the exported picture', function () {
  this.timeout(60_000);
  const browser = browserOfTests();
  let page: TimelinePage;

  before(() => {
    mkdirSync('out/screenshots', { recursive: true });
  });

  async function open(theme: ThemeName = 'dark', width = 1200): Promise<void> {
    page = await browser.newPage({ theme, size: { width, height: 800 } });
    const runs = ['gil', 'processes'].map(runtime =>
      simulate({ program: crunchProgram(), runtime, conditions }),
    );
    await page.show(runs);
    await page.page.locator('.verdict', { hasText: 'GIL' }).waitFor();
    await page.settle();
  }

  /** The picture as SVG, and as the browser draws it. */
  async function exported(name: string): Promise<{ svg: string; png: Buffer }> {
    const scene = await page.channel.ask('scene', {});
    const svg = pictureSvg(scene, page.runs, TITLE);
    const base64 = await page.channel.ask('png', { svg, ...pictureSize(scene), scale: 1 });
    const png = Buffer.from(base64, 'base64');
    writeFileSync(`out/screenshots/${name}.svg`, svg);
    writeFileSync(`out/screenshots/${name}.png`, png);
    return { svg, png };
  }

  it('is an SVG with words, lanes as paths, legend and title, in the colours of the theme', async () => {
    await open();
    const { svg, png } = await exported('export-compare');
    const problems = await page.page.evaluate(text => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      return parsed.querySelector('parsererror')?.textContent ?? '';
    }, svg);
    assert.equal(problems, '');
    for (const word of ['crunch.py', 'Multiprocessing', 'Thread-3', 'holds', 'faster', '>1.8 s<'])
      assert.ok(svg.includes(word), word);
    assert.match(svg, /fill="#6FE3BE"/);
    assert.match(svg, /fill="#F5A021"/);
    assert.ok(!svg.includes('<image'), 'everything stays sharp');
    // A PNG says so itself, and how large it is.
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    assert.deepEqual([png.readUInt32BE(16) > 1000, png.readUInt32BE(20) > 600], [true, true]);
  });

  it('shows the same pixels as the panel, where there are only lanes', async () => {
    await open();
    for (let i = 0; i < 12; i++) await page.page.keyboard.press('w');
    await page.settle();
    const { svg } = await exported('export-zoomed');
    const scene = await page.channel.ask('scene', {});
    const [plot] = scene.plots;
    const shot = await page.page.screenshot({ clip: await plotBox() });
    await page.page.setContent(`<body style="margin:0">${svg}</body>`);
    const y = plot.topPx + 34; // under the title
    const drawn = await page.page.screenshot({
      clip: { x: plot.xPx, y, width: plot.widthPx, height: plot.heightPx },
    });
    const different = await page.page.evaluate(differentShare, [
      shot.toString('base64'),
      drawn.toString('base64'),
    ] as const);
    // What differs are the edges of spans, which an SVG does not round to whole pixels.
    assert.ok(different < 0.06, `${(100 * different).toFixed(1)} % of the pixels differ`);
  });

  it('shows the overview with its window, as the panel does', async () => {
    await open();
    await page.page.keyboard.press('2');
    for (let i = 0; i < 8; i++) await page.page.keyboard.press('w');
    await page.settle();
    const box = await page.page.locator('.overview-plot').boundingBox();
    assert.ok(box);
    const { svg } = await exported('export-overview');
    const scene = await page.channel.ask('scene', {});
    const strip = scene.plots[1];
    assert.deepEqual([strip.xPx, strip.widthPx, strip.heightPx], [box.x, box.width, box.height]);
    assert.equal(strip.lanes.length, 5);
    assert.ok(svg.includes('>Overview<'));
    const shot = await page.page.screenshot({ clip: box });
    await page.page.setContent(`<body style="margin:0">${svg}</body>`);
    const drawn = await page.page.screenshot({ clip: { ...box, y: strip.topPx + 34 } });
    const different = await page.page.evaluate(differentShare, [
      shot.toString('base64'),
      drawn.toString('base64'),
    ] as const);
    // Lanes are seven pixels high here: the panel rounds bars to pixels, the picture draws each span as it is.
    assert.ok(different < 0.25, `${(100 * different).toFixed(1)} % of the pixels differ`);
  });

  it('hatches what was not observed, in the lane and in the legend', async () => {
    page = await browser.newPage();
    const trace = new TraceBuilder(EXACT_HEADER);
    const lock = trace.addLock({ name: 'GIL', kind: 'gil' });
    trace.addLane({ name: 'T', process: 0, interpreter: 0, gil: lock, main: false });
    trace.setState(0, 0, LaneState.runningWithGil, 0);
    trace.setState(0, 5 * NS_PER_MS, LaneState.unknown, 0);
    trace.finish(10 * NS_PER_MS);
    await page.show([trace]);
    const scene = await page.channel.ask('scene', {});
    const { svg } = await exported('export-gap');
    const hatch = `url(#hatch${LaneState.unknown})`;
    assert.match(svg, new RegExp(`<pattern id="hatch${LaneState.unknown}"`));
    // Half of the run: from its middle to its end, as high as the lane.
    const [plot] = scene.plots;
    const [, topPx, heightPx] = plot.lanes[0];
    const nsPerPx = (plot.window.toNs - plot.window.fromNs) / plot.widthPx;
    const [middle, half] = [5, 5].map(ms => Math.round((100 * ms * NS_PER_MS) / nsPerPx) / 100);
    const gap = `M${middle} ${topPx}h${half}v${heightPx}h-${half}z`;
    assert.ok(svg.includes(`<path fill="${hatch}" d="${gap}"/>`), gap);
    assert.ok(
      scene.boxes.some(({ color }) => color === hatch),
      'the glyph of the legend',
    );
  });

  it('fades what the search does not find, and shows the Timeline with its inspector', async () => {
    await open();
    await page.page.keyboard.press('2');
    await page.page.keyboard.press('/');
    await page.page.keyboard.type('waits');
    await page.page.locator('search .hint', { hasText: 'spans' }).waitFor();
    await page.page.keyboard.press('Enter');
    for (let i = 0; i < 8; i++) await page.page.mouse.move(300 + i, 300);
    await page.settle();
    const { svg } = await exported('export-timeline');
    assert.match(svg, /opacity="0.28"/);
    assert.match(svg, /HELD|meanwhile/i);
  });

  it('takes other people’s words as words', async () => {
    await open();
    const scene = await page.channel.ask('scene', {});
    const odd = { title: '<script>&"\u0000', detail: ']]>' };
    const svg = pictureSvg(scene, page.runs, odd);
    assert.ok(svg.includes('&lt;script&gt;&amp;&quot;?'));
    assert.ok(!svg.includes('<script'));
  });

  for (const theme of ['light', 'highContrast', 'highContrastLight'] as ThemeName[]) {
    it(`is made in ${theme} and of a narrow panel, too`, async () => {
      await open(theme, theme === 'light' ? 1200 : 320);
      await page.page.keyboard.press(theme === 'light' ? '3' : '1');
      await page.settle();
      const { svg } = await exported(`export-${theme}`);
      assert.ok(svg.length > 10_000);
    });
  }

  async function plotBox(): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await page.page.locator('.plot canvas').first().boundingBox();
    assert.ok(box);
    return box;
  }
});

/** Runs in the page: the share of pixels of two PNGs of a size that differ clearly. */
async function differentShare([a, b]: readonly [string, string]): Promise<number> {
  const pixelsOf = async (base64: string): Promise<Uint8ClampedArray> => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: image.width, height: image.height });
    const context = canvas.getContext('2d');
    context?.drawImage(image, 0, 0);
    return context?.getImageData(0, 0, image.width, image.height).data ?? new Uint8ClampedArray();
  };
  const [x, y] = [await pixelsOf(a), await pixelsOf(b)];
  let different = 0;
  for (let i = 0; i < x.length; i += 4) {
    const distance =
      Math.abs(x[i] - y[i]) + Math.abs(x[i + 1] - y[i + 1]) + Math.abs(x[i + 2] - y[i + 2]);
    if (distance > 90) different++;
  }
  return x.length === y.length ? different / (x.length / 4) : 1;
}
