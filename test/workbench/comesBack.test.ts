// The panel hidden, moved to another window and reloaded: it comes back as it was, in the real workbench.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { writeTraceJson } from '../../src/formats/traceJson';
import { openWorkbench } from '../support/host';
import { partlySeen } from '../support/oddTraces';
import { webviewIn, type Workbench } from '../support/workbench';

describe('the panel that comes back', () => {
  let workbench: Workbench;
  let seen: unknown;

  before(async () => {
    workbench = await openWorkbench({ open: 'cpu_bound.py', size: { width: 1600, height: 1000 } });
  });

  after(() => workbench.dispose());

  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  it('shows a damaged trace as far as it is good, and says what is not', async () => {
    fs.writeFileSync(path.join(workbench.workspace, 'damaged.json'), damagedTrace());
    await openTrace('damaged.json');
    const said = await workbench.notification('damaged.json is damaged');
    assert.match(
      await said.innerText(),
      /2 records of it could not be read: time that goes backwards \(segments\[1\]\[2\]\), unknown state \(segments\[2\]\[0\]\)\./,
    );
    const panel = await workbench.webview();
    await panel
      .locator('.verdict', { hasText: '1,236 hand-offs were counted but not seen' })
      .waitFor();
    await workbench.screenshot('damaged trace');
    assert.match(
      await panel.locator('.subtitle').innerText(),
      /1,236 more hand-offs counted but not seen/,
    );
    await workbench.clearNotifications();
  });

  it('leaves the picture as it is where a file cannot be read, and says why', async () => {
    const whole = damagedTrace();
    const cut = whole.slice(0, whole.indexOf('"segments"'));
    fs.writeFileSync(path.join(workbench.workspace, 'cut.json'), cut);
    await openTrace('cut.json');
    await workbench.notification(
      'It ends too early, as if it had not been written or copied whole.',
    );
    const panel = await workbench.webview();
    assert.match(
      await panel.locator('.verdict').innerText(),
      /1,236 hand-offs were counted but not seen/,
    );
  });

  it('shows a span that was searched for, in a run that is pinned', async () => {
    await workbench.run('Run GIL Demo');
    const panel = await workbench.webview();
    await panel.locator('.verdict', { hasText: 'faster' }).waitFor({ timeout: 60_000 });
    await panel.locator('.pin').first().click();
    await panel.locator('.pin[aria-pressed="true"]').waitFor();
    await panel.locator('.lane-grid').focus();
    await workbench.page.keyboard.press('2');
    await panel.locator('.inspector').waitFor();
    await workbench.page.keyboard.press('/');
    await workbench.page.keyboard.type('waits >9ms');
    await panel.locator('search .hint', { hasText: /^\d+ spans, / }).waitFor();
    await workbench.page.keyboard.press('Enter');
    await panel.locator('.inspector h2', { hasText: 'waits for the GIL' }).waitFor();
    await panel.locator('.lane-grid').focus();
    for (const key of ['w', 'w']) await workbench.page.keyboard.press(key);
    await workbench.screenshot('comes-back before');
    seen = await look(panel);
  });

  it('after it was hidden behind another editor', async () => {
    await workbench.openFile('io_bound.py');
    await workbench.screenshot('comes-back hidden');
    await workbench.page.waitForFunction(() => !document.querySelector('iframe.webview.ready'));
    await workbench.page.locator('.tab', { hasText: 'GIL Timeline' }).click();
    assert.deepEqual(await look(await workbench.webview()), seen);
  });

  it('after the window was reloaded', async () => {
    await workbench.reload();
    const panel = await workbench.webview();
    const after = await look(panel);
    await workbench.screenshot('comes-back reloaded');
    assert.deepEqual(after, seen);
  });

  it('in a window of its own', async () => {
    await workbench.page.locator('.tab', { hasText: 'GIL Timeline' }).click(); // that it is the one to move
    const opened = workbench.page.context().waitForEvent('page', { timeout: 30_000 });
    await workbench.run('View: Move Editor into New Window');
    const window = await opened;
    const panel = await webviewIn(window);
    await window.screenshot({ path: 'out/screenshots/comes-back window.png' });
    assert.deepEqual(await look(panel), seen);
  });

  /** Opens a trace by the command and the dialog that VS Code has for it in a browser. */
  async function openTrace(name: string): Promise<void> {
    await workbench.run('GIL Scope: Open Trace…');
    await workbench.pick(name);
  }
});

/** A trace in which the clock of a lane went backwards once, and a state is of a version to come. */
function damagedTrace(): string {
  const file = JSON.parse(writeTraceJson(partlySeen())) as {
    segments: { starts: number[]; states: number[] }[];
  };
  file.segments[1].starts[2] = 1e6;
  file.segments[2].states[0] = 99;
  return JSON.stringify(file);
}

/** What the person sees of the view: the run that is shown, the chosen span, the search and what it found. */
async function look(panel: Frame): Promise<unknown> {
  await panel.locator('search .hint', { hasText: /^\d+ spans, / }).waitFor();
  await panel.locator('.inspector h2', { hasText: 'waits for the GIL' }).waitFor();
  return panel.evaluate(() => {
    const text = (selector: string): string => document.querySelector(selector)?.textContent ?? '';
    return {
      // A pinned run that stands beside others of its name says of which file it is, and when it ran.
      run: text('.run h2').replace(/( · cpu_bound\.py)?(, [\d:]+)?$/, ''),
      view: text('.views [aria-pressed="true"]'),
      chosen: text('.inspector h2'),
      query: document.querySelector<HTMLInputElement>('search input')?.value,
      found: text('search .hint'),
      window: document.querySelector<HTMLElement>('.runs')?.dataset.toNs,
      pinned: document.querySelector('.pin')?.getAttribute('aria-pressed'),
    };
  });
}
