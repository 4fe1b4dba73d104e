// What a recording costs the program and the machine, and how much of the truth it sees: the figures of
// docs/recording.md. Pairs of runs, one with and one without the recorder, in turns, because machines drift.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { statisticsOf } from '../../src/core/insight/statistics';
import { record, RECORDING_MODES, type RecordingMode } from '../../src/engines/recorded';
import { findInterpreters, pickInterpreter } from '../engines/recorder/interpreters';
import {
  buildRecorder,
  programFile,
  readToEnd,
  type Finished,
} from '../engines/recorder/recordings';
import { quantile } from '../support/measures';
import { makeTemporaryFolder } from '../support/temporaryFolder';

const KINDS = ['cpu', 'mixed', 'single'] as const;
const PAIRS = 8;
const SECONDS = 1.5;

interface Outcome {
  readonly done: number;
  readonly coreNs: Readonly<Record<string, number>>;
}

interface Run {
  readonly outcome: Outcome;
  readonly finished: Finished;
  readonly foundMs: number;
}

async function recorded(
  setup: { recorderFile: string; python: string; output: string },
  kind: string,
  mode: RecordingMode,
): Promise<Run> {
  const startedMs = performance.now();
  const recording = await record(
    {
      python: setup.python,
      run: { kind: 'script', file: programFile('work.py') },
      args: [kind, String(SECONDS), setup.output],
      cwd: process.cwd(),
      mode,
    },
    new AbortController().signal,
    { recorderFile: setup.recorderFile },
  );
  const foundMs = performance.now() - startedMs;
  const finished = await readToEnd(recording);
  return { outcome: readOutcome(setup.output), finished, foundMs };
}

function alone(python: string, kind: string, output: string): Outcome {
  execFileSync(python, [programFile('work.py'), kind, String(SECONDS), output]);
  return readOutcome(output);
}

function readOutcome(file: string): Outcome {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as Outcome;
}

/** How far the held time of the computing threads is from their time with a core, as a share of it. */
function heldError({ outcome, finished }: Run): number {
  const { lanes } = statisticsOf(finished.trace);
  const errors = lanes.flatMap(({ lane, heldNs }) => {
    const coreNs = outcome.coreNs[finished.trace.lanes[lane].name];
    return finished.trace.lanes[lane].name.startsWith('cpu') ? [heldNs / coreNs - 1] : [];
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

async function main(): Promise<void> {
  const python = pickInterpreter(findInterpreters(), { to: 13 })?.path;
  if (python === undefined) throw new Error('no CPython was found');
  const temporary = makeTemporaryFolder();
  const setup = {
    recorderFile: buildRecorder(),
    python,
    output: path.join(temporary.folder, 'outcome.json'),
  };
  console.log(
    `${os.cpus()[0].model}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}`,
  );
  const modes = process.argv.includes('--all') ? RECORDING_MODES : RECORDING_MODES.slice(0, 3);
  for (const kind of KINDS) for (const mode of modes) await measure(setup, kind, mode);
  temporary.dispose();
}

async function measure(
  setup: { recorderFile: string; python: string; output: string },
  kind: string,
  mode: RecordingMode,
): Promise<void> {
  const runs: Run[] = [];
  const slowDowns: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const before = pair % 2 === 0 ? alone(setup.python, kind, setup.output).done : undefined;
    const run = await recorded(setup, kind, mode);
    const baseline = before ?? alone(setup.python, kind, setup.output).done;
    runs.push(run);
    slowDowns.push(baseline / run.outcome.done - 1);
  }
  const results = runs.map(run => run.finished.result);
  const percent = (samples: readonly number[]): string =>
    [0.25, 0.5, 0.75].map(q => `${(quantile(samples, q) * 100).toFixed(1)} %`).join(' / ');
  console.log(`${kind}, ${mode}: quartiles of ${PAIRS} pairs`);
  console.log(`  slow-down ${percent(slowDowns)}`);
  console.log(`  recorder's share of a core ${percent(results.map(r => r.recorderCpuShare))}`);
  const recall = results.map(r => (r.handOffsCounted > 0 ? r.handOffsSeen / r.handOffsCounted : 1));
  console.log(
    `  hand-offs seen ${percent(recall)}, blind ${percent(results.map(r => r.blindShare))}`,
  );
  console.log(`  held minus time with a core ${percent(runs.map(heldError))}`);
  const found = quantile(
    runs.map(run => run.foundMs),
    0.5,
  );
  console.log(`  Python found after ${found.toFixed(0)} ms`);
}

void main();
