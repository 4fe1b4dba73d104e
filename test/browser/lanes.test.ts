// Lanes in groups, and runs that go on while one looks.

import assert from 'node:assert/strict';
import { LaneState } from '../../src/core/model/lanes';
import { NO_LOCK } from '../../src/core/model/trace';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { encodeChunk } from '../../src/protocol/batch';
import { axeFindings } from '../support/axe';
import { browserOfTests } from '../support/pagesOfTests';
import type { TimelinePage } from '../support/timelinePage';
import { EXACT_HEADER } from '../support/traces';

describe('lanes in groups', function () {
  this.timeout(60_000);
  const browser = browserOfTests();
  let page: TimelinePage;

  it('fold at a click into a row that shows their sum, and stay so when the page comes back', async () => {
    page = await browser.newPage();
    await page.show([pools()]);
    assert.deepEqual(await names(), ['P0-a', 'P0-b', 'P1-a', 'P1-b']);
    await page.page.click('.lane-head >> text=Main process');
    await page.settle();
    assert.deepEqual(await names(), ['P1-a', 'P1-b']);
    assert.equal(await page.page.getAttribute('.lane-head.group', 'aria-expanded'), 'false');
    const state = await page.savedState();
    await page.dispose();
    page = await browser.newPage({ state });
    await page.show([pools()]);
    assert.deepEqual(await names(), ['P1-a', 'P1-b']);
  });

  it('fold by a key, keep the focus on their button, and are skipped by the arrows', async () => {
    page = await browser.newPage();
    await page.show([pools()]);
    await page.page.focus('.lane-head');
    await page.page.keyboard.press('Enter');
    await page.settle();
    assert.equal(await page.page.evaluate('document.activeElement.dataset.key'), 'p0i0 ');
    await page.page.focus('.lane-grid');
    await page.page.keyboard.press('ArrowDown');
    await page.settle();
    assert.match(await chosen(), /^P1-a /);
    await page.page.keyboard.press('g');
    await page.settle();
    assert.deepEqual(await names(), []);
    await page.page.keyboard.press('g');
    await page.settle();
    assert.deepEqual(await names(), ['P1-a', 'P1-b']);
  });

  it('are sorted by the choice above them and by a key, and remembered', async () => {
    page = await browser.newPage();
    await page.show([pools()]);
    await page.page.selectOption('.order', 'held');
    await page.settle();
    // The b lanes hold the GIL for longer.
    assert.deepEqual(await names(), ['P0-b', 'P0-a', 'P1-b', 'P1-a']);
    await page.page.focus('.lane-grid');
    for (let i = 0; i < 2; i++) await page.page.keyboard.press('o');
    await page.settle();
    assert.deepEqual(await names(), ['P0-a', 'P0-b', 'P1-a', 'P1-b']);
    assert.equal(await page.page.inputValue('.order'), 'start');
  });

  it('that do nothing are one row until they are asked for', async () => {
    page = await browser.newPage();
    await page.show([pool(20)]);
    assert.deepEqual(await names(), ['busy']);
    await page.page.click('.lane-head >> text=20 idle');
    await page.settle();
    assert.equal((await names()).length, 21);
  });

  for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as const) {
    it(`give axe nothing to find in ${theme}`, async () => {
      page = await browser.newPage({ theme });
      await page.show([pools()]);
      await page.page.click('.lane-head >> text=Main process');
      await page.settle();
      assert.deepEqual(await axeFindings(page.page), []);
    });
  }

  it('make labels only for what is seen, of 10,000 as of 10', async () => {
    page = await browser.newPage();
    await page.show([pool(10_000, LaneState.runningWithoutGil)]);
    assert.ok((await names()).length < 80);
    await page.page.evaluate("document.querySelector('.scroller').scrollTop = 90000");
    await page.settle();
    await page.settle();
    const seen = await names();
    assert.ok(seen.length > 20 && seen.length < 80, `${seen.length} names`);
    assert.ok(seen.includes('idle-5000'), seen.join());
  });

  it('follow a run that goes on, stay where one looks back to, and come back by a key', async () => {
    page = await browser.newPage();
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'workers' });
    trace.addLane({ name: 'A', process: 0, interpreter: 0, gil: NO_LOCK, main: true });
    const comparison = page.begin([trace]);
    const grow = async (toNs: number): Promise<void> => {
      trace.setState(0, toNs - 1, toNs % 2 ? LaneState.blocked : LaneState.runningWithoutGil, 0);
      trace.advanceTo(toNs);
      page.channel.tell('chunk', { run: comparison * 100, ...encodeChunk(trace.takeChunk()) });
      await page.settle();
      await page.settle();
    };
    await grow(1_000_000);
    assert.equal(await pill(), 'true');
    for (let i = 0; i < 6; i++) await page.page.keyboard.press('w');
    await grow(2_000_001);
    assert.ok((await lastTick()) >= 1.9, 'the window has gone along');
    await page.page.keyboard.press('a');
    await page.settle();
    assert.equal(await pill(), 'false');
    const back = await lastTick();
    await grow(3_000_000);
    assert.equal(await lastTick(), back, 'the window stays');
    await page.page.keyboard.press('l');
    await page.settle();
    assert.equal(await pill(), 'true');
    assert.ok((await lastTick()) >= 2.9);
    page.channel.tell('ended', { run: comparison * 100, outcome: 'complete', sentence: '' });
    await page.settle();
    assert.equal(await page.page.isVisible('.live'), false);
  });

  function names(): Promise<string[]> {
    return page.page.locator('.lane-label.of-lane').allTextContents();
  }

  async function chosen(): Promise<string> {
    const id = await page.page.getAttribute('.lane-grid', 'aria-activedescendant');
    return (await page.page.textContent(`#${id ?? 'none'}`)) ?? '';
  }

  function pill(): Promise<string | null> {
    return page.page.getAttribute('.live', 'aria-pressed');
  }

  /** The end of the window in ms, as the page saves it or follows it. */
  function lastTick(): Promise<number> {
    return page.page.evaluate<number>("Number(document.querySelector('.runs').dataset.toNs) / 1e6");
  }
});

