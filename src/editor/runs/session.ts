// A session is a Python document with what is known of it: its latest analysis and its comparison.

import { availableParallelism } from 'node:os';
import type * as vscode from 'vscode';
import type { Analyser } from '../../analysis/analyser';
import type { Advice } from '../../analysis/advice/advice';
import type { LineNote } from '../../analysis/annotations/lineNotes';
import type { ReleaseNote } from '../../analysis/knowledge/releases';
import type { Conditions, Program } from '../../core/model/program';
import type { MemoryAtLine, QuestionName, Questions, Reading } from '../reading/questions';
import type { LiveText, Readings } from '../reading/readings';
import type { AnalyserModule, AnalyserSource } from './analyserSource';
import type { Comparison } from './comparison';
import { displayName } from '../window/describe';

/**
 * Documents up to this length (UTF-16 units) are read at once, here: their pictures follow each keystroke without a
 * detour. The worst of this length takes some ten milliseconds. All others are read in the reader's thread.
 */
const AT_ONCE_LENGTH = 6_000;

/** What can be run of a document. */
export interface Runnable {
  readonly program: Program;
  readonly conditions: Conditions;
  /** See {@link Reading.isComplete}. */
  readonly isComplete: boolean;
  /** Sentences that say what was assumed; empty if nothing was. */
  readonly assumptions: readonly string[];
}

/** A document as it was read, and what can be run of it. */
export interface ReadDocument {
  readonly reading: Reading;
  readonly runnable: Runnable | undefined;
}

/** What all sessions share. */
export interface SessionTools {
  readonly source: AnalyserSource;
  readonly readings: Readings;
  readonly reportDefect: (error: unknown) => void;
}

interface Known {
  readonly version: number;
  readonly reading: Reading;
}

let sessionCount = 0;

export class Session {
  readonly uri: vscode.Uri;
  /** How source positions of this document are called in traces. */
  readonly fileName: string;
  comparison: Comparison | undefined;
  readonly #tools: SessionTools;
  #analyser: Analyser | undefined;
  /** Of this session alone: another document may have the same address later. */
  readonly #name: string;
  #known: Known | undefined;
  #pending: { readonly version: number; readonly result: Promise<Reading> } | undefined;

  /** Whether a source position's file is this document: by its name in programs, by its path in recordings. */
  isHere(file: string): boolean {
    return file === this.fileName || file === this.uri.fsPath;
  }

  /** How the shown comparison calls this document. */
  get nameInTraces(): string {
    return this.isRecorded ? this.uri.fsPath : this.fileName;
  }

  /** Whether the comparison shows what has happened elsewhere, in a real Python or a file: edits do not change it. */
  get isRecorded(): boolean {
    const engine = this.comparison?.plan.engine.name;
    return engine === 'recorded' || engine === 'imported';
  }

  /** Whether the comparison came about here; false for one that was opened from a file. */
  get isRecordedHere(): boolean {
    return this.comparison?.plan.isFromFile !== true;
  }

  constructor(uri: vscode.Uri, tools: SessionTools) {
    this.uri = uri;
    this.fileName = displayName(uri);
    this.#tools = tools;
    this.#name = `${++sessionCount} ${uri.toString()}`;
  }

  /** The reading of this very version, if it is there already. */
  known(version: number): Reading | undefined {
    return this.#known?.version === version ? this.#known.reading : undefined;
  }

