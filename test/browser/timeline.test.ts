// The Timeline view in a real Chromium: one run in depth.

import assert from 'node:assert/strict';
import { simulate } from '../../src/core/machine/machine';
import { statisticsOf } from '../../src/core/insight/statistics';
import type { TraceBuilder } from '../../src/core/model/traceBuilder';
import { formatDuration, NS_PER_MS } from '../../src/core/units';
import { axeFindings } from '../support/axe';
import { browserOfTests } from '../support/pagesOfTests';
import { HandOffIndex } from '../../webview/model/handOffs';
import { handOffStory } from '../../webview/words/handOffStory';
import { spanOfHandOff } from '../../webview/model/handOffs';
import { crunchProgram } from '../support/programs';
import type { TimelinePage } from '../support/timelinePage';

describe('the Timeline view', function () {
  this.timeout(60_000);
  const browser = browserOfTests();
  let page: TimelinePage;
  let gil: TraceBuilder;

  beforeEach(async () => {
    page = await browser.newPage();
    const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
    const runs = ['gil', 'processes'].map(runtime =>
      simulate({ program: crunchProgram(), runtime, conditions }),
    );
    gil = runs[0];
    await page.show(runs);
    await page.page.keyboard.press('2');
    await page.settle();
  });

  it('shows one run, and the other at a press of its button', async () => {
    assert.equal(await page.page.locator('.run').count(), 1);
    assert.equal(await text('.run h2'), 'Threads + GIL');
    await page.page.click('.run-tabs button:text-is("Multiprocessing")');
    assert.equal(await text('.run h2'), 'Multiprocessing');
    await page.page.keyboard.press('1');
    await page.settle();
    assert.equal(await page.page.locator('.run').count(), 2);
    assert.equal(await page.page.isVisible('.inspector'), false);
  });

  it('explains a chosen wait: who held the GIL at which line, how it ended, and goes there', async () => {
    await chooseLongestWait();
    const inspector = await text('.inspector');
    assert.match(inspector, /waits for the GIL/);
    assert.match(inspector, /Held meanwhile/);
    assert.match(inspector, /ended/);
    assert.match(inspector, /intervals\d+ ran out/);
    await page.page.locator('.bar-row button.code').first().click();
    await page.until(() => page.heard.revealed.length === 1, 'the blamed line is asked for');
    assert.equal(page.heard.revealed[0].file, 'crunch.py');
  });

  it('marks the chosen wait in the distribution of all', async () => {
    await chooseLongestWait();
    const count = statisticsOf(gil).lanes.length > 0 ? await text('.inspector') : '';
    assert.match(count, /All [\d,]+ waits for the GIL/);
    assert.equal(await page.page.locator('.histogram .own').count(), 1);
    // The longest of all, 62 ms, is in the last column, and the scale says so.
    assert.match(await text('.histogram-scale'), /^0\d+ ms and more$/);
  });

  it('measures a stretch that is dragged with Shift', async () => {
    const box = await page.page.locator('.plot').boundingBox();
    assert.ok(box);
    await page.page.keyboard.down('Shift');
    await page.page.mouse.move(box.x, box.y + 80);
    await page.page.mouse.down();
    await page.page.mouse.move(box.x + box.width, box.y + 80, { steps: 3 });
    await page.page.mouse.up();
    await page.page.keyboard.up('Shift');
    await page.settle();
    // From end to end it is the whole run.
    assert.match(
      await text('.inspector'),
      new RegExp(`Selection.*hand-offs${statisticsOf(gil).handOffCount}`),
    );
    await page.page.keyboard.press('Escape');
    assert.match(await text('.inspector'), /This window/);
  });

  it('measures by keys from span to span, and lets go at Escape', async () => {
    await page.page.focus('.lane-grid');
    await page.page.keyboard.press('ArrowDown');
    for (let i = 0; i < 3; i++) await page.page.keyboard.press('Shift+ArrowRight');
    await page.settle();
    const { chosen } = (await page.savedState()) as { chosen: { lane: number; segment: number } };
    const store = gil.stores[chosen.lane];
    const ns = store.endOf(chosen.segment) - store.startOf(chosen.segment - 3);
    assert.match(
      await text('.inspector'),
      new RegExp(`Selection.*length${formatDuration(ns)}from`),
    );
    await page.page.keyboard.press('Escape');
    await page.settle();
    assert.match(await text('.inspector'), /This window/);
  });

  it('moves the window by the overview', async () => {
    for (let i = 0; i < 6; i++) await page.page.keyboard.press('w');
    const before = await savedWindow();
    const box = await page.page.locator('.overview-plot').boundingBox();
    assert.ok(box && before);
    await page.page.mouse.click(box.x + 20, box.y + 20);
    const after = await savedWindow();
    assert.ok(after && after.fromNs < before.fromNs);
    assert.equal(Math.round(after.toNs - after.fromNs), Math.round(before.toNs - before.fromNs));
  });

  it('stands at a hand-off without hiding what comes after it', async () => {
    await page.page.locator('.verdict', { hasText: /\w/ }).waitFor();
    const before = [await text('.verdict'), await text('.metrics'), ...(await page.describe())];
    const bright = await rightHalfOfPicture();
    for (const key of ['n', 'n', 'Shift+N']) await page.page.keyboard.press(key);
    await page.settle();
    assert.equal(await page.page.isVisible('.playhead-line'), true);
    assert.match(await text('.playhead-flag'), /^[\d.]+ m?s$/);
    const after = [await text('.verdict'), await text('.metrics'), ...(await page.describe())];
    assert.deepEqual(after, before);
    assert.equal(await rightHalfOfPicture(), bright);
  });

  it('says where the playhead is as exactly as the window shows, and leaves the header alone', async () => {
    await page.page.keyboard.press('n');
    for (const step of [/^[\d.]{5} s$/, /^\d+\.\d\d ms$/, /^\d+\.\d{3} ms$/]) {
      assert.match(await text('.playhead-flag'), step);
      for (let i = 0; i < 10; i++) await page.page.keyboard.press('w');
    }
    const [line, head] = [
      await page.page.locator('.playhead-line').boundingBox(),
      await page.page.locator('.run-head').boundingBox(),
    ];
    assert.ok(line && head && line.y >= head.y + head.height);
    // The flag stays beside what is at its left, wherever it points.
    const [flag, axis] = [
      await page.page.locator('.playhead-flag').boundingBox(),
      await page.page.locator('.axis-plot').boundingBox(),
    ];
    assert.ok(flag && axis && flag.x >= axis.x && flag.x + flag.width <= axis.x + axis.width);
  });

  it('goes to the hand-offs that are in sight, wherever the playhead was left', async () => {
    await page.page.keyboard.press('n');
    for (let i = 0; i < 10; i++) await page.page.keyboard.press('w');
    const box = await page.page.locator('.overview-plot').boundingBox();
    assert.ok(box);
    await page.page.mouse.click(box.x + box.width * 0.7, box.y + box.height / 2);
    await page.settle();
    const seen = await savedWindow();
    assert.ok(seen && seen.fromNs > 0);
    await page.page.keyboard.press('n');
    await page.settle();
    const after = await savedWindow(); // moved at most so that the whole span is seen
    assert.ok(after && Math.abs(after.fromNs - seen.fromNs) < seen.toNs - seen.fromNs);
    assert.equal(await page.page.isVisible('.playhead-line'), true);
  });

  it('tells of the hand-off that N comes to, and goes to both of its lines', async () => {
    for (let i = 0; i < 7; i++) await page.page.keyboard.press('n');
    await page.settle();
    const handOffs = new HandOffIndex(gil);
    assert.ok(handOffs.count > 300);
    const span = spanOfHandOff(gil, handOffs, 6);
    const story = handOffStory(gil, handOffs, span);
    assert.ok(story);
    assert.equal(await text('.inspector .kicker'), `Hand-off 7 of ${handOffs.count}`);
    assert.equal(await text('.inspector h2'), story.title);
    const told = await text('.inspector dl');
    for (const words of [`why${story.why}`, `waited${story.waited}`])
      assert.ok(told.includes(words));
    assert.match(await text('.inspector'), /Held meanwhile/);
    const lines = [story.releasedAt, story.resumesAt].map(at => gil.positions[at].line);
    for (const label of ['released at', 'resumes at'])
      await page.page.click(`dt:text-is("${label}") + dd button`);
    await page.until(() => page.heard.revealed.length === 2, 'both lines are asked for');
    assert.deepEqual(
      page.heard.revealed.map(({ line }) => line),
      lines,
    );
    // Who listens hears of it, too.
    await page.page
      .locator('[role="status"]', { hasText: `${story.title.replace('→', 'to')}: ${story.why}` })
      .waitFor();
  });

  it('tells of the hand-off whose arrow is clicked, until another span is chosen', async () => {
    await page.page.keyboard.press('n');
    for (let i = 0; i < 9; i++) await page.page.keyboard.press('w');
    await page.settle();
    // From the second worker up: its arrow stands alone between two lanes.
    const handOffs = new HandOffIndex(gil);
    assert.ok(handOffs.count > 300);
    const index = Array.from({ length: 20 }, (_, i) => i).findIndex(
      i =>
        gil.events.lanes[handOffs.eventOf(i)] === 1 &&
        gil.events.arguments[handOffs.eventOf(i)] - 1 === 2,
    );
    const window = await savedWindow();
    const [plot, upper] = [
      await page.page.locator('.plot canvas').boundingBox(),
      await page.page.locator('.lane-label.of-lane').nth(2).boundingBox(),
    ];
    assert.ok(window && plot && upper && index >= 0);
    const x =
      ((handOffs.timeOf(index) - window.fromNs) / (window.toNs - window.fromNs)) * plot.width;
    await page.page.mouse.click(plot.x + x, upper.y - 2);
    assert.equal(await text('.inspector .kicker'), `Hand-off ${index + 1} of ${handOffs.count}`);
    assert.equal(await text('.inspector h2'), 'Thread-2 → Thread-1');
    await page.page.keyboard.press('ArrowRight');
    assert.match(await text('.inspector h2'), /^Thread-1 /);
    // The same row of the table leads to it, too.
    await page.page.keyboard.press('3');
    await page.page.click(`.table-view tbody tr:nth-child(${index + 2})`);
    await page.page.keyboard.press('2');
    assert.match(await text('.inspector .kicker'), /^Hand-off \d+ of/);
  });

  it('shows all lanes of a run in a panel 320 px wide, the inspector below them and a legend of one line', async () => {
    await page.page.setViewportSize({ width: 320, height: 700 });
    await page.page.keyboard.press('n');
    await page.settle();
    const boxOf = async (selector: string): Promise<{ top: number; bottom: number }> => {
      const box = await page.page.locator(selector).last().boundingBox();
      assert.ok(box, selector);
      return { top: box.y, bottom: box.y + box.height };
    };
    const [axis, cores, inspector, legend] = [
      await boxOf('.axis'),
      await boxOf('.lane-label.of-cores'),
      await boxOf('.inspector'),
      await boxOf('.legend'),
    ];
    assert.ok(cores.bottom <= inspector.top, 'nothing of the run is below what is seen');
    assert.ok(
      cores.bottom - axis.top > 1.5 * (inspector.bottom - inspector.top),
      'lanes come first',
    );
    assert.ok(legend.bottom - legend.top < 36 && legend.bottom <= 700);
    assert.deepEqual(await axeFindings(page.page), []);
    // By keyboard it opens to whole words, and closes again.
    await page.page.focus('.legend .more');
    await page.page.keyboard.press('Enter');
    assert.equal(await page.page.getAttribute('.legend .more', 'aria-expanded'), 'true');
    await page.page.locator('.legend', { hasText: 'running, holds the GIL' }).waitFor();
    const open = await boxOf('.legend');
    assert.ok(open.bottom - open.top > 60 && open.bottom <= 700);
    assert.deepEqual(await axeFindings(page.page), []);
    await page.page.keyboard.press('Enter');
    assert.deepEqual(await boxOf('.legend'), legend);
  });

  it('keeps the card of what is pointed at off the lanes where there is no room beside them', async () => {
    await page.page.setViewportSize({ width: 320, height: 700 });
    await page.page.keyboard.press('/');
    await page.page.keyboard.type('waits');
    await page.page.locator('search .hint', { hasText: 'spans' }).waitFor();
    const lane = await page.page.locator('.lane-label.of-lane').nth(2).boundingBox();
    const lanes = await page.page.locator('.plot').boundingBox();
    assert.ok(lane && lanes);
    await page.page.mouse.move(lanes.x + 90, lane.y + 8);
    await page.page.locator('.card').waitFor();
    const card = await page.page.locator('.card').boundingBox();
    assert.ok(card && card.x >= 0 && card.x + card.width <= 320 && card.y + card.height <= 700);
    assert.ok(card.y > lane.y + 2 * lane.height, 'the lane and its neighbour are seen');
  });

  it('comes back with its view and run', async () => {
    await page.page.click('.run-tabs button:text-is("Multiprocessing")');
    const state = (await page.savedState()) as { view: string; run: number };
    assert.deepEqual([state.view, state.run], ['timeline', 1]);
  });

  async function chooseLongestWait(): Promise<void> {
    await page.page.focus('.lane-grid');
    for (const key of ['ArrowDown', 'ArrowDown']) await page.page.keyboard.press(key);
    // Walk until a wait is chosen: the first spans of a worker are its start.
    for (let i = 0; i < 12; i++) {
      await page.page.keyboard.press('ArrowRight');
      await page.settle();
      const title = await text('.inspector h2');
      if (title.includes('waits for the GIL') && (await text('.inspector')).includes('intervals'))
        return;
    }
    assert.fail('no wait was found');
  }

  /** Every pixel of the right half of the lanes. */
  async function rightHalfOfPicture(): Promise<string> {
    await page.settle();
    return page.page.locator('.plot canvas').evaluate((canvas: HTMLCanvasElement) => {
      const half = Math.floor(canvas.width / 2);
      const pixels = canvas.getContext('2d')?.getImageData(half, 0, half, canvas.height).data;
      return pixels ? pixels.join() : '';
    });
  }

  async function savedWindow(): Promise<{ fromNs: number; toNs: number } | undefined> {
    await page.settle();
    return ((await page.savedState()) as { window?: { fromNs: number; toNs: number } }).window;
  }

  async function text(selector: string): Promise<string> {
    await page.settle();
    return (await page.page.textContent(selector)) ?? '';
  }
});
