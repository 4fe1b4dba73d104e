// Squiggles: what the analysis found, under the very words, kept in step with the text while it is typed.

import * as vscode from 'vscode';
import type { Finding } from '../../analysis/python/findings';
import type { Sessions } from '../runs/sessions';

const SEVERITIES = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
} as const;

/** Shows the findings of every open Python document. */
export function showDiagnostics(sessions: Sessions): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('gilscope');
  return vscode.Disposable.from(
    collection,
    sessions.onDidAnalyse(({ document, analysis }) =>
      collection.set(document.uri, analysis.findings.map(diagnosticOf)),
    ),
    vscode.workspace.onDidCloseTextDocument(document => collection.delete(document.uri)),
  );
}

function diagnosticOf(finding: Finding): vscode.Diagnostic {
  const { fromLine, fromColumn, toLine, toColumn } = finding;
  const range = new vscode.Range(fromLine - 1, fromColumn, toLine - 1, toColumn);
  const diagnostic = new vscode.Diagnostic(range, finding.message, SEVERITIES[finding.severity]);
  diagnostic.source = 'GIL Scope';
  diagnostic.code = finding.code;
  return diagnostic;
}
