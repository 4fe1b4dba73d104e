// `gilscope simulate`: what the work of an annotated Python file would do, told in the terminal.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { analyse, MAX_SOURCE_LENGTH } from './analysis/analyser';
import type { Finding } from './analysis/findings';
import { blameOf, NOBODY, type BlameRow } from './core/blame';
import { costsOf, pythonName, readCalibration, type Calibration } from './core/calibration';
import type { Costs } from './core/costs';
import { UserError } from './core/errors';
import { Simulation } from './core/machine';
import type { Conditions, Program } from './core/program';
import { RUNTIMES, runtimeNamed } from './core/runtimes';
import { statisticsOf, type TimeSums, type TraceStatistics } from './core/statistics';
import { withThreadCount } from './core/threadCount';
import type { Trace } from './core/trace';
import { formatDuration, formatShare, parseDuration } from './core/units';
import { verdictOf, type Verdict } from './core/verdict';
import { predictGain } from './core/whatIf';
import { writeTraceJson } from './formats/traceJson';

export const SIMULATE_USAGE = `usage: gilscope simulate FILE.py [--runtime NAME] [--threads N] [--cores N] [--interval 5ms]
                         [--seed N] [--costs FILE] [--json] [--trace OUT.json]

Simulates the work that the "# gil:" comments of a Python file describe and says who held the GIL and who waited.

  --runtime   ${RUNTIMES.map(runtime => runtime.name).join(', ')}; default: gil
  --threads   threads beside the main one; default: as the file says
  --cores     cores of the machine; default: as the file says
  --interval  sys.getswitchinterval(); default: as the file says, else 5ms
  --seed      of what the operating system decides; default: as the file says, else 1
  --costs     a calibration, as gilscope calibrate --out writes it; default: the simulator's own figures
  --json      the report as JSON: verdict, statistics, blame, problems
  --trace     writes the whole trace to a file

Exit code: 0; 2 for a command line or a file that cannot be read or simulated.`;

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

const MOST_BLAME_ROWS = 10;
const MOST_LANES = 40;
const MOST_FINDINGS = 10;
const MOST_THREADS = 10_000;

/** Runs the command with the words after `simulate`; writes the report with `print`. Throws a `UserError` for exit code 2. */
export function runSimulateCommand(words: readonly string[], print: (text: string) => void): void {
  if (words.includes('--help')) {
    print(SIMULATE_USAGE);
    return;
  }
  const wanted = parseArguments(words);
  const { program, conditions, findings } = readProgram(wanted);
  const calibration = wanted.costs === undefined ? undefined : readCosts(wanted.costs);
  const costs = calibration ? costsOf(calibration) : {};
  const simulation = new Simulation({ program, runtime: wanted.runtime, conditions, costs });
  while (simulation.advance(Infinity));
  const { trace } = simulation;
  if (wanted.trace !== undefined) writeTrace(wanted.trace, trace);
  const run: Run = {
    trace,
    problems: simulation.problems.map(problem => problem.message),
    findings,
    costs: simulation.costs,
    calibratedOn: calibration ? pythonName(calibration) : null,
  };
  print(wanted.json ? JSON.stringify(reportOf(run)) : textOf(run));
}

function parseArguments(words: readonly string[]): SimulateArguments {
  const files: string[] = [];
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--json') options.set(word, '');
    else if (/^--(runtime|threads|cores|interval|seed|costs|trace)$/.test(word)) {
      if (i + 1 >= words.length) throw new UserError(`${word}: expected a value after it.`);
      options.set(word, words[++i]);
    } else if (word.startsWith('-')) {
      throw new UserError(`There is no option ${word}; see gilscope simulate --help.`);
    } else files.push(word);
  }
  if (files.length !== 1) throw new UserError(`Expected one Python file, got ${files.length}.`);
  const runtime = options.get('--runtime') ?? 'gil';
  if (!runtimeNamed(runtime)) {
    const names = RUNTIMES.map(row => row.name).join(', ');
    throw new UserError(`There is no runtime “${runtime}”; expected one of ${names}.`);
  }
  return {
    file: files[0],
    runtime,
    threads: countOf(options, '--threads', MOST_THREADS),
    cores: countOf(options, '--cores', 1024),
    switchIntervalNs: durationOf(options, '--interval'),
    seed: countOf(options, '--seed', Number.MAX_SAFE_INTEGER, 0),
    costs: options.get('--costs'),
    json: options.has('--json'),
    trace: options.get('--trace'),
  };
}

function countOf(
  options: ReadonlyMap<string, string>,
  name: string,
  most: number,
  least = 1,
): number | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < least || count > most) {
    throw new UserError(
      `${name}: expected a whole number from ${least} to ${most}, got “${text}”.`,
    );
  }
  return count;
}

function durationOf(options: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new UserError(`${name}: ${parsed.problem}.`);
  return parsed.ns;
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
  try {
    const source = readFileSync(file, 'utf8');
    if (source.length <= MAX_SOURCE_LENGTH) return source;
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}.`);
  }
  throw new UserError(`${file} is larger than 5 MB and is not read.`);
}

/** A run with what its report says of it. */
interface Run {
  readonly trace: Trace;
  readonly problems: readonly string[];
  /** What the file says that was not taken as it stands. */
  readonly findings: readonly Finding[];
  readonly costs: Costs;
  /** The Python that the costs were measured on; null: the defaults. */
  readonly calibratedOn: string | null;
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function writeTrace(file: string, trace: Trace): void {
  try {
    writeFileSync(file, writeTraceJson(trace));
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${messageOf(error)}.`);
  }
}

