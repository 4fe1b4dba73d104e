// What a person waits for, in the real workbench: activation, the first picture, and from a keystroke to the
// picture it makes. Clocks: the browser's own, in the editor's page and in the panel's frame, one time origin each.

import os from 'node:os';
import type { Frame } from 'playwright-core';
import { analyse } from '../../src/analysis/analyser';
import { assert } from '../../src/core/errors';
import { simulate } from '../../src/core/machine/machine';
import { openWorkbench } from '../support/host';
import { spreadText } from '../support/measures';
import type { Workbench } from '../support/workbench';

const KEYSTROKES = 120;
const STARTS = 5;
/** How long a window may take to come to rest. */
const SETTLE_MS = 5_000;

/** Time of the newest complete picture, in ms since the epoch; 0 if there is none. */
function lastPaintedMs(panel: Frame): Promise<number> {
  return panel.evaluate(() => {
    const mark = performance.getEntriesByName('gilscope.painted').at(-1);
    return mark ? performance.timeOrigin + mark.startTime : 0;
  });
}

async function paintedAfter(panel: Frame, sinceMs: number): Promise<number> {
  for (let i = 0; i < 1000; i++) {
    const painted = await lastPaintedMs(panel);
    if (painted > sinceMs) return painted;
    await panel.waitForTimeout(10);
  }
  throw new Error('no picture came');
}

/** Remembers when the newest key or button went down in the editor's page. */
async function watchInput(workbench: Workbench): Promise<() => Promise<number>> {
  await workbench.page.evaluate(() => {
    const note = (event: Event) => {
      document.body.dataset.lastInputMs = String(performance.timeOrigin + event.timeStamp);
    };
    for (const type of ['keydown', 'mousedown']) addEventListener(type, note, { capture: true });
  });
  return () => workbench.page.evaluate(() => Number(document.body.dataset.lastInputMs));
}

/** Types one digit over another, again and again, and measures each until its picture is painted. */
async function keystrokes(workbench: Workbench, panel: Frame): Promise<number[]> {
  const lastInputMs = await watchInput(workbench);
  await workbench.replaceInLine('primes = primes_below', '26ms', '26ms');
  for (let i = 0; i < 2; i++) await workbench.page.keyboard.press('ArrowLeft');
  const samples: number[] = [];
  for (let i = 0; i < KEYSTROKES; i++) {
    await workbench.page.keyboard.press('Shift+ArrowLeft');
    await workbench.page.waitForTimeout(60);
    await workbench.page.keyboard.press(String(1 + (i % 9)));
    const pressed = await lastInputMs();
    samples.push((await paintedAfter(panel, pressed)) - pressed);
  }
  return samples;
}

/** What VS Code itself says that activating the extension took, in ms. */
async function activationMs(workbench: Workbench): Promise<number> {
  await workbench.run('Developer: Show Running Extensions');
  const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row', {
    hasText: /gil.scope/i,
  });
  const text = await row.first().innerText();
  const match = /(?:Activation|Startup Activation): (\d+)\s*ms/.exec(text.replace(/\s+/g, ' '));
  if (!match) throw new Error(`no activation time in “${text}”`);
  return Number(match[1]);
}

/** A run with many records: eight threads that change hands every millisecond. */
const MANY = `# gil: machine cores=4 interval=1ms

def crunch():  # gil: threads 8
    for _ in range(2000):
        work()   # gil: compute 12ms
        write()  # gil: io 1ms
`;

/** How many lock events and segments a page gets of `MANY`, all runs together. The run is deterministic. */
function recordCount(): number {
  const { program, conditions } = analyse(MANY, 'many.py');
  assert(program !== undefined, 'the program of the benchmark can be run');
  return ['gil', 'processes']
    .map(runtime => simulate({ program, runtime, conditions }))
    .reduce((sum, trace) => sum + trace.eventCount + trace.segmentCount, 0);
}

/** From the command to the whole picture of a run with many records: simulated, sent, indexed, drawn. */
async function throughput(): Promise<string> {
  const records = recordCount();
  const workbench = await openWorkbench({
    files: { 'many.py': MANY },
    open: 'many.py',
    settings: { 'gilscope.playbackSpeed': 1000 },
  });
  try {
    await workbench.tab('many.py').waitFor();
    const lastInputMs = await watchInput(workbench);
    await workbench.run('Run GIL Demo');
    const pressed = await lastInputMs();
    const ms = (await paintedAfter(await workbench.webview(), pressed)) - pressed;
    const rate = Math.round(records / ms);
    return `${records} records in ${Math.round(ms)} ms, ${rate} thousand a second`;
  } finally {
    await workbench.dispose();
  }
}

/** In a window that comes up with the file, everything else starts at the same time; in a running one nothing does. */
async function oneStart(inRunningWindow: boolean): Promise<{ activation: number; demo: number }> {
  const workbench = await openWorkbench({
    ...(inRunningWindow ? {} : { open: 'cpu_bound.py' }),
    size: { width: 1600, height: 1300 },
    settings: { 'gilscope.playbackSpeed': 1000 },
  });
  try {
    await workbench.waitForCommand('Run GIL Demo');
    if (inRunningWindow) {
      await workbench.page.waitForTimeout(SETTLE_MS);
      await workbench.openFile('cpu_bound.py');
    }
    const lastInputMs = await watchInput(workbench);
    await workbench.run('Run GIL Demo');
    const pressed = await lastInputMs();
    const demo = (await paintedAfter(await workbench.webview(), pressed)) - pressed;
    return { demo, activation: await activationMs(workbench) };
  } finally {
    await workbench.dispose();
  }
}

async function main(): Promise<void> {
  console.log(`${os.cpus().length} × ${os.cpus()[0]?.model}, load ${os.loadavg()[0]?.toFixed(1)}`);
  for (const inRunningWindow of [false, true]) {
    const starts = [];
    for (let i = 0; i < STARTS; i++) starts.push(await oneStart(inRunningWindow));
    console.log(inRunningWindow ? 'in a running window' : 'in a window that is starting');
    console.log(
      `  activation            ${spreadText(
        starts.map(s => s.activation),
        'ms',
      )}`,
    );
    console.log(
      `  demo to whole picture ${spreadText(
        starts.map(s => s.demo),
        'ms',
      )}`,
    );
  }
  console.log(`end to end            ${await throughput()}`);
  const workbench = await openWorkbench({
    open: 'cpu_bound.py',
    size: { width: 1600, height: 1300 },
    settings: { 'gilscope.playbackSpeed': 1000 },
  });
  try {
    await workbench.run('Run GIL Demo');
    const panel = await workbench.webview();
    await paintedAfter(panel, 0);
    const samples = await keystrokes(workbench, panel);
    console.log(`keystroke to pixels   ${spreadText(samples, 'ms')}`);
  } finally {
    await workbench.dispose();
  }
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
