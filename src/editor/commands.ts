// The commands: what each does, in one table. Errors become sentences here.

import * as vscode from 'vscode';
import { UserError } from '../core/errors';
import { PAGE_COMMANDS } from '../protocol/messages';
import type { Reading } from './reading/questions';
import { calibrateSimulator, forgetCalibration, type Calibrations } from './python/calibrations';
import { displayName } from './window/describe';
import { isPython } from './window/documents';
import { targetOf } from './window/links';
import { EXPORTS } from './panel/exports';
import type { Log } from './window/log';
import type { RaceLesson } from './panel/raceLesson';
import { RUNTIMES } from '../core/worlds/runtimes';
import { openNotebookProgram } from './runs/notebookProgram';
import { comparedRuntimes, rememberCompared } from './window/settings';
import { showWhyProcessHangs } from './recording/hangingProcess';
import type { Recordings } from './recording/recordings';
import { DEMO_SAMPLE, type Samples } from './runs/samples';
import type { Sessions } from './runs/sessions';
import type { RunOptions, Timeline } from './panel/timeline';
import { openTrace, saveTrace } from './panel/traceFiles';
import { WhatIfQuestions } from './panel/whatIf';
import { verifyCall, type Verifications } from './python/verifications';

export interface CommandOptions {
  readonly sessions: Sessions;
  readonly timeline: Timeline;
  readonly samples: Samples;
  readonly log: Log;
  readonly raceLesson: RaceLesson;
  readonly calibrations: Calibrations;
  readonly verifications: Verifications;
  readonly recordings: Recordings;
}

/** Registers every command of package.json. */
export function registerCommands(options: CommandOptions): vscode.Disposable {
  const { sessions, timeline, samples, log, calibrations, recordings } = options;
  const whatIf = new WhatIfQuestions(timeline);
  const commands: Record<string, (argument: unknown) => unknown> = {
    'gilscope.whatIf': () => whatIf.ask(),
    'gilscope.runDemo': () => runDemo(options),
    'gilscope.runFile': target => runFile(options, documentOf(target)),
    'gilscope.runOnThreads': target => runFile(options, documentOf(target), { engine: 'workers' }),
    'gilscope.runNotebook': target => runNotebook(options, targetOf(target)?.document),
    'gilscope.whatIfProcesses': target =>
      runFile(options, documentOf(target), { runtimes: ['gil', 'processes'] }),
    'gilscope.replay': target => replay(options, documentOf(target)),
    'gilscope.showLine': target => showLine(options, target),
    'gilscope.compareRuntimes': chooseRuntimes,
    'gilscope.recordFile': target => recordings.recordFile(documentOf(target)),
    'gilscope.recordWithArguments': target => recordings.recordWithArguments(documentOf(target)),
    'gilscope.recordModule': () => recordings.recordModule(),
    'gilscope.openRecording': () => recordings.openKept(),
    'gilscope.changeRecordingMode': () => recordings.changeMode(),
    'gilscope.raceLesson': () => options.raceLesson.open(),
    'gilscope.saveTrace': target => saveTrace(options, uriOf(target)),
    'gilscope.openTrace': file => openTrace(options, uriOf(file)),
    'gilscope.recordProcess': () => recordings.recordProcess(),
    'gilscope.whyHang': () => showWhyProcessHangs(),
    'gilscope.calibrate': () => calibrateSimulator(calibrations, log),
    'gilscope.forgetCalibration': () => forgetCalibration(calibrations),
    'gilscope.verifyCall': argument => verifyCall(options, argument),
    'gilscope.showTimeline': () => timeline.open().takeKeyboard(),
    'gilscope.cancel': () => cancelAll(sessions),
    'gilscope.openSample': name => samples.choose(name),
    'gilscope.restoreSample': () => samples.restore(activeDocument()),
  };
  commands['gilscope.compareTwo'] = () => timeline.choice.chooseTwo(timeline.comparison);
  commands['gilscope.compareAll'] = () => timeline.choice.showAll();
  for (const [name, { run }] of Object.entries(EXPORTS))
    commands[`gilscope.${name}`] = () => run(timeline);
  for (const name of PAGE_COMMANDS) commands[`gilscope.${name}`] = () => timeline.command(name);
  return vscode.Disposable.from(
    whatIf,
    ...Object.entries(commands).map(([id, act]) =>
      vscode.commands.registerCommand(id, (argument: unknown) => log.guard(() => act(argument))),
    ),
  );
}

