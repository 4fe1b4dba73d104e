// The Table view in a real Chromium.

import assert from 'node:assert/strict';
import { simulate } from '../../src/core/machine/machine';
import { statisticsOf } from '../../src/core/insight/statistics';
import type { TraceBuilder } from '../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../src/core/units';
import { axeFindings } from '../support/axe';
import { browserOfTests } from '../support/pagesOfTests';
import { crunchProgram } from '../support/programs';
import type { TimelinePage } from '../support/timelinePage';

describe('the Table view', function () {
  this.timeout(60_000);
  const browser = browserOfTests();
  let page: TimelinePage;
  let gil: TraceBuilder;

  beforeEach(async () => {
    page = await browser.newPage();
    const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
    gil = simulate({ program: crunchProgram(), runtime: 'gil', conditions });
    await page.show([gil]);
    await page.page.keyboard.press('3');
    await page.settle();
  });

  it('lists every hand-off but makes only the rows that are seen', async () => {
    const count = statisticsOf(gil).handOffCount;
    assert.equal(await page.page.getAttribute('table', 'aria-rowcount'), String(count + 1));
    assert.ok((await page.page.locator('tbody tr:not(.spacer)').count()) < 60);
    await page.page.evaluate("document.querySelector('.table-scroller').scrollTop = 1e6");
    await page.settle();
    const last = page.page.locator('tbody tr:not(.spacer)').last();
    assert.equal(await last.getAttribute('aria-rowindex'), String(count + 1));
    assert.match((await last.textContent()) ?? '', new RegExp(`^${count}`));
  });

  it('walks by keys, takes its choice to the Timeline, and goes to the line', async () => {
    for (const key of ['ArrowDown', 'ArrowDown']) await page.page.keyboard.press(key);
    await page.settle();
    const selected = page.page.locator('tr[aria-selected="true"]');
    assert.equal(await selected.getAttribute('data-index'), '1');
    await page.page.keyboard.press('Enter');
    await page.until(() => page.heard.revealed.length === 1, 'the line is asked for');
    const { chosen } = (await page.savedState()) as { chosen: { lane: number } };
    const to = await selected.locator('td').nth(3).textContent();
    assert.equal(gil.lanes[chosen.lane].name, to);
    await page.page.keyboard.press('2');
    await page.settle();
    // The row is a hand-off, and so is what the Timeline tells of.
    const from = await selected.locator('td').nth(2).textContent();
    assert.equal(await page.page.textContent('.inspector h2'), `${from ?? ''} → ${to ?? ''}`);
  });

  it('goes to a line by a click on it, and by two clicks anywhere in its row', async () => {
    await page.page.click('button[data-kind="blame"]');
    await page.settle();
    const worst = page.page.locator('tbody tr:not(.spacer)').first();
    await worst.locator('td').first().click();
    await page.settle();
    const other = page.page.locator('tbody tr:not(.spacer)').nth(1);
    await other.locator('td').first().click();
    await page.settle();
    assert.equal(page.heard.revealed.length, 0, 'one click only chooses');
    await worst.locator('td').first().dblclick();
    await page.until(() => page.heard.revealed.length === 1, 'the line is asked for');
    await worst.locator('td.code').click();
    await page.until(() => page.heard.revealed.length === 2, 'the line is asked for again');
    const said = (await worst.locator('td.code').textContent()) ?? '';
    assert.ok(said.endsWith(`:${page.heard.revealed[1].line}`), said);
  });

  it('sorts by a column and back, and filters', async () => {
    await page.page.click('button[data-kind="waits"]');
    await page.page.click('th button:text-is("Waited")');
    await page.page.click('th button:has-text("Waited")');
    await page.settle();
    assert.equal(await page.page.getAttribute('th:nth-child(3)', 'aria-sort'), 'descending');
    const { waitedNs } = statisticsOf(gil).lanes[2];
    await page.page.fill('.table-view .filter', 'Thread-2');
    await page.settle();
    const names = await page.page
      .locator('tbody tr:not(.spacer) td:nth-child(2)')
      .allTextContents();
    assert.ok(waitedNs > 0 && names.length > 5);
    assert.deepEqual([...new Set(names)], ['Thread-2']);
    await page.page.keyboard.type(' 3');
    assert.equal(
      await page.page.isVisible('.table-view'),
      true,
      'keys typed into the filter are text',
    );
  });

  it('copies what is listed as CSV', async () => {
    await page.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.page.click('button[data-kind="threads"]');
    await page.page.click('text=Copy as CSV');
    await page.settle();
    const csv = await page.page.evaluate(() => navigator.clipboard.readText());
    const lines = csv.split(/\r?\n/);
    assert.equal(lines.length, gil.lanes.length + 1);
    assert.match(lines[2], /^Thread-1,\d+,\d+/);
  });

  it('gives axe nothing to find, nor does the Timeline', async () => {
    for (const key of ['3', '2']) {
      await page.page.keyboard.press(key);
      await page.settle();
      assert.deepEqual(await axeFindings(page.page), []);
    }
  });
});
