// What our controller needs of exactly this version of Chart.js: pointer, resize, hide and show, destroy; and how much
// of it there is in the page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';
import { simulate } from '../../src/core/machine/machine';
import type { TraceBuilder } from '../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../src/core/units';
import { browserOfTests } from '../support/pagesOfTests';
import { crunchProgram } from '../support/programs';
import type { TimelinePage } from '../support/timelinePage';

describe('Chart.js as the frame of the lanes', function () {
  this.timeout(60_000);
  const browser = browserOfTests();
  let page: TimelinePage;

  beforeEach(async () => {
    page = await browser.newPage();
    await page.show(crunchRuns());
  });

  it('is the version that the controller was written for', () => {
    const manifest = JSON.parse(
      readFileSync('node_modules/chart.js/package.json', 'utf8'),
    ) as unknown;
    assert.equal((manifest as { version: string }).version, '4.6.1');
  });

  it('fits with all the rest of the page into 260 kB, minified', async () => {
    const script = await transform(readFileSync('dist/webview.js', 'utf8'), { minify: true });
    assert.ok(script.code.length < 260_000, `${script.code.length} bytes`);
    assert.ok(script.code.length > 100_000, 'this is the page');
  });

  it('draws nothing while the pointer moves', async () => {
    const box = await canvasBox();
    await page.page.evaluate(COUNT_PAINTS);
    await page.page.evaluate(STILL); // the verdict has come, and the runs stand where they stay
    await page.page.evaluate('window.paints = 0');
    for (let i = 1; i < 10; i++) await page.page.mouse.move(box.x + i * 50, box.y + 80);
    await page.settle();
    assert.equal(await page.page.isVisible('.card'), true);
    assert.equal(await page.page.evaluate('window.paints'), 0);
    await page.page.keyboard.press('w');
    await page.settle();
    assert.notEqual(await page.page.evaluate('window.paints'), 0);
  });

  it('follows the pointer with the card and lets go of it outside', async () => {
    const box = await canvasBox();
    await page.page.mouse.move(box.x + box.width / 2, box.y + 80);
    await page.settle();
    assert.equal(await page.page.isVisible('.card'), true);
    await page.page.mouse.move(box.x + box.width / 2, box.y - 40);
    await page.settle();
    assert.equal(await page.page.isVisible('.card'), false);
  });

  it('draws at the size of the panel, whatever it becomes', async () => {
    const before = await canvasBox();
    await page.page.setViewportSize({ width: 640, height: 700 });
    await page.settle();
    await page.settle();
    const after = await canvasBox();
    const pixels = await page.page.evaluate(
      () => document.querySelector<HTMLCanvasElement>('.plot canvas')?.width,
    );
    assert.ok(after.width < before.width);
    assert.equal(pixels, Math.round(after.width));
  });

  it('draws again after it was hidden', async () => {
    await page.page.evaluate("document.getElementById('app').style.display = 'none'");
    await page.settle();
    await page.page.evaluate("document.getElementById('app').style.display = ''");
    await page.settle();
    await page.settle();
    const filled = await page.page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas');
      const data = canvas?.getContext('2d')?.getImageData(0, 60, canvas.width, 1).data ?? [];
      return [...data].some(value => value !== 0);
    });
    assert.equal(filled, true);
  });

  it('is destroyed with its run, and made again for the next', async () => {
    page.channel.tell('empty', { reason: 'closed', offerDemo: false });
    await page.show(crunchRuns().slice(0, 1));
    assert.equal(await page.page.locator('.plot canvas').count(), 1);
    await page.show(crunchRuns());
    assert.equal(await page.page.locator('.plot canvas').count(), 2);
  });

  async function canvasBox(): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await page.page.locator('.plot canvas').first().boundingBox();
    assert.ok(box);
    return box;
  }
});

/** Runs in the page: counts from now on how often the grid is stroked, which every picture begins with. */
const COUNT_PAINTS = `{
  window.paints = 0;
  const { stroke } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.stroke = function () { window.paints++; stroke.call(this); };
}`;

/** Runs in the page: comes to its end once nothing has been drawn for a while. */
const STILL = `new Promise(resolve => {
  let seen = -1;
  let quietFrames = 0;
  const look = () => {
    quietFrames = window.paints === seen ? quietFrames + 1 : 0;
    seen = window.paints;
    if (quietFrames > 30) resolve();
    else requestAnimationFrame(look);
  };
  look();
})`;

function crunchRuns(): TraceBuilder[] {
  const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 3 };
  return ['gil', 'processes'].map(runtime =>
    simulate({ program: crunchProgram(3, 4), runtime, conditions }),
  );
}
