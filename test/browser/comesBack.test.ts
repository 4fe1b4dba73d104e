// A page that was hidden, reloaded or moved to another window: VS Code ends it and makes it anew with what it kept.

import assert from 'node:assert/strict';
import { simulate } from '../../src/core/machine/machine';
import type { TraceBuilder } from '../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../src/core/units';
import { browserOfTests } from '../support/pagesOfTests';
import { crunchProgram } from '../support/programs';
import type { TimelinePage } from '../support/timelinePage';

const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
const crunchRuns = (): TraceBuilder[] =>
  ['gil', 'processes'].map(runtime => simulate({ program: crunchProgram(), runtime, conditions }));

describe('a page that comes back', function () {
  this.timeout(60_000);
  const browser = browserOfTests();

  async function opened(state?: unknown): Promise<TimelinePage> {
    const page = await browser.newPage({ state });
    await page.show(crunchRuns());
    await page.settle();
    return page;
  }

  /** The page ends, and another is made with what it kept. */
  async function madeAnew(page: TimelinePage): Promise<TimelinePage> {
    await page.settle();
    const state = await page.savedState();
    await page.dispose();
    return opened(state);
  }

  const searchField = (page: TimelinePage) => page.page.locator('search input');

  it('searches what was searched, and shows what it found', async () => {
    let page = await opened();
    await page.page.keyboard.press('/');
    await page.page.keyboard.type('waits >9ms');
    await page.searched('waits >9ms');
    const said = await page.page.textContent('search .hint');
    assert.match(said ?? '', /^\d+ \+ 0 spans/);
    page = await madeAnew(page);
    await page.searched('waits >9ms');
    assert.equal(await searchField(page).inputValue(), 'waits >9ms');
    assert.equal(await page.page.textContent('search .hint'), said);
    await page.page.focus('.lane-grid');
    await page.page.keyboard.press('F3'); // a hit is chosen as if nothing had happened
    await page.settle();
    assert.match((await page.page.textContent('.card')) ?? '', /waits for the GIL/);
  });

  it('does not open a search that was closed', async () => {
    let page = await opened();
    await page.page.keyboard.press('/');
    await page.page.keyboard.type('waits');
    await page.searched('waits');
    await page.page.keyboard.press('Escape');
    await page.searched('');
    page = await madeAnew(page);
    assert.equal(await page.page.isVisible('search'), false);
  });

  it('measures the stretch that was measured', async () => {
    let page = await opened();
    await page.page.keyboard.press('2');
    await page.page.focus('.lane-grid');
    await page.page.keyboard.press('ArrowDown');
    for (let i = 0; i < 3; i++) await page.page.keyboard.press('Shift+ArrowRight');
    await page.settle();
    const before = await page.page.textContent('.inspector');
    assert.match(before ?? '', /Selection/);
    page = await madeAnew(page);
    assert.equal(await page.page.textContent('.inspector'), before);
  });

  it('takes what it kept for what it is, however broken that is', async () => {
    const broken: readonly unknown[] = [
      'text',
      [],
      { document: 5, window: { fromNs: 9, toNs: 1 }, chosen: { run: -1 }, view: 'nothing' },
      { run: 1e9, chosen: { run: 7, lane: 7, segment: 7 }, lanes: { toggled: [{}] }, query: {} },
      { range: { fromNs: null, toNs: 5 }, window: { fromNs: 1e300, toNs: 1e301 }, query: '>5' },
    ];
    for (const state of broken) {
      const page = await opened(state);
      assert.equal((await page.describe()).length, 2, JSON.stringify(state));
      await page.page.keyboard.press('0');
      await page.settle();
      assert.equal(await page.page.isVisible('.plot canvas'), true);
    }
  });
});
