// Terminals in which recorded programs run.

import * as vscode from 'vscode';
import {
  prepareRecording,
  record,
  type PreparedRecording,
  type ProgramToRecord,
  type Recording,
} from '../../engines/recorded';
import { ProgramTerminal } from './programTerminal';
import type { RecordedProgram } from './recordedPrograms';

/** How long a terminal may take to have a process: the first of a window takes seconds on a busy machine. */
const TERMINAL_MS = 10_000;

/** Is told where the files of a recording are. */
type Keep = (folder: string) => void;

/** The terminals of this window's recordings. */
export class RecordingTerminals {
  /** Terminals whose program is over, by document. */
  readonly #over = new Map<string, vscode.Terminal>();

  /**
   * The recorder is the terminal's process, so that the program has a terminal and Ctrl+C reaches it. What a document
   * left of its last recording is closed: that program is over.
   */
  async record(recorded: RecordedProgram, keep: Keep): Promise<Recording> {
    const { program, label, uri } = recorded;
    const abort = new AbortController();
    const prepared = prepareRecording({ ...program, holdsTerminal: true }, abort.signal, { keep });
    this.#over.get(uri.toString())?.dispose();
    const terminal = openTerminal(prepared, recorded);
    const closed = vscode.window.onDidCloseTerminal(gone => {
      if (gone !== terminal) return;
      abort.abort();
      prepared.recorderEnded();
    });
    try {
      if ((await isAlive(terminal, prepared.started)) || !prepared.callOff()) {
        const recording = await whileStarting(prepared.started, abort);
        this.#noteEnd(uri, terminal, recording);
        return recording;
      }
    } catch (error) {
      prepared.dispose();
      throw error;
    } finally {
      closed.dispose();
    }
    terminal.dispose();
    const open = () => recordWithoutTty(program, abort.signal, keep);
    return whileStarting(ProgramTerminal.open(`Record ${label} `, open), abort);
  }

  /** A recording that was stopped leaves its program running, and its terminal is not over. */
  #noteEnd(uri: vscode.Uri, terminal: vscode.Terminal, { result }: Recording): void {
    const note = ({ exitCode, signal }: Awaited<typeof result>): void => {
      if (exitCode !== null || signal !== null) this.#over.set(uri.toString(), terminal);
    };
    result.then(note, () => undefined); // whoever shows the recording tells why it failed
  }
}

function openTerminal(
  { command, args, env }: PreparedRecording,
  { program, label }: RecordedProgram,
): vscode.Terminal {
  const terminal = vscode.window.createTerminal({
    name: `Record ${label}`,
    shellPath: command,
    shellArgs: [...args],
    env,
    cwd: program.cwd,
    iconPath: new vscode.ThemeIcon('record'),
  });
  terminal.show(true);
  return terminal;
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
