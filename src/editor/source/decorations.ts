// Behind each line of a run program: how long threads held the GIL there and waited for it, in the last run.

import * as vscode from 'vscode';
import { formatDuration, formatShare } from '../../core/units';
import { Afterwards } from '../window/afterwards';
import type { Comparison } from '../runs/comparison';
import { type LineFigures, figuresInSlices } from '../drawings/lineFigures';
import type { Session } from '../runs/session';
import type { Sessions } from '../runs/sessions';
import { showsLineFigures } from '../window/settings';
import { inSlices } from '../window/inSlices';

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
    for (const editor of vscode.window.visibleTextEditors) this.#decorateEditor(editor);
  }

  /** A recording may have come through any file, a simulation is of its own. */
  #decorate(session: Session): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const isOwn = editor.document.uri.toString() === session.uri.toString();
      if (isOwn || session.isRecorded) this.#decorateEditor(editor);
    }
  }

  #decorateEditor(editor: vscode.TextEditor): void {
    const { document } = editor;
    const own = this.#sessions.find(document.uri);
    const session = own?.comparison ? own : this.#recordingThrough(document);
    if (!session) {
      if (own) editor.setDecorations(this.#behind, []);
      return;
    }
    const { comparison } = session;
    if (comparison?.running === true) return; // the figures before stay until the run is complete
    const isHere = (file: string): boolean =>
      session === own ? session.isHere(file) : file === document.uri.fsPath;
    const show = (figures: ReadonlyMap<number, LineFigures>): void => {
      const totals = totalsOf(comparison, figures);
      editor.setDecorations(this.#behind, optionsOf(document, figures, totals));
    };
    if (!comparison || !showsLineFigures()) {
      show(new Map());
      return;
    }
    const isStale = (): boolean => session.comparison !== comparison || !isVisible(editor);
    const slices = figuresInSlices(comparison.runs[0].trace, isHere);
    void inSlices(slices, isStale).then(figures => figures && show(figures));
  }

  /** The newest recording in which some thread came to the file. */
  #recordingThrough({ uri }: vscode.TextDocument): Session | undefined {
    return this.#sessions.recorded.find(({ comparison }) =>
      comparison?.runs[0].trace.positions.some(({ file }) => file === uri.fsPath),
    );
  }
}

function isVisible(editor: vscode.TextEditor): boolean {
  return vscode.window.visibleTextEditors.includes(editor);
}

function optionsOf(
  document: vscode.TextDocument,
  figures: ReadonlyMap<number, LineFigures>,
  totals: RunTotals,
): vscode.DecorationOptions[] {
  return [...figures].flatMap(([line, at]) => {
    const contentText = figureText(at, totals);
    if (contentText === '' || line > document.lineCount) return [];
    const { end } = document.lineAt(line - 1).range;
    return [{ range: new vscode.Range(end, end), renderOptions: { after: { contentText } } }];
  });
}

/** What shares are of: the run's time, and all waiting in it. */
export interface RunTotals {
  readonly wallNs: number;
  readonly waitedNs: number;
}

/** `held 1.04 s, 51 % of the run · waited 2.49 s · made others wait 2.4 s`; empty where the line took no time that has to do with the GIL. */
export function figureText(
  { heldNs, waitedNs, madeWaitNs, freeNs, blockedNs }: LineFigures,
  totals: RunTotals,
): string {
  const parts: [string, number, string][] = [
    ['held', heldNs, shareText(heldNs, totals.wallNs, 'of the run')],
    ['waited', waitedNs, shareText(waitedNs, totals.waitedNs, 'of all waiting')],
    ['made others wait', madeWaitNs, ''],
    ['without the GIL', freeNs, ''],
    ['blocked', blockedNs, ''],
  ];
  return parts
    .filter(([, ns]) => ns > 0)
    .map(([what, ns, share]) => `${what} ${formatDuration(ns)}${share}`)
    .join(' · ');
}

/** Small shares say nothing that the time does not. */
function shareText(ns: number, ofNs: number, ofWhat: string): string {
  return ns >= 0.01 * ofNs && ofNs > 0 ? `, ${formatShare(ns / ofNs)} ${ofWhat}` : '';
}

function totalsOf(
  comparison: Comparison | undefined,
  figures: ReadonlyMap<number, LineFigures>,
): RunTotals {
  const lines = [...figures.values()];
  return {
    wallNs: comparison?.runs[0].trace.nowNs ?? 0,
    waitedNs: lines.reduce((sum, { waitedNs }) => sum + waitedNs, 0),
  };
}
