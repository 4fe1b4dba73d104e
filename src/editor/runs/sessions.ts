// All sessions of the window, and the order of things after an edit: analyse, tell, run. Panel, hovers, squiggles
// and the status bar only listen.

import path from 'node:path';
import * as vscode from 'vscode';
import type { Engine } from '../../engines/engine';
import { UNKNOWN_POSITION } from '../../core/model/program';
import type { TraceHeader } from '../../core/model/trace';
import type { Reading } from '../reading/questions';
import { Readings } from '../reading/readings';
import { AnalyserSource } from './analyserSource';
import { Comparison, type ComparisonPlan, type ComparisonTitle } from './comparison';
import { describeSetting } from '../window/describe';
import { isPython } from '../window/documents';
import { Session, type ReadDocument, type Runnable, type SessionTools } from './session';
import { comparedOnWorkers, comparedRuntimes } from '../window/settings';

/** By what a program is run: by simulation, or for real on this machine's threads and processes. */
export type EngineChoice = 'simulated' | 'workers';

export interface SessionsOptions {
  readonly engines: Readonly<Record<EngineChoice, Engine>>;
  readonly reportDefect: (error: unknown) => void;
  /** The Python whose measured costs simulations use, if they do not use the defaults. */
  readonly calibratedOn: () => string | undefined;
}

/** How a program is run and shown. */
export interface StartOptions {
  readonly show: 'play' | 'whole';
  /** Simulated if not given. */
  readonly engine?: EngineChoice;
  /** Instead of those that the setting names; the baseline first. */
  readonly runtimes?: readonly string[];
}

/** What was found out about the newest version of a document. */
export interface AnalysedDocument {
  readonly session: Session;
  readonly document: vscode.TextDocument;
  readonly analysis: Reading;
}

export class Sessions implements vscode.Disposable {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #analysed = new vscode.EventEmitter<AnalysedDocument>();
  readonly #started = new vscode.EventEmitter<Session>();
  readonly #changed = new vscode.EventEmitter<Session>();
  readonly #disposables: readonly { dispose(): unknown }[];
  readonly #tools: SessionTools;
  #nextComparison = 1;

  /** A document was opened or edited, and its newest version has been analysed. */
  readonly onDidAnalyse = this.#analysed.event;
  /** A session has a new comparison. */
  readonly onDidStart = this.#started.event;
  /** More is known of a session's comparison, or it ended. */
  readonly onDidChange = this.#changed.event;

  constructor(options: SessionsOptions) {
    this.#options = options;
    const { reportDefect } = options;
    const readings = new Readings({ bundle: path.join(__dirname, 'reader.js') });
    this.#tools = { source: new AnalyserSource(), readings, reportDefect };
    this.#disposables = [
      readings,
      this.#analysed,
      this.#started,
      this.#changed,
      vscode.workspace.onDidOpenTextDocument(document => this.refresh(document)),
      vscode.workspace.onDidChangeTextDocument(event => {
        if (event.contentChanges.length > 0) this.refresh(event.document);
      }),
    ];
  }

  /** The session of a document, made when first asked for. */
  of(document: vscode.TextDocument): Session {
    return this.ofUri(document.uri);
  }

  ofUri(uri: vscode.Uri): Session {
    const key = uri.toString();
    const session = this.#sessions.get(key) ?? new Session(uri, this.#tools);
    this.#sessions.set(key, session);
    return session;
  }

  find(uri: vscode.Uri): Session | undefined {
    return this.#sessions.get(uri.toString());
  }

  /** Those that show a recording, the newest first. */
  get recorded(): readonly Session[] {
    const number = ({ comparison }: Session): number => comparison?.title.comparison ?? 0;
    return [...this.#sessions.values()]
      .filter(session => session.isRecorded)
      .sort((a, b) => number(b) - number(a));
  }

  get running(): readonly Session[] {
    return [...this.#sessions.values()].filter(session => session.comparison?.running);
  }

  /** Analyses a Python document and tells everybody; at once for small documents. */
  refresh(document: vscode.TextDocument): void {
    if (!isPython(document)) return;
    const session = this.of(document);
    const { version } = document;
    const tell = (analysis: Reading) => {
      if (document.version === version) this.#analysed.fire({ session, document, analysis });
    };
    const analysis = session.analyse(document);
    if (analysis instanceof Promise) analysis.then(tell, this.#options.reportDefect);
    else tell(analysis);
  }

  /** Reads every open document, as when the extension was not there yet when they were opened. */
  refreshAll(): void {
    for (const document of vscode.workspace.textDocuments) this.refresh(document);
  }

  /** The analysis of the document as it stands. */
  analysis(document: vscode.TextDocument): Promise<Reading> {
    return Promise.resolve(this.of(document).analyse(document));
  }

  /** The document as it stands, and what can be run of it. */
  read(document: vscode.TextDocument): Promise<ReadDocument> {
    return this.of(document).read(document);
  }

  /**
   * Runs a program of a session under the compared runtimes, and cancels what ran before.
   */
  start(session: Session, runnable: Runnable, options: StartOptions): Comparison {
    const { program, conditions } = runnable;
    const { show, engine: choice = 'simulated' } = options;
    const set = choice === 'workers' ? comparedOnWorkers() : comparedRuntimes();
    const runtimes = options.runtimes ?? set;
    const engine = this.#options.engines[choice];
    const calibratedOn = this.#options.calibratedOn();
    const detail = describeSetting({ program, conditions, engine: choice, calibratedOn });
    return this.#begin(session, { detail, show }, { program, conditions, runtimes, engine });
  }

  /** Shows a recording that has begun as the session's comparison: one run, which grows as the program does. */
  startRecording(
    session: Session,
    engine: Engine,
    header: TraceHeader,
    isFromFile = false,
  ): Comparison {
    const { title, subtitle, cores, switchIntervalNs } = header;
    const program = { name: title, threads: [], locks: [], positions: [UNKNOWN_POSITION] };
    const conditions = { cores, switchIntervalNs, seed: 0 };
    const plan = { program, conditions, runtimes: ['recorded'], engine, isFromFile };
    return this.#begin(session, { detail: subtitle, show: 'whole' }, plan);
  }

  #begin(
    session: Session,
    { detail, show }: Pick<ComparisonTitle, 'detail' | 'show'>,
    plan: ComparisonPlan,
  ): Comparison {
    session.comparison?.cancel();
    const title = {
      comparison: this.#nextComparison++,
      document: session.uri.toString(),
      title: session.fileName,
      detail,
      show,
    };
    const comparison = new Comparison(title, plan, {
      changed: () => this.#changed.fire(session),
      reportDefect: this.#options.reportDefect,
    });
    session.comparison = comparison;
    this.#started.fire(session);
    return comparison;
  }

  /**
   * Forgets a closed document; gives its session to whoever still needs it. A document that is opened later under
   * the same address (untitled ones are numbered anew) must not inherit what is known of this one.
   */
  forget(uri: vscode.Uri): Session | undefined {
    const session = this.find(uri);
    this.#sessions.delete(uri.toString());
    session?.forget();
    return session;
  }

  dispose(): void {
    for (const session of this.#sessions.values()) session.comparison?.cancel();
    this.#sessions.clear();
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
