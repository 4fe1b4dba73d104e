// What the lock, the stamps and the way to the host cost. Prints figures; the ratio of each pair is what counts on a
// machine that other work shares.

import assert from 'node:assert/strict';
import { LaneState } from '../../src/core/model/lanes';
import { EventKind, ReleaseReason } from '../../src/core/model/trace';
import { Board } from '../../src/engines/workers/board';
import { clockSince } from '../../src/engines/workers/clock';
import { GilLock } from '../../src/engines/workers/gilLock';
import { spin, warmUp } from '../../src/engines/workers/kernel';
import { LaneWriter } from '../../src/engines/workers/laneWriter';
import { allocateRing, RingReader, RingWriter } from '../../src/engines/workers/ring';
import { TraceAssembler } from '../../src/engines/workers/traceAssembler';
import { prepareTrace } from '../../src/engines/workers/workerTrace';
import {
  compute,
  block,
  native,
  repeat,
  runReally,
  startAndJoin,
} from '../engines/workers/realRuns';
import { makeEngine } from '../engines/workers/workersBundle';

const PAIRS = 200_000;
const ROUNDS = 15;

function lockParts(clock = clockSince(process.hrtime())) {
  const board = new Board({ threads: 2, locks: 0 });
  const ring = allocateRing(65_536);
  const writer = new LaneWriter(new RingWriter(ring), clock);
  const gil = new GilLock({ board, writer, lane: 0, lock: 0, switchIntervalNs: 5_000_000 });
  return { gil, writer, reader: new RingReader(ring) };
}

/** Two rings with `count` acquires and releases each, of turns of two threads. */
function filledRings(count: number) {
  let nowNs = 0;
  const rings = [0, 1].map(() => allocateRing(2 ** 18));
  const writers = rings.map(ring => new LaneWriter(new RingWriter(ring), () => (nowNs += 100)));
  for (let i = 0; i < count; i++) {
    const [kind, state] =
      i % 2 === 0
        ? ([EventKind.acquire, LaneState.runningWithGil] as const)
        : ([EventKind.release, LaneState.blocked] as const);
    for (const writer of writers) writer.tell(kind, 0, 0, state);
  }
  for (const writer of writers) writer.rest();
  const program = startAndJoin([compute(1)]);
  const conditions = { cores: 2, switchIntervalNs: 5_000_000, seed: 1 };
  return { request: { program, runtime: 'gil', conditions }, rings };
}

function timeNs(work: () => void): number {
  const before = process.hrtime();
  work();
  const [seconds, nanoseconds] = process.hrtime(before);
  return seconds * 1e9 + nanoseconds;
}

/** Core time of this process: what others do on the machine is not in it, but for what they push out of caches. */
function coreTimeNs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1e3;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

async function bench(name: string, measure: () => void | Promise<void>): Promise<void> {
  console.log(`the workers ${name}`);
  await measure();
}

