// The simulator against what real interpreters did (test/golden/gilMeasurements.json): a table, printed and checked.
//
// What is compared. The clock of the measuring machine wandered (the same serial work took 0.6 to 1.04 s), so a wall
// time is predicted from the core time that the very run used, and hand-offs are compared as time per hand-off. Runs
// disturbed by other work (quiet: false) are left out. Each simulated figure is the mean over eight seeds.

import { deepStrictEqual, ok } from 'node:assert/strict';
import { LaneState } from '../../src/core/lanes';
import { simulate } from '../../src/core/machine';
import type { Program } from '../../src/core/program';
import { statisticsOf } from '../../src/core/statistics';
import type { TraceBuilder } from '../../src/core/traceBuilder';
import { quietRuns, type MeasuredRun } from '../support/measurements';
import { program } from '../support/stories';

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly real: number;
  readonly simulated: number;
  /** Allowed difference: as a share of the real figure, or in points. */
  readonly tolerance: number;
  readonly inPoints?: boolean;
}

/** Where the model is known to miss, and why. Everything else must be within its tolerance. */
const KNOWN_MISSES: Readonly<Record<string, string>> = {
  '2 threads of work, 2.7.18: wall':
    'five runs took 1.05 to 1.66 times as long as serial; the model gives about 1.5 to each',
  '2 threads of work, 3.13.0, interval 0.001 ms: hand-offs':
    'two runs of the same program differ by 40 % (0.132 and 0.188 ms); the model lies between them',
};

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

/** A main thread that sleeps 300 times beside computing threads; 1.11 ms is what a sleep of 1 ms takes alone. */
function convoy(cpuThreads: number): Program {
  const names = Array.from({ length: cpuThreads }, (_, i) => `T${i}`);
  const starts = names.map(name => `start ${name} · `).join('');
  return program(
    [
      `main  ${starts}repeat 300 (compute 5us · sleep 1.11ms)`,
      ...names.map(name => `${name}  compute 60s`),
    ].join('\n'),
  );
}

function secondsPerHandOff(trace: TraceBuilder): number {
  return trace.nowNs / 1e9 / statisticsOf(trace).handOffCount;
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
  if (run.kind !== 'convoy' || typeof run.cpu_threads !== 'number' || !run.mean_ms || !run.p50_ms)
    return [];
  const runtime = run.python.startsWith('2') ? 'gil-ticks' : 'gil';
  const intervalS = runtime === 'gil' ? run.interval : 0.005;
  const all = traces({ plan: convoy(run.cpu_threads), runtime, intervalS });
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
  this.timeout(60_000);

  it('agree on walls, hand-offs, shares and convoys, but for the cases named', () => {
    const quiet = quietRuns();
    const rows = quiet.flatMap(run => [
      ...slicesRows(run),
      ...scaleRows(run),
      ...convoyRows(run),
      ...startRows(run),
    ]);
    print(rows);
    ok(rows.length >= 60, `only ${rows.length} figures compared`);
    const misses = new Set(rows.filter(row => !isWithin(row)).map(row => row.name));
    console.log(
      `      ${rows.length} figures, ${rows.filter(row => !isWithin(row)).length} misses`,
    );
    deepStrictEqual([...misses].sort(), Object.keys(KNOWN_MISSES).sort());
  });
});
