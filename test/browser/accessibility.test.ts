// What axe finds, in every theme and width, and what the regions are called.

import assert from 'node:assert/strict';
import { simulate } from '../../src/core/machine/machine';
import { NS_PER_MS } from '../../src/core/units';
import { axeFindings } from '../support/axe';
import { browserOfTests } from '../support/pagesOfTests';
import { crunchProgram } from '../support/programs';
import type { ThemeName } from '../support/timelinePage';

describe('the page for everybody', function () {
  this.timeout(60_000);
  const browser = browserOfTests();

  for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as ThemeName[]) {
    for (const width of [1200, 320]) {
      it(`gives axe nothing to find in ${theme} at ${width} px`, async () => {
        const page = await browser.newPage({ theme, size: { width, height: 800 } });
        const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 1 };
        const traces = ['gil', 'processes'].map(runtime =>
          simulate({ program: crunchProgram(3, 4), runtime, conditions }),
        );
        await page.show(traces);
        page.channel.tell('problems', {
          problems: [{ line: 3, message: 'expected a unit', severity: 'error' }],
        });
        await page.page.focus('.lane-grid');
        await page.page.keyboard.press('ArrowDown');
        await page.settle();
        const told = await axeFindings(page.page);
        assert.deepEqual(told, []);
      });
    }
  }

  for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as ThemeName[]) {
    it(`gives axe nothing to find in Timeline, Table, search and help in ${theme}`, async () => {
      const page = await browser.newPage({ theme, reducedMotion: true });
      const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 1 };
      const traces = ['gil', 'processes'].map(runtime =>
        simulate({ program: crunchProgram(3, 4), runtime, conditions }),
      );
      await page.show(traces);
      const told: string[] = [];
      for (const key of ['2', '3', '/', '?']) {
        await page.page.keyboard.press(key);
        if (key === '2' || key === '3')
          await page.page.waitForSelector(`.views [title$="(${key})"][aria-pressed="true"]`);
        if (key === '/') {
          await page.page.keyboard.type('waits');
          await page.page.locator('search .hint', { hasText: 'span' }).waitFor();
          await page.page.focus('.table-scroller');
        }
        await page.settle();
        told.push(...(await axeFindings(page.page)).map(finding => `${key}: ${finding}`));
      }
      assert.deepEqual(told, []);
    });
  }

  it('tells the whole picture of each run in one sentence', async () => {
    const page = await browser.newPage();
    const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 1 };
    const trace = simulate({ program: crunchProgram(3, 4), runtime: 'gil', conditions });
    await page.show([trace]);
    const label = await page.page.getAttribute('.plot canvas', 'aria-label');
    assert.match(
      label ?? '',
      /^Threads \+ GIL: .* baseline, \d+ % waiting for the GIL, \d+ hand-offs$/,
    );
  });
});
