// From the command palette to the blamed line and back, without a mouse. Whatever has the focus on the way must show it.

import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { openWorkbench } from '../support/host';
import type { Workbench } from '../support/workbench';

/** The sentence that the focused grid of lanes reads for its chosen span; empty without focus or span. */
function readAloud(): string {
  const grid = document.activeElement;
  if (!document.hasFocus() || grid?.getAttribute('role') !== 'grid') return '';
  const cell = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
  return cell?.textContent ?? '';
}

/** Whether the keyboard is in the lanes of the panel, and a ring around them says so. */
function lanesShowFocus(): boolean {
  const runs = document.querySelector('.runs');
  if (!runs || !document.hasFocus()) return false;
  const { outlineStyle, outlineWidth } = getComputedStyle(runs);
  const { width, height } = runs.getBoundingClientRect();
  const inLanes = document.activeElement?.getAttribute('role') === 'grid';
  return inLanes && outlineStyle !== 'none' && outlineWidth !== '0px' && width * height > 0;
}

/** The line of who held the GIL that the focused button leads to; null if the focus is elsewhere or does not show. */
function focusedBlame(): string | null {
  const button = document.activeElement;
  const blame = '.inspector > section:first-child .bar-row'; // the rows under “Held meanwhile”
  if (!(button instanceof HTMLElement) || !button.closest(blame)) return null;
  const { outlineStyle } = getComputedStyle(button);
  const { top, bottom } = button.getBoundingClientRect();
  const seen = outlineStyle !== 'none' && top >= 0 && bottom <= innerHeight;
  return seen ? (button.dataset.line ?? null) : null;
}

const waits = 'waits for the GIL';

describe('the demo by keyboard alone', () => {
  let workbench: Workbench;
  let panel: Frame;

  /** Runs a command as one who has no mouse does. */
  async function command(title: string): Promise<void> {
    await workbench.waitForCommand(title); // extensions announce their commands late
    const { keyboard } = workbench.page;
    await keyboard.press('F1');
    await keyboard.type(title);
    await workbench.page
      .locator(`.quick-input-list .monaco-list-row.focused[aria-label^="${title}"]`)
      .waitFor();
    await keyboard.press('Enter');
  }

  /** Waits until the sentence of the chosen span is as told. */
  async function untilItReads(fits: (sentence: string) => boolean): Promise<void> {
    for (let i = 0; i < 300; i++) {
      if (fits(await panel.evaluate(readAloud))) return;
      await panel.waitForTimeout(50);
    }
    throw new Error(`it still reads “${await panel.evaluate(readAloud)}”`);
  }

  before(async () => {
    workbench = await openWorkbench({ open: 'cpu_bound.py' });
    await workbench.page.locator('.editor-instance .view-line').first().waitFor();
  });

  after(() => workbench.dispose());

  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  it('leaves the keyboard in the editor when the demo runs', async () => {
    await command('Run GIL Demo');
    panel = await workbench.webview();
    await panel.locator('.verdict', { hasText: 'The GIL lets one thread compute' }).waitFor();
    await workbench.page.waitForFunction(
      () => document.activeElement?.closest('.monaco-editor') !== null,
    );
    assert.equal(await panel.evaluate(() => document.hasFocus()), false);
  });

  it('goes into the lanes with “Show GIL Timeline”, and a ring shows it', async () => {
    await command('Show GIL Timeline');
    await panel.waitForFunction(lanesShowFocus);
    await workbench.screenshot('keyboard panel');
  });

  it('walks to a wait for the GIL, and the inspector says who held it and at which line', async () => {
    const { keyboard } = workbench.page;
    await keyboard.press('2');
    await panel.locator('.views [title$="(2)"][aria-pressed="true"]').waitFor();
    // The first lane is the main thread, which only waits for its workers; the second is a worker.
    for (let i = 0; i < 30 && !(await panel.evaluate(readAloud)).includes(waits); i++) {
      const before = await panel.evaluate(readAloud);
      await keyboard.press(i < 2 ? 'ArrowDown' : 'ArrowRight');
      await untilItReads(other => other !== before);
    }
    await untilItReads(sentence => sentence.includes(waits));
    await panel.locator('.inspector', { hasText: 'Held meanwhile' }).waitFor();
    assert.ok(await panel.evaluate(lanesShowFocus));
    await workbench.screenshot('keyboard wait');
  });

  it('tabs to the line that is to blame, and Enter puts the cursor of the editor there', async () => {
    const { keyboard } = workbench.page;
    let line: string | null = null;
    for (let i = 0; i < 60 && line === null; i++) {
      await keyboard.press('Tab');
      line = await panel.evaluate(focusedBlame);
    }
    assert.notEqual(line, null);
    await workbench.screenshot('keyboard blame');
    await keyboard.press('Enter');
    await workbench.page.waitForFunction(
      () => document.activeElement?.closest('.monaco-editor') !== null,
    );
    await workbench.statusItem(`Ln ${line ?? ''},`).waitFor();
    const shown = workbench.page.locator('.editor-instance .line-numbers.active-line-number');
    assert.equal(await shown.first().innerText(), line);
    await workbench.screenshot('keyboard line');
  });

  it('comes back to a focus that shows in the panel, and the wait is still chosen', async () => {
    await command('Show GIL Timeline');
    await panel.waitForFunction(lanesShowFocus);
    await untilItReads(sentence => sentence.includes(waits));
    await workbench.page.keyboard.press('ArrowRight');
    await untilItReads(sentence => sentence !== '' && !sentence.includes(waits));
    await workbench.screenshot('keyboard back');
  });
});
