// The door of this room: a Python file in; a program, findings and notes for each line out.

import type { Conditions, Program } from '../core/model/program';
import { adviceOf, ruleContext } from './advice/advice';
import type { Advice, AdviceInput, Rule, RuleContext } from './advice/advice';
import { assumedProgram, type AssumedProgram } from './assumedProgram';
import { buildProgram, conditionsOf, type ThreadFunction } from './annotations/buildProgram';
import type { Construct } from './knowledge/constructs';
import { FindingList, type Finding } from './python/findings';
import { LineIndex } from './python/lineIndex';
import { lineNotes, type LineNote } from './annotations/lineNotes';
import { constantsOf } from './python/literals';
import { readMarks } from './annotations/marks';
import { memoryOf, type Memory } from './memory/references';
import type { PythonFile } from './python/pythonCode';
import { PythonReader } from './python/pythonTree';
import { releaseNoteAt, type ReleaseNote } from './knowledge/releases';
import { readScopes } from './python/scopes';

/** Larger files are not read: 5 MB, in UTF-16 units. */
export const MAX_SOURCE_LENGTH = 5_000_000;

/** Cores of a usual machine, for whoever does not say. */
export const ASSUMED_CORES = 8;

/** All that is known of a Python file without running it. */
export interface Analysis {
  /** Undefined if nothing can run: no annotations, no `threads`, or more work than a demo takes. */
  readonly program: Program | undefined;
  readonly conditions: Conditions;
  /** In the order of the text. */
  readonly findings: readonly Finding[];
  /**
   * Whether the program is all that the file says. False when an annotation was misread or Python could not be parsed:
   * whoever shows a picture of an earlier state keeps it then, because this program lacks something.
   */
  readonly isComplete: boolean;
  /** One per annotated line, sorted by line. */
  readonly lineNotes: readonly LineNote[];
  /** Functions with `# gil: threads`, in the order of the file. */
  readonly threadFunctions: readonly ThreadFunction[];
  readonly usesAnnotations: boolean;
}

/** What the last update left for questions; the answers' groundwork is laid when the first question comes. */
interface LastUpdate {
  readonly input: AdviceInput;
  context: RuleContext | undefined;
}

/** Analyses a file once. Never throws; takes some seconds for 5 MB (see {@link Analyser.updateInSlices}). */
export function analyse(source: string, fileName: string): Analysis {
  return new Analyser(fileName).update(source);
}

/** Analyses one file while it is edited; each call parses only what changed since the last. */
export class Analyser {
  readonly #fileName: string;
  readonly #cores: number;
  readonly #reader = new PythonReader();
  #last: LastUpdate | undefined;

  /** `cores`: how many threads can compute at once where the file will run; {@link ASSUMED_CORES} if not given. */
  constructor(fileName: string, cores = ASSUMED_CORES) {
    this.#fileName = fileName;
    this.#cores = cores;
  }

  /** What the call at an offset of the last source does to the GIL, if the offset is on the name of a known call. */
  releaseNoteAt(offset: number): ReleaseNote | undefined {
    const context = this.#ruleContext();
    return context && releaseNoteAt(context.statements, context.names, offset);
  }

  /** Advice of these rules about the last source; worked out when asked for, so that edits stay quick. */
  advice(rules: readonly Rule[]): readonly Advice[] {
    const context = this.#ruleContext();
    return context ? adviceOf(context, rules) : [];
  }

  /** Where the last source starts threads, processes or interpreters, in the order of the text. */
  constructs(): readonly Construct[] {
    return this.#ruleContext()?.constructs ?? [];
  }

  /** The lines of those, each once, from 1. */
  constructLines(): readonly number[] {
    const lines = this.#last?.input.lines;
    return lines ? [...new Set(this.constructs().map(({ from }) => lines.lineAt(from)))] : [];
  }

