// The page at a zoom of 200 %, for those who asked for less motion, with forced colours, and as it is heard.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { LaneState } from '../../src/core/model/lanes';
import { simulate } from '../../src/core/machine/machine';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../src/core/units';
import { encodeChunk } from '../../src/protocol/batch';
import { overflowing } from '../support/overflowing';
import { browserOfTests } from '../support/pagesOfTests';
import { crunchProgram } from '../support/programs';
import type { TimelinePage, TimelinePageOptions } from '../support/timelinePage';
import { EXACT_HEADER } from '../support/traces';

/** So slow that the playhead takes several steps to the end of the runs. */
const SPEED = 0.25;
const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
const crunchRuns = (): TraceBuilder[] =>
  ['gil', 'processes'].map(runtime => simulate({ program: crunchProgram(), runtime, conditions }));

describe('the page', function () {
  this.timeout(120_000);
  const browser = browserOfTests();
  before(() => mkdirSync('out/screenshots', { recursive: true }));

  async function opened(options: TimelinePageOptions): Promise<TimelinePage> {
    const page = await browser.newPage(options);
    await page.show(crunchRuns());
    await page.page.locator('.verdict', { hasText: 'GIL' }).waitFor();
    await page.settle();
    return page;
  }

  async function view(page: TimelinePage, key: string, name: string): Promise<void> {
    await page.page.focus('.lane-grid').catch(() => undefined);
    await page.page.keyboard.press(key);
    await page.page.waitForSelector(`.views [title$="(${key})"][aria-pressed="true"]`);
    await page.settle();
    await page.page.screenshot({ path: `out/screenshots/${name}-${key}.png` });
  }

  // Half the CSS pixels at twice the device pixels: a panel of 1400 × 900, one of 1200 × 800 and a side bar.
  for (const [width, height] of [
    [700, 450],
    [600, 400],
    [320, 450],
  ] as const) {
    it(`cuts nothing off and leaves all controls in reach at a zoom of 200 %, ${width} × ${height}`, async () => {
      const page = await opened({ size: { width, height }, pixelRatio: 2 });
      for (const key of ['1', '2', '3']) {
        await view(page, key, `zoom-${width}`);
        assert.deepEqual(await page.page.evaluate(overflowing), [], `view ${key}`);
        assert.deepEqual(await page.page.evaluate(unreachable), [], `view ${key}`);
      }
    });
  }

  it('keeps the colours that tell something where the system forces its own', async () => {
    const page = await opened({ theme: 'highContrast' });
    await page.page.emulateMedia({ forcedColors: 'active' });
    await page.page.focus('.lane-grid');
    for (const key of ['ArrowDown', 'ArrowDown', 'End', 'ArrowLeft'])
      await page.page.keyboard.press(key);
    for (const key of ['1', '2', '3']) await view(page, key, 'forced');
    await page.page.keyboard.press('2');
    await page.settle();
    for (const selector of ['.legend .glyph', '.histogram span', '.bar'])
      assert.ok(await isColored(page, selector), `${selector} has a colour`);
  });

  it('moves nothing for those who asked for less motion, but steps', async () => {
    const page = await opened({ reducedMotion: true, speed: SPEED });
    await page.page.hover('.tool.primary');
    const moving = await page.page.evaluate(() => ({
      animations: document.getAnimations().length,
      transitions: [...document.querySelectorAll('*')].filter(
        target => parseFloat(getComputedStyle(target).transitionDuration) > 0,
      ).length,
    }));
    assert.deepEqual(moving, { animations: 0, transitions: 0 });
    const [first, second] = await movesOfPlayhead(page);
    assert.ok(first > 20 && Math.abs(second - first) < 1, `steps of ${first} and ${second} px`);
  });

  it('glides for everybody else: a frame is never more than a fifth of such a step', async () => {
    const [step] = await movesOfPlayhead(await opened({ reducedMotion: true, speed: SPEED }));
    const moves = await movesOfPlayhead(await opened({ speed: SPEED }));
    assert.ok(Math.max(...moves) <= step / 5 + 1, `moves of ${moves.join(', ')} px`);
  });

  it('says now and then how far a run is, and at its end what it means', async () => {
    const page = await browser.newPage();
    await page.page.evaluate(listen);
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded', title: 'app.py' });
    trace.addLock({ name: 'GIL', kind: 'gil' });
    for (const name of ['A', 'B'])
      trace.addLane({ name, process: 0, interpreter: 0, gil: 0, main: name === 'A' });
    const run = page.begin([trace]) * 100;
    let turn = 0;
    while ((await heard(page)).length === 0) {
      const holder = turn % 2;
      trace.setState(holder, turn * 5e7, LaneState.runningWithGil, 0);
      trace.setState(1 - holder, turn * 5e7, LaneState.waitingForGil, 0);
      trace.advanceTo(++turn * 5e7);
      page.channel.tell('chunk', { run, ...encodeChunk(trace.takeChunk()) });
      await page.settle();
    }
    assert.ok(turn > 1, 'not at the first picture');
    assert.match(
      (await heard(page))[0],
      /^app\.py: .* so far, 50 % waiting for the GIL, hand-offs: 0\.$/,
    );
    trace.finish(turn * 5e7);
    page.channel.tell('chunk', { run, ...encodeChunk(trace.takeChunk()) });
    page.channel.tell('ended', { run, outcome: 'complete', sentence: '' });
    while ((await heard(page)).length < 2) await page.settle();
    const verdict = await page.page.textContent('.verdict');
    assert.deepEqual((await heard(page)).slice(1), [verdict]);
  });

  it('says when a run fails, and why', async () => {
    const page = await browser.newPage();
    await page.page.evaluate(listen);
    const run = page.begin([new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded' })]) * 100;
    page.channel.tell('ended', { run, outcome: 'failed', sentence: 'Python was not found.' });
    while ((await heard(page)).length === 0) await page.settle();
    assert.deepEqual(await heard(page), [
      'Threads + GIL: failed after 0 ns. Python was not found.',
    ]);
  });
});

/** Plays, and gives the first two moves of the playhead, in pixels. */
async function movesOfPlayhead(page: TimelinePage): Promise<readonly [number, number]> {
  await page.page.keyboard.press('Space');
  const [first, second, third] = await page.page.evaluate(async () => {
    const seen = new Set<number>();
    const line = document.querySelector<HTMLElement>('.playhead-line');
    while (seen.size < 3) {
      await new Promise(resolve => requestAnimationFrame(resolve));
      if (line && !line.hidden) seen.add(new DOMMatrix(line.style.transform).e);
    }
    return [...seen];
  });
  return [second - first, third - second];
}

/** Whether an element, as it is on the screen, has a pixel that is neither black nor white nor grey. */
async function isColored(page: TimelinePage, selector: string): Promise<boolean> {
  const targets = await page.page.locator(selector).all();
  for (const target of targets) {
    const box = await target.boundingBox();
    if (!box || box.width < 1 || box.height < 1) continue;
    const png = (await target.screenshot()).toString('base64');
    if (await page.page.evaluate(hasColor, png)) return true;
  }
  return false;
}

/** Runs in the page. */
async function hasColor(png: string): Promise<boolean> {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: image.width, height: image.height });
  const context = canvas.getContext('2d');
  context?.drawImage(image, 0, 0);
  const data = context?.getImageData(0, 0, image.width, image.height).data ?? [];
  for (let i = 0; i < data.length; i += 4) {
    const inks = [data[i], data[i + 1], data[i + 2]];
    if (Math.max(...inks) - Math.min(...inks) > 60) return true;
  }
  return false;
}

