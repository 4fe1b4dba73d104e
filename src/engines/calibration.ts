// Calibration: measures the simulator's constants on a Python of the user's, in some seconds.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { problemOfCost, type Calibration } from '../core/calibration';
import { UserError } from '../core/errors';
import { costsFromSamples } from './calibration/costsFromSamples';
import measureText from './calibration/measure.py';
import { readMeasurement } from './calibration/measurement';

export interface CalibrationOptions {
  /** Where the interpreter is started: some are chosen by their folder. */
  readonly cwd?: string;
  /** After this it is stopped; a minute unless told otherwise. It takes about four seconds. */
  readonly limitMs?: number;
}

const LIMIT_MS = 60_000;

/** Far more than the figures need. */
const MOST_OUTPUT = 4_000_000;

/**
 * Measures a Python, given by path or command. Nothing goes through a shell. Rejects with a `UserError` that says what
 * is wrong: no Python there, not a CPython of 3.8 or later, stopped, or figures that cannot be.
 */
export async function calibrate(
  python: string,
  signal: AbortSignal,
  options: CalibrationOptions = {},
): Promise<Calibration> {
  const folder = mkdtempSync(join(tmpdir(), 'gil-scope-'));
  try {
    const file = join(folder, 'measure.py');
    writeFileSync(file, measureText);
    return calibrationFrom(await outputOf({ python, file, signal, options }), python);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A calibration from what the interpreter printed. */
export function calibrationFrom(output: string, python: string): Calibration {
  const measurement = readMeasurement(output, python);
  const { found, notMeasured } = costsFromSamples(measurement.samples, measurement.reasons);
  const absurd = found
    .map(({ name, value }) => problemOfCost(name, value))
    .find(problem => problem !== undefined);
  if (absurd !== undefined) {
    throw new UserError(
      `What ${python} measured cannot be: ${absurd}. Nothing was calibrated; try again.`,
    );
  }
  const holds = [...(measurement.samples.get('hold') ?? [])].sort((a, b) => a - b);
  const holdNs = holds.at(Math.floor(holds.length / 2));
  return {
    version: 1,
    python: measurement.python,
    ...(holdNs === undefined ? {} : { holdNs }),
    found,
    notMeasured,
  };
}

interface Run {
  readonly python: string;
  readonly file: string;
  readonly signal: AbortSignal;
  readonly options: CalibrationOptions;
}

function outputOf({ python, file, signal, options }: Run): Promise<string> {
  const { cwd = process.cwd(), limitMs = LIMIT_MS } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw cancelled();
    // Its own group, so that the processes that it starts end with it.
    const child = spawn(python, ['-E', '-s', '-B', '-W', 'ignore', file], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const said = { output: '', errors: '' };
    const giveUp = (error: UserError): void => {
      killGroup(child);
      reject(error);
    };
    const cancel = (): void => giveUp(cancelled());
    const timer = setTimeout(() => giveUp(tooSlow(python, limitMs)), limitMs);
    signal.addEventListener('abort', cancel, { once: true });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.output += text;
      if (said.output.length > MOST_OUTPUT) giveUp(notAPython(python));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.errors = (said.errors + text).slice(-2000);
    });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    };
    child.on('error', error => {
      settle();
      reject(cannotStart(python, error));
    });
    child.on('close', (code, ending) => {
      settle();
      if (code === 0) resolve(said.output);
      else reject(ended(python, ending ?? `exit code ${code}`, said.errors));
    });
  });
}

function killGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill();
    else process.kill(-pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}

function cancelled(): UserError {
  return new UserError('The calibration was cancelled; the costs stay as they were.');
}

function tooSlow(python: string, limitMs: number): UserError {
  return new UserError(
    `${python} did not end its measurements within ${Math.round(limitMs / 1000)} s. Try again when the machine is less busy.`,
  );
}

function notAPython(python: string): UserError {
  return new UserError(`${python} prints without end. Is it a Python?`);
}

function cannotStart(python: string, error: Error): UserError {
  const isMissing = 'code' in error && error.code === 'ENOENT';
  return new UserError(
    isMissing
      ? `There is no Python at “${python}”. Give the path of an interpreter.`
      : `${python} cannot be started: ${error.message}.`,
  );
}

function ended(python: string, how: string, errors: string): UserError {
  const last = errors.trim().split('\n').at(-1) ?? '';
  const words = last === '' ? '' : `: ${last.slice(0, 200).replace(/[.\s]+$/, '')}`;
  return new UserError(`${python} ended with ${how} before it had measured anything${words}.`);
}
