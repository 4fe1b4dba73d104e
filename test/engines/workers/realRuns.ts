// Real runs for tests: programs, and what their traces say.

import { LANE_STATE_COUNT } from '../../../src/core/model/lanes';
import type { Program, Step } from '../../../src/core/model/program';
import { EventKind, type Trace } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import type { RunRequest } from '../../../src/engines/engine';
import type { RunReport, WorkersEngine } from '../../../src/engines/workers';

const MS = 1_000_000;

/** Steps on line 1, with times in milliseconds. */
export const compute = (ms: number): Step => ({ kind: 'compute', ns: ms * MS, at: 1 });
export const native = (ms: number, gil: 'holds' | 'releases'): Step => ({
  kind: 'native',
  ns: ms * MS,
  gil,
  at: 1,
});
export const block = (ms: number): Step => ({ kind: 'block', ns: ms * MS, why: 'sleep', at: 2 });
export const repeat = (times: number, ...body: Step[]): Step => ({
  kind: 'repeat',
  times,
  body,
  at: 1,
});
export const lock = (index: number): Step => ({ kind: 'lock', lock: index, at: 3 });
export const unlock = (index: number): Step => ({ kind: 'unlock', lock: index, at: 3 });
export const start = (thread: number): Step => ({ kind: 'start', thread, at: 4 });
export const join = (thread: number): Step => ({ kind: 'join', thread, at: 4 });

/** A main thread that does `main`, and more threads `T1`, `T2` … */
export function programOf(main: readonly Step[], ...bodies: (readonly Step[])[]): Program {
  const line = (number: number) => ({ file: 'program.py', line: number, functionName: 'work' });
  return {
    name: 'program.py',
    threads: [main, ...bodies].map((body, i) => ({ name: i === 0 ? 'Main' : `T${i}`, body })),
    locks: ['first', 'second'],
    positions: [{ file: '', line: 0, functionName: '' }, line(1), line(2), line(3), line(4)],
  };
}

/** A main thread that starts all others and joins them. */
export function startAndJoin(...bodies: (readonly Step[])[]): Program {
  const threads = bodies.map((_, i) => i + 1);
  return programOf([...threads.map(start), ...threads.map(join)], ...bodies);
}

/** What one run gave. */
export interface RealRun {
  readonly trace: Trace;
  readonly report: RunReport | undefined;
  /** Why it failed, as a sentence; else empty. */
  readonly sentence: string;
}

export interface RunSetting {
  readonly runtime?: string;
  readonly switchIntervalNs?: number;
  readonly signal?: AbortSignal;
  /** Called after each chunk, with the trace so far. */
  readonly seen?: (trace: Trace) => void;
}

/** Runs a program to its end and checks that its chunks fit together. */
export async function runReally(
  engine: WorkersEngine,
  program: Program,
  setting: RunSetting = {},
): Promise<RealRun> {
  const { runtime = 'gil', switchIntervalNs = 5 * MS } = setting;
  const conditions = { cores: 2, switchIntervalNs, seed: 1 };
  const request: RunRequest = { program, runtime, conditions };
  const run = engine.start(request, setting.signal ?? new AbortController().signal);
  const trace = new TraceBuilder(run.header);
  let sentence = '';
  try {
    for await (const chunk of run.chunks) {
      const problem = trace.appendChunk(chunk);
      if (problem !== undefined) throw new TypeError(problem);
      setting.seen?.(trace);
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'UserError') throw error;
    sentence = error.message;
  }
  return { trace, report: await run.report, sentence };
}

/** Nanoseconds that a lane spent in each state, by number of the state. */
export function timesOf(trace: Trace, lane: number): Float64Array {
  const times = new Float64Array(LANE_STATE_COUNT);
  trace.stores[lane].addTimePerState(0, trace.nowNs, times);
  return times;
}

/** The events of a trace as objects. */
export function eventsOf(trace: Trace) {
  const { times, kinds, lanes, locks, arguments: args } = trace.events;
  return Array.from(times, (timeNs, i) => ({
    timeNs,
    kind: kinds[i],
    lane: lanes[i],
    lock: locks[i],
    argument: args[i],
  }));
}

/** Acquires of a lock by another lane than the one that held it before. */
export function handOffsOf(trace: Trace, lockIndex = 0): number {
  return eventsOf(trace).filter(
    ({ kind, lane, lock, argument }) =>
      kind === EventKind.acquire && lock === lockIndex && argument !== lane + 1,
  ).length;
}

/** The text of every mark that happened, but for those about clocks, cores and other programs, which are of the machine. */
export function marksOf(trace: Trace): string[] {
  return eventsOf(trace)
    .filter(({ kind }) => kind === EventKind.mark)
    .map(({ argument }) => trace.marks[argument])
    .filter(({ kind }) => kind !== 'clock' && kind !== 'few-cores' && kind !== 'crowded')
    .map(({ text }) => text);
}
