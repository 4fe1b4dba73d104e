// The drawings in hovers, in the real editor: VS Code lets them through, and they are there to be seen.

import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { openWorkbench } from '../support/host';
import type { Workbench } from '../support/workbench';

/** The size of a hover's image once the browser has decoded it; 0 for one that was taken out or is broken. */
async function imageWidth(hover: Locator): Promise<number> {
  const image = hover.locator('img[src^="data:image/svg+xml"]').first();
  await image.waitFor();
  return image.evaluate(async element => {
    if (!(element instanceof HTMLImageElement)) return 0;
    await element.decode();
    return element.naturalWidth;
  });
}

describe('a hover that draws', () => {
  let workbench: Workbench;

  before(async () => {
    const size = { width: 1600, height: 1300 };
    workbench = await openWorkbench({ open: 'cpu_bound.py', size });
  });

  after(() => workbench.dispose());

  it('shows the line’s spans of the last run, and leads into the panel', async () => {
    await workbench.run('Run GIL Demo');
    const panel = await workbench.webview();
    await panel.locator('.run-head').nth(1).waitFor();
    const hover = await workbench.hover('primes = primes_below', 'primes_below');
    assert.ok((await imageWidth(hover)) > 300);
    await hover.getByText('Show in the panel').click();
    await workbench.page.getByText(/^Ln 50, Col/).waitFor();
  });

  it('shows names, objects and counts in the memory sample', async () => {
    await workbench.openFile('references.py');
    const hover = await workbench.hover('shelf = [a, b]   ', 'shelf');
    await hover.getByText('Names and objects after this line').waitFor();
    assert.ok((await imageWidth(hover)) > 400);
  });
});
