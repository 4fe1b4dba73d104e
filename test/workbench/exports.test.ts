// What is seen leaves the real VS Code: as SVG, as PNG and as Markdown, by the dialogs that a person meets.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { openWorkbench } from '../support/host';
import type { Workbench } from '../support/workbench';

describe('exports of the panel', () => {
  let workbench: Workbench;
  let panel: Frame;

  before(async () => {
    workbench = await openWorkbench({
      open: 'cpu_bound.py',
      size: { width: 1600, height: 1300 }, // all of both runs is seen
    });
    await workbench.run('Run GIL Demo');
    panel = await workbench.webview();
    await panel.locator('.verdict', { hasText: 'The GIL lets one thread compute' }).waitFor();
  });
  after(() => workbench.dispose());
  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  it('are chosen from a list, and an SVG holds the lanes that are seen, well-formed and without scripts', async () => {
    await workbench.run('GIL Scope: Export Picture or Figures…');
    await workbench.pick('Picture as SVG…');
    const svg = (await saved('cpu_bound.py.svg')).toString('utf8');
    const { problem, words, odd } = await workbench.page.evaluate(readSvg, svg);
    assert.deepEqual({ problem, odd }, { problem: '', odd: [] });
    const lanes = await panel.locator('.lane-label.of-lane').allInnerTexts();
    assert.ok(lanes.length >= 10, 'two runs of a main thread and four workers');
    for (const word of [...lanes, 'Overview', 'Multiprocessing'])
      assert.ok(words.includes(word), `${word} is not among ${words.join(', ')}`);
    // The theme of now.
    assert.match(svg, /fill="#6FE3BE"/i);
  });

  it('are PNGs twice as large as what is seen', async () => {
    const [widthPx, heightPx] = sizeOf(fileOf('cpu_bound.py.svg').toString('utf8'));
    await workbench.run('GIL Scope: Export Picture as PNG…');
    const png = await saved('cpu_bound.py.png');
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2 * widthPx, 2 * heightPx]);
  });

  it('are figures in Markdown, those of the headers and of the table', async () => {
    await workbench.run('GIL Scope: Save Figures as Markdown…');
    const markdown = (await saved('cpu_bound.py.md')).toString('utf8');
    const row = (name: string): string[] =>
      (new RegExp(`^\\| ${name} \\| (.*) \\|$`, 'm').exec(markdown)?.[1] ?? '').split(' | ');
    const shown = async (metric: string): Promise<string[]> =>
      (await panel.locator(`.metric.of-${metric} dd`).allInnerTexts()).map(text => text.trim());
    assert.deepEqual(row('waiting for the GIL'), await shown('waiting'));
    assert.deepEqual(row('hand-offs of the GIL'), await shown('handOffs'));
    // The table lists each of the hand-offs, and its longest wait is the longest of the figures.
    await workbench.run('GIL Scope: Show or Leave Table View');
    await panel.locator('.table-view .hint', { hasText: row('hand-offs of the GIL')[0] }).waitFor();
    await panel.click('button[data-kind="waits"]');
    for (let i = 0; i < 2; i++) await panel.click('th button:has-text("Waited")');
    await panel.locator('th[aria-sort="descending"]').waitFor();
    const longest = await panel.locator('td.ns').first().innerText();
    assert.equal(longest, row('longest wait')[0]);
    await workbench.screenshot('exports table');
  });

  it('say where they went, and offer to open it', async () => {
    const toast = await workbench.notification('Saved cpu_bound.py.md');
    await toast.locator('.monaco-button', { hasText: 'Open' }).click();
    await workbench.tab('cpu_bound.py.md').waitFor();
  });

  /** Accepts the place that the dialog offers; the file that is there then. */
  async function saved(name: string): Promise<Buffer> {
    await workbench.acceptPlace(name);
    await workbench.notification(`Saved ${name}`);
    return fileOf(name);
  }

  function fileOf(name: string): Buffer {
    return fs.readFileSync(path.join(workbench.workspace, name));
  }
});

/** Runs in the page: what a browser makes of an SVG. */
function readSvg(svg: string): { problem: string; words: string[]; odd: string[] } {
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
  const all = [...parsed.querySelectorAll('*')];
  return {
    problem: parsed.querySelector('parsererror')?.textContent ?? '',
    words: [...parsed.querySelectorAll('tspan')].map(({ textContent }) => textContent),
    odd: all
      .filter(
        ({ tagName, attributes }) =>
          /script|foreignObject|image/i.test(tagName) ||
          [...attributes].some(({ name }) => name.startsWith('on') || name.endsWith('href')),
      )
      .map(({ tagName }) => tagName),
  };
}

function sizeOf(svg: string): [number, number] {
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  return [Number(width), Number(height)];
}
