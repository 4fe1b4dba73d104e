// A script of ours, run to its end by a Python of the user's: what it printed, or a sentence.

import { spawn, type ChildProcess } from 'node:child_process';
import { UserError } from '../core/errors';

export interface PythonScript {
  /** Path or command of the interpreter. Nothing goes through a shell. */
  readonly python: string;
  readonly file: string;
  /** Where the interpreter is started: some are chosen by their folder. */
  readonly cwd?: string;
  /** After this it is stopped; a minute unless told otherwise. */
  readonly limitMs?: number;
  /** What it does, as sentences call it. */
  readonly errand: Errand;
}

/** Ends of sentences about a script that did not come to its end. */
export interface Errand {
  /** The whole sentence when a person gave up. */
  readonly cancelled: string;
  /** `… did not end ‹its measurements› within 60 s.` */
  readonly unfinished: string;
  /** `… ended with exit code 1 before ‹it had measured anything›: …` */
  readonly before: string;
}

const LIMIT_MS = 60_000;

/** Far more than any script of ours prints. */
const MOST_OUTPUT = 4_000_000;

/** What the script printed. Rejects with a `UserError` that says what is wrong; the processes are gone then. */
export function outputOfPython(script: PythonScript, signal: AbortSignal): Promise<string> {
  const { python, file, cwd = process.cwd(), limitMs = LIMIT_MS, errand } = script;
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new UserError(errand.cancelled);
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
    const cancel = (): void => giveUp(new UserError(errand.cancelled));
    const timer = setTimeout(() => giveUp(tooSlow(script, limitMs)), limitMs);
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
      else reject(ended(script, ending ?? `exit code ${code}`, said.errors));
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

function tooSlow({ python, errand }: PythonScript, limitMs: number): UserError {
  return new UserError(
    `${python} did not end ${errand.unfinished} within ${Math.round(limitMs / 1000)} s. Try again when the machine is less busy.`,
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

function ended({ python, errand }: PythonScript, how: string, errors: string): UserError {
  const last = errors.trim().split('\n').at(-1) ?? '';
  const words = last === '' ? '' : `: ${last.slice(0, 200).replace(/[.\s]+$/, '')}`;
  return new UserError(`${python} ended with ${how} before ${errand.before}${words}.`);
}
