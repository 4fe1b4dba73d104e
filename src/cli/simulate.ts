// `gilscope simulate`: what the work of an annotated Python file would do, told in the terminal.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { analyse, MAX_SOURCE_LENGTH } from '../analysis/analyser';
import type { Finding } from '../analysis/python/findings';
import { costsOf, pythonName, readCalibration, type Calibration } from '../core/worlds/calibration';
import { countIn, durationIn, understood } from './options';
import { reportOf, textOf, type SimulatedRun } from './simulateReport';
import { UserError, messageOf } from '../core/errors';
import { Simulation } from '../core/machine/machine';
import type { Conditions, Program } from '../core/model/program';
import { RUNTIMES, runtimeNamed } from '../core/worlds/runtimes';
import { withThreadCount } from '../core/model/threadCount';
import type { Trace } from '../core/model/trace';
import { writeTraceJson } from '../formats/traceJson';

export const SIMULATE_USAGE = `usage: gilscope simulate FILE.py [--runtime NAME] [--threads N] [--cores N] [--interval 5ms]
                         [--seed N] [--costs FILE] [--json] [--trace OUT.json]

Simulates the work that the "# gil:" comments of a Python file describe and says who held the GIL and who waited.

  --runtime   which way round the GIL, or none; default: gil
${inLines(RUNTIMES.map(runtime => runtime.name))}
  --threads   threads beside the main one; default: as the file says
  --cores     cores of the machine; default: as the file says
  --interval  sys.getswitchinterval(); default: as the file says, else 5ms
  --seed      of what the operating system decides; default: as the file says, else 1
  --costs     a calibration, as gilscope calibrate --out writes it; default: the simulator's own figures
  --json      the report as JSON: verdict, statistics, blame, problems
  --trace     writes the whole trace to a file

Exit code: 0; 2 for a command line or a file that cannot be read or simulated.`;

/** Words behind one another, four to a line. */
function inLines(words: readonly string[]): string {
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += 4) lines.push(words.slice(at, at + 4).join(', '));
  return `              ${lines.join(',\n              ')}`;
}

interface SimulateArguments {
  readonly file: string;
  readonly runtime: string;
  readonly threads: number | undefined;
  readonly cores: number | undefined;
  readonly switchIntervalNs: number | undefined;
  readonly seed: number | undefined;
  readonly costs: string | undefined;
  readonly json: boolean;
  readonly trace: string | undefined;
}

const MOST_THREADS = 10_000;

/** Runs the command with the words after `simulate`; writes the report with `print`. Throws a `UserError` for exit code 2. */
export function runSimulateCommand(words: readonly string[], print: (text: string) => void): void {
  const wanted = parseArguments(words);
  if (!wanted) {
    print(SIMULATE_USAGE);
    return;
  }
  const { program, conditions, findings } = readProgram(wanted);
  const calibration = wanted.costs === undefined ? undefined : readCosts(wanted.costs);
  const costs = calibration ? costsOf(calibration) : {};
  const simulation = new Simulation({ program, runtime: wanted.runtime, conditions, costs });
  while (simulation.advance(Infinity));
  const { trace } = simulation;
  if (wanted.trace !== undefined) writeTrace(wanted.trace, trace);
  const run: SimulatedRun = {
    trace,
    problems: simulation.problems.map(problem => problem.message),
    findings,
    costs: simulation.costs,
    calibratedOn: calibration ? pythonName(calibration) : null,
  };
  print(wanted.json ? JSON.stringify(reportOf(run)) : textOf(run));
}

/** The words as wishes; undefined: the usage is asked for. */
function parseArguments(words: readonly string[]): SimulateArguments | undefined {
  const { values, positionals } = understood('simulate', () =>
    parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        runtime: { type: 'string', default: 'gil' },
        threads: { type: 'string' },
        cores: { type: 'string' },
        interval: { type: 'string' },
        seed: { type: 'string' },
        costs: { type: 'string' },
        json: { type: 'boolean', default: false },
        trace: { type: 'string' },
      },
    }),
  );
  if (values.help === true) return undefined;
  const [file] = positionals;
  if (positionals.length !== 1)
    throw new UserError(`Expected one Python file, got ${positionals.length}.`);
  if (!runtimeNamed(values.runtime)) {
    const names = RUNTIMES.map(row => row.name).join(', ');
    throw new UserError(`There is no runtime “${values.runtime}”; expected one of ${names}.`);
  }
  const { runtime, costs, json, trace } = values;
  return {
    ...{ file, runtime, costs, json, trace },
    threads: ifGiven(values.threads, text => countIn('--threads', text, [1, MOST_THREADS])),
    cores: ifGiven(values.cores, text => countIn('--cores', text, [1, 1024])),
    switchIntervalNs: ifGiven(values.interval, text => durationIn('--interval', text)),
    seed: ifGiven(values.seed, text => countIn('--seed', text, [0, Number.MAX_SAFE_INTEGER])),
  };
}

function ifGiven<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text);
}

function readProgram(wanted: SimulateArguments): {
  readonly program: Program;
  readonly conditions: Conditions;
  readonly findings: readonly Finding[];
} {
  const source = readSource(wanted.file);
  const { program, conditions, findings } = analyse(source, path.basename(wanted.file));
  if (!program) {
    const first = findings.find(finding => finding.severity === 'error') ?? findings.at(0);
    const why = first
      ? `line ${first.fromLine}: ${first.message}`
      : 'it has no “# gil: threads” comment';
    throw new UserError(`${wanted.file} has nothing to simulate: ${why}`);
  }
  const resized = wanted.threads === undefined ? program : withThreadCount(program, wanted.threads);
  if (!resized) {
    throw new UserError(
      '--threads: this file does not start all its threads from the main one; change their number there.',
    );
  }
  return {
    program: resized,
    findings,
    conditions: {
      cores: wanted.cores ?? conditions.cores,
      switchIntervalNs: wanted.switchIntervalNs ?? conditions.switchIntervalNs,
      seed: wanted.seed ?? conditions.seed,
    },
  };
}

function readSource(file: string): string {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}.`);
  }
  if (source.length > MAX_SOURCE_LENGTH) {
    throw new UserError(`${file} is larger than 5 MB and is not read.`);
  }
  if (source.includes('\0')) throw new UserError(`${file} is not a text file in UTF-8.`);
  return source;
}

function readCosts(file: string): Calibration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}.`);
  }
  const read = readCalibration(jsonOf(text));
  if (!read.ok) throw new UserError(`${file} is not a calibration: ${read.problem}.`);
  return read.calibration;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what is not JSON is refused as what it is not
  }
}

function writeTrace(file: string, trace: Trace): void {
  try {
    writeFileSync(file, writeTraceJson(trace));
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${messageOf(error)}.`);
  }
}
