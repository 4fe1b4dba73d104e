// The race in a real Python: runs the sample and reads what it printed.

import { UserError } from '../core/errors';
import { readPythonRace, type PythonRace } from '../core/refcounts/pythonRace';
import { outputOfPython } from './pythonScript';

const ERRAND = {
  cancelled: 'The race was stopped before Python had counted.',
  unfinished: 'the race',
  before: 'it had counted',
};

/** Some 3 seconds on a free machine; one whose cores are busy takes long. */
const LIMIT_MS = 180_000;

/** Runs race.py (`file`) with a Python. Rejects with a `UserError` that says what is wrong. */
export async function racePython(
  python: string,
  at: { readonly file: string; readonly cwd: string },
  signal: AbortSignal,
): Promise<PythonRace> {
  const output = await outputOfPython({ python, ...at, limitMs: LIMIT_MS, errand: ERRAND }, signal);
  const race = readPythonRace(output);
  if (race) return race;
  const said = output.trim().slice(0, 200);
  throw new UserError(
    `${python} did not print what race.py prints, but “${said}”. Is it a Python?`,
  );
}
