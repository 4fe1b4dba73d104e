// Calibration: measures the simulator's constants on a Python of the user's, in some seconds.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { problemOfCost, type Calibration } from '../core/worlds/calibration';
import { UserError } from '../core/errors';
import { costsFromSamples } from './calibration/costsFromSamples';
import measureText from './calibration/measure.py';
import { readMeasurement } from './calibration/measurement';
import { outputOfPython } from './pythonScript';

export interface CalibrationOptions {
  /** Where the interpreter is started: some are chosen by their folder. */
  readonly cwd?: string;
  /** After this it is stopped; a minute unless told otherwise. It takes about four seconds. */
  readonly limitMs?: number;
}

const ERRAND = {
  cancelled: 'The calibration was cancelled; the costs stay as they were.',
  unfinished: 'its measurements',
  before: 'it had measured anything',
};

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
    return calibrationFrom(
      await outputOfPython({ python, file, ...options, errand: ERRAND }, signal),
      python,
    );
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
