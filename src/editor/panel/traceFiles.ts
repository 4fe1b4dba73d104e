// Traces as files: what the panel shows is saved, and opened again in its place.

import * as vscode from 'vscode';
import { UserError, messageOf } from '../../core/errors';
import type { Trace } from '../../core/model/trace';
import { wholeTrace } from '../../core/model/traceCursor';
import type { Engine } from '../../engines/engine';
import type { ReadTrace } from '../../formats/format';
import { extensionsOf, readTrace } from '../../formats/formats';
import { writeTraceJson } from '../../formats/traceJson';
import type { ComparedRun } from '../runs/comparison';
import { displayName } from '../window/describe';
import type { Session } from '../runs/session';
import type { Sessions } from '../runs/sessions';
import type { Timeline } from './timeline';

const OPENED = { Traces: extensionsOf() };
const SAVED = { 'GIL Scope traces': ['json'] };
/** Larger files are not read into memory. */
const MAX_BYTES = 512 * 1024 * 1024;

export interface TraceFilesOptions {
  readonly sessions: Sessions;
  readonly timeline: Timeline;
}

/** Saves a run of the shown comparison: the first if the file is given, else asks which and where. */
export async function saveTrace({ timeline }: TraceFilesOptions, file?: vscode.Uri): Promise<void> {
  const session = timeline.shown;
  const runs = session?.comparison?.runs.filter(({ trace }) => trace.nowNs > 0) ?? [];
  if (!session || runs.length === 0)
    throw new UserError('There is no trace to save yet. Run something first.');
  const run = file ? runs[0] : await chooseRun(runs);
  if (!run) return;
  const target = file ?? (await chooseTarget(session, run));
  if (target) await write(target, run.trace);
}

function chooseTarget(session: Session, run: ComparedRun): Thenable<vscode.Uri | undefined> {
  const name = `${session.fileName.replace(/[^\w.-]/g, '_')}.${run.trace.header.runtime}.json`;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file('/');
  return vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, name),
    filters: SAVED,
    title: 'Save trace',
  });
}

/** Shows a saved trace in the panel; asks for it if it is not given. Throws a `UserError` if it is none. */
export async function openTrace(options: TraceFilesOptions, file?: vscode.Uri): Promise<void> {
  // Where traces are saved: VS Code would begin beside the file that is open, which may be a sample.
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const ask = { ...(folder && { defaultUri: folder }), filters: OPENED, title: 'Open trace' };
  const uri = file ?? (await vscode.window.showOpenDialog(ask))?.at(0);
  if (uri) await showTraceFile(options, uri);
}

async function showTraceFile(
  { sessions, timeline }: TraceFilesOptions,
  uri: vscode.Uri,
): Promise<void> {
  const { trace, leftOut } = await read(uri);
  const session = sessions.ofUri(uri);
  timeline.showSession(session);
  sessions.startRecording(session, engineOf(trace), trace.header, true);
  if (leftOut !== '')
    void vscode.window.showWarningMessage(`${displayName(uri)} is damaged. ${leftOut}`);
}

async function chooseRun(runs: readonly ComparedRun[]): Promise<ComparedRun | undefined> {
  if (runs.length === 1) return runs[0];
  const items = runs.map(run => ({ label: run.trace.header.title, run }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Which run?' }))?.run;
}

async function write(target: vscode.Uri, trace: Trace): Promise<void> {
  try {
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(writeTraceJson(trace)));
  } catch (error) {
    const why = messageOf(error);
    throw new UserError(`The trace could not be saved as ${displayName(target)}: ${why}`);
  }
}

async function read(uri: vscode.Uri): Promise<ReadTrace> {
  const name = displayName(uri);
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > MAX_BYTES)
    throw new UserError(`${name} is larger than ${MAX_BYTES / 1024 / 1024} MB.`);
  return readTrace(name, await vscode.workspace.fs.readFile(uri));
}

/** A finished trace as an engine that gives all of it at once. */
function engineOf(trace: Trace): Engine {
  return {
    name: 'imported',
    start: () => ({ header: trace.header, chunks: once(trace) }),
  };
}

async function* once(trace: Trace) {
  yield await Promise.resolve(wholeTrace(trace));
}