  /** For a file without annotations: a program of its threads with assumed costs, if it starts any of its functions. */
  assumedProgram(): AssumedProgram | undefined {
    const context = this.#ruleContext();
    const constants = this.#last?.input.constants;
    return context && constants && assumedProgram(this.#fileName, context, constants);
  }

  /** Names, objects and counts after each line of the last source, worked out when asked for. */
  memory(): Memory | undefined {
    return this.#last && memoryOf(this.#last.input);
  }

  #ruleContext(): RuleContext | undefined {
    if (this.#last) this.#last.context ??= ruleContext(this.#last.input);
    return this.#last?.context;
  }

  update(source: string): Analysis {
    return drain(this.updateInSlices(source));
  }

  /** The same in slices of some milliseconds: pull until done, or drop it when the next edit comes. */
  *updateInSlices(source: string): Generator<undefined, Analysis> {
    const lines = new LineIndex(source);
    const findings = new FindingList(lines);
    if (source.length > MAX_SOURCE_LENGTH) {
      reportSize(source, lines, findings);
      this.#last = undefined;
      return nothing(findings);
    }
    const file = yield* this.#reader.read(source);
    yield undefined;
    return yield* this.#analysed(source, file, { lines, findings });
  }

  *#analysed(
    source: string,
    file: PythonFile,
    { lines, findings }: { lines: LineIndex; findings: FindingList },
  ): Generator<undefined, Analysis> {
    const marks = yield* readMarks(source, file, lines, findings);
    const usesAnnotations = marks.annotationCount > 0;
    if (usesAnnotations || file.isTooDeep) reportUnreadable(file, source, lines, findings);
    // Only annotations make a program here, and notes about lines.
    const scopes = readScopes(usesAnnotations ? file.statements : []);
    yield undefined;
    const conditions = conditionsOf(marks.machine);
    const constants = constantsOf(file.statements);
    yield undefined;
    const { statements } = file;
    const cores = this.#cores;
    this.#last = {
      input: { source, statements, marks, constants, lines, cores },
      context: undefined,
    };
    const built = buildProgram({
      fileName: this.#fileName,
      marks,
      scopes,
      constants,
      lines,
      findings,
      conditions,
    });
    yield undefined;
    const all = findings.toArray();
    return {
      program: built.program,
      conditions,
      findings: all,
      isComplete: !all.some(({ severity, code }) => severity === 'error' || isUnreadable(code)),
      lineNotes: lineNotes({
        marks,
        usedMarks: built.usedMarks,
        functions: scopes.all,
        conditions,
        lines,
      }),
      threadFunctions: built.threadFunctions,
      usesAnnotations,
    };
  }
}

function isUnreadable(code: string): boolean {
  return code === 'python-unreadable' || code === 'nested-too-deep';
}

function drain<Result>(slices: Generator<undefined, Result>): Result {
  let slice = slices.next();
  while (!slice.done) slice = slices.next();
  return slice.value;
}

function reportSize(source: string, lines: LineIndex, findings: FindingList): void {
  const size = (source.length / 1e6).toFixed(1);
  const message = `This file has ${size} million characters; GIL Scope reads files up to ${MAX_SOURCE_LENGTH / 1e6} million.`;
  const firstLine = { from: 0, to: Math.max(0, lines.startOf(2) - 1) };
  findings.add('file-too-large', 'warning', firstLine, message);
}

/** Said only about files that use annotations: elsewhere Python's own tools say it better. */
function reportUnreadable(
  file: PythonFile,
  source: string,
  lines: LineIndex,
  findings: FindingList,
): void {
  if (file.isTooDeep) {
    const message =
      'Nested deeper than CPython accepts (100 indentation levels, 200 brackets); the picture leaves out the inside.';
    const firstLine = { from: 0, to: Math.max(0, lines.startOf(2) - 1) };
    findings.add('nested-too-deep', 'warning', firstLine, message);
  }
  if (!file.firstError) return;
  const { from, to } = visibleRange(file.firstError, source, lines);
  const message = 'Python cannot read the code here; the picture uses the rest of the file.';
  findings.add('python-unreadable', 'warning', { from, to }, message);
}

/** A range that can be seen: at least one character, at most to the end of its line. */
function visibleRange(range: { from: number; to: number }, source: string, lines: LineIndex) {
  const lineEnd = lines.startOf(lines.lineAt(range.from) + 1);
  const to = Math.min(Math.max(range.to, range.from + 1), lineEnd, source.length);
  return to > range.from ? { from: range.from, to } : { from: Math.max(0, to - 1), to };
}

/** Stands for the analysis of a text whose reading ended without one. */
export function notRead(why: string): Analysis {
  const lines = new LineIndex('');
  const findings = new FindingList(lines);
  findings.add(
    'not-read',
    'warning',
    { from: 0, to: 0 },
    `GIL Scope could not read this file: ${why}. The next change to it is a new try.`,
  );
  return nothing(findings);
}

function nothing(findings: FindingList): Analysis {
  return {
    program: undefined,
    conditions: conditionsOf(undefined),
    findings: findings.toArray(),
    isComplete: false,
    lineNotes: [],
    threadFunctions: [],
    usesAnnotations: false,
  };
}
