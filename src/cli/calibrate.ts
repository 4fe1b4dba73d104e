// `gilscope calibrate`: what the simulator's constants are on a Python of this machine, told in the terminal.

import { writeFileSync } from 'node:fs';

import { calibrate } from '../engines/calibration';
import { calibrationText } from '../core/worlds/calibrationText';
import { UserError, messageOf } from '../core/errors';

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
  if (words.includes('--help')) {
    print(CALIBRATE_USAGE);
    return;
  }
  const wanted = parseArguments(words);
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

function parseArguments(words: readonly string[]): CalibrateArguments {
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--json') options.set(word, '');
    else if (word === '--python' || word === '--out') {
      if (i + 1 >= words.length) throw new UserError(`${word}: expected a value after it.`);
      options.set(word, words[++i]);
    } else throw new UserError(`There is no option ${word}; see gilscope calibrate --help.`);
  }
  return {
    python: options.get('--python') ?? defaultPython(),
    json: options.has('--json'),
    out: options.get('--out'),
  };
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
