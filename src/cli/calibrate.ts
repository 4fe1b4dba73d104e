// `gilscope calibrate`: what the simulator's constants are on a Python of this machine, told in the terminal.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { calibrate } from '../engines/calibration';
import { calibrationText } from '../core/worlds/calibrationText';
import { UserError, messageOf } from '../core/errors';
import { understood } from './options';

export const CALIBRATE_USAGE = `usage: gilscope calibrate [--python PATH] [--json] [--out FILE]

Measures what threads, processes and the GIL cost on a Python of this machine, in about four seconds, and shows each
figure beside the simulator's default, with its spread, and what cannot be measured and why.

  --python  the interpreter, CPython 3.8 or later; default: ${defaultPython()}
  --json    the calibration as JSON
  --out     writes the calibration to a file, for gilscope simulate --costs FILE

Exit code: 0; 2 for a command line that cannot be read and an interpreter that cannot be measured.`;

interface CalibrateArguments {
  readonly python: string;
  readonly json: boolean;
  readonly out: string | undefined;
}

/** Runs the command with the words after `calibrate`. Rejects with a `UserError` for exit code 2. */
export async function runCalibrateCommand(
  words: readonly string[],
  print: (text: string) => void,
): Promise<void> {
  const wanted = parseArguments(words);
  if (!wanted) {
    print(CALIBRATE_USAGE);
    return;
  }
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop);
  try {
    const calibration = await calibrate(wanted.python, abort.signal);
    const json = JSON.stringify(calibration, undefined, 2);
    if (wanted.out !== undefined) write(wanted.out, json);
    print(wanted.json ? json : calibrationText(calibration));
  } finally {
    process.off('SIGINT', stop);
  }
}

/** The words as wishes; undefined: the usage is asked for. */
function parseArguments(words: readonly string[]): CalibrateArguments | undefined {
  const { values, positionals } = understood('calibrate', () =>
    parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        python: { type: 'string' },
        json: { type: 'boolean' },
        out: { type: 'string' },
      },
    }),
  );
  if (values.help === true) return undefined;
  if (positionals.length > 0)
    throw new UserError(`Unexpected argument '${positionals[0]}'; see gilscope calibrate --help.`);
  const { python = defaultPython(), json = false, out } = values;
  return { python, json, out };
}

function defaultPython(): string {
  return process.platform === 'win32' ? 'python' : 'python3';
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`);
  } catch (error) {
    const reason = messageOf(error);
    throw new UserError(`${file} cannot be written: ${reason}.`);
  }
}