/** Two processes of two threads; the second of each holds its GIL for longer. */
function pools(): TraceBuilder {
  const trace = new TraceBuilder(EXACT_HEADER);
  const locks = [0, 1].map(i => trace.addLock({ name: `GIL ${i}`, kind: 'gil' }));
  for (const process of [0, 1]) {
    for (const name of ['a', 'b']) {
      trace.addLane({
        name: `P${process}-${name}`,
        process,
        interpreter: 0,
        gil: locks[process],
        main: name === 'a',
      });
    }
  }
  for (const lane of [0, 1, 2, 3]) {
    const first = lane % 2 === 0;
    trace.setState(lane, 0, first ? LaneState.runningWithGil : LaneState.waitingForGil, 0);
  }
  for (const lane of [0, 1, 2, 3]) {
    const first = lane % 2 === 0;
    trace.setState(lane, 300_000, first ? LaneState.waitingForGil : LaneState.runningWithGil, 0);
  }
  trace.finish(1_000_000);
  return trace;
}

/** One lane that works and many in another state. */
function pool(count: number, state: number = LaneState.blocked): TraceBuilder {
  const trace = new TraceBuilder(EXACT_HEADER);
  for (let lane = 0; lane <= count; lane++) {
    const name = lane === 0 ? 'busy' : `idle-${lane}`;
    trace.addLane({ name, process: 0, interpreter: 0, gil: NO_LOCK, main: lane === 0 });
    trace.setState(lane, 0, lane === 0 ? LaneState.runningWithoutGil : state, 0);
  }
  trace.finish(1_000_000);
  return trace;
}
