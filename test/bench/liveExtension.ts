// An extension of the benchmark's own, beside ours in the same VS Code: lets a stream of known pace and length run
// through our extension as any recording does, and writes down what was given in and what came of it at the host.

import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { GilScopeApi } from '../../src/extension';
import { convoyEngine, ConvoyStream, CONVOY_HEADER } from '../support/convoyStream';
import { digestOf } from '../support/traceDigest';
import {
  LIVE_COMMAND,
  OPEN_COMMAND,
  REPORT_FILE,
  TRACE_FILE,
  WISH_FILE,
  type LiveReport,
  type LiveWish,
} from './liveNames';

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand(LIVE_COMMAND.command, live),
    vscode.commands.registerCommand(OPEN_COMMAND.command, open),
  );
}

async function open(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!folder) throw new Error('the benchmark needs a folder');
  const file = vscode.Uri.joinPath(folder, TRACE_FILE);
  await vscode.commands.executeCommand('gilscope.openTrace', file);
}

async function live(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const ours = vscode.extensions.getExtension<GilScopeApi>('gil-scope.gil-scope');
  if (!folder || !ours) throw new Error('the benchmark needs a folder and the extension');
  const { sessions, timeline } = await ours.activate();
  const file = path.join(folder.fsPath, REPORT_FILE);
  fs.rmSync(file, { force: true });
  const wish = JSON.parse(fs.readFileSync(path.join(folder.fsPath, WISH_FILE), 'utf8')) as LiveWish;
  const stream = new ConvoyStream(wish);
  const session = sessions.ofUri(vscode.Uri.joinPath(folder, 'convoy.py'));
  timeline.showSession(session);
  const zeroMs = machineClock();
  const engine = convoyEngine(stream, paceFrom(zeroMs, wish.tickMs));
  const comparison = sessions.startRecording(session, engine, CONVOY_HEADER);
  await comparison.ended;
  const tookMs = machineClock() - zeroMs;
  const [run] = comparison.runs;
  const report: LiveReport = {
    made: stream.count,
    held: digestOf(run.trace),
    run: run.id,
    zeroMs,
    tookMs,
  };
  fs.writeFileSync(`${file}.part`, JSON.stringify(report));
  fs.renameSync(`${file}.part`, file);
}

/** The time of the trace goes with the clock on the wall. */
function paceFrom(zeroMs: number, tickMs: number): () => Promise<number> {
  return async () => {
    await new Promise(resolve => setTimeout(resolve, tickMs));
    return Math.round((machineClock() - zeroMs) * 1e6);
  };
}

const offsetMs = (() => {
  const before = Date.now();
  while (Date.now() === before);
  return Date.now() - performance.now();
})();

/** Milliseconds since the epoch, with parts of them. */
function machineClock(): number {
  return offsetMs + performance.now();
}
