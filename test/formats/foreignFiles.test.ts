// Files that other programs wrote, as they wrote them: each gives what it tells, and claims nothing that it does not.

import { deepStrictEqual, match, ok, strictEqual, throws } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { UserError } from '../../src/core/errors';
import { statisticsOf } from '../../src/core/insight/statistics';
import { verdictOf } from '../../src/core/insight/verdict';
import { LaneState } from '../../src/core/model/lanes';
import { EventKind, type Trace } from '../../src/core/model/trace';
import { readTrace } from '../../src/formats/formats';
import { Losses } from '../../src/formats/losses';
import { tachyonProfile } from '../../src/formats/tachyonBinary';
import { TraceFile } from '../../src/formats/traceFile';

const FOLDER = path.join('test', 'formats', 'foreign');

function opened(name: string): Trace {
  const { trace, leftOut } = readTrace(name, readFileSync(path.join(FOLDER, name)));
  strictEqual(leftOut, '');
  return trace;
}

function countOf({ events }: Trace, kind: EventKind): number {
  return events.kinds.filter(each => each === kind).length;
}

function heldMs(trace: Trace): number {
  return statisticsOf(trace).lanes.reduce((sum, { heldNs }) => sum + heldNs, 0) / 1e6;
}

/** How often a second lane takes a GIL while another still has it. */
function overlapsIn({ stores }: Trace): number {
  const holds = stores.flatMap(store =>
    Array.from({ length: store.count }, (_, i) => i)
      .filter(i => store.stateOf(i) === LaneState.runningWithGil)
      .map(i => ({ startNs: store.startOf(i), endNs: store.endOf(i) })),
  );
  holds.sort((a, b) => a.startNs - b.startNs);
  return holds.filter(({ startNs }, i) => i > 0 && startNs < holds[i - 1].endNs).length;
}

function threadsOf(name: string): readonly string[] {
  return opened(name).lanes.map(lane => lane.name);
}

describe('what probes on the GIL saw', () => {
  const files = ['perf-computing.txt', 'per4m-computing.json.gz'];
  for (const file of files)
    it(`is exact: ${file} has 21 holds and 17 hand-offs, and never two holders`, () => {
      const trace = opened(file);
      strictEqual(countOf(trace, EventKind.acquire), 21);
      strictEqual(statisticsOf(trace).handOffCount, 17);
      strictEqual(overlapsIn(trace), 0);
      strictEqual(trace.header.certainty.states.kind, 'exact');
      match(verdictOf(trace).sentence, /The GIL lets one thread compute at a time.*does not tell/);
    });

  it('is the same in both files, to the ten nanoseconds that one of them keeps', () => {
    const [perf, per4m] = files.map(opened);
    ok(Math.abs(heldMs(perf) - heldMs(per4m)) < 0.001);
  });

  it('keeps two processes apart where perf names them, and says so where it does not', () => {
    const line = (thread: string, ns: number, probe: string): string =>
      `python ${thread} [000] 1.${String(ns).padStart(9, '0')}: python:${probe}: (7f00)\n`;
    const both = (a: string, b: string): string =>
      line(a, 10, 'take_gil__return') +
      line(b, 20, 'take_gil__return') +
      line(a, 50, 'drop_gil') +
      line(b, 60, 'drop_gil');
    const apart = readTrace('a.txt', both('7/7', '9/9')).trace;
    deepStrictEqual(
      apart.lanes.map(({ gil }) => gil),
      [0, 1],
    );
    strictEqual(apart.marks.length, 1);
    const mixed = readTrace('a.txt', both('7', '9')).trace;
    match(mixed.marks.map(({ text }) => text).join(' '), /may mix processes/);
    strictEqual(overlapsIn(mixed), 0);
  });

  it('begins with the first take: a hold from before has no beginning', () => {
    const text =
      'py 7 [000] 1.000000010: python:drop_gil: (7f00)\n' +
      'py 7 [000] 1.000000030: python:take_gil__return__return: (7f00 <- 7f01)\n' +
      'py 7 [000] 1.000000090: python:drop_gil: (7f00)\n';
    const trace = readTrace('a.txt', text).trace;
    strictEqual(countOf(trace, EventKind.acquire), 1);
    strictEqual(heldMs(trace), 60 / 1e6);
  });

  it('is read from Ascend’s tracer, too', () => {
    const event = (tid: number, name: string, ts: number, dur: number): object => {
      return { ph: 'X', name, pid: 4, tid, ts, dur };
    };
    const events = [
      ...[event(4, 'hold_gil', 0, 50), event(5, 'take_gil', 10, 45), event(4, 'drop_gil', 50, 4)],
      event(5, 'hold_gil', 55, 20),
    ];
    const trace = readTrace('a.json', JSON.stringify({ traceEvents: events })).trace;
    strictEqual(countOf(trace, EventKind.acquire), 2);
    strictEqual(statisticsOf(trace).handOffCount, 1);
    strictEqual(heldMs(trace), 0.07);
    strictEqual(statisticsOf(trace).lanes[1].waitedNs, 45_000);
  });
});

