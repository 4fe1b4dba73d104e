// Large and live traces in the panel of the real workbench, through our extension as it ships: a saved trace of a
// million segments, and a stream of known pace. Counts what arrives; tells when it is seen.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Frame } from 'playwright-core';
import { assert } from '../../src/core/errors';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { writeTraceJson } from '../../src/formats/traceJson';
import { CONVOY_HEADER, ConvoyStream, type ConvoyOptions } from '../support/convoyStream';
import { openWorkbench } from '../support/host';
import { spreadText } from '../support/measures';
import { digestsIn, seenIn, watchPage, type Seen } from '../support/pageWatch';
import { makeTemporaryFolder } from '../support/temporaryFolder';
import { digestOf } from '../support/traceDigest';
import type { Workbench } from '../support/workbench';
import {
  LIVE_COMMAND,
  OPEN_COMMAND,
  REPORT_FILE,
  TRACE_FILE,
  WISH_FILE,
  type LiveReport,
  type LiveWish,
} from './liveNames';

const SECOND_MS = 1000;
const CONVOY: ConvoyOptions = {
  lanes: 8,
  segmentsPerSecond: 500_000,
  segments: 1_000_000,
  withEvents: true,
};
/** Windows of VS Code, and how often each does it: the first time everything is new, to the just-in-time compiler too. */
const WINDOWS = 3;
const TIMES = 3;
const SIZE = { width: 1600, height: 1000 };

async function main(): Promise<void> {
  const load = os.loadavg()[0]?.toFixed(1);
  console.log(`${os.cpus().length} × ${os.cpus()[0]?.model}, load ${load}`);
  const temporary = makeTemporaryFolder();
  try {
    const companion = await buildExtension(temporary.folder);
    await measureFirstPictures(companion);
    await measureLive(companion, { ...CONVOY, withEvents: false, tickMs: 8 });
    await measureLive(companion, { ...CONVOY, withEvents: false, tickMs: 16 });
    await measureLive(companion, { ...CONVOY, tickMs: 16 });
  } finally {
    temporary.dispose();
  }
}

/** From the first part of a saved trace that reaches the page until all of it is on the screen. */
async function measureFirstPictures(companion: string): Promise<void> {
  const trace = convoyTrace();
  const files = { [TRACE_FILE]: writeTraceJson(trace), 'convoy.py': 'pass\n' };
  const times: number[][] = Array.from({ length: TIMES }, () => []);
  for (let i = 0; i < WINDOWS; i++) {
    await inWorkbench({ files, companions: [companion] }, async (workbench, panel) => {
      for (const samples of times) {
        const from = (await seenIn(panel)).completeMs.length;
        await workbench.run(OPEN_COMMAND.title);
        samples.push(firstPictureMs(await completed(panel, from), from));
      }
      const held = Object.values(await digestsIn(panel)).at(-1);
      assert(JSON.stringify(held) === JSON.stringify(digestOf(trace)), 'all of it is in the page');
    });
  }
  console.log(`saved trace, ${trace.segmentCount} segments and ${trace.eventCount} lock events`);
  times.forEach((samples, i) => {
    console.log(`  first to whole picture, ${ordinal(i)} ${spreadText(samples, 'ms')}`);
  });
}

function firstPictureMs({ arrivals, completeMs }: Seen, index: number): number {
  const beforeMs = index > 0 ? completeMs[index - 1] : 0;
  const first = arrivals.find(({ arrivedMs }) => arrivedMs > beforeMs);
  return completeMs[index] - (first?.arrivedMs ?? NaN);
}

/** A stream at its pace: every segment counted, at the engine, in the host and in the page. */
async function measureLive(companion: string, wish: LiveWish): Promise<void> {
  const files = { [WISH_FILE]: JSON.stringify(wish), 'convoy.py': 'pass\n' };
  const streams: LiveFigures[][] = Array.from({ length: TIMES }, () => []);
  for (let i = 0; i < WINDOWS; i++) {
    await inWorkbench({ files, companions: [companion] }, async (workbench, panel) => {
      for (const figures of streams) figures.push(await oneStream(workbench, panel));
    });
  }
  const kind = wish.withEvents ? 'segments, and as many lock events' : 'segments';
  console.log(
    `live, ${wish.segments} ${kind}, a part every ${wish.tickMs} ms: all in the page each time, checksums equal`,
  );
  streams.forEach((figures, i) => {
    const all = (pick: (one: LiveFigures) => readonly number[]): number[] => figures.flatMap(pick);
    const sum = (pick: (one: LiveFigures) => number): number =>
      figures.reduce((total, one) => total + pick(one), 0);
    const perSecond = Math.round(sum(({ perSecond: each }) => each) / figures.length);
    console.log(`  ${ordinal(i)}, ${perSecond} segments a second`);
    console.log(
      `    event to pixel ${spreadText(
        all(({ delaysMs }) => delaysMs),
        'ms',
      )}`,
    );
    console.log(
      `    frame after    ${spreadText(
        all(({ gapsMs }) => gapsMs),
        'ms',
      )}`,
    );
    console.log(
      `    ${sum(({ pictures }) => pictures)} pictures in ${all(({ gapsMs }) => gapsMs).length} frames`,
    );
  });
}

