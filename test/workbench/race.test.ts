// The race lesson as a person meets it: from the CodeLens of its sample, with real threads, through a reload.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { openWorkbench } from '../support/host';
import { skip } from '../support/skip';
import { themes, type Workbench } from '../support/workbench';

describe('the race lesson in the editor', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({ open: 'race.py', size: { width: 1700, height: 1100 } });
  });

  after(() => workbench.dispose());

  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  it('opens from the sample, and real threads tell what they lost', async () => {
    await workbench.codeLens('Step through the race that the GIL prevents').click();
    const page = await workbench.webview();
    await page.locator('.real table').waitFor({ timeout: 60_000 });
    const rows = await page.locator('.real tbody th').count();
    assert.equal(rows, 5);
    await page.getByText(/2 real threads change one reference count, on this machine’s/).waitFor();
  });

  it('is stepped through with the keyboard', async () => {
    const page = await workbench.webview();
    await page.getByRole('button', { name: 'Step thread 1' }).click();
    for (const key of ['2', '1', '2', '1', '2']) await workbench.page.keyboard.press(key);
    await page.getByText(/^Thread 2 stores 2. Lost update/).waitFor();
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await workbench.theme(theme);
      await page.locator(`body.${themes[theme].webview}`).waitFor();
      await workbench.screenshot(`race lesson ${theme}`);
    }
    await workbench.theme('Dark Modern');
  });

  it('has a real Python run race.py, and tells what that lost', async function () {
    if (spawnSync('python3', ['--version']).status !== 0) skip(this, 'no python3 on the PATH');
    const page = await workbench.webview();
    await page.getByRole('button', { name: 'Run race.py on your Python' }).click();
    await page.locator('.own-pythons table').waitFor({ timeout: 120_000 });
    const table = await page.locator('.own-pythons').innerText();
    assert.match(table, /\w+ \d+\.\d+/);
    await page.locator('.python').scrollIntoViewIfNeeded();
    await workbench.screenshot('race lesson on a real Python');
  });

  it('comes back where it was after the window was reloaded, with the run that it had', async () => {
    await workbench.reload();
    const page = await workbench.webview();
    await page.getByText(/^Thread 2 stores 2. Lost update/).waitFor();
    await page.locator('.real table').waitFor();
    await page.locator('.own-pythons').waitFor({ state: 'attached' });
  });

  it('is found in the command palette', async () => {
    await workbench.waitForCommand('GIL Scope: Show the Race That the GIL Prevents');
  });
});