describe('what CPython’s own sampler saw', () => {
  it('is every sample of its binary file', () => {
    const name = 'sampler-mixed.bin';
    const losses = new Losses();
    const file = new TraceFile(name, readFileSync(path.join(FOLDER, name)));
    const { threads } = tachyonProfile(file, losses);
    const holders = new Map<number, number>();
    for (const { times, statuses } of threads)
      times.forEach((ns, i) => holders.set(ns, (holders.get(ns) ?? 0) + (statuses[i] & 1)));
    const counts = [...holders.values()];
    const sweepsWith = (count: number): number => counts.filter(each => each === count).length;
    strictEqual(
      threads.reduce((sum, { times }) => sum + times.length, 0),
      5_575,
    );
    strictEqual(threads.length, 6);
    deepStrictEqual(
      [counts.length, sweepsWith(1), sweepsWith(0), sweepsWith(2)],
      [951, 778, 172, 1],
    );
    strictEqual(losses.count, 0);
  });

  for (const file of ['sampler-mixed.bin', 'sampler-computing.zstd.bin'])
    it(`is sampled, with one holder at a time and with lines: ${file}`, () => {
      const trace = opened(file);
      strictEqual(trace.header.certainty.states.kind, 'sampled');
      strictEqual(overlapsIn(trace), 0);
      const burns = trace.positions.filter(({ functionName }) => functionName === 'burn');
      ok(burns.some(({ file: name, line }) => name.endsWith('.py') && line > 0));
      match(verdictOf(trace).sentence, /did not look|does not tell/);
    });

  it('is in its Gecko profile: the GIL is held for 984 of 997 ms, give or take a sample', () => {
    const trace = opened('sampler-computing.gecko.json.gz');
    const intervalMs = 1.02;
    ok(Math.abs(heldMs(trace) - 984) <= 2 * intervalMs, `${heldMs(trace)} ms`);
    strictEqual(overlapsIn(trace), 0);
    strictEqual(trace.header.cores, 2);
    strictEqual(trace.lanes.filter(({ main }) => main).length, 1);
  });

  it('makes no claim of a thread that has not the GIL where a replayed profile knows no CPU', () => {
    const thread = {
      name: 'Thread-7',
      isMainThread: true,
      tid: 7,
      stackTable: { frame: [0], prefix: [null] },
      samples: { stack: [0, 0, 0], time: [0, 1, 2] },
      markers: { name: [0, 1], startTime: [0, 1], endTime: [2, 2] },
    };
    const profile = {
      meta: { preprocessedProfileVersion: 57, importedFrom: 'Tachyon Sampling Profiler' },
      threads: [thread],
      shared: { stringArray: ['Off CPU', 'Has GIL'] },
    };
    const trace = readTrace('a.json', JSON.stringify(profile)).trace;
    const states = Array.from({ length: trace.stores[0].count }, (_, i) =>
      trace.stores[0].stateOf(i),
    );
    deepStrictEqual(states, [LaneState.unknown, LaneState.runningWithGil, LaneState.unknown]);
    match(verdictOf(trace).sentence, /was replayed/);
  });
});

