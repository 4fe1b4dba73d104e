// A program that stands still while it is recorded: the headline says so, live, and the program can be ended.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { standstillOf } from '../../src/core/insight/standstill';
import { encodeChunk } from '../../src/protocol/batch';
import { axeFindings } from '../support/axe';
import { browserOfTests } from '../support/pagesOfTests';
import { twoThatWaitForEachOther } from '../support/standstills';
import type { ThemeName, TimelinePage } from '../support/timelinePage';

describe('a recorded program that stands still', function () {
  this.timeout(60_000);
  const browser = browserOfTests();
  before(() => mkdirSync('out/screenshots', { recursive: true }));

  /** A page that shows a deadlock while it lasts. */
  async function opened(
    theme: ThemeName = 'dark',
  ): Promise<{ page: TimelinePage; comparison: number }> {
    const page = await browser.newPage({ theme });
    const trace = twoThatWaitForEachOther(3.5e9);
    const comparison = page.begin([trace]);
    page.channel.tell('chunk', { run: comparison * 100, ...encodeChunk(trace.takeChunk()) });
    const verdict = standstillOf(trace) ?? null;
    assert.ok(verdict, 'it stands still');
    await page.page.locator('.verdict', { hasText: 'Recording.' }).waitFor();
    assert.equal(await page.page.getByRole('button', { name: 'End Program' }).isVisible(), false);
    page.channel.tell('standstill', { comparison, verdict, canEnd: true });
    await page.page.locator('.verdict', { hasText: 'A deadlock' }).waitFor();
    return { page, comparison };
  }

  it('says so in the headline, draws the circle, and lets it be ended beside the button that stops', async () => {
    const { page } = await opened();
    const circle = page.page.getByRole('list', { name: /^Circle of waits/ });
    assert.deepEqual(await circle.locator('li').allTextContents(), [
      'left waits for lock_b, which right has. app.py:12',
      'right waits for lock_a, which left has. app.py:20',
    ]);
    await circle.getByRole('button', { name: 'Go to app.py:20' }).click();
    await page.until(
      () => page.heard.revealed.some(({ line }) => line === 20),
      'the line is asked for',
    );
    await page.page.getByRole('button', { name: 'Stop recording; the program runs on' }).waitFor();
    await page.page.getByRole('button', { name: 'End Program' }).click();
    await page.until(() => page.heard.asked.includes('endProgram'), 'its end is asked for');
    assert.deepEqual(await axeFindings(page.page), []);
  });

  it('keeps the keyboard where it is while the same is said again', async () => {
    const { page, comparison } = await opened();
    const first = page.page.getByRole('button', { name: 'Go to app.py:12' });
    await first.focus();
    const verdict = standstillOf(twoThatWaitForEachOther(4.5e9)) ?? null;
    page.channel.tell('standstill', { comparison, verdict, canEnd: true });
    await page.settle();
    assert.equal(await first.evaluate(button => button === document.activeElement), true);
  });

  it('takes it back when the program gets on, and offers no end of what was not started here', async () => {
    const { page, comparison } = await opened();
    page.channel.tell('standstill', { comparison, verdict: null, canEnd: true });
    await page.page.locator('.verdict', { hasText: 'Recording.' }).waitFor();
    assert.equal(await page.page.getByRole('button', { name: 'End Program' }).isVisible(), false);
    const verdict = standstillOf(twoThatWaitForEachOther(4.5e9)) ?? null;
    page.channel.tell('standstill', { comparison, verdict, canEnd: false });
    await page.page.locator('.verdict', { hasText: 'A deadlock' }).waitFor();
    assert.equal(await page.page.getByRole('button', { name: 'End Program' }).isVisible(), false);
  });

  for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as const)
    it(`can be read in the theme ${theme}`, async () => {
      const { page } = await opened(theme);
      assert.deepEqual(await axeFindings(page.page), []);
      await page.page.screenshot({ path: `out/screenshots/standstill-${theme}.png` });
    });
});
