// The browser of a test file: opened before its tests and closed after them, and the pages of a test with it.
//
//   const browser = browserOfTests();
//   it('…', async () => {
//     const page = await browser.newPage({ theme: 'light' });
//     …
//   });
//
// After each test its pages are closed, and whatever they complained of fails it.

import assert from 'node:assert/strict';
import { TimelineBrowser, type TimelinePage, type TimelinePageOptions } from './timelinePage';

/** Opens pages. */
export interface BrowserOfTests {
  newPage(options?: TimelinePageOptions): Promise<TimelinePage>;
}

/** To be called in a `describe`, before its own hooks. */
export function browserOfTests(): BrowserOfTests {
  let browser: TimelineBrowser | undefined;
  const pages: TimelinePage[] = [];
  before(async () => {
    browser = await TimelineBrowser.open();
  });
  after(() => browser?.dispose());
  afterEach(async () => {
    const told = pages.flatMap(({ complaints, heard }) => [...complaints, ...heard.logged]);
    for (const page of pages.splice(0)) await page.dispose();
    assert.deepEqual(told, [], 'no error, no violation of the policy');
  });
  return {
    async newPage(options) {
      if (!browser) throw new Error('the browser is open only while tests run');
      const page = await browser.newPage(options);
      pages.push(page);
      return page;
    },
  };
}
