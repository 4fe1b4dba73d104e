// What may be asked about a Python text, and the messages that carry questions and answers between the two threads.

import type { Advice } from '../../analysis/advice/advice';
import type { Analysis } from '../../analysis/analyser';
import type { LineNote } from '../../analysis/annotations/lineNotes';
import type { AssumedProgram } from '../../analysis/assumedProgram';
import type { ReleaseNote } from '../../analysis/knowledge/releases';
import type { MemoryAfterLine } from '../../analysis/memory/references';

/** All of an analysis but its notes about lines: they may be many, and are asked for one by one. */
export type Reading = Omit<Analysis, 'lineNotes'>;

export type Assumed = Pick<AssumedProgram, 'program' | 'assumptions'>;

/** What memory looks like after a line, and where following it ended above. */
export interface MemoryAtLine {
  readonly after: MemoryAfterLine | undefined;
  /** The last place at or above the line at which following ended, and why: the end of a sentence. */
  readonly end: { readonly line: number; readonly why: string } | undefined;
}

/** Each question by its name: what it is asked with, and what answers it. Answers are plain data. */
export interface Questions {
  /** Reads the text; all other questions are about a text that was read. */
  read: { with: { readonly source: string }; answer: Reading };
  /** For a file without annotations: a program of its threads with assumed costs. */
  assumed: { with: object; answer: Assumed | undefined };
  /** What a line does to the GIL, as its annotation says or, in a file without any, as was assumed. From 1. */
  noteAtLine: { with: { readonly line: number }; answer: LineNote | undefined };
  releaseNoteAt: { with: { readonly offset: number }; answer: ReleaseNote | undefined };
  /** Lines that start threads, processes or pools; from 1, in order. */
  constructLines: { with: object; answer: readonly number[] };
  advice: { with: { readonly ruleIds: readonly string[] }; answer: readonly Advice[] };
  memoryAtLine: { with: { readonly line: number }; answer: MemoryAtLine };
}

export type QuestionName = keyof Questions;

/** One version of a document's text. */
export interface TextVersion {
  /** Names the document, whatever its version. */
  readonly document: string;
  readonly version: number;
  /** How source positions of it are called. */
  readonly fileName: string;
}

export type Question = {
  [Name in QuestionName]: { readonly name: Name; readonly given: Questions[Name]['with'] };
}[QuestionName];

export type ToReader =
  | { readonly kind: 'ask'; readonly text: TextVersion; readonly question: Question }
  /** Nobody waits any more for the answer to what is being worked at. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'forget'; readonly document: string };

/** How a question ended. */
export type FromReader =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'stopped' }
  /** The text is not known: it is to be read first. */
  | { readonly kind: 'unread' }
  /** A defect of ours. */
  | { readonly kind: 'failed'; readonly why: string };
