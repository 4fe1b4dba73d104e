// The simulator against what real interpreters did (test/golden/gilMeasurements.json): a table, printed and checked.
//
// What is compared. The clock of the measuring machine wandered (the same serial work took 0.6 to 1.04 s), so a wall
// time is predicted from the core time that the very run used, and hand-offs are compared as time per hand-off. Runs
// disturbed by other work (quiet: false) are left out. Each simulated figure is the mean over eight seeds.

import { deepStrictEqual, ok } from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import { simulate } from '../../../src/core/machine/machine';
import type { Program } from '../../../src/core/model/program';
import { statisticsOf } from '../../../src/core/insight/statistics';
import { EventKind } from '../../../src/core/model/trace';
import type { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { allRuns, quietRuns, type MeasuredRun } from '../../support/measurements';
import { program } from '../../support/stories';

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly real: number;
  readonly simulated: number;
  /** Allowed difference: as a share of the real figure, or in points. */
  readonly tolerance: number;
  readonly inPoints?: boolean;
  /** Where runs of one program differ more than any tolerance: between what they must lie. */
  readonly range?: { readonly least: number; readonly most: number };
}

/** What is said of what comes out wrong while a recorder looked, and of brief calls that do. */
const RECORDER =
  'the recorder needs part of the second core: between the model with that core free and with it taken (25 and 12 ms a turn)';
const GETTING_IN =
  'where the system puts a woken thread decides whether it gets in, and that is not in the model; one run, or runs alike';

/** Where the model is known to miss, and why. Everything else must be within its tolerance. */
const KNOWN_MISSES: Readonly<Record<string, string>> = {
  '2 threads of work, 2.7.18: wall':
    'five runs took 1.05 to 1.66 times as long as serial; the model gives about 1.5 to each',
  '2 threads of work, 3.13.0, interval 0.001 ms: hand-offs':
    'two runs of the same program differ by 40 % (0.132 and 0.188 ms); the model lies between them',
  '4 threads, 3.13.0, interval 1 ms: rounds without a repetition':
    'the thread that asked last wins more often at 1 ms than at 5; the model gives it one share at all intervals',
  'recorded echo beside 3, interval 5 ms: mean with its pause': RECORDER,
  'recorded echo beside 3, interval 5 ms: median': RECORDER,
  'recorded echo beside 3, interval 0.5 ms: mean with its pause': RECORDER,
  'echo beside 2, CPython 2, interval 5 ms: mean':
    'two computing threads of Python 2 keep both cores busy with failed wake-ups, and the partner process needs one',
  'echo beside 1, CPython 3, interval 0.1 ms: mean': GETTING_IN,
  'echo beside 1, CPython 3, interval 0.01 ms: mean': GETTING_IN,
  'echo beside 1, CPython 3, interval 1 ms: mean': GETTING_IN,
  'write beside 2, CPython 3, interval 5 ms: mean': GETTING_IN,
  'write beside 4, CPython 3, interval 5 ms: mean': GETTING_IN,
};

/** 7 µs is what an echo through another process takes alone: sending does not block. */
const ECHO = 'compute 1us · io 500ns · io 5500ns';
/** The median write beside a computing thread takes 0.8 µs, most of it the system's. */
const WRITE = 'compute 300ns · free 500ns';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

interface Setting {
  readonly plan: Program;
  readonly runtime?: string;
  readonly cores?: number;
  readonly intervalS?: number | null | undefined;
  readonly untilS?: number;
}

