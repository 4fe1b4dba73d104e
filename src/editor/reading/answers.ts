// Answers questions about Python texts, a slice at a time. Runs in the reader's thread; knows nothing of threads.

import { Analyser, type Analysis } from '../../analysis/analyser';
import { RULES } from '../../analysis/advice/rules';
import type { Advice } from '../../analysis/advice/advice';
import type { LineNote } from '../../analysis/annotations/lineNotes';
import type { Memory } from '../../analysis/memory/references';
import type {
  Assumed,
  MemoryAtLine,
  Question,
  QuestionName,
  Questions,
  Reading,
  TextVersion,
} from './questions';

/** So many documents are kept; of one that was put away, the text is asked for again. */
const MOST_DOCUMENTS = 8;

interface ReadText {
  readonly version: number;
  readonly analysis: Analysis;
}

interface KeptDocument {
  readonly analyser: Analyser;
  /** Undefined while a newer text is being read. */
  read: ReadText | undefined;
}

type Slices<Answer> = Generator<undefined, Answer>;

/** Thrown when a question is about a text that is not here. */
export class Unread extends Error {}

export class Answers {
  readonly #cores: number;
  /** The one that was asked about last is the last. */
  readonly #documents = new Map<string, KeptDocument>();

  constructor(cores: number) {
    this.#cores = cores;
  }

  /** Pull until done, or drop it. */
  *answer(text: TextVersion, { name, given }: Question): Slices<Questions[QuestionName]['answer']> {
    const kept = this.#kept(text);
    if (name === 'read') return yield* read(kept, text.version, given.source);
    if (kept.read?.version !== text.version) throw new Unread();
    const { analyser } = kept;
    const { analysis } = kept.read;
    switch (name) {
      case 'assumed':
        return assumedOf(analyser, analysis);
      case 'noteAtLine':
        return notesOf(analyser, analysis).find(({ line }) => line === given.line);
      case 'releaseNoteAt':
        return analyser.releaseNoteAt(given.offset);
      case 'constructLines':
        return analyser.constructLines();
      case 'advice':
        return yield* adviceOf(analyser, given.ruleIds);
      case 'memoryAtLine':
        return memoryAtLine(analyser.memory(), given.line);
    }
  }

  forget(document: string): void {
    this.#documents.delete(document);
  }

  #kept({ document, fileName }: TextVersion): KeptDocument {
    const kept = this.#documents.get(document) ?? {
      analyser: new Analyser(fileName, this.#cores),
      read: undefined,
    };
    this.#documents.delete(document);
    this.#documents.set(document, kept);
    const [oldest] = this.#documents.keys();
    if (this.#documents.size > MOST_DOCUMENTS) this.#documents.delete(oldest);
    return kept;
  }
}

function* read(kept: KeptDocument, version: number, source: string): Slices<Reading> {
  kept.read = undefined;
  const analysis = yield* kept.analyser.updateInSlices(source);
  kept.read = { version, analysis };
  return withoutNotes(analysis);
}

export function withoutNotes(analysis: Analysis): Reading {
  const { program, conditions, findings, isComplete, threadFunctions, usesAnnotations } = analysis;
  return { program, conditions, findings, isComplete, threadFunctions, usesAnnotations };
}

/** Between two rules, whoever waits for something newer has a turn. */
function* adviceOf(analyser: Analyser, ruleIds: readonly string[]): Slices<readonly Advice[]> {
  const all: Advice[] = [];
  for (const rule of RULES.filter(({ id }) => ruleIds.includes(id))) {
    all.push(...analyser.advice([rule]));
    yield undefined;
  }
  return all;
}

function assumedOf(analyser: Analyser, { usesAnnotations }: Analysis): Assumed | undefined {
  const assumed = usesAnnotations ? undefined : analyser.assumedProgram();
  return assumed && { program: assumed.program, assumptions: assumed.assumptions };
}

function notesOf(
  analyser: Analyser,
  { lineNotes, usesAnnotations }: Analysis,
): readonly LineNote[] {
  return usesAnnotations ? lineNotes : (analyser.assumedProgram()?.lineNotes ?? []);
}

function memoryAtLine(memory: Memory | undefined, line: number): MemoryAtLine {
  const ends = [...(memory?.ends ?? [])].filter(([at]) => at <= line);
  const last = ends.reduce<(typeof ends)[number] | undefined>(
    (a, b) => (a && a[0] >= b[0] ? a : b),
    undefined,
  );
  return { after: memory?.lines.get(line), end: last && { line: last[0], why: last[1] } };
}
