// Before and after an edit, a pinned run, and a recorded run beside a simulated one, as a person compares them.

import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { openWorkbench } from '../support/host';
import { whyNotRecordable } from '../support/recordable';
import { skip } from '../support/skip';
import type { Workbench } from '../support/workbench';

/** Computes in two threads; the comments say for how long, for the simulator. */
const WORK = `# gil: machine cores=2 interval=5ms
import threading

def count():  # gil: threads 2
    total = 0
    for i in range(2_000_000):  # gil: compute 200ms
        total += i * i % 7

if __name__ == "__main__":
    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
`;

describe('runs in the editor', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({
      files: { 'work.py': WORK },
      open: 'work.py',
      settings: { 'gilscope.playbackSpeed': 1000 },
      size: { width: 1600, height: 1000 },
    });
  });

  after(() => workbench.dispose());

  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  const titles = (panel: Frame): Promise<string[]> =>
    panel.locator('.run:visible h2').allInnerTexts();

  /** Waits until the headers of the panel are these, and answers with its frame. */
  async function panelWith(...expected: readonly RegExp[]): Promise<Frame> {
    const panel = await workbench.webview();
    for (let i = 0; i < 300; i++) {
      const found = await titles(panel);
      const fits = found.length === expected.length;
      if (fits && expected.every((title, at) => title.test(found[at]))) return panel;
      await panel.waitForTimeout(100);
    }
    throw new Error(`the runs are ${(await titles(panel)).join(', ')}`);
  }

  /** Ticks the first two rows of the open quick pick that fit, and takes them. */
  async function chooseTwo(...texts: readonly RegExp[]): Promise<void> {
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    for (const text of texts) await rows.filter({ hasText: text }).first().click();
    await workbench.page.keyboard.press('Enter');
    await rows.first().waitFor({ state: 'hidden' });
  }

  it('keep the run before an edit in sight, with what changed', async () => {
    await workbench.run('GIL Scope: Show Who Holds the GIL in This File');
    const panel = await panelWith(/^Threads \+ GIL$/, /^Multiprocessing$/);
    await panel.locator('.verdict', { hasText: 'faster' }).waitFor();
    // Nobody has had the time to look at what stands for less than two seconds: it would not be what is compared with.
    await panel.waitForTimeout(2500);
    await workbench.replaceInLine('for i in range', '200ms', '100ms');
    // Two threads of 200 ms under one lock, and of 100 ms.
    await panel
      .locator('.difference', {
        hasText: /Compared with the previous run: 40\d ms → 20\d ms · .*computing 400 ms → 200 ms/,
      })
      .waitFor();
    await workbench.screenshot('compare after an edit');
    await panel.locator('.previous-run').click();
    await panel
      .locator('.difference', { hasText: 'Compared with the previous run' })
      .first()
      .waitFor({ state: 'hidden' });
    await panel.locator('.previous-run').click();
  });

  it('are chosen, two of all that ended, and stand below each other', async () => {
    await workbench.run('GIL Scope: Compare Two Runs…');
    await chooseTwo(/Threads \+ GIL.*40\d ms/, /Threads \+ GIL.*20\d ms/);
    const panel = await panelWith(/^Threads \+ GIL/, /^Threads \+ GIL/);
    const [first, second] = await titles(panel);
    assert.match(
      [first, second].find(title => title.includes('·')) ?? '',
      /work\.py, \d\d:\d\d:\d\d$/,
    );
    await panel.locator('.difference', { hasText: 'All threads: computing' }).waitFor();
    await workbench.screenshot('compare two runs');
    await workbench.run('GIL Scope: Show All Runs of the Comparison');
    await panelWith(/^Threads \+ GIL$/, /^Multiprocessing$/);
  });

  it('are compared with a pinned one, also after the window was reloaded', async () => {
    const panel = await panelWith(/^Threads \+ GIL$/, /^Multiprocessing$/);
    await panel.locator('.pin').first().click();
    await workbench.notification('what you run next is compared with it');
    await workbench.clearNotifications();
    await workbench.replaceInLine('for i in range', '100ms', '300ms');
    const pinned = /^Threads \+ GIL · work\.py, \d\d:\d\d:\d\d$/;
    await panelWith(pinned, /^Threads \+ GIL$/, /^Multiprocessing$/);
    await workbench.save();
    await workbench.reload();
    const again = await panelWith(pinned, /^Threads \+ GIL$/, /^Multiprocessing$/);
    assert.equal(await again.locator('.pin').first().getAttribute('aria-pressed'), 'true');
    await again
      .locator('.difference', { hasText: /computing 200 ms → 600 ms/ })
      .first()
      .waitFor();
    await again
      .locator('.verdict', { hasText: 'as long: its threads spend 400 ms more computing' })
      .waitFor();
    await workbench.screenshot('compare with a pinned run');
    await again.locator('.pin').first().click();
    await panelWith(/^Threads \+ GIL$/, /^Multiprocessing$/);
  });

  it('are compared whether they were recorded or simulated', async function () {
    const why = whyNotRecordable();
    if (why !== undefined) return skip(this, why);
    await workbench.clearNotifications();
    await workbench.line('import threading').click();
    await workbench.run('GIL Scope: Record This File');
    await panelWith(/^Recorded: work\.py/);
    await workbench.notification('hand-offs counted');
    await workbench.clearNotifications();
    await workbench.run('GIL Scope: Compare Two Runs…');
    await chooseTwo(/Recorded: work\.py/, /Threads \+ GIL/);
    const panel = await panelWith(
      /^(Recorded: work\.py|Threads \+ GIL)/,
      /^(Recorded: work\.py|Threads \+ GIL)/,
    );
    // Thread-1 of the simulation is Thread-1 (count) of the real one: no thread is in one of them only.
    await panel.locator('.difference', { hasText: 'computing' }).waitFor();
    assert.equal(await panel.locator('.of-gap').count(), 0);
    await workbench.screenshot('compare recorded and simulated');
  });
});
