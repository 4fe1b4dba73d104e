// What measure.py prints, checked: it ran in somebody else's interpreter.

import { isRecord } from '../../core/checks';
import { UserError } from '../../core/errors';
import { NS_PER_S } from '../../core/units';
import type { CalibratedPython } from '../../core/worlds/calibration';
import type { Samples } from './costsFromSamples';

export interface Measurement {
  readonly python: CalibratedPython;
  readonly samples: Samples;
  /** Why samples are missing, by their name. */
  readonly reasons: ReadonlyMap<string, string>;
}

/** No step of the measurement takes longer than this; what claims to is nonsense. */
const LONGEST_NS = 60 * NS_PER_S;

/** Reads the output's last line. Throws a `UserError` for what is not CPython 3.8 or later, and for nonsense. */
export function readMeasurement(output: string, command: string): Measurement {
  const line = output.trim().split('\n').at(-1) ?? '';
  const printed = parsed(line);
  if (!isRecord(printed) || !isRecord(printed.python)) {
    throw new UserError(
      `${command} did not print what it was asked for, but “${line.slice(0, 80)}”. Is it a Python?`,
    );
  }
  const python = readPython(printed.python, command);
  if (!isRecord(printed.samples) || !isRecord(printed.notMeasured)) {
    throw new UserError(`${command} printed no figures. Nothing was calibrated.`);
  }
  return {
    python,
    samples: readSamples(printed.samples, command),
    reasons: new Map(Object.entries(printed.notMeasured).map(([name, why]) => [name, String(why)])),
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // what is not JSON is no measurement
  }
}

function readPython(python: Readonly<Record<string, unknown>>, command: string): CalibratedPython {
  const { implementation, version, gil, cores, switchIntervalNs } = python;
  if (typeof implementation !== 'string' || typeof version !== 'string') {
    throw new UserError(`${command} did not say which Python it is.`);
  }
  if (implementation !== 'CPython') {
    throw new UserError(
      `${command} is ${implementation} ${version}. The simulator is of CPython’s GIL: choose a CPython.`,
    );
  }
  if (
    typeof gil !== 'boolean' ||
    !isFigure(cores) ||
    cores < 1 ||
    !isFigure(switchIntervalNs) ||
    !/^\d+(\.\d+){1,2}$/.test(version)
  ) {
    throw new UserError(`${command} is CPython ${version}; calibration needs 3.8 or later.`);
  }
  return { implementation, version, gil, cores, switchIntervalNs };
}

function readSamples(samples: Readonly<Record<string, unknown>>, command: string): Samples {
  const read = new Map<string, readonly number[]>();
  for (const [name, values] of Object.entries(samples)) {
    if (!Array.isArray(values) || values.length === 0) {
      throw new UserError(`${command} printed no samples of ${name}. Nothing was calibrated.`);
    }
    const odd: unknown = values.find(value => !isFigure(value));
    if (odd !== undefined) {
      throw new UserError(
        `${command} measured ${JSON.stringify(odd)} ns for ${name}, which cannot be. Nothing was calibrated; try again.`,
      );
    }
    read.set(name, values.filter(isFigure));
  }
  return read;
}

function isFigure(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LONGEST_NS;
}
