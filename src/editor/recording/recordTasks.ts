// The task type `gilscope`: a program to record, with arguments, environment and working directory, in tasks.json.

import { isRecord } from '../../core/checks';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { isRecordingMode } from '../../engines/recorded';
import { isPython } from '../window/documents';
import type { Log } from '../window/log';
import { ProgramTerminal } from './programTerminal';
import { pythonFor } from '../python/pythonPath';
import { folderOf, modeOption, type RecordedProgram } from './recordedPrograms';
import type { Recordings } from './recordings';

const TYPE = 'gilscope';

/** What tasks.json may say; see `taskDefinitions` in package.json. */
interface RecordTask extends vscode.TaskDefinition {
  readonly program?: unknown;
  readonly module?: unknown;
  readonly args?: unknown;
  readonly env?: unknown;
  readonly cwd?: unknown;
  readonly python?: unknown;
  readonly pythonArgs?: unknown;
  readonly mode?: unknown;
}

/** Offers a task for the active file, and runs those of tasks.json. */
export function registerRecordTasks(recordings: Recordings, log: Log): vscode.Disposable {
  const taskFor = (definition: RecordTask, scope: vscode.Task['scope'], name: string) => {
    const execution = new vscode.CustomExecution(resolved => {
      const abort = new AbortController();
      const begin = async () => recordings.begin(await programOf(resolved, scope), abort.signal);
      return Promise.resolve(new ProgramTerminal(begin, { abort, failed: act => log.guard(act) }));
    });
    const task = new vscode.Task(
      definition,
      scope ?? vscode.TaskScope.Workspace,
      name,
      'GIL Scope',
      execution,
    );
    task.group = vscode.TaskGroup.Test;
    return task;
  };
  return vscode.tasks.registerTaskProvider(TYPE, {
    provideTasks: () => {
      const document = vscode.window.activeTextEditor?.document;
      if (!document || !isPython(document) || document.uri.scheme !== 'file') return [];
      const folder = vscode.workspace.getWorkspaceFolder(document.uri);
      const program = folder
        ? `\${workspaceFolder}/${vscode.workspace.asRelativePath(document.uri, false)}`
        : document.uri.fsPath;
      const name = `record ${path.basename(document.uri.fsPath)}`;
      return [taskFor({ type: TYPE, program }, folder ?? vscode.TaskScope.Workspace, name)];
    },
    resolveTask: ({ definition, scope, name }) => taskFor(definition, scope, name),
  });
}

/** The program that a task names. Throws a `UserError` if it names none. */
async function programOf(task: RecordTask, scope: vscode.Task['scope']): Promise<RecordedProgram> {
  const root =
    typeof scope === 'object' ? scope.uri : vscode.workspace.workspaceFolders?.at(0)?.uri;
  const cwd = textOf(task.cwd) ?? root?.fsPath ?? process.cwd();
  const file = textOf(task.program);
  const module = textOf(task.module);
  if ((file === undefined) === (module === undefined)) {
    throw new UserError('A task of type “gilscope” needs either “program” or “module”.');
  }
  const uri =
    file === undefined
      ? vscode.Uri.from({ scheme: 'gilscope-module', path: `/${module ?? ''}` })
      : vscode.Uri.file(path.resolve(cwd, file));
  const args = wordsOf(task.args);
  const mode = textOf(task.mode);
  return {
    program: {
      python: textOf(task.python) ?? (await pythonFor(file === undefined ? root : uri)),
      pythonArgs: wordsOf(task.pythonArgs),
      run: module === undefined ? { kind: 'script', file: uri.fsPath } : { kind: 'module', module },
      args,
      env: variablesOf(task.env),
      cwd: textOf(task.cwd) ?? folderOf(uri) ?? cwd,
      ...(mode !== undefined && isRecordingMode(mode) ? { mode } : modeOption()),
    },
    uri,
    label: [module === undefined ? path.basename(uri.fsPath) : `-m ${module}`, ...args].join(' '),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function wordsOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(word => ['string', 'number'].includes(typeof word)))
    throw new UserError('“args” of a task must be a list of words.');
  return value.map(String);
}

/** `null` takes a variable away. */
function variablesOf(value: unknown): Readonly<Record<string, string | null>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => [
      name,
      text === null || typeof text === 'string' ? text : JSON.stringify(text),
    ]),
  );
}