function traces({
  plan,
  runtime = 'gil',
  cores = 2,
  intervalS,
  untilS = 60,
}: Setting): TraceBuilder[] {
  return SEEDS.map(seed =>
    simulate({
      program: plan,
      runtime,
      conditions: { cores, switchIntervalNs: Math.round((intervalS ?? 0.005) * 1e9), seed },
      limits: { durationNs: untilS * 1e9 },
    }),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** `count` threads that compute `seconds` each, started and joined by a main thread. */
function burners(count: number, seconds: number): Program {
  const names = Array.from({ length: count }, (_, i) => `T${i}`);
  const main = [...names.map(name => `start ${name}`), ...names.map(name => `join ${name}`)];
  const ns = Math.round(seconds * 1e9);
  return program(
    [`main  ${main.join(' · ')}`, ...names.map(name => `${name}  compute ${ns}ns`)].join('\n'),
  );
}

/** A main thread that does something many times beside computing threads. */
function convoy(cpuThreads: number, times: number, steps: string): Program {
  const names = Array.from({ length: cpuThreads }, (_, i) => `T${i}`);
  const starts = names.map(name => `start ${name} · `).join('');
  return program(
    [
      `main  ${starts}repeat ${times} (${steps})`,
      ...names.map(name => `${name}  compute 60s`),
    ].join('\n'),
  );
}

function secondsPerHandOff(trace: TraceBuilder): number {
  return trace.nowNs / 1e9 / statisticsOf(trace).handOffCount;
}

/** Share of as many turns in a row as there are computing threads in which no thread has two. */
function roundsWithoutRepetition(trace: TraceBuilder): number {
  const { kinds, lanes } = trace.events;
  const turns = [...lanes].filter((lane, i) => kinds[i] === EventKind.acquire && lane > 0);
  const order = turns.filter((lane, i) => lane !== turns[i - 1]);
  const length = trace.lanes.length - 1;
  const windows = order.slice(length - 1).map((_, i) => new Set(order.slice(i, i + length)).size);
  return windows.filter(size => size === length).length / windows.length;
}

/** From one sleep to the next, in ms, sorted. */
function pings(trace: TraceBuilder): number[] {
  const store = trace.stores[0];
  const starts: number[] = [];
  for (let i = 0; i < store.count; i++) {
    const isSleep = store.stateOf(i) === LaneState.blocked && store.positionOf(i) === 1;
    if (isSleep && store.endOf(i) - store.startOf(i) >= 1e6) starts.push(store.startOf(i));
  }
  return starts
    .slice(1)
    .map((start, i) => (start - starts[i]) / 1e6)
    .sort((a, b) => a - b);
}

function slicesRows(run: MeasuredRun): Row[] {
  if (run.kind !== 'slices' || !run.n || !run.dur_s || !run.interval_s) return [];
  const runtime = run.python.startsWith('2') ? 'gil-ticks' : 'gil';
  const intervalS = runtime === 'gil' ? run.interval_s : 0.005;
  const all = traces({ plan: burners(run.n, 10), runtime, intervalS, untilS: run.dur_s });
  const name = `${run.n} threads, ${run.python}, interval ${run.interval_s * 1e3} ms`;
  const switches = run.switch_number_delta ?? run.ownership_changes ?? NaN;
  const rows: Row[] = [
    {
      name: `${name}: hand-offs`,
      unit: 'ms each',
      real: (run.dur_s / switches) * 1e3,
      simulated: mean(all.map(secondsPerHandOff)) * 1e3,
      tolerance: 0.15,
    },
  ];
  if (typeof run.frac_round_robin === 'number') {
    rows.push({
      name: `${name}: rounds without a repetition`,
      unit: '%',
      real: run.frac_round_robin * 100,
      simulated: mean(all.map(roundsWithoutRepetition)) * 100,
      tolerance: 10,
      inPoints: true,
    });
  }
  for (const [i, share] of (run.share ?? []).entries()) {
    const shares = all.map(trace => statisticsOf(trace).lanes[i + 1].heldNs / trace.nowNs);
    rows.push({
      name: `${name}: share of thread ${i}`,
      unit: '%',
      real: share * 100,
      simulated: mean(shares) * 100,
      tolerance: 5,
      inPoints: true,
    });
  }
  return rows;
}

function scaleRows(run: MeasuredRun): Row[] {
  if (!run.kind.startsWith('scale') || !run.threads || !run.threaded_wall || !run.serial_wall)
    return [];
  const isOld = run.python.startsWith('2');
  const pinned = run.command?.startsWith('taskset') === true;
  const cpu = isOld ? run.serial_wall : (run.threaded_cpu ?? run.serial_wall);
  const all = traces({
    plan: burners(run.threads, cpu / run.threads),
    runtime: isOld ? 'gil-ticks' : 'gil',
    cores: pinned ? 1 : 2,
    intervalS: isOld ? 0.005 : run.interval,
  });
  const interval = typeof run.interval !== 'number' ? '' : `, interval ${run.interval * 1e3} ms`;
  const name = `${run.threads} threads of work, ${run.python}${pinned ? ' on one core' : ''}${interval}`;
  const rows: Row[] = [];
  // Below 1 ms the core time includes the switching itself, which is not work.
  if (isOld || (run.interval ?? 1) >= 0.001) {
    rows.push({
      name: `${name}: wall`,
      unit: 's',
      real: run.threaded_wall,
      simulated: mean(all.map(trace => trace.nowNs / 1e9)),
      tolerance: 0.1,
    });
  }
  if (typeof run.switches === 'number' && run.switches >= 30) {
    rows.push({
      name: `${name}: hand-offs`,
      unit: 'ms each',
      real: (run.threaded_wall / run.switches) * 1e3,
      simulated: mean(all.map(secondsPerHandOff)) * 1e3,
      tolerance: 0.15,
    });
  }
  return rows;
}

function convoyRows(run: MeasuredRun): Row[] {
  if (run.workload !== 'convoy/sleep' || typeof run.cpu_threads !== 'number') return [];
  if (!run.mean_ms || !run.p50_ms) return [];
  const runtime = run.python.startsWith('2') ? 'gil-ticks' : 'gil';
  const intervalS = runtime === 'gil' ? run.interval : 0.005;
  // 1.11 ms is what a sleep of 1 ms takes alone.
  const plan = convoy(run.cpu_threads, 300, 'compute 5us · sleep 1.11ms');
  const all = traces({ plan, runtime, intervalS });
  const isLone = run.cpu_threads <= 1;
  const latencies = all.map(pings);
  return [
    {
      name: `ping beside ${run.cpu_threads}, ${run.python}, interval ${(intervalS ?? 0) * 1e3} ms: ${isLone ? 'median' : 'mean'}`,
      unit: 'ms',
      real: isLone ? run.p50_ms : run.mean_ms,
      simulated: mean(latencies.map(ms => (isLone ? ms[Math.floor(ms.length / 2)] : mean(ms)))),
      tolerance: 0.25,
    },
  ];
}

/**
 * Calls that hardly block: the mean time of one, beside computing threads. Whether the computing thread gets in at all
 * differs from run to run (300 echoes beside one took 0.0084 to 2.7 ms each), so the model has to lie between the runs.
 */
function briefCallRows(runs: readonly MeasuredRun[]): Row[] {
  const brief = runs.filter(
    ({ workload, cpu_threads }) => /echo|write/.test(workload ?? '') && (cpu_threads ?? 0) > 0,
  );
  const nameOf = ({ python, workload, cpu_threads, interval }: MeasuredRun): string =>
    `${workload?.slice(7) ?? ''} beside ${cpu_threads ?? 0}, CPython ${python[0]}, interval ${((interval ?? 0) > 1 ? 0.005 : (interval ?? 0)) * 1e3} ms: mean`;
  return [...new Set(brief.map(nameOf))].map(name => {
    const same = brief.filter(run => nameOf(run) === name);
    const means = same.map(run => run.mean_ms ?? NaN);
    return {
      name,
      unit: 'ms',
      real: mean(means),
      range: { least: Math.min(...means) * 0.75, most: Math.max(...means) * 1.25 },
      simulated: briefCallMs(same[0]),
      tolerance: 0.25,
    };
  });
}

function briefCallMs({ python, workload, cpu_threads, n, interval }: MeasuredRun): number {
  const times = n ?? 1;
  const isOld = python.startsWith('2');
  const plan = convoy(cpu_threads ?? 1, times, workload === 'convoy/echo' ? ECHO : WRITE);
  const runtime = isOld ? 'gil-ticks' : 'gil';
  const all = traces({ plan, runtime, intervalS: isOld ? 0.005 : interval });
  return mean(all.map(trace => perCallMs(trace, times)));
}

/** From the end of the last thread start to the end of the main thread, for each of its calls. */
function perCallMs(trace: TraceBuilder, times: number): number {
  const [main] = trace.stores;
  const { kinds, times: eventNs } = trace.events;
  const startNs = eventNs[kinds.lastIndexOf(EventKind.start)];
  return (main.startOf(main.count - 1) - startNs) / 1e6 / times;
}

/** What starting a thread and sending a message there and back costs, in µs. */
function messageRows(run: MeasuredRun): Row[] {
  if (run.kind !== 'pools') return [];
  const { python, processpool_roundtrip_us_fork: fork } = run;
  const { thread_start_join_us: thread, processpool_roundtrip_us_forkserver: server } = run;
  const named = { unit: 'µs', tolerance: 0.25 };
  const us = (all: readonly TraceBuilder[]): number => mean(all.map(({ nowNs }) => nowNs / 1e3));
  const roundTrip = (runtime: string): number => {
    const plan = (times: number): Program =>
      program(
        `main  start A · repeat ${times} (put Q · get R) · close Q · join A\nA  for each Q (put R)`,
      );
    return (
      (us(traces({ plan: plan(200), runtime })) - us(traces({ plan: plan(0), runtime }))) / 200
    );
  };
  return [
    {
      name: `start and join a thread, ${python}`,
      real: thread ?? NaN,
      simulated: us(traces({ plan: burners(1, 0) })),
      ...named,
    },
    {
      name: `round trip, fork, ${python}`,
      real: fork ?? NaN,
      simulated: roundTrip('processes-fork'),
      ...named,
    },
    {
      name: `round trip, forkserver, ${python}`,
      real: server ?? NaN,
      simulated: roundTrip('processes'),
      ...named,
    },
  ];
}

/** Share of a computing thread beside C code that is called again and again; measured with 3.13.0. */
const BESIDE_C: readonly (readonly [string, number])[] = [
  ['c 10ms', 0.344],
  ['c 60ms', 0.081],
  ['compute 60s', 0.497],
  ['free 10ms', 0.98],
];

function besideCRows(): Row[] {
  return BESIDE_C.map(([step, real]) => {
    const plan = program(`main  start T · repeat 100000 (${step})\nT  compute 60s`);
    const shares = traces({ plan, untilS: 4 }).map(
      trace => statisticsOf(trace).lanes[1].heldNs / trace.nowNs,
    );
    return {
      name: `share of a computing thread beside “${step}”`,
      unit: '%',
      real: real * 100,
      simulated: mean(shares) * 100,
      tolerance: 5,
      inPoints: true,
    };
  });
}

/**
 * An echo after a pause of about 1 ms beside computing threads, 3.13.0, while a recorder looked every 50 µs: in 1.83 s
 * so many echoes, of which half took so many ms at most. The recorder needs a core of the two, so with three computing
 * threads the turns are longer than undisturbed ones.
 */
const RECORDED_ECHOES = [
  { beside: 1, intervalMs: 5, count: 309, p50: 5.2 },
  { beside: 1, intervalMs: 0.5, count: 1075, p50: 0.61 },
  { beside: 3, intervalMs: 5, count: 122, p50: 9.7 },
  { beside: 3, intervalMs: 0.5, count: 386, p50: 2.5 },
] as const;
const PAUSE_MS = 1.11;

function recordedRows(): Row[] {
  return RECORDED_ECHOES.flatMap(({ beside, intervalMs, count, p50 }) => {
    const plan = convoy(beside, 300, `compute 5us · sleep ${PAUSE_MS}ms`);
    const all = traces({ plan, intervalS: intervalMs / 1e3 }).map(pings);
    const name = `recorded echo beside ${beside}, interval ${intervalMs} ms`;
    return [
      {
        name: `${name}: mean with its pause`,
        unit: 'ms',
        real: 1830 / count,
        simulated: mean(all.map(mean)),
        tolerance: 0.25,
      },
      {
        name: `${name}: median`,
        unit: 'ms',
        real: p50,
        simulated: mean(all.map(ms => ms[Math.floor(ms.length / 2)])) - PAUSE_MS,
        tolerance: 0.25,
      },
    ];
  });
}

function startRows(run: MeasuredRun): Row[] {
  if (run.kind !== 'pools') return [];
  const methods = [
    ['fork', run.process_start_join_ms_fork],
    ['forkserver', run.process_start_join_ms_forkserver],
    ['spawn', run.process_start_join_ms_spawn],
  ] as const;
  return methods.map(([method, real]) => ({
    name: `start and join a process, ${method}, ${run.python}`,
    unit: 'ms',
    real: real ?? NaN,
    simulated: mean(
      traces({ plan: burners(1, 0), runtime: `processes-${method}` }).map(
        trace => trace.nowNs / 1e6,
      ),
    ),
    tolerance: 0.25,
  }));
}

function differenceOf(row: Row): number {
  return row.inPoints === true ? row.simulated - row.real : (row.simulated - row.real) / row.real;
}

function isWithin(row: Row): boolean {
  const { range, simulated } = row;
  if (range) return simulated >= range.least && simulated <= range.most;
  return Math.abs(differenceOf(row)) <= row.tolerance;
}

function print(rows: readonly Row[]): void {
  const percent = (row: Row): string => {
    const difference = differenceOf(row);
    return row.inPoints === true
      ? `${difference.toFixed(1)} points`
      : `${(difference * 100).toFixed(1)} %`;
  };
  for (const row of rows) {
    const verdict = isWithin(row) ? 'ok' : `MISS  ${KNOWN_MISSES[row.name] ?? ''}`;
    const figures = `${row.real.toPrecision(4).padStart(8)} ${row.simulated.toPrecision(4).padStart(8)} ${row.unit.padEnd(8)}`;
    console.log(`      ${row.name.padEnd(66)} ${figures} ${percent(row).padStart(11)}  ${verdict}`);
  }
}

describe('the simulator and real interpreters', function () {
  this.timeout(300_000);

  it('agree on walls, hand-offs, shares and convoys, but for the cases named', () => {
    const quiet = quietRuns();
    const rows = quiet.flatMap(run => [
      ...slicesRows(run),
      ...scaleRows(run),
      ...convoyRows(run),
      ...startRows(run),
      ...messageRows(run),
    ]);
    rows.push(...besideCRows(), ...recordedRows());
    rows.push(...briefCallRows(allRuns()));
    print(rows);
    ok(rows.length >= 60, `only ${rows.length} figures compared`);
    const misses = new Set(rows.filter(row => !isWithin(row)).map(row => row.name));
    console.log(
      `      ${rows.length} figures, ${rows.filter(row => !isWithin(row)).length} misses`,
    );
    deepStrictEqual([...misses].sort(), Object.keys(KNOWN_MISSES).sort());
  });
});
