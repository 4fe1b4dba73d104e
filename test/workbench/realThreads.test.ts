// A run on this machine's threads in the real editor: the panel says what it ran on and how exactly it was stamped.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import fs from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { openWorkbench } from '../support/host';
import { skip } from '../support/skip';
import type { Workbench } from '../support/workbench';

/** Twelve threads of 12 ms: more than most machines have cores. Its name is a sample's, but it is none. */
const CROWD = `import threading

# gil: machine cores=4 interval=5ms seed=1


def crunch():  # gil: threads 12
    total = sum(range(1_000_000))  # gil: compute 12ms
    return total
`;

describe('a run on real threads in the editor', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({
      files: { 'race.py': CROWD },
      open: 'race.py',
      settings: { 'gilscope.compare': ['gil', 'free-threaded'] },
      size: { width: 1700, height: 1100 },
    });
  });

  after(() => workbench.dispose());

  it('names the cores of this machine, the clocks, and what becomes of more threads than cores', async () => {
    await workbench.codeLens('Run on real threads').click();
    assert.equal(await workbench.codeLens('Step through the race').count(), 0);
    const panel = await workbench.webview();
    const [withGil, without] = [0, 1].map(index => panel.locator('.run').nth(index));
    await without.locator('.notes', { hasText: 'All stamps are of one clock' }).waitFor();
    const cores = availableParallelism();
    const detail = await panel.locator('.detail').innerText();
    assert.match(detail, new RegExp(`12 threads · this machine’s ${cores} cores?`));
    if (cores < 12) {
      const crowd = /This machine has .* for 12 threads: where more want to compute/;
      assert.match(await without.locator('.notes').innerText(), crowd);
    }
    assert.doesNotMatch(await withGil.locator('.notes').innerText(), /This machine has/);
    assert.doesNotMatch(await panel.locator('.verdict').innerText(), /RuntimeError/);
    await workbench.screenshot('real threads');
  });
});

/** Two processes that would compute for ten minutes. */
const ENDLESS = `import multiprocessing

# gil: machine cores=2 interval=5ms seed=1


def crunch():  # gil: threads 2
    for _ in range(600_000):  # gil: repeat 600000
        sum(range(80_000))  # gil: compute 1ms
`;

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** The processes that run the workers' bundle of this workbench's extension. */
function childrenOf(workbench: Workbench): Process[] {
  const home = path.dirname(workbench.workspace);
  return fs.readdirSync('/proc').flatMap(name => {
    const text = /^\d+$/.test(name) ? read(`/proc/${name}/cmdline`) : '';
    if (!text.includes(home) || !text.includes('gil-scope-process')) return [];
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${name}/stat`))?.[1];
    return [{ pid: Number(name), parent: Number(parent) }];
  });
}

/** Empty when the process is gone by now. */
function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

describe('a run on real processes in the editor', () => {
  let workbench: Workbench;

  before(async function () {
    if (process.platform !== 'linux') skip(this, 'looks into /proc');
    workbench = await openWorkbench({
      files: { 'endless.py': ENDLESS },
      open: 'endless.py',
      settings: { 'gilscope.compare': ['processes'] },
      size: { width: 1700, height: 1100 },
    });
  });

  after(() => workbench.dispose());

  /** Looks until there are so many child processes. */
  async function untilChildren(count: number): Promise<Process[]> {
    for (let i = 0; i < 600; i++) {
      const children = childrenOf(workbench);
      if (children.length === count) return children;
      await workbench.page.waitForTimeout(100);
    }
    throw new Error(`there are ${childrenOf(workbench).length} processes, not ${count}`);
  }

  /** Waits until a tenth of a second of the first run is in the panel: so there is something to keep. */
  async function untilSomethingIsShown(panel: Frame): Promise<void> {
    const head = panel.locator('.run-head').first();
    let text = '';
    for (let i = 0; i < 600; i++) {
      text = (await head.innerText()).replace(/\s+/g, ' ');
      if (/\bs wall time [\d.]+|ms wall time \d{3}/.test(text)) return;
      await panel.waitForTimeout(100);
    }
    throw new Error(`it still reads “${text}”`);
  }

  it('ends with what was recorded and a sentence in the panel when one is killed', async () => {
    await workbench.codeLens('Run on real threads').click();
    const [first] = await untilChildren(2);
    const panel = await workbench.webview();
    await untilSomethingIsShown(panel);
    process.kill(first.pid, 'SIGKILL');
    const sentence = panel.getByText(
      /was ended from outside: it was ended by SIGKILL\. What it did/,
    );
    await sentence.first().waitFor();
    await untilChildren(0);
    await workbench.screenshot('a killed process');
  });

  it('leaves none behind when the extension host is killed', async () => {
    await workbench.codeLens('Run on real threads').click();
    const [{ parent }] = await untilChildren(2);
    process.kill(parent, 'SIGKILL');
    await untilChildren(0);
    assert.equal(read(`/proc/${parent}/cmdline`), '', 'its threads are gone with it');
  });
});