  /**
   * What the document says as it stands, read once for each version: at once where the document is small, else in the
   * reader's thread. An edit ends the reading of the version before; who waited for it gets the newer one.
   */
  analyse(document: vscode.TextDocument): Reading | Promise<Reading> {
    const { version } = document;
    const known = this.known(version);
    if (known) return known;
    if (this.#pending?.version === version) return this.#pending.result;
    const { loaded } = this.#tools.source;
    if (!loaded) return this.#tools.source.load().then(() => this.analyse(document));
    const source = document.getText();
    if (source.length <= AT_ONCE_LENGTH) return this.#keep(version, this.#readHere(source, loaded));
    const result = this.#readElsewhere(document);
    this.#pending = { version, result };
    return result;
  }

  /**
   * The document as it stands, and its program: what its annotations say, or, in a file without any that starts
   * functions of its own in threads or processes, the same with assumed costs.
   */
  async read(document: vscode.TextDocument): Promise<ReadDocument> {
    for (;;) {
      const { version } = document;
      const reading = await this.analyse(document);
      const { program, conditions, isComplete, usesAnnotations } = reading;
      if (program)
        return { reading, runnable: { program, conditions, isComplete, assumptions: [] } };
      const assumed = usesAnnotations ? undefined : await this.#ask(document, 'assumed', {});
      if (document.version !== version) continue;
      return { reading, runnable: assumed && { ...assumed, conditions, isComplete: true } };
    }
  }

  /** Advice of these rules about the document as it stands. */
  async advice(
    document: vscode.TextDocument,
    ruleIds: readonly string[],
  ): Promise<readonly Advice[]> {
    return (await this.#ask(document, 'advice', { ruleIds })) ?? [];
  }

  /** What an annotated line does to the GIL; in a file without annotations, what was assumed of it. From 1. */
  noteAtLine(document: vscode.TextDocument, line: number): Promise<LineNote | undefined> {
    return this.#ask(document, 'noteAtLine', { line });
  }

  /** What the call at an offset does to the GIL. */
  releaseNoteAt(document: vscode.TextDocument, offset: number): Promise<ReleaseNote | undefined> {
    return this.#ask(document, 'releaseNoteAt', { offset });
  }

  /** Lines that start threads, processes or pools; from 1, in order. */
  async constructLines(document: vscode.TextDocument): Promise<readonly number[]> {
    return (await this.#ask(document, 'constructLines', {})) ?? [];
  }

  /** Names, objects and reference counts after a line. From 1. */
  memoryAtLine(document: vscode.TextDocument, line: number): Promise<MemoryAtLine | undefined> {
    return this.#ask(document, 'memoryAtLine', { line });
  }

  /** Nobody asks about the document any more. */
  forget(): void {
    this.#tools.readings.forget(this.#name);
  }

  /** Undefined where there is no answer, as when the document is edited meanwhile. */
  async #ask<Name extends QuestionName>(
    document: vscode.TextDocument,
    name: Name,
    given: Omit<Questions[Name]['with'], 'source'>,
  ): Promise<Questions[Name]['answer'] | undefined> {
    const reply = await this.#tools.readings.ask(this.#live(document), name, given);
    if (reply.kind === 'failed') this.#tools.reportDefect(new Error(this.#unread(reply.why)));
    return reply.kind === 'answer' ? reply.answer : undefined;
  }

  #readHere(source: string, { Analyser }: AnalyserModule): Reading {
    this.#analyser ??= new Analyser(this.fileName, availableParallelism());
    return this.#analyser.update(source);
  }

  async #readElsewhere(document: vscode.TextDocument): Promise<Reading> {
    const { version } = document;
    const reply = await this.#tools.readings.ask(this.#live(document), 'read', {});
    if (reply.kind === 'answer') return this.#keep(version, reply.answer);
    if (reply.kind === 'superseded' && document.version !== version) return this.analyse(document);
    const why = reply.kind === 'failed' ? reply.why : 'it was closed';
    if (reply.kind === 'failed') this.#tools.reportDefect(new Error(this.#unread(why)));
    const { notRead } = this.#tools.source.loaded ?? (await this.#tools.source.load());
    return this.#keep(version, notRead(why));
  }

  #unread(why: string): string {
    return `${this.fileName} was not read: ${why}`;
  }

  #live(document: vscode.TextDocument): LiveText {
    return {
      document: this.#name,
      fileName: this.fileName,
      get version() {
        return document.version;
      },
      getText: () => document.getText(),
    };
  }

  #keep(version: number, reading: Reading): Reading {
    this.#known = { version, reading };
    this.#pending = undefined;
    return reading;
  }
}