/** The active file's demo if it has one, else the first sample's. */
export async function runDemo({ timeline, samples, sessions }: CommandOptions): Promise<void> {
  const active = vscode.window.activeTextEditor?.document;
  if (active && isPython(active) && (await timeline.run(active))) return;
  const sample = await samples.open(DEMO_SAMPLE);
  if (await timeline.run(sample)) return;
  const why = whyNotRun(await sessions.analysis(sample));
  throw new UserError(
    `The demo sample cannot be run as it stands. ${why} “GIL Scope: Restore This Sample” brings the original back.`,
  );
}

/** This file, and if it cannot be run, why. */
async function runFile(
  options: CommandOptions,
  document: vscode.TextDocument,
  how: RunOptions = {},
): Promise<void> {
  const wasRun = options.timeline.run(document, { assumes: true, ...how });
  if (!(await wasRun)) throw await cannotBeRun(options, document);
}

/** All Python cells in order, as one program in a document of its own. */
async function runNotebook(
  options: CommandOptions,
  cell: vscode.TextDocument | undefined,
): Promise<void> {
  await runFile(options, await openNotebookProgram(cell));
}

async function replay(options: CommandOptions, document: vscode.TextDocument): Promise<void> {
  if (!(await options.timeline.replay(document))) throw await cannotBeRun(options, document);
}

async function showLine(options: CommandOptions, argument: unknown): Promise<void> {
  const { document, line } = targetOf(argument) ?? activeLine();
  if (!(await options.timeline.showLine(document, line)))
    throw await cannotBeRun(options, document);
}

async function cannotBeRun(
  { sessions }: CommandOptions,
  document: vscode.TextDocument,
): Promise<UserError> {
  const why = whyNotRun(await sessions.analysis(document));
  return new UserError(`${displayName(document.uri)} cannot be run. ${why}`);
}

/** Lets a person choose the runtimes to compare; the first of the table that is chosen is the baseline. */
async function chooseRuntimes(): Promise<void> {
  const compared = comparedRuntimes();
  const items = RUNTIMES.map(({ name, title, subtitle }) => ({
    label: title,
    description: subtitle,
    name,
    picked: compared.includes(name),
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: 'Runtimes to compare',
    placeHolder: 'The same work is run under each; the first is the baseline',
    matchOnDescription: true,
  });
  if (!chosen) return;
  if (chosen.length === 0) throw new UserError('Choose at least one runtime to show.');
  await rememberCompared(chosen.map(({ name }) => name));
}

function whyNotRun({ findings }: Reading): string {
  const first = findings.find(finding => finding.severity === 'error') ?? findings.at(0);
  if (first) return `Line ${first.fromLine}: ${first.message}`;
  return 'It does not say what to run: write “# gil: threads 4” at a function and “# gil: compute 50ms” at its lines.';
}

/** Menus and other extensions pass a file; the palette passes nothing. */
function uriOf(argument: unknown): vscode.Uri | undefined {
  return argument instanceof vscode.Uri ? argument : undefined;
}

/** What a link or a lens is about, a menu's file if it is open, else the active editor's document. */
function documentOf(argument: unknown): vscode.TextDocument {
  const uri = uriOf(argument)?.toString();
  const open = vscode.workspace.textDocuments.find(document => document.uri.toString() === uri);
  return targetOf(argument)?.document ?? (open && isPython(open) ? open : activeDocument());
}

function activeLine(): { readonly document: vscode.TextDocument; readonly line: number } {
  const document = activeDocument();
  return { document, line: (vscode.window.activeTextEditor?.selection.active.line ?? 0) + 1 };
}

function activeDocument(): vscode.TextDocument {
  const document = vscode.window.activeTextEditor?.document;
  if (!document || !isPython(document)) {
    throw new UserError('Open a Python file first; this command works on the active editor.');
  }
  return document;
}

function cancelAll(sessions: Sessions): void {
  for (const session of sessions.running) session.comparison?.cancel();
}
