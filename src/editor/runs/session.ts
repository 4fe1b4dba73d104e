// A session is a Python document with what is known of it: its latest analysis and its comparison.

import { availableParallelism } from 'node:os';
import type * as vscode from 'vscode';
import type { Advice, Rule } from '../../analysis/advice/advice';
import type { Analyser, Analysis } from '../../analysis/analyser';
import type { LineNote } from '../../analysis/annotations/lineNotes';
import type { Memory } from '../../analysis/memory/references';
import type { ReleaseNote } from '../../analysis/knowledge/releases';
import type { Conditions, Program } from '../../core/model/program';
import type { AnalyserSource } from './analyserSource';
import type { Comparison } from './comparison';
import { displayName } from '../window/describe';

/** Documents up to this length (UTF-16 units) are analysed at once, longer ones in slices between other work. */
const AT_ONCE_LENGTH = 40_000;

/** Longer documents get no advice and no hovers on calls, which are worked out in one go. */
const ADVISED_LENGTH = 400_000;

/** What can be run of a document. */
export interface Runnable {
  readonly program: Program;
  readonly conditions: Conditions;
  /** See {@link Analysis.isComplete}. */
  readonly isComplete: boolean;
  /** Sentences that say what was assumed; empty if nothing was. */
  readonly assumptions: readonly string[];
}

interface Analysed {
  readonly version: number;
  readonly analysis: Analysis;
}

export class Session {
  readonly uri: vscode.Uri;
  /** How source positions of this document are called in traces. */
  readonly fileName: string;
  comparison: Comparison | undefined;
  readonly #source: AnalyserSource;
  #analyser: Analyser | undefined;
  #analysed: Analysed | undefined;
  #isHuge = false;
  #pending: { readonly version: number; readonly result: Promise<Analysis> } | undefined;

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

  constructor(uri: vscode.Uri, source: AnalyserSource) {
    this.uri = uri;
    this.fileName = displayName(uri);
    this.#source = source;
  }

  /** The analysis of this very version, if it is there already. */
  known(version: number): Analysis | undefined {
    return this.#analysed?.version === version ? this.#analysed.analysis : undefined;
  }

  /**
   * The analysis of the document as it stands, done once for each version: at once where the document is of usual
   * size, else in slices. An edit ends the analysis of the version before; who waited for it gets the newer one.
   */
  analyse(document: vscode.TextDocument): Analysis | Promise<Analysis> {
    const { version } = document;
    const known = this.known(version);
    if (known) return known;
    if (this.#pending?.version === version) return this.#pending.result;
    const analyser = this.#loadedAnalyser();
    if (!analyser) return this.#source.load().then(() => this.analyse(document));
    const source = document.getText();
    this.#isHuge = source.length > ADVISED_LENGTH;
    if (source.length <= AT_ONCE_LENGTH) return this.#keep(version, analyser.update(source));
    const result = this.#analyseInSlices(document, analyser);
    this.#pending = { version, result };
    return result;
  }

  /** Advice about the text that was analysed last. */
  advice(rules: readonly Rule[]): readonly Advice[] {
    return (this.#isHuge ? undefined : this.#analyser?.advice(rules)) ?? [];
  }

  /**
   * The program of the text that was analysed last: what its annotations say, or, in a file without any that starts
   * functions of its own in threads or processes, the same with assumed costs.
   */
  runnable({ program, conditions, isComplete, usesAnnotations }: Analysis): Runnable | undefined {
    if (program) return { program, conditions, isComplete, assumptions: [] };
    const assumed = usesAnnotations || this.#isHuge ? undefined : this.#analyser?.assumedProgram();
    return assumed && { ...assumed, conditions, isComplete: true };
  }

  /** What annotated lines do to the GIL; in a file without annotations, what was assumed of them. */
  notes({ lineNotes, usesAnnotations }: Analysis): readonly LineNote[] {
    if (usesAnnotations || this.#isHuge) return lineNotes;
    return this.#analyser?.assumedProgram()?.lineNotes ?? [];
  }

  /** What the call at an offset of the text that was analysed last does to the GIL. */
  releaseNoteAt(offset: number): ReleaseNote | undefined {
    return this.#isHuge ? undefined : this.#analyser?.releaseNoteAt(offset);
  }

  /** Lines at which the text that was analysed last starts threads, processes or pools; from 1, in order. */
  constructLines(): readonly number[] {
    return this.#isHuge ? [] : (this.#analyser?.constructLines() ?? []);
  }

  /** Names, objects and reference counts after each line of the text that was analysed last. */
  memory(): Memory | undefined {
    return this.#isHuge ? undefined : this.#analyser?.memory();
  }

  #loadedAnalyser(): Analyser | undefined {
    const { loaded } = this.#source;
    if (loaded) this.#analyser ??= new loaded(this.fileName, availableParallelism());
    return this.#analyser;
  }

  async #analyseInSlices(document: vscode.TextDocument, analyser: Analyser): Promise<Analysis> {
    const { version } = document;
    const slices = analyser.updateInSlices(document.getText());
    for (;;) {
      const slice = slices.next();
      if (slice.done) return this.#keep(version, slice.value);
      await new Promise(resolve => setImmediate(resolve));
      if (document.version !== version) return this.analyse(document);
    }
  }

  #keep(version: number, analysis: Analysis): Analysis {
    this.#analysed = { version, analysis };
    this.#pending = undefined;
    return analysis;
  }
}
