// What each annotated line does to the GIL, in plain sentences: the text of hovers, before any figure of a run.

import { firstIndex } from '../../core/search';
import type { Conditions } from '../../core/model/program';
import { formatDuration } from '../../core/units';
import type { AnnotationWord, CostWord } from './annotationWords';
import type { KnownFunction } from '../python/scopes';
import type { LineIndex } from '../python/lineIndex';
import type { Mark, Marks } from './marks';

/** What one line does to the GIL. */
export interface LineNote {
  /** From 1. */
  readonly line: number;
  /** Qualified name of the function around it; `<module>` at the top of the file. */
  readonly functionName: string;
  /** Words of the line's annotation, in the order of the effect; the first is the most telling. */
  readonly words: readonly AnnotationWord[];
  /** One sentence per word, plain text, no markup. */
  readonly sentences: readonly string[];
  /** False where no thread of the demo comes here, so that no figure can follow. */
  readonly isRun: boolean;
}

export interface NoteInput {
  readonly marks: Marks;
  readonly usedMarks: ReadonlySet<Mark>;
  readonly functions: readonly KnownFunction[];
  readonly conditions: Conditions;
  readonly lines: LineIndex;
}

/** One note per annotated line, sorted by line. */
export function lineNotes(input: NoteInput): readonly LineNote[] {
  const notes: LineNote[] = [];
  const { machine, byTarget } = input.marks;
  if (machine) {
    const line = input.lines.lineAt(machine.range.from);
    const sentences = [machineSentence(input.conditions)];
    notes.push({ line, functionName: '<module>', words: ['machine'], sentences, isRun: true });
  }
  const owners = new OwnerIndex(input.functions);
  for (const mark of byTarget.values()) {
    const said = sentencesOf(mark, input.conditions);
    notes.push({
      line: mark.line,
      functionName: owners.nameAt(mark),
      words: said.map(({ word }) => word),
      sentences: said.map(({ sentence }) => sentence),
      isRun: input.usedMarks.has(mark),
    });
  }
  return notes.sort((a, b) => a.line - b.line);
}

interface Said {
  readonly word: AnnotationWord;
  readonly sentence: string;
}

function sentencesOf(mark: Mark, conditions: Conditions): Said[] {
  const said: Said[] = [];
  if (mark.threads && mark.target.kind === 'function') {
    said.push({ word: 'threads', sentence: threadsSentence(mark.target.name, mark.threads.count) });
  }
  if (mark.lock) said.push({ word: 'lock', sentence: LOCK_SENTENCE });
  for (const { cost, ns } of mark.costs) {
    said.push({ word: cost, sentence: costSentence(cost, formatDuration(ns), conditions) });
  }
  if (mark.repeat) {
    const times = mark.repeat.times.toLocaleString('en');
    said.push({ word: 'repeat', sentence: `Repeated ${times} times.` });
  }
  return said;
}

const LOCK_SENTENCE =
  'Takes a threading.Lock for the block. A thread that finds it taken releases the GIL and waits; when it gets the lock, it must still get the GIL.';

function threadsSentence(name: string, count: number): string {
  if (count === 1) {
    return `The demo runs ${name}() in a thread that shares the GIL with all others, and beside it in a process with a GIL of its own.`;
  }
  return `The demo runs ${name}() in ${count} threads that share one GIL, and beside it in ${count} processes that have one each.`;
}

function machineSentence({ cores, switchIntervalNs, seed }: Conditions): string {
  const interval = formatDuration(switchIntervalNs);
  return `The demo runs on ${cores} ${cores === 1 ? 'core' : 'cores'}; a thread that waits for the GIL asks its holder to release it after ${interval} (the switch interval); the seed ${seed} settles what an operating system would settle by chance.`;
}

function costSentence(cost: CostWord, time: string, { switchIntervalNs }: Conditions): string {
  const interval = formatDuration(switchIntervalNs);
  switch (cost) {
    case 'compute':
      return `${time} of Python bytecode. It needs the GIL all the time; when another thread has waited for ${interval}, it is asked to release it, does so at the next turn of a loop or start of a function, and then waits for its turn itself.`;
    case 'releases':
      return `${time} of C code that releases the GIL: other threads run Python meanwhile, on other cores. At its end it asks for the GIL again and may have to wait.`;
    case 'holds':
      return `${time} of C code that keeps the GIL to its end: it has no point where it could release it, so all other threads wait, however long they have asked.`;
    case 'io':
      return `Waits ${time} for something outside the program, without the GIL and without a core. At its end it asks for the GIL again; behind a thread that computes this can take ${interval} or more.`;
    case 'sleep':
      return `Sleeps for ${time} without the GIL and without a core. At its end it asks for the GIL again and may have to wait.`;
  }
}

/** Finds the function around a mark; functions are in the order of the text, inner after outer. */
class OwnerIndex {
  readonly #functions: readonly KnownFunction[];

  constructor(functions: readonly KnownFunction[]) {
    this.#functions = functions;
  }

  nameAt({ target }: Mark): string {
    const after = firstIndex(
      0,
      this.#functions.length,
      i => this.#functions[i].statement.from > target.from,
    );
    for (let index = after - 1; index >= Math.max(0, after - 200); index--) {
      const { statement, qualifiedName } = this.#functions[index];
      if (target.to <= statement.to) return qualifiedName;
    }
    return '<module>';
  }
}