/** The report as data. Stable: fields are only added. Times in ns; `culprit` null: nobody held the lock. */
function reportOf({ trace, problems, findings, costs, calibratedOn }: Run): unknown {
  const { lanes, lines, ...totals } = statisticsOf(trace);
  const { evidence, ...verdict } = verdictOf(trace);
  const gain = predictGain(trace, { ...verdict, evidence }, costs);
  const row = (blamed: BlameRow): unknown => ({
    lock: trace.locks[blamed.lock].name,
    victim: trace.lanes[blamed.victim].name,
    culprit: blamed.culprit === NOBODY ? null : trace.lanes[blamed.culprit].name,
    line: trace.positions[blamed.position].line,
    ns: blamed.ns,
    waitCount: blamed.waitCount,
  });
  return {
    version: 1,
    runtime: trace.header.runtime,
    cores: trace.header.cores,
    switchIntervalNs: trace.header.switchIntervalNs,
    calibratedOn,
    verdict: {
      ...verdict,
      evidence: evidence.map(row),
      predicted: gain ? { beforeNs: gain.beforeNs, afterNs: gain.afterNs } : null,
    },
    statistics: {
      ...totals,
      lanes: lanes.map(({ lane, ...sums }) => ({ name: trace.lanes[lane].name, ...sums })),
      lines: lines.map(({ position, ...sums }) => ({
        line: trace.positions[position].line,
        ...sums,
      })),
    },
    blame: blameOf(trace).map(row),
    problems,
    findings: findings.map(({ fromLine, severity, message }) => ({
      line: fromLine,
      severity,
      message,
    })),
  };
}

function textOf({ trace, problems, findings, costs, calibratedOn }: Run): string {
  const statistics = statisticsOf(trace);
  const verdict = verdictOf(trace);
  return [
    `${trace.header.title}: ${verdict.sentence}`,
    ...changeLines(trace, verdict, costs),
    ...problems.filter(problem => !verdict.sentence.includes(problem)).map(text => `! ${text}`),
    ...findings
      .slice(0, MOST_FINDINGS)
      .map(({ fromLine, message }) => `line ${fromLine}: ${message}`),
    ...leftText(findings.length - MOST_FINDINGS, 'remarks on the file (--json)'),
    '',
    totalsLine(trace, statistics),
    ...(calibratedOn === null ? [] : [`costs calibrated on ${calibratedOn}`]),
    '',
    ...laneTable(trace, statistics),
    '',
    ...blameTable(trace),
  ]
    .join('\n')
    .trimEnd();
}

function leftText(count: number, what: string): string[] {
  return count > 0 ? [`… and ${count} more ${what}`] : [];
}

function changeLines(trace: Trace, verdict: Verdict, costs: Costs): string[] {
  if (verdict.change.kind === 'none') return [];
  const gain = predictGain(trace, verdict, costs);
  if (!gain) return [`Try: ${verdict.suggestion}`];
  const what = gain.lane < 0 ? '' : `${trace.lanes[gain.lane].name} ends after `;
  const figures = `${what}${formatDuration(gain.afterNs)} instead of ${formatDuration(gain.beforeNs)}`;
  const word = gain.afterNs < gain.beforeNs ? 'Try' : 'Not worth it here';
  return [`${word}: ${verdict.suggestion} (predicted: ${figures})`];
}

function totalsLine(trace: Trace, statistics: TraceStatistics): string {
  const { forcedHandOffCount, handOffCount, effectiveCores, waitingShare, wallNs } = statistics;
  return (
    `${formatDuration(wallNs)} · ${handOffCount} hand-offs, ${forcedHandOffCount} of them forced · ` +
    `${effectiveCores.toFixed(2)} of ${trace.header.cores} cores busy · ${formatShare(waitingShare)} waiting for the GIL`
  );
}

const COLUMNS: readonly (readonly [string, keyof TimeSums])[] = [
  ['held', 'heldNs'],
  ['waited', 'waitedNs'],
  ['without GIL', 'freeNs'],
  ['lock', 'waitedForLockNs'],
  ['blocked', 'blockedNs'],
  ['ready', 'readyNs'],
  ['starting', 'startingNs'],
];

function laneTable(trace: Trace, { lanes }: TraceStatistics): string[] {
  const header = `${'thread'.padEnd(18)}${COLUMNS.map(([title]) => title.padStart(13)).join('')}`;
  const rows = lanes.slice(0, MOST_LANES).map(lane => {
    const cells = COLUMNS.map(([, key]) =>
      (lane[key] === 0 ? '·' : formatDuration(lane[key])).padStart(13),
    );
    return `${trace.lanes[lane.lane].name.slice(0, 17).padEnd(18)}${cells.join('')}`;
  });
  const left = lanes.length - rows.length;
  return [header, ...rows, ...leftText(left, 'threads')];
}

function blameTable(trace: Trace): string[] {
  const rows = blameOf(trace);
  if (rows.length === 0) return [];
  const lines = rows.slice(0, MOST_BLAME_ROWS).map(row => {
    const { line } = trace.positions[row.position];
    const culprit = row.culprit === NOBODY ? 'nobody (a hand-off)' : trace.lanes[row.culprit].name;
    const where = line > 0 ? ` at line ${line}` : '';
    const lock =
      trace.locks[row.lock].kind === 'lock' ? `, lock ${trace.locks[row.lock].name}` : '';
    return `${formatDuration(row.ns).padStart(10)}  ${trace.lanes[row.victim].name} waited for ${culprit}${where}${lock}`;
  });
  const left = rows.length - lines.length;
  return ['who waited for whom', ...lines, ...leftText(left, 'rows (--json)')];
}
