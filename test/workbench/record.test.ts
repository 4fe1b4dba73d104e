// Recording a real Python from the palette to the picture, and to the line that is to blame.

import assert from 'node:assert/strict';
import { openWorkbench } from '../support/host';
import { whyNotRecordable } from '../support/recordable';
import { skip } from '../support/skip';
import type { Workbench } from '../support/workbench';

/** Three named threads that count for as long as it takes to be seen, but no more than a minute. */
const COUNTERS = `import threading, time

end = time.monotonic() + 6

def count():
    total = 0
    while time.monotonic() < end:
        for i in range(10_000):
            total += i * i % 7

threads = [threading.Thread(target=count, name=f"counter-{i}") for i in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("all counted")
`;

describe('a real Python, recorded in the editor', () => {
  let workbench: Workbench | undefined;

  before(async function () {
    const why = whyNotRecordable();
    if (why !== undefined) return skip(this, why);
    workbench = await openWorkbench({ files: { 'counters.py': COUNTERS }, open: 'counters.py' });
  });

  after(() => workbench?.dispose());

  afterEach(async function () {
    await workbench?.witness(this.currentTest);
  });

  it('shows its threads by name while they run, and says what to change', async () => {
    assert.ok(workbench);
    await workbench.tab('counters.py').waitFor();
    await workbench.run('GIL Scope: Record This File');
    const panel = await workbench.webview();
    await panel.getByText('Recorded: counters.py').first().waitFor({ timeout: 60_000 });
    for (const name of ['MainThread', 'counter-0', 'counter-1', 'counter-2']) {
      await panel.locator('.lane-label', { hasText: name }).first().waitFor({ timeout: 60_000 });
    }
    await panel.locator('.verdict', { hasText: 'GIL' }).waitFor({ timeout: 120_000 });
    await workbench.notification('hand-offs counted');
  });

  it('writes behind the line that computes how long it held the GIL and waited for it', async () => {
    assert.ok(workbench);
    await workbench.page.waitForFunction(
      () =>
        [...document.querySelectorAll('.view-lines .view-line span')].some(span =>
          /held .* s\b.* · waited .* s/.test(getComputedStyle(span, '::after').content),
        ),
      undefined,
      { timeout: 60_000 },
    );
    await workbench.screenshot('recorded');
  });

  it('keeps what happened when the file is edited', async () => {
    assert.ok(workbench);
    const panel = await workbench.webview();
    await workbench.appendToLine('print("all counted")', '  # gil: compute 5ms');
    await workbench.tab('counters.py').and(workbench.page.locator('.dirty')).waitFor();
    // What the edit would have changed is changed before a later command is done.
    await workbench.run('Show GIL Timeline');
    await panel.getByText('Recorded: counters.py').first().waitFor();
  });
});
