// Advice about threads and processes: squiggles that come a moment after typing, and their quick fixes.

import * as vscode from 'vscode';
import { type Advice, type QuickFix, MAX_ADVICE } from '../../analysis/advice/advice';
import { RULES } from '../../analysis/advice/rules';
import { Afterwards } from '../window/afterwards';
import { isPython, PYTHON } from '../window/documents';
import type { Sessions } from '../runs/sessions';
import { adviceSeverity, type AdviceSeverity } from '../window/settings';

const SEVERITIES: Readonly<Record<Exclude<AdviceSeverity, 'off'>, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

/** Advice about one version of a document. */
interface Given {
  readonly version: number;
  readonly advice: readonly Advice[];
}

export class AdviceGiver implements vscode.Disposable, vscode.CodeActionProvider {
  readonly #sessions: Sessions;
  readonly #pages: vscode.Uri;
  readonly #collection = vscode.languages.createDiagnosticCollection('gilscope advice');
  readonly #waiting = new Map<string, Afterwards>();
  readonly #given = new Map<string, Given>();
  readonly #disposables: readonly { dispose(): unknown }[];

  /** `extensionUri` is where the pages of documentation lie. */
  constructor(sessions: Sessions, extensionUri: vscode.Uri) {
    this.#sessions = sessions;
    this.#pages = vscode.Uri.joinPath(extensionUri, 'docs', 'advice');
    const providedCodeActionKinds = [vscode.CodeActionKind.QuickFix];
    this.#disposables = [
      this.#collection,
      sessions.onDidAnalyse(({ document }) => this.#later(document)),
      vscode.workspace.onDidCloseTextDocument(document => this.#forget(document)),
      vscode.workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration('gilscope.advice')) this.#again();
      }),
      vscode.languages.registerCodeActionsProvider(PYTHON, this, { providedCodeActionKinds }),
    ];
  }

  dispose(): void {
    for (const waiting of this.#waiting.values()) waiting.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const given = this.#given.get(document.uri.toString());
    if (given?.version !== document.version) return []; // of an older text: the edits would hit other places
    return given.advice
      .filter(advice => rangeOf(advice).intersection(range) !== undefined)
      .flatMap(advice => advice.fixes.map(fix => this.#actionOf(document, advice, fix)));
  }

  #diagnosticOf(advice: Advice): vscode.Diagnostic {
    const rule = RULES.find(({ id }) => id === advice.ruleId);
    const severity = rule ? adviceSeverity(rule) : advice.severity;
    const diagnostic = new vscode.Diagnostic(
      rangeOf(advice),
      advice.message,
      SEVERITIES[severity === 'off' ? advice.severity : severity],
    );
    diagnostic.source = 'GIL Scope';
    // A link beside the message: why, an example, what to do.
    const target = vscode.Uri.joinPath(this.#pages, `${advice.ruleId}.md`);
    diagnostic.code = { value: advice.ruleId, target };
    return diagnostic;
  }

  #actionOf(document: vscode.TextDocument, advice: Advice, fix: QuickFix): vscode.CodeAction {
    const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
    action.edit = new vscode.WorkspaceEdit();
    for (const { from, to, text } of fix.edits) {
      const range = new vscode.Range(document.positionAt(from), document.positionAt(to));
      action.edit.replace(document.uri, range, text);
    }
    action.diagnostics = [this.#diagnosticOf(advice)];
    return action;
  }

  #later(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    const waiting = this.#waiting.get(key) ?? new Afterwards();
    this.#waiting.set(key, waiting);
    waiting.run(() => void this.#advise(document));
  }

  /** The next edit ends it. */
  async #advise(document: vscode.TextDocument): Promise<void> {
    const session = this.#sessions.of(document);
    const { version } = document;
    const ruleIds = RULES.filter(one => adviceSeverity(one) !== 'off').map(({ id }) => id);
    const found = await session.advice(document, ruleIds);
    if (document.isClosed || document.version !== version) return; // there will be newer advice
    const advice = [...found].sort((a, b) => a.from - b.from).slice(0, MAX_ADVICE);
    this.#given.set(document.uri.toString(), { version, advice });
    this.#collection.set(
      document.uri,
      advice.map(one => this.#diagnosticOf(one)),
    );
  }

  #again(): void {
    for (const document of vscode.workspace.textDocuments) {
      if (isPython(document)) void this.#advise(document);
    }
  }

  #forget(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    this.#waiting.get(key)?.dispose();
    this.#waiting.delete(key);
    this.#given.delete(key);
    this.#collection.delete(document.uri);
  }
}

function rangeOf({ fromLine, fromColumn, toLine, toColumn }: Advice): vscode.Range {
  return new vscode.Range(fromLine - 1, fromColumn, toLine - 1, toColumn);
}