describe('context', () => {
  const files: readonly (readonly [file: string, threads: number, line: RegExp])[] = [
    ['pyspy-computing.json.gz', 4, /burn/],
    ['viztracer-computing.json', 4, /burn|Condition\.wait/],
    ['torch-one-thread.json.gz', 1, /aten::/],
    ['ray-tasks.json.gz', 4, /task:execute/],
    ['austin-computing.mojo.gz', 4, /burn/],
  ];
  for (const [file, threads, line] of files)
    it(`is shown without any claim about the GIL: ${file}`, () => {
      const trace = opened(file);
      strictEqual(trace.lanes.length, threads);
      ok(trace.positions.some(({ functionName }) => line.test(functionName)));
      deepStrictEqual(trace.locks, []);
      const { lanes } = statisticsOf(trace);
      ok(lanes.every(({ heldNs, waitedNs, blockedNs }) => heldNs + waitedNs + blockedNs === 0));
      const { class: kind, findings, sentence } = verdictOf(trace);
      strictEqual(kind, 'gil-not-told');
      deepStrictEqual(findings, []);
      match(sentence, /^This file tells .* It does not tell /);
    });

  it('has the names of threads that a file tells', () => {
    deepStrictEqual([...threadsOf('viztracer-computing.json')].sort(), [
      ...['MainThread', 'burn-0', 'burn-1', 'burn-2'],
    ]);
    deepStrictEqual([...threadsOf('pyspy-computing.json.gz')].sort(), [
      ...['MainThread', 'burn-0', 'burn-1', 'burn-2'],
    ]);
  });

  it('is read from Austin’s text as from its binary form', () => {
    const text =
      '# austin: 3.7.0\n\nP7;T0:7;a.py:main:3 100\nP7;T0:9;a.py:main:1;a.py:work:5 250,1,0\n';
    const trace = readTrace('a.austin', text).trace;
    strictEqual(trace.lanes.length, 2);
    strictEqual(trace.nowNs, 250_000);
    ok(trace.positions.some(({ functionName, line }) => functionName === 'work' && line === 5));
  });

  it('is no timeline where a file has only totals, and that is said', () => {
    const name = 'pyinstrument-totals.speedscope.json';
    throws(
      () => readTrace(name, readFileSync(path.join(FOLDER, name))),
      (error: unknown) => error instanceof UserError && error.message.includes('are totals'),
    );
  });

  it('is read from speedscope files with a timeline', () => {
    const file = {
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      shared: { frames: [{ name: 'outer', file: 'a.py', line: 3 }, { name: 'inner' }] },
      profiles: [
        {
          ...{ type: 'evented', name: 'MainThread', unit: 'milliseconds' },
          events: [
            ...[
              { type: 'O', frame: 0, at: 0 },
              { type: 'O', frame: 1, at: 2 },
            ],
            ...[
              { type: 'C', frame: 1, at: 3 },
              { type: 'C', frame: 0, at: 5 },
            ],
          ],
        },
      ],
    };
    const trace = readTrace('a.speedscope.json', JSON.stringify(file)).trace;
    const [store] = trace.stores;
    const tops = Array.from({ length: store.count }, (_, i) => [
      store.startOf(i) / 1e6,
      trace.positions[store.positionOf(i)].functionName,
    ]);
    deepStrictEqual(tops, [
      [0, 'outer'],
      [2, 'inner'],
      [3, 'outer'],
      [5, ''],
    ]);
    strictEqual(trace.nowNs, 5e6);
  });
});

describe('a damaged file of another program', () => {
  it('is shown up to where it was cut', () => {
    const whole = readFileSync(path.join(FOLDER, 'viztracer-computing.json'), 'utf8');
    const { trace, leftOut } = readTrace('a.json', whole.slice(0, whole.length / 2));
    ok(trace.lanes.length > 0);
    match(leftOut, /ends too early/);
  });

  it('is shown without the events that are no JSON', () => {
    const good = '{"ph":"X","pid":1,"tid":2,"ts":1,"dur":5,"name":"f"}';
    const text = `{"traceEvents":[${good},{"ph":"X","name":"a\\q"},${good.replace('"f"', '"g"')}]}`;
    const { trace, leftOut } = readTrace('a.json', text);
    ok(['f', 'g'].every(name => trace.positions.some(({ functionName }) => functionName === name)));
    match(leftOut, /no JSON/);
  });

  it('is shown without lines where the end of a binary file is missing', () => {
    const whole = readFileSync(path.join(FOLDER, 'sampler-mixed.bin'));
    const { trace, leftOut } = readTrace('a.bin', whole.subarray(0, 12_000));
    ok(trace.lanes.length > 1);
    ok(heldMs(trace) > 0);
    match(leftOut, /no line is known/);
  });

  it('is refused in a sentence when it unpacks to more than any trace', () => {
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024));
    throws(() => readTrace('a.json.gz', bomb), /a\.json\.gz unpacks to more than 32 MB/);
  });

  it('is read as far as it goes when its packing was cut', () => {
    const packed = gzipSync(readFileSync(path.join(FOLDER, 'perf-computing.txt')));
    const { trace, leftOut } = readTrace('a.txt.gz', packed.subarray(0, packed.length / 2));
    ok(countOf(trace, EventKind.acquire) > 3);
    match(leftOut, /packed file ends too early/);
  });
});
