// Joins sessions and panel: which document is shown, what happens when it is run, edited, closed, or the page asks.

import { isRecord } from '../../core/checks';
import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { Reading } from '../reading/questions';
import type { Finding } from '../../analysis/python/findings';
import type { PageCommand, Problem } from '../../protocol/messages';
import type { PlaceInSource } from '../../protocol/place';
import { displayName } from '../window/describe';
import { RunChoice } from './compareRuns';
import { lineUp, type Lineup } from '../runs/lineup';
import type { Pins } from './pins';
import type { Log } from '../window/log';
import { chainOf } from '../runs/chainOf';
import { StandstillWatch } from '../runs/standstillWatch';
import { verdictOn } from '../runs/verdictOn';
import { chooseExport } from './exports';
import { search } from '../runs/search';
import type { Runnable, Session } from '../runs/session';
import type { AnalysedDocument, EngineChoice, Sessions } from '../runs/sessions';
import {
  playbackSpeed,
  rememberPlaybackSpeed,
  rememberPreviousRun,
  showsPreviousRun,
  updatesWhileTyping,
} from '../window/settings';
import { TimelinePanel, type PanelOwner } from './timelinePanel';

const NOTHING_RUN = {
  reason:
    'Nothing has been run yet. Open a Python file with # gil: comments, or start with the demo.',
  offerDemo: true,
};

/** Context key: commands of the panel are offered while there is one. */
const PANEL_OPEN = 'gilscope.panelOpen';

const NOTHING_LEFT: Problem = {
  message: 'Nothing in this file says what to run any more; the picture is of the last run.',
  line: 1,
  severity: 'warning',
};

export interface TimelineOptions {
  readonly extensionUri: vscode.Uri;
  readonly sessions: Sessions;
  readonly log: Log;
  readonly runDemo: () => void;
  /** Shows the recording of a document again after a reload; false if there is none. */
  readonly restoreRecording: (uri: vscode.Uri) => Promise<boolean>;
  readonly pins: Pins;
}

/** How a document is run from a command. */
export interface RunOptions {
  /** Simulated if not given. */
  readonly engine?: EngineChoice;
  /** Instead of those that the setting names; the baseline first. */
  readonly runtimes?: readonly string[];
  /** Whether a file without annotations may be run with assumed costs. */
  readonly assumes?: boolean;
}

/** The window's one timeline. */
export class Timeline implements vscode.Disposable {
  readonly #options: TimelineOptions;
  readonly #painted = new vscode.EventEmitter<number>();
  readonly #disposables: readonly { dispose(): unknown }[];
  /** Which of all runs stand one below the other. */
  readonly choice: RunChoice;
  readonly #standstill = new StandstillWatch(news => this.#panel?.showStandstill(news));
  #panel: TimelinePanel | undefined;
  #shown: Session | undefined;
  /** What the shown document was last run by; edits are always simulated, a restart is not. */
  #engine: EngineChoice = 'simulated';

  /** The page has painted all of this comparison. */
  readonly onDidPaint = this.#painted.event;