async function main(): Promise<void> {
  const made = await makeEngine();

  await bench('take and give back a lock that nobody else wants', () => {
    // Once with the real clock and once with one that costs nothing: the difference is two looks at the clock.
    let fakeNs = 0;
    const real = lockParts();
    const clockless = lockParts(() => ++fakeNs);
    const cycle = ({ gil, reader }: ReturnType<typeof lockParts>) => {
      for (let i = 0; i < PAIRS; i++) {
        gil.take();
        gil.release(ReleaseReason.blocking, LaneState.blocked);
        if (i % 30_000 === 0) reader.take(0);
      }
    };
    const clock = clockSince(process.hrtime());
    const rounds = (work: () => void): number[] =>
      Array.from({ length: ROUNDS }, () => coreTimeNs(work) / PAIRS);
    // The real clock first: a thread has one clock only, and code that has met two is slower.
    const stamped = rounds(() => cycle(real));
    const look = rounds(() => {
      for (let i = 0; i < PAIRS; i++) clock();
    });
    const bare = rounds(() => cycle(clockless));
    const show = (values: readonly number[]) =>
      `${least(values).toFixed(0)} ns at best, ${median(values).toFixed(0)} ns median`;
    console.log(`      acquire + release, recorded, without looking at the clock: ${show(bare)}`);
    console.log(
      `      acquire + release, stamped: ${show(stamped)} of core time (budget 200); one look at the clock: ${show(look)}`,
    );
  });

  await bench('stamp a computation', () => {
    warmUp();
    const turnsPerPoint = 4_000; // about 5 µs
    const { writer, reader } = lockParts();
    const points = 2_000;
    const bare = () => {
      let x = 1;
      for (let i = 0; i < points; i++) x = spin(x, turnsPerPoint);
      return x;
    };
    const board = new Board({ threads: 2, locks: 0 });
    const watched = () => {
      let x = 1;
      writer.show(LaneState.runningWithGil);
      for (let i = 0; i < points; i++) {
        x = spin(x, turnsPerPoint);
        board.throwIfStopped();
        if (i % 4 === 0) writer.lookAtClock();
      }
      return x;
    };
    assert.equal(bare(), watched());
    const ratios: number[] = [];
    const bareNs: number[] = [];
    const watchedNs: number[] = [];
    for (let i = 0; i < 40; i++) {
      bareNs.push(coreTimeNs(bare));
      watchedNs.push(coreTimeNs(watched));
      ratios.push(watchedNs[i] / bareNs[i]);
      reader.take(0);
    }
    const percent = (ratio: number) => `${((ratio - 1) * 100).toFixed(1)} %`;
    console.log(
      `      evaluation points and stamps cost ${percent(median(ratios))} of a computation (median of ${ratios.length} pairs), ` +
        `${percent(least(watchedNs) / least(bareNs))} by the best of each (budget 3 %)`,
    );
  });

  await bench('carry lock events to the host', async () => {
    const busy = [repeat(250_000, native(0, 'releases'))];
    for (const [what, runtime] of [
      ['two threads with a lock each, in two processes', 'processes'],
      ['two threads that share one lock', 'gil'],
    ] as const) {
      // As the host sees it: from the first chunk that holds events of both threads to the last chunk.
      let firstMs = 0;
      let firstCount = 0;
      const { trace, report } = await runReally(made.engine, startAndJoin(busy, busy), {
        runtime,
        seen: soFar => {
          const both = [1, 2].every(lane => soFar.stores[lane].count > 3);
          if (firstMs > 0 || !both) return;
          firstMs = performance.now();
          firstCount = soFar.eventCount;
        },
      });
      const arrivedPerMs = (trace.eventCount - firstCount) / (performance.now() - firstMs);
      assert.equal(
        report?.results.every(result => result !== undefined),
        true,
      );
      console.log(
        `      ${what}: ${trace.eventCount} events, ${(arrivedPerMs / 1e3).toFixed(2)} million a second reach the host (budget 1), ${trace.droppedCount} lost`,
      );
    }
  });

  await bench('are read, put in order and made into chunks', () => {
    const count = 200_000;
    const rates = Array.from({ length: 5 }, () => {
      const { request, rings } = filledRings(count);
      const builder = prepareTrace(request);
      const assembler = new TraceAssembler(builder);
      const ns = timeNs(() => {
        rings.forEach((ring, lane) => assembler.accept(lane, new RingReader(ring).take(Infinity)));
        assembler.advance();
        builder.finish(builder.nowNs);
        while (!builder.takeChunk().done);
      });
      assert.equal(builder.eventCount, 2 * count);
      return (builder.eventCount / ns) * 1e3;
    });
    console.log(
      `      from two full rings into chunks: ${median(rates).toFixed(1)} million events a second (budget 1)`,
    );
  });

  await bench('begin and stop', async () => {
    const cold = await makeEngine();
    const bodies = Array.from({ length: 8 }, () => [repeat(1e6, compute(10), block(1))]);
    const lines: string[] = [];
    for (const title of ['cold', 'warm']) {
      const abort = new AbortController();
      let abortedMs = 0;
      const askedMs = performance.now();
      let seenMs = 0;
      const { report } = await runReally(cold.engine, startAndJoin(...bodies), {
        signal: abort.signal,
        seen: () => {
          if (seenMs === 0) seenMs = performance.now() - askedMs;
          if (abortedMs === 0 && seenMs > 0) {
            abortedMs = performance.now();
            abort.abort();
          }
        },
      });
      lines.push(
        `${title}: first step after ${((report?.startUpNs ?? 0) / 1e6).toFixed(0)} ms in the coordinator, ` +
          `first chunk after ${seenMs.toFixed(0)} ms, stopped ${(performance.now() - abortedMs).toFixed(0)} ms after the wish`,
      );
    }
    await cold.dispose();
    for (const line of lines) console.log(`      8 threads, ${line} (budgets 300 and 100)`);
  });
  await made.dispose();
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
