// A recording is a trace like any other: it leads to the line that is to blame, is saved, opened again, written down
// in figures, and compared with the recording of the changed program.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { openWorkbench } from '../support/host';
import { whyNotRecordable } from '../support/recordable';
import { skip } from '../support/skip';
import type { Workbench } from '../support/workbench';

const HOG_LINE = '        sum(range(12_000_000))';

/** One thread calls C code that keeps the GIL for more than 100 ms at a time; another needs it for a moment every 5 ms. */
const PROGRAM = `import threading, time

end = time.monotonic() + 3

def hog():
    while time.monotonic() < end:
${HOG_LINE}

def poor():
    while time.monotonic() < end:
        time.sleep(0.005)

threads = [threading.Thread(target=target, name=target.__name__) for target in (hog, poor)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
`;

const LINE_OF_HOG = PROGRAM.split('\n').indexOf(HOG_LINE) + 1;

describe('the trace of a recording, in the editor', () => {
  let workbench: Workbench | undefined;
  let panel: Frame;
  let recorded: readonly string[];

  before(async function () {
    const why = whyNotRecordable();
    if (why !== undefined) return skip(this, why);
    workbench = await openWorkbench({ files: { 'hog.py': PROGRAM }, open: 'hog.py' });
    await record(workbench);
    await panel.locator('.verdict', { hasText: 'hog keeps the GIL for up to' }).waitFor();
    recorded = await figures();
  });

  after(() => workbench?.dispose());

  afterEach(async function () {
    await workbench?.witness(this.currentTest);
  });

  async function record(workbench: Workbench): Promise<void> {
    await workbench.run('GIL Scope: Record This File');
    panel = await workbench.webview();
    await panel.getByText('Recorded: hog.py').first().waitFor({ timeout: 60_000 });
    await workbench.notification('hand-offs counted');
    await workbench.clearNotifications();
    await panel.locator('.verdict', { hasText: /\w/ }).waitFor();
  }

  /** What the header of the first run says. */
  const figures = (): Promise<readonly string[]> =>
    panel.locator('.run').first().locator('.metric dd').allInnerTexts();

  it('leads from the longest wait to the line that caused it', async () => {
    assert.ok(workbench);
    await workbench.run('GIL Scope: Show or Leave Table View');
    await panel.click('button[data-kind="blame"]');
    await panel.locator('th', { hasText: 'Which is at' }).waitFor();
    const worst = panel.locator('.table-view tbody tr:has(td:nth-child(2))').first();
    const [waits, on, at] = await worst.locator('td').allInnerTexts();
    assert.deepEqual([waits, on], ['poor', 'hog']);
    assert.match(at, new RegExp(`hog\\.py:${LINE_OF_HOG}`));
    await workbench.screenshot('recorded blame');
    await worst.dblclick();
    await workbench.statusItem(`Ln ${LINE_OF_HOG},`).waitFor();
    await workbench.run('GIL Scope: Show Compare View');
  });

  it('is written down in the figures that the panel shows, and says that it is a recording', async () => {
    assert.ok(workbench);
    await workbench.run('GIL Scope: Save Figures as Markdown…');
    await workbench.acceptPlace('hog.py.md');
    await workbench.notification('Saved hog.py.md');
    const markdown = workbench.read('hog.py.md');
    for (const metric of ['waiting', 'handOffs']) {
      const figure = await panel.locator(`.metric.of-${metric} dd`).first().innerText();
      assert.ok(
        markdown.includes(` ${figure} |`) || markdown.includes(` ${figure} `),
        `${metric} ${figure} in\n${markdown}`,
      );
    }
    assert.match(markdown, /Recorded: hog\.py/);
  });

  it('is saved, and shows the same when it is opened again', async () => {
    assert.ok(workbench);
    await workbench.run('GIL Scope: Save Trace…');
    await workbench.acceptPlace('.json');
    const saved = await untilSaved(workbench.workspace);
    const verdict = await panel.locator('.verdict').innerText();
    await workbench.run('Run GIL Demo'); // something else is shown meanwhile
    await panel.locator('.run-head', { hasText: 'Threads + GIL' }).first().waitFor();
    await workbench.run('GIL Scope: Open Trace…');
    await workbench.pick(saved);
    await panel.getByText('Recorded: hog.py').first().waitFor();
    await panel.locator('.verdict', { hasText: 'hog' }).waitFor();
    assert.deepEqual(await figures(), recorded);
    assert.equal(await panel.locator('.verdict').innerText(), verdict);
    await workbench.screenshot('recorded and opened again');
  });

  it('is compared with the recording of the changed program, thread by thread', async () => {
    assert.ok(workbench);
    await workbench.openFile('hog.py');
    await workbench.replaceInLine('sum(range', '12_000_000', '40_000');
    await workbench.save();
    await record(workbench);
    await workbench.run('GIL Scope: Compare Two Runs…');
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    const recordings = rows.filter({ hasText: 'Recorded: hog.py' });
    await recordings.nth(1).waitFor();
    await recordings.nth(0).click();
    await recordings.nth(1).click();
    await workbench.page.keyboard.press('Enter');
    await panel.locator('.run:visible h2').nth(1).waitFor();
    await panel.locator('.difference', { hasText: 'waiting for the GIL' }).waitFor();
    assert.equal(await panel.locator('.of-gap').count(), 0, 'the same threads in both');
    await workbench.screenshot('recorded before and after');
  });
});

/** The name of the trace in a folder, once it is whole. */
async function untilSaved(folder: string): Promise<string> {
  for (let i = 0; i < 100; i++) {
    const name = fs.readdirSync(folder).find(file => /^hog\.py\..*\.json$/.test(file));
    if (name !== undefined && isWhole(path.join(folder, name))) return name;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`no trace in ${fs.readdirSync(folder).join(', ')}`);
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(fs.readFileSync(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}