/** What was said since {@link listen}. */
function heard(page: TimelinePage): Promise<string[]> {
  return page.page.evaluate<string[]>('window.said');
}

/** Runs in the page: keeps everything that a screen reader is given to say. */
function listen(): void {
  const said: string[] = [];
  Object.assign(window, { said });
  const status = document.querySelector('[role="status"]');
  if (!status) throw new Error('nothing speaks');
  new MutationObserver(() => said.push(status.textContent)).observe(status, {
    childList: true,
    characterData: true,
    subtree: true,
  });
}

/** Runs in the page: controls that the keyboard can reach but the eye cannot, or that are too small to hit. */
function unreachable(): string[] {
  const found: string[] = [];
  for (const target of document.querySelectorAll<HTMLElement>(
    'main button, main input, main select',
  )) {
    if (!target.checkVisibility() || target.closest('dialog')) continue;
    target.focus();
    target.scrollIntoView({ block: 'center' }); // what is under a bar that stays is a scroll away
    const { left, right, top, bottom, width, height } = target.getBoundingClientRect();
    const name = target.getAttribute('aria-label') ?? target.textContent;
    const isSeen = left >= -1 && right <= innerWidth + 1 && top >= -1 && bottom <= innerHeight + 1;
    if (!isSeen) found.push(`${name} at ${left},${top} to ${right},${bottom}`);
    else if (
      document
        .elementFromPoint((left + right) / 2, (top + bottom) / 2)
        ?.closest('button, input, select') !== target
    )
      found.push(`${name} is covered`);
    if (width < 24 || height < 22) found.push(`${name} is ${width} × ${height}`);
  }
  return found;
}