interface LiveFigures {
  readonly perSecond: number;
  /** For each ms of the trace: from when it happened until it was painted. */
  readonly delaysMs: readonly number[];
  /** Between the frames of the display meanwhile. */
  readonly gapsMs: readonly number[];
  /** Frames with a new picture. */
  readonly pictures: number;
}

async function oneStream(workbench: Workbench, panel: Frame): Promise<LiveFigures> {
  const from = (await seenIn(panel)).completeMs.length;
  await workbench.run(LIVE_COMMAND.title);
  const seen = await completed(panel, from);
  const report = await reportOf(workbench);
  const held = (await digestsIn(panel))[report.run];
  const [made, host, page] = [report.made, JSON.stringify(report.held), JSON.stringify(held)];
  assert(made === report.held.segments, `${made} segments were made, the host has ${host}`);
  assert(host === page, `the host has ${host}, the page has ${page}`);
  const during = (atMs: number): boolean =>
    atMs >= report.zeroMs && atMs < report.zeroMs + report.tookMs;
  const frames = seen.framesMs.filter(during);
  return {
    perSecond: (made / report.tookMs) * SECOND_MS,
    delaysMs: delaysOf(seen, report),
    gapsMs: frames.slice(1).map((atMs, i) => atMs - frames[i]),
    pictures: seen.painted.filter(({ paintedMs }) => during(paintedMs)).length,
  };
}

function delaysOf({ painted }: Seen, { zeroMs, tookMs }: LiveReport): number[] {
  const delays: number[] = [];
  let atMs = 0;
  for (const { paintedMs, nowNs } of painted.filter(frame => frame.paintedMs > zeroMs)) {
    for (; atMs < Math.min(tookMs, nowNs / 1e6); atMs++) delays.push(paintedMs - zeroMs - atMs);
  }
  return delays;
}

/** A workbench with the panel open and empty, watched from inside. */
async function inWorkbench(
  options: Parameters<typeof openWorkbench>[0],
  act: (workbench: Workbench, panel: Frame) => Promise<void>,
): Promise<void> {
  const workbench = await openWorkbench({ ...options, size: SIZE });
  try {
    await workbench.run('Show GIL Timeline');
    const panel = await workbench.webview();
    await panel.evaluate(watchPage);
    await act(workbench, panel);
  } finally {
    await workbench.dispose();
  }
}

/** What has been seen once one more comparison than `before` is complete on the screen. */
async function completed(panel: Frame, before: number): Promise<Seen> {
  for (let i = 0; i < 300; i++) {
    const seen = await seenIn(panel);
    if (seen.completeMs.length > before) return seen;
    await panel.waitForTimeout(200);
  }
  throw new Error('no picture came');
}

async function reportOf(workbench: Workbench): Promise<LiveReport> {
  const file = path.join(workbench.workspace, REPORT_FILE);
  while (!fs.existsSync(file)) await workbench.page.waitForTimeout(50);
  return JSON.parse(fs.readFileSync(file, 'utf8')) as LiveReport;
}

function convoyTrace(): TraceBuilder {
  const stream = new ConvoyStream(CONVOY);
  const trace = new TraceBuilder(CONVOY_HEADER);
  const problem = trace.appendChunk(stream.chunk(Infinity));
  assert(problem === undefined, problem ?? '');
  return trace;
}

function ordinal(index: number): string {
  return ['first time ', 'second time', 'third time '][index] ?? `${index + 1}th time`;
}

/** The benchmark's own extension, in a folder of its own. */
async function buildExtension(folder: string): Promise<string> {
  await build({
    entryPoints: ['test/bench/liveExtension.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    outfile: path.join(folder, 'main.js'),
  });
  const manifest = {
    name: 'live',
    publisher: 'benchmark',
    version: '0.0.1',
    engines: { vscode: '^1.90.0' },
    main: 'main.js',
    activationEvents: [],
    contributes: { commands: [LIVE_COMMAND, OPEN_COMMAND] },
  };
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
