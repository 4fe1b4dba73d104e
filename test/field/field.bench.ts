// The score on the field programs: of how many the report says what is right, and of none what is wrong.
//
// It takes a minute or two for each Python. GIL_SCOPE_PYTHONS chooses them (paths, with colons between; otherwise the
// newest of this machine), GIL_SCOPE_MODES how closely they are recorded (light and normal), GIL_SCOPE_FIELD which
// programs (a pattern), GIL_SCOPE_RUNS how often.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

import {
  findInterpreters,
  pickInterpreter,
  type Interpreter,
} from '../engines/recorder/interpreters';
import { buildCommandLine } from '../support/commandLine';
import { CpuLimit } from './cpuLimit';
import {
  problemsWith,
  readFieldProgram,
  type FieldProgram,
  type SaidFinding,
} from './expectations';

const PROGRAMS = path.resolve('test/field');
const LONGEST_MS = 90_000;
/** After this long a program has come to where it hangs. */
const UNDER_WAY_MS = 700;
/** Of 31 programs so many have to be right. Programs that cannot run here count for neither side. */
const MOST_WRONG = 2;

interface Report {
  readonly headline: string;
  readonly findings: readonly SaidFinding[];
}

/** Where the command line is built and a report is written. */
const FOLDER_OF_RUN = fs.mkdtempSync(path.join(os.tmpdir(), 'gilscope-field-'));
const REPORT = path.join(FOLDER_OF_RUN, 'report.json');

async function main(): Promise<void> {
  const pythons = chosenPythons();
  if (pythons.length === 0) {
    console.log('skipped: no CPython 3.8 to 3.15 was found, or this is not Linux');
    return;
  }
  const cli = buildCommandLine(FOLDER_OF_RUN);
  const modes = (process.env.GIL_SCOPE_MODES ?? 'light,normal').split(',');
  let isGood = true;
  for (const python of pythons)
    for (const mode of modes)
      for (let run = 0; run < Number(process.env.GIL_SCOPE_RUNS ?? 1); run++)
        isGood = (await score({ cli, python, mode })) <= MOST_WRONG && isGood;
  process.exitCode = isGood ? 0 : 1;
}

function chosenPythons(): readonly Interpreter[] {
  const all = findInterpreters();
  const newest = pickInterpreter(all);
  if (process.env.GIL_SCOPE_PYTHONS !== undefined) return all;
  return newest ? [newest] : [];
}

/** With what a program is recorded. */
interface Means {
  readonly cli: string;
  readonly python: Interpreter;
  readonly mode: string;
}

/** Records all of them and prints the score; how many are wrong. */
async function score(means: Means): Promise<number> {
  const wanted = new RegExp(process.env.GIL_SCOPE_FIELD ?? '');
  const files = fs
    .readdirSync(PROGRAMS)
    .filter(file => /^\d.*\.py$/.test(file) && wanted.test(file));
  const { version, minor } = means.python;
  let right = 0;
  let wrong = 0;
  for (const file of files) {
    const program = readFieldProgram(fs.readFileSync(path.join(PROGRAMS, file), 'utf8'));
    const reason = whyNot(program, means.python);
    if (reason !== undefined) {
      console.log(`–  ${file}: ${reason}`);
      continue;
    }
    const problems = problemsWith(program, minor, await saidOf(file, program, means));
    if (problems.length === 0) right++;
    else wrong++;
    if (problems.length > 0) console.log(`✗  ${file}: ${problems.join('; ')}`);
  }
  console.log(`CPython ${version}, ${means.mode} mode: ${right} of ${right + wrong} right`);
  return wrong;
}

async function saidOf(
  file: string,
  program: FieldProgram,
  means: Means,
): Promise<readonly SaidFinding[]> {
  fs.rmSync(REPORT, { force: true });
  const source = path.join(PROGRAMS, file);
  const stderr =
    program.attachSeconds === undefined
      ? launched(program, source, means)
      : await attached(program.attachSeconds, source, means);
  if (!fs.existsSync(REPORT)) throw new Error(`${file}: no report\n${stderr}`);
  const { headline, findings } = JSON.parse(fs.readFileSync(REPORT, 'utf8')) as Report;
  return findings.length > 0 ? findings : [{ kind: headline, where: null, culprit: null }];
}

function launched({ cpus }: FieldProgram, source: string, means: Means): string {
  const command = [means.python.path, source];
  if (cpus === undefined) return record(means, ['--', ...command], LONGEST_MS);
  const limit = new CpuLimit(cpus);
  try {
    return record(means, ['--', ...limit.wrap(command)], LONGEST_MS);
  } finally {
    limit.remove();
  }
}

async function attached(seconds: number, source: string, means: Means): Promise<string> {
  const target = spawn(means.python.path, [source], { stdio: 'ignore' });
  try {
    await later(UNDER_WAY_MS);
    return record(means, ['--pid', String(target.pid)], seconds * 1000);
  } finally {
    target.kill('SIGKILL');
  }
}

/** Records, for so long at most; what it says to people. */
function record({ cli, mode }: Means, what: readonly string[], endMs: number): string {
  const words = [cli, 'record', '--mode', mode, '--json', REPORT, ...what];
  return spawnSync(process.execPath, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: endMs,
    killSignal: 'SIGINT',
  }).stderr;
}

/** Why a program cannot run here; undefined if it can. */
function whyNot({ needs, cpus }: FieldProgram, python: Interpreter): string | undefined {
  if (cpus !== undefined && !CpuLimit.isPossible()) return 'no cgroup can be made here';
  if (needs === undefined) return undefined;
  try {
    execFileSync(python.path, ['-c', `import ${needs}`], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `this Python has no ${needs}`;
  }
}

void main().finally(() => fs.rmSync(FOLDER_OF_RUN, { recursive: true, force: true }));
