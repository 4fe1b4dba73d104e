// A session is a Python document with what is known of it: its analysis, its last good program, its comparison.
// Sessions say when something changed; panel, hovers, squiggles and the status bar listen.

import * as vscode from 'vscode';
import type { Analysis } from '../analysis/analyse';
import { Analyser } from '../analysis/analyser';
import type { Engine } from '../engines/engine';
import { Comparison } from './comparison';
import { displayName, describeConditions } from './describe';
import { comparedRuntimes } from './settings';

/** What a session keeps of its document. */
export class Session {
  readonly uri: vscode.Uri;
  /** How source positions of this document are called in traces. */
  readonly fileName: string;
  readonly #analyser: Analyser;
  #analysed: { readonly version: number; readonly analysis: Analysis } | undefined;
  comparison: Comparison | undefined;

  constructor(document: vscode.TextDocument) {
    this.uri = document.uri;
    this.fileName = displayName(document.uri);
    this.#analyser = new Analyser(this.fileName);
  }

  /** The analysis of the document as it stands; done once for each version of it. */
  analyse(document: vscode.TextDocument): Analysis {
    if (this.#analysed?.version === document.version) return this.#analysed.analysis;
    const analysis = this.#analyser.analyse(document.getText());
    this.#analysed = { version: document.version, analysis };
    return analysis;
  }
}

export interface SessionsOptions {
  readonly engine: Engine;
  readonly reportDefect: (error: unknown) => void;
}

/** All sessions of the window, by document. */
export class Sessions implements vscode.Disposable {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #started = new vscode.EventEmitter<Session>();
  readonly #changed = new vscode.EventEmitter<Session>();
  #nextComparison = 1;

  /** A session has a new comparison. */
  readonly onDidStart = this.#started.event;
  /** More is known of a session's comparison, or it ended. */
  readonly onDidChange = this.#changed.event;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** The session of a document, made when first asked for. */
  of(document: vscode.TextDocument): Session {
    const key = document.uri.toString();
    const session = this.#sessions.get(key) ?? new Session(document);
    this.#sessions.set(key, session);
    return session;
  }

  find(uri: vscode.Uri): Session | undefined {
    return this.#sessions.get(uri.toString());
  }

  get running(): readonly Session[] {
    return [...this.#sessions.values()].filter(session => session.comparison?.running);
  }

  /**
   * Runs the document's program under the compared runtimes, and cancels what ran before. Undefined if the document
   * has nothing that can be run as it stands; the comparison before then stays.
   */
  start(document: vscode.TextDocument, show: 'play' | 'whole'): Comparison | undefined {
    const session = this.of(document);
    const { program, conditions } = session.analyse(document);
    if (!program) return undefined;
    session.comparison?.cancel();
    const runtimes = comparedRuntimes();
    const title = {
      comparison: this.#nextComparison++,
      document: session.uri.toString(),
      title: session.fileName,
      detail: describeConditions(program, conditions),
      show,
    };
    const plan = { program, conditions, runtimes, engine: this.#options.engine };
    session.comparison = new Comparison(title, plan, {
      changed: () => this.#changed.fire(session),
      reportDefect: this.#options.reportDefect,
    });
    this.#started.fire(session);
    return session.comparison;
  }

  /** Forgets a closed document and ends what it ran. */
  close(uri: vscode.Uri): void {
    this.find(uri)?.comparison?.cancel();
    this.#sessions.delete(uri.toString());
  }

  dispose(): void {
    for (const session of this.#sessions.values()) session.comparison?.cancel();
    this.#sessions.clear();
    this.#started.dispose();
    this.#changed.dispose();
  }
}
