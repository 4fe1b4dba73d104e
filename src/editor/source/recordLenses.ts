// Above the place where a Python program begins: record it.

import * as vscode from 'vscode';
import { isPython, PYTHON } from '../window/documents';
import type { Sessions } from '../runs/sessions';

/** Longer files are not searched at every keystroke. */
const MOST_LINES = 20_000;
const GUARD = /^if\s+__name__\s*==\s*(['"])__main__\1\s*:/;
const STARTS_THREADS = /^\s*(?:import|from)\s+(?:threading|_thread|concurrent|multiprocessing)\b/;

/** Lenses where a person would look for a way to run the file: at its guard, else at its first import of threads. */
export function registerRecordLenses(sessions: Sessions): vscode.Disposable {
  return vscode.languages.registerCodeLensProvider(PYTHON, {
    async provideCodeLenses(document) {
      if (!canBeRecorded(document)) return [];
      const { threadFunctions } = await sessions.analysis(document);
      // Where threads are seen to start, there are lenses to record already.
      return lensesOf(document, { onlyAtGuard: threadFunctions.length > 0 });
    },
  });
}

function canBeRecorded(document: vscode.TextDocument): boolean {
  const isFile = isPython(document) && document.uri.scheme === 'file';
  return isFile && vscode.workspace.isTrusted;
}

function lensesOf(
  document: vscode.TextDocument,
  options: { readonly onlyAtGuard: boolean },
): vscode.CodeLens[] {
  const line = lineWithLens(document, options);
  if (line === undefined) return [];
  const range = new vscode.Range(line, 0, line, 0);
  const lens = (title: string, command: string, tooltip: string): vscode.CodeLens =>
    new vscode.CodeLens(range, { title, command, tooltip, arguments: [document.uri] });
  return [
    lens('$(record) Record', 'gilscope.recordFile', 'Run it and see who holds the GIL'),
    lens('with arguments…', 'gilscope.recordWithArguments', 'Record it with other arguments'),
  ];
}

function lineWithLens(
  document: vscode.TextDocument,
  { onlyAtGuard }: { readonly onlyAtGuard: boolean },
): number | undefined {
  const lines = document.getText().split('\n', MOST_LINES);
  const guard = lines.findIndex(line => GUARD.test(line));
  if (onlyAtGuard && guard < 0) return undefined;
  const place = guard >= 0 ? guard : lines.findIndex(line => STARTS_THREADS.test(line));
  return place >= 0 ? place : undefined;
}
