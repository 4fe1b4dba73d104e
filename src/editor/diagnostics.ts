// Squiggles: what the analysis found, under the very words, kept in step with the text while it is typed.

import * as vscode from 'vscode';
import type { Finding } from '../analysis/findings';
import { isPython } from './documents';
import type { Sessions } from './sessions';

const SEVERITIES = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
} as const;

/** Shows the findings of every open Python document. */
export class Diagnostics implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('gilscope');
  readonly #sessions: Sessions;
  readonly #disposables: vscode.Disposable[];

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
    this.#disposables = [
      this.#collection,
      vscode.workspace.onDidOpenTextDocument(document => this.#refresh(document)),
      vscode.workspace.onDidChangeTextDocument(event => this.#refresh(event.document)),
      vscode.workspace.onDidCloseTextDocument(document => this.#collection.delete(document.uri)),
    ];
    for (const document of vscode.workspace.textDocuments) this.#refresh(document);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #refresh(document: vscode.TextDocument): void {
    if (!isPython(document)) return;
    const { findings } = this.#sessions.of(document).analyse(document);
    this.#collection.set(document.uri, findings.map(diagnosticOf));
  }
}

function diagnosticOf(finding: Finding): vscode.Diagnostic {
  const { fromLine, fromColumn, toLine, toColumn } = finding;
  const range = new vscode.Range(fromLine - 1, fromColumn, toLine - 1, toColumn);
  const diagnostic = new vscode.Diagnostic(range, finding.message, SEVERITIES[finding.severity]);
  diagnostic.source = 'GIL Scope';
  diagnostic.code = finding.code;
  return diagnostic;
}
