// The status bar while something runs, and the context key that shows our icon in the title bar.

import * as vscode from 'vscode';
import { mayHaveAnnotations } from './window/documents';
import type { Sessions } from './runs/sessions';

/** Shown no sooner than this after a start: what is over at once needs no announcement. */
const SHOW_AFTER_MS = 250;

/** An item with what runs or is recorded; a click ends it. */
export class StatusItem implements vscode.Disposable {
  readonly #sessions: Sessions;
  readonly #item = vscode.window.createStatusBarItem(
    'gilscope.run',
    vscode.StatusBarAlignment.Left,
  );
  readonly #disposables: readonly { dispose(): unknown }[];
  #timer: NodeJS.Timeout | undefined;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
    this.#item.name = 'GIL Scope';
    this.#item.command = 'gilscope.cancel';
    this.#disposables = [
      this.#item,
      sessions.onDidStart(() => this.#update()),
      sessions.onDidChange(() => this.#update()),
    ];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #update(): void {
    const running = this.#sessions.running;
    if (running.length === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#item.hide();
      return;
    }
    const names = running.map(session => session.fileName).join(', ');
    const isRecording = running.every(session => session.isRecorded);
    this.#item.text = isRecording ? `$(record) Recording: ${names}` : `$(sync~spin) GIL: ${names}`;
    this.#item.tooltip = isRecording
      ? 'Stop recording; the program runs on'
      : 'Cancel what runs; a recording is stopped';
    this.#timer ??= setTimeout(() => this.#item.show(), SHOW_AFTER_MS);
  }
}

/** Keeps the context key `gilscope.annotated` true while the active editor has annotations. */
export function followActiveEditor(): vscode.Disposable {
  const update = () => {
    const document = vscode.window.activeTextEditor?.document;
    const annotated = document !== undefined && mayHaveAnnotations(document);
    void vscode.commands.executeCommand('setContext', 'gilscope.annotated', annotated);
  };
  update();
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document === vscode.window.activeTextEditor?.document) update();
    }),
  );
}
