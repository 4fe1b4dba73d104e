// Searching in a real Chromium: a field, hits in the picture, from one to the next by keys, in every view.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { simulate } from '../../src/core/machine/machine';
import { NS_PER_MS } from '../../src/core/units';
import { browserOfTests } from '../support/pagesOfTests';
import { crunchProgram } from '../support/programs';
import type { ThemeName, TimelinePage } from '../support/timelinePage';

const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };

describe('the search of the panel', function () {
  this.timeout(60_000);
  const browser = browserOfTests();
  let page: TimelinePage;

  async function open(theme: ThemeName = 'dark', width = 1200): Promise<void> {
    page = await browser.newPage({ theme, size: { width, height: 800 } });
    const runs = ['gil', 'processes'].map(runtime =>
      simulate({ program: crunchProgram(), runtime, conditions }),
    );
    await page.show(runs);
    await page.page.locator('.verdict', { hasText: 'GIL' }).waitFor(); // takes room from the runs
    await page.settle();
  }

  async function find(query: string): Promise<void> {
    await page.page.keyboard.press('/');
    await page.page.keyboard.type(query);
    await page.searched(query);
  }

  const said = async (): Promise<string> => (await page.page.textContent('search .hint')) ?? '';
  const chosen = async (): Promise<{ run: number; lane: number; segment: number } | undefined> =>
    ((await page.savedState()) as { chosen?: { run: number; lane: number; segment: number } })
      .chosen;

  it('counts hits in each run, steps to them by keys, and forgets all at Escape', async () => {
    await open();
    await find('waits >9ms');
    assert.match(await said(), /^\d+ \+ 0 spans, /);
    await page.page.keyboard.press('Enter');
    await page.page.keyboard.press('Enter');
    await page.settle();
    const second = await chosen();
    assert.equal(await page.page.evaluate(() => document.activeElement?.tagName), 'INPUT');
    await page.page.keyboard.press('Enter');
    await page.page.keyboard.press('Shift+Enter');
    await page.settle();
    assert.deepEqual(await chosen(), second);
    await page.page.keyboard.press('Escape');
    assert.equal(await page.page.isVisible('search'), false);
    await page.page.keyboard.press('F3');
    assert.deepEqual(await chosen(), second, 'without a search there is no next hit');
  });

  it('steps to what was typed last, however fast Enter comes after it', async () => {
    await open();
    await page.page.keyboard.press('/');
    await page.page.keyboard.type('waits >9ms');
    await page.page.keyboard.press('Enter');
    await page.searched('waits >9ms');
    const span = await chosen();
    assert.ok(span);
    const store = page.runs[span.run].trace.stores[span.lane];
    assert.ok(store.endOf(span.segment) - store.startOf(span.segment) > 9 * NS_PER_MS);
  });

  it('lights the hits in the picture and fades the rest', async () => {
    await open();
    const before = await pixels();
    await find('thread:Thread-2');
    const after = await pixels();
    assert.ok(after.opaque < before.opaque / 2 && after.opaque > before.opaque / 20);
    await page.page.keyboard.press('Escape');
    await page.searched('');
    assert.deepEqual(await pixels(), before);
  });

  it('keeps only the hits in the table, and chooses rows by the same keys', async () => {
    await open();
    await page.page.keyboard.press('3');
    await page.page.click('button[data-kind="waits"]');
    await find('Thread-3 waits');
    const names = await page.page
      .locator('tbody tr:not(.spacer) td:nth-child(2)')
      .allTextContents();
    assert.ok(names.length > 5);
    assert.deepEqual([...new Set(names)], ['Thread-3']);
    await page.page.keyboard.press('F3');
    await page.settle();
    assert.equal((await chosen())?.lane, 3);
  });

  it('says when nothing is called so, or a time lacks its unit', async () => {
    await open();
    await find('fn:nosuch');
    assert.equal(await said(), 'Nothing here is called “nosuch”.');
    await page.page.keyboard.press('Escape');
    await find('>5');
    assert.match(await said(), /expected a unit/);
  });

  for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as ThemeName[]) {
    for (const width of [1200, 320]) {
      it(`looks right in ${theme} at ${width} px`, async () => {
        await open(theme, width);
        await find('waits >9ms');
        await page.page.keyboard.press('Enter');
        await page.settle();
        mkdirSync('out/screenshots', { recursive: true });
        await page.page.screenshot({ path: `out/screenshots/search-${theme}-${width}.png` });
        assert.match(await said(), /spans/);
      });
    }
  }

  /** How many pixels of the first run are fully opaque in its colours of states. */
  async function pixels(): Promise<{ opaque: number }> {
    const opaque = await page.page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas');
      const { data } = canvas
        ?.getContext('2d')
        ?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
      let count = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] === 255) count++;
      return count;
    });
    return { opaque };
  }
});
