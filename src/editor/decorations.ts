// Behind each line of a run program: how long threads held the GIL there and waited for it, in the last run.

import * as vscode from 'vscode';
import { formatDuration } from '../core/units';
import { Afterwards } from './afterwards';
import { figuresByLine, type LineFigures } from './lineFigures';
import type { Session } from './session';
import type { Sessions } from './sessions';
import { showsLineFigures } from './settings';

/** Keeps the figures in every visible editor of a run document in step with its last complete run. */
export class LineDecorations implements vscode.Disposable {
  readonly #sessions: Sessions;
  readonly #disposables: readonly { dispose(): unknown }[];
  readonly #afterwards = new Afterwards();
  readonly #behind = vscode.window.createTextEditorDecorationType({
    after: { margin: '0 0 0 3em', color: new vscode.ThemeColor('editorCodeLens.foreground') },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
  });

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
    this.#disposables = [
      this.#behind,
      this.#afterwards,
      sessions.onDidChange(session => {
        if (session.comparison?.running !== false) return;
        this.#afterwards.run(() => this.#decorate(session));
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#decorateAll()),
      vscode.workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration('gilscope.showLineFigures')) this.#decorateAll();
      }),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #decorateAll(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const session = this.#sessions.find(editor.document.uri);
      if (session) this.#decorate(session);
    }
  }

  #decorate(session: Session): void {
    const { comparison } = session;
    if (comparison?.running === true) return; // the figures before stay until the run is complete
    const figures =
      comparison && showsLineFigures()
        ? figuresByLine(comparison.runs[0].trace, file => session.isHere(file))
        : new Map<number, LineFigures>();
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.uri.toString() !== session.uri.toString()) continue;
      editor.setDecorations(this.#behind, optionsOf(editor.document, figures));
    }
  }
}

function optionsOf(
  document: vscode.TextDocument,
  figures: ReadonlyMap<number, LineFigures>,
): vscode.DecorationOptions[] {
  return [...figures].flatMap(([line, at]) => {
    const contentText = figureText(at);
    if (contentText === '' || line > document.lineCount) return [];
    const { end } = document.lineAt(line - 1).range;
    return [{ range: new vscode.Range(end, end), renderOptions: { after: { contentText } } }];
  });
}

/** `held 1.04 s · waited 2.49 s`; empty where the line took no time that has to do with the GIL. */
export function figureText({ heldNs, waitedNs, freeNs, blockedNs }: LineFigures): string {
  const parts: [string, number][] = [
    ['held', heldNs],
    ['waited', waitedNs],
    ['without the GIL', freeNs],
    ['blocked', blockedNs],
  ];
  return parts
    .filter(([, ns]) => ns > 0)
    .map(([what, ns]) => `${what} ${formatDuration(ns)}`)
    .join(' · ');
}
