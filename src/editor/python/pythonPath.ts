// Which Python a file is recorded with: the Python extension's choice, else our setting, else `python3`.

import { isRecord } from '../../core/checks';
import * as vscode from 'vscode';
import { pythonSetting } from '../window/settings';

/** Path or command of the interpreter for a document or a folder. */
export async function pythonFor(uri: vscode.Uri | undefined): Promise<string> {
  return pythonSetting() ?? (await selectedPython(uri)) ?? defaultPython();
}

function defaultPython(): string {
  return process.platform === 'win32' ? 'python' : 'python3';
}

/** What the Python extension has selected. Its API is its own: anything unexpected counts as no selection. */
async function selectedPython(uri: vscode.Uri | undefined): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<unknown>('ms-python.python');
  if (!extension) return undefined;
  const environments = member(await extension.activate(), 'environments');
  const getPath = member(environments, 'getActiveEnvironmentPath');
  if (typeof getPath !== 'function') return undefined;
  const path = member(getPath.call(environments, uri), 'path');
  return typeof path === 'string' && path !== '' ? path : undefined;
}

function member(value: unknown, name: string): unknown {
  if (!isRecord(value)) return undefined;
  return value[name];
}
