// How fast the page draws: the real bundle in a real Chromium, fed through the wire, every frame with its pixels forced.

import { build } from 'esbuild';
import { LaneState } from '../../src/core/model/lanes';
import { LaneStore } from '../../src/core/model/laneStore';
import { TimelineBrowser, type TimelinePage } from '../support/timelinePage';
import type { Feeder } from './webviewFeeder';

const ALL_SIZES = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
/** Those named as arguments, or all. */
const SIZES = ALL_SIZES.filter(
  size => process.argv.length < 3 || process.argv.includes(String(size)),
);
const STOCK_SIZES = [1_000, 10_000, 100_000];
const FRAMES = 90;

async function main(): Promise<void> {
  const bundle = await build({
    entryPoints: ['test/bench/webviewFeeder.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome120',
  });
  const script = bundle.outputFiles[0].text;
  const browser = await TimelineBrowser.open();
  try {
    console.log(
      '| segments | lanes | ratio | first picture ms | whole p50 / p95 ms | 10 % p50 / p95 ms | hover p50 / p95 ms |',
    );
    console.log('|---:|---:|---:|---:|---:|---:|---:|');
    for (const segments of SIZES) {
      for (const pixelRatio of [1, 2]) {
        await measure(browser, script, {
          segments,
          lanes: segments > 1_000_000 ? 64 : 8,
          pixelRatio,
        });
      }
    }
    if (SIZES.length < ALL_SIZES.length) return;
    await measureStock(browser, script);
    await measureLive(browser, script);
  } finally {
    await browser.dispose();
  }
  console.log(`\nmemory: ${bytesPerSegment().toFixed(1)} bytes a segment`);
}

async function measure(
  browser: TimelineBrowser,
  script: string,
  size: { segments: number; lanes: number; pixelRatio: number },
): Promise<void> {
  const { segments, lanes, pixelRatio } = size;
  const page = await browser.newPage({ pixelRatio, script });
  const firstMs = await call(page, 'feed', 1, segments, lanes);
  await page.settle();
  // Everything is seen: from one end to the other and back there is nowhere to move, so zoom by a hair.
  const whole = (await call(page, 'frames', ['w', 's'], FRAMES)) as number[];
  await call(page, 'frames', ['w', 'w', 'w', 'w', 'w', 'w'], 6);
  const part = (await call(page, 'frames', ['d', 'd', 'd', 'a', 'a', 'a'], FRAMES)) as number[];
  const hovers = (await call(page, 'hovers', 200)) as number[];
  const row = [whole, part, hovers].map(times => `${at(times, 0.5)} / ${at(times, 0.95)}`);
  console.log(
    `| ${segments.toLocaleString('en')} | ${lanes} | ${pixelRatio} | ${Number(firstMs).toFixed(0)} | ${row.join(' | ')} |`,
  );
  if (page.complaints.length > 0) console.error(page.complaints);
  await page.dispose();
}

async function measureStock(browser: TimelineBrowser, script: string): Promise<void> {
  console.log('\nstock Chart.js floating bars, 90 % visible, 8 lanes, pixel ratio 1');
  const page = await browser.newPage({ script });
  for (const segments of STOCK_SIZES) {
    const times = (await call(page, 'stockFrames', segments, 8)) as number[];
    console.log(`${segments.toLocaleString('en')} segments: p50 ${at(times, 0.5)} ms a frame`);
  }
  await page.dispose();
}

async function measureLive(browser: TimelineBrowser, script: string): Promise<void> {
  const page = await browser.newPage({ script });
  const gaps = (await call(page, 'live', 1, 500_000, 4)) as number[];
  console.log(
    `\nlive, 500,000 segments a second for 4 s, 8 lanes: frame after p50 ${at(gaps, 0.5)} / p95 ${at(gaps, 0.95)} / longest ${at(gaps, 1)} ms`,
  );
  await page.dispose();
}

function call(page: TimelinePage, name: keyof Feeder, ...parameters: unknown[]): Promise<unknown> {
  return page.page.evaluate(`feeder.${name}(...${JSON.stringify(parameters)})`);
}

function at(times: readonly number[], share: number): string {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(1);
}

/** Of a lane of a million segments, index and slack included. */
function bytesPerSegment(): number {
  const store = new LaneStore();
  for (let i = 0; i < 1_000_000; i++) {
    store.push(i * 1000, i % 2 === 0 ? LaneState.runningWithGil : LaneState.waitingForGil, 0);
  }
  return store.byteLength / store.count;
}

void main();
