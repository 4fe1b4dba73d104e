// Which program a recording runs: a file or a module, with what a person last gave it as arguments.

import path from 'node:path';
import * as vscode from 'vscode';
import { UserError, messageOf } from '../../core/errors';
import type { ProgramToRecord, RecordingMode } from '../../engines/recorded';
import { commandWords } from './commandLine';
import { displayName } from '../window/describe';
import { isPython } from '../window/documents';
import { pythonFor } from '../python/pythonPath';
import { recordingMode } from '../window/settings';

/** Where the arguments of a file, and the last module, are remembered: in the workspace. */
const argumentsKey = (uri: vscode.Uri): string => `recordingArguments ${uri.toString()}`;
const MODULE_KEY = 'recordedModule';

const HINT = 'Words as in a shell; NAME=value in front sets a variable of the environment';

/** A program and the document that it is shown with. */
export interface RecordedProgram {
  readonly program: ProgramToRecord;
  readonly uri: vscode.Uri;
  /** For terminals: `app.py --fast`. */
  readonly label: string;
}

/** The file with the arguments that were last given for it. Saves it first; throws a `UserError` where it cannot be run. */
export async function programOfFile(
  memory: vscode.Memento,
  document: vscode.TextDocument,
): Promise<RecordedProgram> {
  if (!isPython(document) || document.uri.scheme !== 'file') {
    throw new UserError(
      'Only a Python file on this machine’s disk can be recorded. Save it first.',
    );
  }
  if (document.isDirty && !(await document.save())) {
    throw new UserError(`${displayName(document.uri)} could not be saved, so it was not recorded.`);
  }
  const line = memory.get(argumentsKey(document.uri), '');
  const { env, args } = commandWords(line);
  return {
    program: {
      python: await pythonFor(document.uri),
      run: { kind: 'script', file: document.uri.fsPath },
      args,
      env,
      cwd: folderOf(document.uri) ?? path.dirname(document.uri.fsPath),
      ...modeOption(),
    },
    uri: document.uri,
    label: [displayName(document.uri), line].filter(Boolean).join(' '),
  };
}

/** Asks for the arguments of a file and remembers them. False if the person gives up. */
export async function askForArguments(
  memory: vscode.Memento,
  document: vscode.TextDocument,
): Promise<boolean> {
  const line = await vscode.window.showInputBox({
    title: `Record ${displayName(document.uri)} with arguments`,
    prompt: `${HINT}. Remembered for this file; empty: none.`,
    placeHolder: '--jobs 4 "some file.csv"',
    value: memory.get(argumentsKey(document.uri), ''),
    validateInput: problemOf,
  });
  if (line === undefined) return false;
  await memory.update(argumentsKey(document.uri), line.trim() === '' ? undefined : line.trim());
  return true;
}

/** Asks for a module to run as `python -m`, and its arguments. Undefined if the person gives up. */
export async function askForModule(memory: vscode.Memento): Promise<RecordedProgram | undefined> {
  const line = await vscode.window.showInputBox({
    title: 'Record a module (python -m)',
    prompt: HINT,
    placeHolder: 'pytest -x tests',
    value: memory.get(MODULE_KEY, ''),
    validateInput: text =>
      problemOf(text) ?? (nameIn(text) ? undefined : 'A module, such as pytest'),
  });
  if (line === undefined) return undefined;
  await memory.update(MODULE_KEY, line);
  const { env, args } = commandWords(line);
  const [module, ...rest] = args;
  const folder = vscode.workspace.workspaceFolders?.at(0)?.uri;
  return {
    program: {
      python: await pythonFor(folder),
      run: { kind: 'module', module },
      args: rest,
      env,
      cwd: folder?.fsPath ?? process.cwd(),
      ...modeOption(),
    },
    uri: vscode.Uri.from({ scheme: 'gilscope-module', path: `/${module}` }),
    label: `-m ${line}`,
  };
}

/** The mode that is set, if one is. */
export function modeOption(): { mode?: RecordingMode } {
  const mode = recordingMode();
  return mode === undefined ? {} : { mode };
}

/** Folder of the workspace that a file is in, as a path. */
export function folderOf(uri: vscode.Uri): string | undefined {
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
}

function problemOf(line: string): string | undefined {
  try {
    commandWords(line);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function nameIn(line: string): boolean {
  return /^[^\s-][^\s]*$/.test(commandWords(line).args.at(0) ?? '');
}
