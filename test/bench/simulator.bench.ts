// How fast the simulator is, and what a trace weighs: the figures of docs, as medians with spread, machine named.
//
// A scheduling event is one decision of the simulated machine: a timer that goes off (a thread ends an activity, a
// waiter's interval runs out, a woken thread arrives, a slice ends), or a record of it in the trace (a lock event or a
// change of a lane). Times are core time of this process, so that other work on the machine does not count.

import os from 'node:os';
import { Simulation } from '../../src/core/machine/machine';
import type { Program } from '../../src/core/model/program';
import type { TraceBuilder } from '../../src/core/model/traceBuilder';
import { program } from '../support/stories';
import { loadSimjs, timeSimjs, type Simjs } from '../support/simjs';
import { quantile } from '../support/measures';

const REPEATS = 9;

/** `count` threads that take turns at computing, sleeping and C code, `rounds` times each. */
function mixed(count: number, rounds: number): Program {
  const body = `repeat ${rounds} (compute 300us · io 1ms · compute 100us · free 500us)`;
  return withWorkers(count, body);
}

function burning(count: number, seconds: number): Program {
  return withWorkers(count, `compute ${Math.round((seconds * 1e9) / count)}ns`);
}

function withWorkers(count: number, body: string): Program {
  return program(Array.from({ length: count }, (_, i) => `T${i}  ${body}`).join('\n'));
}

interface Measurement {
  readonly ms: number;
  readonly events: number;
  readonly records: number;
  readonly bytes: number;
  readonly trace: TraceBuilder;
}

function run(plan: Program, runtime: string, cores: number): Measurement {
  const simulation = new Simulation({
    program: plan,
    runtime,
    conditions: { cores, switchIntervalNs: 5e6, seed: 1 },
  });
  const start = process.cpuUsage().user;
  while (simulation.advance(65_536));
  const ms = (process.cpuUsage().user - start) / 1e3;
  const { trace, eventCount, recordCount } = simulation;
  return { ms, events: eventCount, records: recordCount, bytes: trace.byteLength, trace };
}

function repeated(
  plan: Program,
  runtime: string,
  cores: number,
): { runs: Measurement[]; first: Measurement } {
  const runs = Array.from({ length: REPEATS }, () => run(plan, runtime, cores));
  return { runs, first: runs[0] };
}

function row(name: string, plan: Program, runtime = 'gil', cores = 4): void {
  const { runs, first } = repeated(plan, runtime, cores);
  const events = first.events + first.records;
  const rates = runs.map(each => events / each.ms / 1e3);
  const times = runs.map(each => each.ms);
  const items = first.trace.eventCount + first.trace.segmentCount;
  console.log(
    [
      name.padEnd(44),
      `${(events / 1e3).toFixed(0)} k`.padStart(9),
      `${quantile(rates, 0.5).toFixed(2)} (${Math.min(...rates).toFixed(2)}–${Math.max(...rates).toFixed(2)})`.padStart(
        20,
      ),
      ((quantile(times, 0.5) * 1e6) / events).toFixed(0).padStart(9),
      quantile(times, 0.5).toFixed(1).padStart(9),
      (first.bytes / items).toFixed(1).padStart(8),
    ].join(' '),
  );
}

console.log(
  `${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}, ${REPEATS} runs each`,
);
console.log(`${'model'.padEnd(44)}    events       M events/s  ns/event        ms  bytes/item`);
row('64 threads that compute, sleep and call C', mixed(64, 500));
row('64 processes that do the same', mixed(64, 500), 'processes');
row('64 counting threads, 100 simulated s', burning(64, 100));
row('100 counting threads, 10 simulated s', burning(100, 10));
for (const count of [10, 100, 1_000, 10_000]) {
  row(
    `${count} free threads, the same work in all`,
    mixed(count, 100_000 / count),
    'free-threaded',
  );
}
for (const count of [10, 100, 1_000, 10_000]) {
  row(`${count} counting threads, 2 simulated s`, burning(count, 2));
}

/** The same model in SIM.JS and here: threads that hold a lock for 0.3 ms and then sleep for 1 ms. */
function compare(simjs: Simjs, count: number, rounds: number): void {
  const plan = withWorkers(count, `repeat ${rounds} (lock L · free 300us · unlock L · io 1ms)`);
  const ours = Array.from({ length: REPEATS }, () => run(plan, 'free-threaded', 64).ms);
  const theirs = Array.from({ length: REPEATS }, () => timeSimjs(simjs, count, rounds));
  const perRound = (times: readonly number[]): string =>
    `${((quantile(times, 0.5) * 1e6) / (count * rounds)).toFixed(0)} ns`;
  const ratio = quantile(theirs, 0.5) / quantile(ours, 0.5);
  console.log(
    `${count} threads, ${rounds} rounds each: ${perRound(ours)} a round here, ${perRound(theirs)} in SIM.JS 2.0.3 ` +
      `(${ratio.toFixed(1)} times), which keeps no trace`,
  );
}

async function compareAll(): Promise<void> {
  console.log('\nOne lock, first come first served, against a discrete-event library:');
  const simjs = await loadSimjs();
  compare(simjs, 64, 500);
  compare(simjs, 1_000, 30);
}

compareAll().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