  constructor(options: TimelineOptions) {
    this.#options = options;
    const { sessions } = options;
    this.choice = new RunChoice(options.pins, () => this.#lineUp());
    this.#disposables = [
      this.#painted,
      sessions.onDidStart(session => this.#started(session)),
      sessions.onDidChange(session => this.#grown(session)),
      sessions.onDidAnalyse(analysed => void options.log.guard(() => this.#analysed(analysed))),
      vscode.window.onDidChangeTextEditorSelection(event => this.#cursorMoved(event.textEditor)),
      vscode.workspace.onDidChangeConfiguration(event => this.#settingsChanged(event)),
    ];
  }

  /** The session that the panel shows, if it shows one. */
  get shown(): Session | undefined {
    return this.#shown;
  }

  /** What the panel shows. */
  get comparison(): Lineup | undefined {
    const comparison = this.#shown?.comparison;
    return comparison && lineUp(comparison, this.choice);
  }

  get panel(): TimelinePanel | undefined {
    return this.#panel;
  }

  /** Opens the panel or brings it to the front. */
  open(): TimelinePanel {
    if (this.#panel) {
      this.#panel.bringToFront();
      return this.#panel;
    }
    const panel = TimelinePanel.create(this.#options.extensionUri, this.#owner());
    this.#adopt(panel);
    return panel;
  }

  /** Takes back the panel of an earlier window. What it showed comes with its page's `ready`. */
  revive(panel: vscode.WebviewPanel): void {
    this.#adopt(new TimelinePanel(panel, this.#options.extensionUri, this.#owner()));
  }

  /** Runs a document from the start and shows it. False if there is nothing in it that can be run. */
  async run(document: vscode.TextDocument, options: RunOptions = {}): Promise<boolean> {
    const { sessions } = this.#options;
    const { reading, runnable } = await sessions.read(document);
    const session = sessions.of(document);
    const assumes = options.assumes ?? false;
    if (!runnable || (runnable.assumptions.length > 0 && !assumes)) return false;
    this.#shown = session;
    this.open();
    this.#showProblems(reading, runnable);
    this.#engine = options.engine ?? 'simulated';
    const { runtimes } = options;
    sessions.start(session, runnable, {
      show: 'play',
      engine: this.#engine,
      ...(runtimes && { runtimes }),
    });
    return true;
  }

  /** Plays what a document's last run was; runs it if it has none. False if there is nothing to run. */
  async replay(document: vscode.TextDocument): Promise<boolean> {
    if (!this.#showLastRun(document)) return this.run(document, { assumes: true });
    return this.#again('play');
  }

  /** Shows a document's last run with the spans of a line lit up; runs it if it has none. */
  async showLine(document: vscode.TextDocument, line: number): Promise<boolean> {
    const hasRun = this.#showLastRun(document);
    if (!hasRun && !(await this.run(document, { assumes: true }))) return false;
    await this.#reveal({ file: this.#options.sessions.of(document).nameInTraces, line });
    this.#panel?.showCursor({ file: this.#shown?.nameInTraces ?? '', line });
    return true;
  }

  #showLastRun(document: vscode.TextDocument): boolean {
    const session = this.#options.sessions.of(document);
    if (!session.comparison) return false;
    const isOther = session !== this.#shown;
    this.#shown = session;
    this.open();
    if (isOther) this.#lineUp();
    return true;
  }

  /** Closed documents are forgotten, but the one that is shown stays on show. */
  documentClosed(document: vscode.TextDocument): void {
    const session = this.#options.sessions.forget(document.uri);
    if (session !== this.#shown) session?.comparison?.cancel();
  }

  /** Shows a session whose run is about to begin. */
  showSession(session: Session): void {
    this.#shown = session;
    this.open().showProblems([]);
  }

  /** Simulations have other costs from now on: a shown one is made again. */
  async costsChanged(): Promise<void> {
    if (this.#shown?.comparison?.plan.engine.name === 'simulated') await this.#again('whole');
  }

  /** Does in the panel what one of its keys does; brings it to the front, as what happens there must be seen. */
  command(name: PageCommand): void {
    this.open().command(name);
  }

  dispose(): void {
    this.#panel?.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #adopt(panel: TimelinePanel): void {
    this.#panel = panel;
    void vscode.commands.executeCommand('setContext', PANEL_OPEN, true);
    if (this.comparison) this.#lineUp();
    else panel.showEmpty(NOTHING_RUN);
  }

  #started(session: Session): void {
    if (session !== this.#shown) return;
    this.choice.reset();
    this.#lineUp();
  }

  #lineUp(): void {
    const lineup = this.comparison;
    if (lineup) this.#panel?.show(lineup);
  }

  #grown(session: Session): void {
    if (session !== this.#shown) return;
    this.#panel?.changed();
    if (session.comparison) this.#standstill.grown(session.comparison);
    if (session.comparison?.running === false) this.choice.remember(session.comparison);
  }

  /** While typing: a good program runs at once, a bad one leaves the picture and says why. */
  async #analysed({ session, document }: AnalysedDocument): Promise<void> {
    if (isReopened(session, this.#shown)) this.#adoptSession(session);
    const { version } = document;
    const isWanted = () => session === this.#shown && this.#panel && updatesWhileTyping();
    if (!isWanted()) return;
    const { reading, runnable } = await session.read(document);
    if (!isWanted() || document.version !== version) return;
    this.#showProblems(reading, runnable);
    if (session.isRecorded || !runnable?.isComplete || isShown(session, runnable)) return;
    this.#options.sessions.start(session, runnable, { show: 'whole' });
  }

  /** The shown file was closed and is open again: its new session goes on where the old one was. */
  #adoptSession(session: Session): void {
    session.comparison = this.#shown?.comparison;
    this.#shown = session;
  }

  #showProblems({ findings }: Reading, runnable: Runnable | undefined): void {
    const problems = [
      ...(runnable?.assumptions ?? []).map(assumptionOf),
      ...findings.map(problemOf),
    ];
    const explained = problems.some(problem => problem.severity === 'error');
    this.#panel?.showProblems(runnable || explained ? problems : [NOTHING_LEFT, ...problems]);
  }

  #cursorMoved(editor: vscode.TextEditor): void {
    const session = this.#shown;
    if (session?.uri.toString() !== editor.document.uri.toString()) return;
    this.#panel?.showCursor({ file: session.nameInTraces, line: editor.selection.active.line + 1 });
  }

  #settingsChanged(event: vscode.ConfigurationChangeEvent): void {
    const ofPanel = ['gilscope.playbackSpeed', 'gilscope.showPreviousRun'];
    if (ofPanel.some(name => event.affectsConfiguration(name))) this.#panel?.settingsChanged();
    if (!event.affectsConfiguration('gilscope.compare')) return;
    void this.#options.log.guard(() => this.#again('whole'));
  }

  /** Runs the shown document once more. From the panel's button it may have been closed since. */
  async #again(show: 'play' | 'whole'): Promise<boolean> {
    if (!this.#shown) return false;
    if (this.#shown.isRecorded && this.#shown.comparison) {
      this.#lineUp(); // what happened is played again, not made to happen again
      return true;
    }
    const document = await vscode.workspace.openTextDocument(this.#shown.uri);
    const session = this.#options.sessions.of(document);
    if (session !== this.#shown) this.#adoptSession(session);
    const { reading, runnable } = await session.read(document);
    this.#showProblems(reading, runnable);
    if (!runnable) return false;
    const engine = show === 'play' ? this.#engine : 'simulated';
    this.#options.sessions.start(session, runnable, { show, engine });
    return true;
  }

  #owner(): PanelOwner {
    const { log, runDemo } = this.#options;
    return {
      settings: () => ({ speed: playbackSpeed(), previousRun: showsPreviousRun() }),
      restore: state => void log.guard(() => this.#restore(state)),
      wishes: {
        restart: () => void log.guard(() => this.#again('play')),
        cancel: () => this.#shown?.comparison?.cancel(),
        runDemo,
        endProgram: () => this.#shown?.comparison?.plan.engine.endProgram?.(),
        reveal: place => this.#reveal(place),
        pin: ({ run }) => this.choice.toggle(this.comparison, run),
        export: () => void log.guard(() => chooseExport(this)),
        verdict: () => verdictOn(this.comparison),
        chain: wish => chainOf(wish, this.comparison?.runs ?? []),
        search: ({ query }) => search(query, this.comparison?.runs ?? []),
        changeSettings: async ({ speed, previousRun }) => {
          if (speed !== playbackSpeed()) await rememberPlaybackSpeed(speed);
          if (previousRun !== showsPreviousRun()) await rememberPreviousRun(previousRun);
        },
      },
      painted: comparison => this.#painted.fire(comparison),
      closed: () => {
        this.#panel = undefined;
        void vscode.commands.executeCommand('setContext', PANEL_OPEN, false);
      },
      reportDefect: log.reportDefect,
    };
  }

  /** After a reload: shows the document that the page remembers, or why it cannot. */
  async #restore(state: unknown): Promise<void> {
    await this.choice.pins.load();
    const uri = documentOfState(state);
    if (!uri) {
      this.#panel?.showEmpty(NOTHING_RUN);
      return;
    }
    if (await this.#options.restoreRecording(uri)) return;
    try {
      const document = await vscode.workspace.openTextDocument(uri);
      this.#shown = this.#options.sessions.of(document);
      if (await this.#again('whole')) return;
      this.#panel?.showEmpty({
        reason: `${displayName(uri)} has nothing to run any more.`,
        offerDemo: true,
      });
    } catch {
      this.#panel?.showEmpty({
        reason: `${displayName(uri)} could not be opened again.`,
        offerDemo: true,
      });
    }
  }

  /** Goes to a line; or only brings it into view, where neither cursor nor keyboard are taken from the person. */
  async #reveal(place: PlaceInSource & { readonly keepFocus?: boolean }): Promise<void> {
    const uri = this.#uriOf(place.file);
    if (!uri || place.line < 1 || !(await this.#mayOpen(uri))) return;
    const document = await openedForReading(uri);
    const line = document.lineAt(Math.min(place.line, document.lineCount) - 1);
    const shownIn = vscode.window.visibleTextEditors.find(editor => editor.document === document);
    if (place.keepFocus === true && shownIn) {
      shownIn.revealRange(line.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      return;
    }
    const viewColumn = shownIn?.viewColumn ?? vscode.ViewColumn.One;
    const start = line.range.start.translate(0, line.firstNonWhitespaceCharacterIndex);
    const selection = new vscode.Range(start, start);
    await vscode.window.showTextDocument(document, {
      viewColumn,
      selection,
      preserveFocus: place.keepFocus === true,
    });
  }

  /** What an opened trace says of files, whoever wrote it says: outside of the workspace the person is asked. */
  async #mayOpen(uri: vscode.Uri): Promise<boolean> {
    if (this.#shown?.isRecordedHere !== false) return true;
    const isOwn = uri.toString() === this.#shown.uri.toString();
    if (isOwn || vscode.workspace.getWorkspaceFolder(uri)) return true;
    const question = `This trace leads to ${uri.fsPath}, outside of the workspace. Open that file?`;
    const open = 'Open';
    return (await vscode.window.showWarningMessage(question, { modal: true }, open)) === open;
  }

  /** A recording may lead into other files than the recorded one. */
  #uriOf(file: string): vscode.Uri | undefined {
    if (this.#shown?.isHere(file)) return this.#shown.uri;
    return this.#shown?.isRecorded && isAbsolute(file) ? vscode.Uri.file(file) : undefined;
  }
}

async function openedForReading(uri: vscode.Uri): Promise<vscode.TextDocument> {
  try {
    return await vscode.workspace.openTextDocument(uri);
  } catch {
    throw new UserError(
      `${displayName(uri)} could not be opened; it may have been moved or deleted.`,
    );
  }
}

/** An untitled document that has the address of a closed one is another document. */
function isReopened(session: Session, shown: Session | undefined): boolean {
  const isFile = session.uri.scheme !== 'untitled';
  return isFile && session !== shown && session.uri.toString() === shown?.uri.toString();
}

/** Whether the comparison that is there already shows what the document says now. */
function isShown({ comparison }: Session, { program, conditions }: Runnable): boolean {
  if (!comparison) return false;
  const shown = [comparison.plan.program, comparison.plan.conditions];
  return JSON.stringify([program, conditions]) === JSON.stringify(shown);
}

function assumptionOf(message: string): Problem {
  return { message, line: 1, severity: 'information' };
}

function problemOf({ message, fromLine, severity }: Finding): Problem {
  return { message, line: fromLine, severity };
}

/** The document's address in what the page kept; the page is ours, but its state comes from disk. */
function documentOfState(state: unknown): vscode.Uri | undefined {
  if (!isRecord(state) || !('document' in state)) return undefined;
  return typeof state.document === 'string' && state.document !== ''
    ? vscode.Uri.parse(state.document)
    : undefined;
}
