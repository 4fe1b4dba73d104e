// A person's path through the demo, in the real workbench: palette, panel, typing, hover, themes, reload.

import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { openWorkbench } from '../support/host';
import { themes, type Workbench } from '../support/workbench';

/** The figures in the headers of the panel, a text a run, once the shown comparison is complete. */
async function headers(panel: Frame): Promise<string[]> {
  await panel.locator('.run-head').nth(1).waitFor();
  return panel.locator('.run-head').allInnerTexts();
}

/** Seconds of wall time that a header tells. */
function wallSeconds(header: string): number {
  const match = /(ms|s) wall time ([\d.]+)/.exec(header.replace(/\s+/g, ' '));
  assert.ok(match, header);
  return Number(match[2]) * (match[1] === 's' ? 1 : 0.001);
}

/** Waits until the first run's wall time is as told. */
async function untilWall(panel: Frame, fits: (seconds: number) => boolean): Promise<string[]> {
  for (let i = 0; i < 600; i++) {
    const found = await headers(panel);
    if (fits(wallSeconds(found[0]))) return found;
    await panel.waitForTimeout(100);
  }
  throw new Error(`the wall time stayed at ${(await headers(panel))[0]}`);
}

describe('the demo, as a person meets it', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({
      open: 'cpu_bound.py',
      size: { width: 1600, height: 1300 },
    });
  });

  after(() => workbench.dispose());

  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  it('comes up in the theme that the settings name', async () => {
    await workbench.page.locator('.monaco-workbench.vs-dark').waitFor();
  });

  it('is found in the command palette under its name', async () => {
    await workbench.waitForCommand('Run GIL Demo');
    await workbench.waitForCommand('Show GIL Timeline');
  });

  it('shows the same work in a row under the GIL and side by side under multiprocessing', async () => {
    await workbench.run('Run GIL Demo');
    const panel = await workbench.webview();
    // Four threads of half a second of Python each: about two seconds under one lock, about a third of it without.
    const [threads, processes] = await untilWall(panel, seconds => seconds > 1.8);
    assert.match(threads, /Threads \+ GIL/);
    assert.match(processes, /Multiprocessing/);
    assert.ok(wallSeconds(processes) < wallSeconds(threads) / 2);
    await panel.getByText('faster').first().waitFor();
    await panel.locator('.verdict', { hasText: 'The GIL lets one thread compute' }).waitFor();
  });

  it('looks right in every theme', async () => {
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await workbench.theme(theme);
      const panel = await workbench.webview();
      await panel.locator(`body.${themes[theme].webview}`).waitFor();
      await panel.evaluate(twoFrames); // the picture is drawn in the new colours
      await workbench.screenshot(`demo ${theme}`);
    }
    await workbench.theme('Dark Modern');
  });

  it('changes while a number is typed, unsaved, and again when it is typed back', async () => {
    const panel = await workbench.webview();
    await workbench.replaceInLine('primes = primes_below', '26ms', '66ms');
    // 40 ms more in each of 10 rounds of 4 threads under one lock: 1.6 s more.
    await untilWall(panel, seconds => seconds > 3.4);
    await workbench.tab('cpu_bound.py').and(workbench.page.locator('.dirty')).waitFor();
    await workbench.replaceInLine('primes = primes_below', '66ms', '26ms');
    await untilWall(panel, seconds => seconds > 1.8 && seconds < 2.4);
    await workbench.replaceInLine('def crunch', 'threads 4', 'threads 2');
    await untilWall(panel, seconds => seconds < 1.3);
    await workbench.replaceInLine('def crunch', 'threads 2', 'threads 4');
    await untilWall(panel, seconds => seconds > 1.8);
  });

  it('keeps the picture and squiggles the mistake while a number is half typed', async () => {
    const panel = await workbench.webview();
    const before = await headers(panel);
    await workbench.replaceInLine('longest_chain(4_800)', '21ms', '21m');
    await workbench.page.locator('.squiggly-error').first().waitFor();
    await panel.getByText('expected a unit').waitFor();
    assert.deepEqual(await headers(panel), before);
    await workbench.screenshot('demo half typed');
    await workbench.replaceInLine('longest_chain(4_800)', '21m', '21ms');
    await workbench.page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
  });

  it('explains a hovered line with the figures of the last run', async () => {
    const hover = await workbench.hover('primes = primes_below', 'primes_below');
    const text = (await hover.innerText()).replace(/\s+/g, ' ');
    assert.match(text, /What this line does to the GIL · crunch\(\)/);
    // 26 ms in each of 10 rounds of 4 threads is 1.04 s, whoever runs them.
    assert.match(text, /held the GIL 1\.04 s 1\.04 s/);
    assert.match(text, /While a thread held the GIL here, others waited/);
    await workbench.screenshot('demo hover');
    await workbench.page.keyboard.press('Escape');
  });

  it('writes the figures of the last run behind the lines, and its outcome above the function', async () => {
    // 3 ms of sorting in each of 10 rounds of 4 threads.
    await workbench.page.waitForFunction(() =>
      [...document.querySelectorAll('.view-lines .view-line span')].some(span =>
        getComputedStyle(span, '::after').content.includes('held 120 ms'),
      ),
    );
    await workbench.codeLens('waiting for the GIL · Multiprocessing').waitFor();
    await workbench.codeLens('Run on real threads').waitFor();
    await workbench.screenshot('demo figures');
  });

  it('comes back after the window was reloaded', async () => {
    await workbench.save();
    await workbench.reload();
    const panel = await workbench.webview();
    await untilWall(panel, seconds => seconds > 1.8);
  });
});

/** Runs in the page. */
function twoFrames(): Promise<unknown> {
  return new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}
