// Making recordings in tests: builds the recorder once, starts a program when the recorder has found it, reads the
// whole trace.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';

import { LANE_STATE_COUNT, LANE_STATE_NAMES, LaneState } from '../../../src/core/model/lanes';
import type { Trace } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { validateTrace } from '../../../src/core/model/validateTrace';
import {
  record,
  type ProgramToRecord,
  type Recording,
  type RecordingResult,
} from '../../../src/engines/recorded';
import { makeTemporaryFolder } from '../../support/temporaryFolder';

const PROGRAMS = path.resolve('test/engines/recorder/programs');

/** The recorder's bundle, built anew. */
export function buildRecorder(): string {
  const file = path.resolve('out/test/engines/recorder/built', `recorder-${process.pid}.js`);
  esbuild.buildSync({
    entryPoints: ['src/engines/recorder/recorder.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    outfile: file,
    loader: { '.py': 'text' },
    logLevel: 'error',
  });
  // Certificates of tests are kept apart from the user's own.
  process.env.XDG_CACHE_HOME = path.resolve('out/test/cache');
  return file;
}

export interface Finished {
  readonly trace: Trace;
  readonly result: RecordingResult;
  /** How many cores the program had for its work, if it says so; fewer than it wanted on a busy machine. */
  readonly cores?: number;
}

export function programFile(name: string): string {
  return path.join(PROGRAMS, name);
}

/** Records one of the programs beside this file. It begins its work only when the recorder has found it. */
export async function recordProgram(
  recorderFile: string,
  python: string,
  name: string,
  options: {
    readonly args?: readonly string[];
    /** Behind the file that tells the program to begin. */
    readonly moreArgs?: readonly string[];
    readonly mode?: ProgramToRecord['mode'];
    readonly inside?: 'probe' | 'events';
  } = {},
): Promise<Finished> {
  const temporary = makeTemporaryFolder();
  const goFile = path.join(temporary.folder, 'go');
  try {
    const recording = await record(
      {
        python,
        run: { kind: 'script', file: programFile(name) },
        args: options.args ?? [goFile, ...(options.moreArgs ?? [])],
        cwd: temporary.folder,
        mode: options.mode ?? 'normal',
        ...(options.inside === undefined ? {} : { inside: options.inside }),
      },
      new AbortController().signal,
      { recorderFile, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    fs.writeFileSync(goFile, '');
    const finished = await readToEnd(recording);
    const told = `${goFile}.cores`;
    return fs.existsSync(told)
      ? { ...finished, cores: Number(fs.readFileSync(told, 'utf8')) }
      : finished;
  } finally {
    temporary.dispose();
  }
}

/** Reads a recording to its end; the trace is whole and sound. `onGrowth` is called with what there is so far. */
export async function readToEnd(
  recording: Recording,
  onGrowth: (trace: Trace) => void = () => undefined,
): Promise<Finished> {
  const trace = new TraceBuilder(recording.header);
  for await (const chunk of recording.chunks) {
    assert.equal(trace.appendChunk(chunk), undefined);
    onGrowth(trace);
  }
  assert.equal(trace.done, true);
  assert.equal(validateTrace(trace), undefined);
  return { trace, result: await recording.result };
}

/** Index of the lane with this name. */
export function laneNamed(trace: Trace, name: string): number {
  const lane = trace.lanes.findIndex(info => info.name === name);
  const names = trace.lanes.map(info => info.name).join(', ');
  assert.ok(lane >= 0, `there is no lane “${name}” among: ${names}`);
  return lane;
}

/** Time in each state, in ns. */
export function timePerState(trace: Trace, lane: number): Float64Array {
  const times = new Float64Array(LANE_STATE_COUNT);
  trace.stores[lane].addTimePerState(0, trace.nowNs, times);
  return times;
}

const NO_LIFE: readonly number[] = [LaneState.notStarted, LaneState.finished, LaneState.unknown];

/** What share of the time that was observed a lane spent in some states; the life of a thread, not the trace's. */
export function shareOf(trace: Trace, lane: number, states: readonly number[]): number {
  const times = timePerState(trace, lane);
  const isLife = (_: number, state: number): boolean => !NO_LIFE.includes(state);
  const observed = times.filter(isLife).reduce((sum, time) => sum + time, 0);
  return states.reduce((sum, state) => sum + times[state], 0) / observed;
}

/** For a message: `blocked 512, running with the GIL 20` in ms. */
export function describeLane(trace: Trace, lane: number): string {
  const parts = [...timePerState(trace, lane)].map((time, state) =>
    time > 0 ? `${LANE_STATE_NAMES[state]} ${Math.round(time / 1e6)}` : '',
  );
  return `${trace.lanes[lane].name}: ${parts.filter(part => part !== '').join(', ')} (ms)`;
}

/** Time that a lane spent in a state, by `function:line`. */
export function timePerLine(trace: Trace, lane: number, state: number): Map<string, number> {
  const sums = new Map<string, number>();
  const store = trace.stores[lane];
  for (let segment = 0; segment < store.count; segment++) {
    if (store.stateOf(segment) !== state) continue;
    const { functionName, line } = trace.positions[store.positionOf(segment)];
    const key = `${functionName}:${line}`;
    const time = store.endOf(segment) - store.startOf(segment);
    sums.set(key, (sums.get(key) ?? 0) + time);
  }
  return sums;
}
