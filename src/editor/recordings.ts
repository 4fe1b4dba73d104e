// Recording a real Python: starts it in a terminal under the recorder, and shows what it does as it does it.

import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../core/errors';
import { formatShare } from '../core/units';
import type { Engine } from '../engines/engine';
import {
  attach,
  prepareRecording,
  record,
  type ProgramToRecord,
  type Recording,
  type RecordingMode,
  type RecordingResult,
} from '../engines/recorded';
import { displayName } from './describe';
import { isPython } from './documents';
import type { Log } from './log';
import { ProgramTerminal } from './programTerminal';
import { pythonFor } from './pythonPath';
import type { Session } from './session';
import type { Sessions } from './sessions';
import { recordingMode } from './settings';
import type { Timeline } from './timeline';

/** How long a terminal may take to have a process. */
const TERMINAL_MS = 5_000;

export interface RecordingsOptions {
  readonly sessions: Sessions;
  readonly timeline: Timeline;
  readonly log: Log;
}

/** Records the file in a terminal, saved as it stands. Only in trusted workspaces: it runs the file. */
export async function recordFile(
  options: RecordingsOptions,
  document: vscode.TextDocument,
): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    throw new UserError(
      'Recording runs the file, and this workspace is not trusted. Trust it first.',
    );
  }
  if (!isPython(document) || document.uri.scheme !== 'file') {
    throw new UserError(
      'Only a Python file on this machine’s disk can be recorded. Save it first.',
    );
  }
  if (document.isDirty && !(await document.save())) {
    throw new UserError(`${displayName(document.uri)} could not be saved, so it was not recorded.`);
  }
  const recording = await startInTerminal(document);
  show(options, options.sessions.of(document), recording);
}

/** Records a process that runs already; its number is asked for. */
export async function recordProcess(options: RecordingsOptions): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    throw new UserError(
      'Processes can be recorded in trusted workspaces only. Trust this one first.',
    );
  }
  const text = await vscode.window.showInputBox({
    title: 'Record a running Python',
    prompt: 'Number of the process (ps or top show it)',
    validateInput: value =>
      /^[1-9]\d{0,9}$/.test(value.trim()) ? undefined : 'A process number, such as 4711',
  });
  if (text === undefined) return;
  const pid = Number(text.trim());
  const abort = new AbortController();
  const recording = await attach(pid, abort.signal, { stdio: 'ignore', ...modeOption() });
  const uri = vscode.Uri.from({ scheme: 'gilscope-process', path: `/process ${pid}` });
  show(options, options.sessions.ofUri(uri), recording);
}

/** The recorder is the terminal's process, so that the program has a terminal and Ctrl+C reaches it. */
async function startInTerminal(document: vscode.TextDocument): Promise<Recording> {
  const abort = new AbortController();
  const program = await programOf(document);
  const prepared = prepareRecording(program, abort.signal);
  const name = `Record ${displayName(document.uri)}`;
  const terminal = vscode.window.createTerminal({
    name,
    shellPath: prepared.command,
    shellArgs: [...prepared.args],
    env: prepared.env,
    cwd: program.cwd,
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
  return startWithoutTerminal(program, name);
}

/** Some VS Codes in the browser have no terminals: theirs never get a process. */
function isAlive(terminal: vscode.Terminal, started: Promise<Recording>): Promise<boolean> {
  const processId = Promise.resolve(terminal.processId).then(id => id !== undefined);
  const tooLate = new Promise<boolean>(resolve => setTimeout(() => resolve(false), TERMINAL_MS));
  return Promise.race([processId, started.then(() => true), tooLate]);
}

function startWithoutTerminal(program: ProgramToRecord, name: string): Promise<Recording> {
  const abort = new AbortController();
  // Without a terminal Python would keep what it prints until its buffer is full.
  const unbuffered = { ...program, env: { PYTHONUNBUFFERED: '1' } };
  const begin = () => record(unbuffered, abort.signal, { stdio: ['pipe', 'pipe', 'pipe'] });
  return whileStarting(ProgramTerminal.open(name, begin), abort);
}

async function programOf(document: vscode.TextDocument): Promise<ProgramToRecord> {
  const file = document.uri.fsPath;
  return {
    python: await pythonFor(document.uri),
    run: { kind: 'script', file },
    args: [],
    cwd: vscode.workspace.getWorkspaceFolder(document.uri)?.uri.fsPath ?? path.dirname(file),
    ...modeOption(),
  };
}

/** Says what is waited for, and lets a person give up. */
function whileStarting(started: Promise<Recording>, abort: AbortController): Promise<Recording> {
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

function show(
  { sessions, timeline, log }: RecordingsOptions,
  session: Session,
  recording: Recording,
): void {
  timeline.showSession(session);
  sessions.startRecording(session, recordedEngine(recording), recording.header);
  recording.result.then(result => void tell(result), log.reportDefect);
}

/** A recording that has begun, as an engine: stopping it leaves the program running. */
function recordedEngine(recording: Recording): Engine {
  return {
    name: 'recorded',
    start: (_, signal) => {
      signal.addEventListener('abort', () => recording.stop(), { once: true });
      return recording;
    },
  };
}

function modeOption(): { mode?: RecordingMode } {
  const mode = recordingMode();
  return mode === undefined ? {} : { mode };
}

/** What the recording came to; what is missing is said, never hidden. */
async function tell(result: RecordingResult): Promise<void> {
  const { handOffsCounted, handOffsSeen, blindShare, problems } = result;
  const seen =
    handOffsCounted > 0 ? `, ${formatShare(handOffsSeen / handOffsCounted)} of them seen` : '';
  const blind = blindShare > 0.01 ? ` Not observed: ${formatShare(blindShare)} of the time.` : '';
  const sentence =
    `Recorded: ${handOffsCounted} hand-offs counted${seen}.${blind} ${problems.join(' ')}`.trim();
  if (problems.length > 0) await vscode.window.showWarningMessage(sentence);
  else await vscode.window.showInformationMessage(sentence);
}
