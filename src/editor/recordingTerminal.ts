// Terminals in which recorded programs run.

import * as vscode from 'vscode';
import {
  prepareRecording,
  record,
  type ProgramToRecord,
  type Recording,
} from '../engines/recorded';
import { ProgramTerminal } from './programTerminal';
import type { RecordedProgram } from './recordedPrograms';

/** How long a terminal may take to have a process. */
const TERMINAL_MS = 5_000;

/** Is told where the files of a recording are. */
type Keep = (folder: string) => void;

/** The recorder is the terminal's process, so that the program has a terminal and Ctrl+C reaches it. */
export async function recordInTerminal(
  { program, label }: RecordedProgram,
  keep: Keep,
): Promise<Recording> {
  const abort = new AbortController();
  const prepared = prepareRecording({ ...program, holdsTerminal: true }, abort.signal, { keep });
  const name = `Record ${label}`;
  const terminal = vscode.window.createTerminal({
    name,
    shellPath: prepared.command,
    shellArgs: [...prepared.args],
    env: prepared.env,
    cwd: program.cwd,
    iconPath: new vscode.ThemeIcon('record'),
  });
  terminal.show(true);
  const closed = vscode.window.onDidCloseTerminal(gone => {
    if (gone !== terminal) return;
    abort.abort();
    prepared.recorderEnded();
  });
  try {
    if (await isAlive(terminal, prepared.started))
      return await whileStarting(prepared.started, abort);
  } catch (error) {
    prepared.dispose();
    throw error;
  } finally {
    closed.dispose();
  }
  prepared.dispose();
  terminal.dispose();
  const open = () => recordWithoutTty(program, abort.signal, keep);
  return whileStarting(ProgramTerminal.open(`${name} `, open), abort);
}

/** Some VS Codes in the browser have no terminals: theirs never get a process. */
function isAlive(terminal: vscode.Terminal, started: Promise<Recording>): Promise<boolean> {
  const processId = Promise.resolve(terminal.processId).then(id => id !== undefined);
  const tooLate = new Promise<boolean>(resolve => setTimeout(() => resolve(false), TERMINAL_MS));
  return Promise.race([processId, started.then(() => true), tooLate]);
}

/** Input and output of the program are pipes, for somebody else to show. */
export function recordWithoutTty(
  program: ProgramToRecord,
  signal: AbortSignal,
  keep: Keep,
): Promise<Recording> {
  // Without a terminal Python would keep what it prints until its buffer is full.
  const unbuffered = { ...program, env: { PYTHONUNBUFFERED: '1', ...program.env } };
  return record(unbuffered, signal, { stdio: ['pipe', 'pipe', 'pipe'], keep });
}

/** Says what is waited for, and lets a person give up. */
export function whileStarting(
  started: Promise<Recording>,
  abort: AbortController,
): Promise<Recording> {
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: 'Waiting for Python to start…',
    cancellable: true,
  };
  return Promise.resolve(
    vscode.window.withProgress(progress, (_, token) => {
      token.onCancellationRequested(() => abort.abort());
      return started;
    }),
  );
}
