// The command that runs a program with our recorder inside of it, from the command that would run it without.

import { basename } from 'node:path';

import insideText from './inside.py';

/** How the recorder inside works: a probing thread, or events of the interpreter, which slow the program 3 to 13 times. */
export type InsideWay = 'probe' | 'events';

/** What a Python command line runs. */
export interface PythonTarget {
  readonly kind: 'script' | 'module' | 'code';
  readonly target: string;
  /** Options for the interpreter itself. */
  readonly options: readonly string[];
  readonly args: readonly string[];
}

/** Files within the recorder's folder. */
export const INSIDE_PROGRAM_FILE = 'inside.py';
export const INSIDE_FILE = 'inside.jsonl';

/** The text that goes into {@link INSIDE_PROGRAM_FILE}. */
export const INSIDE_PROGRAM_TEXT: string = insideText;

/** Runs the file named by the first argument in a namespace of its own: `__main__` stays the program's. */
const START = `import sys
with open(sys.argv[1], 'rb') as file:
    text = file.read()
exec(compile(text, sys.argv[1], 'exec'), {'__name__': 'gil_scope_inside', '__file__': sys.argv[1]})`;

/** Arguments for the interpreter: its options, our program, and what it shall run. Nothing goes through a shell. */
export function insideArguments(folder: string, way: InsideWay, run: PythonTarget): string[] {
  const program = `${folder}/${INSIDE_PROGRAM_FILE}`;
  return [...run.options, '-c', START, program, folder, way, run.kind, run.target, ...run.args];
}

/** Options of one letter that have a value, behind them or as the next word. */
const WITH_VALUE = new Set(['W', 'X', 'Q']);
const LONG_WITH_VALUE = '--check-hash-based-pycs';

/** Reads the words after `python`; undefined when they name no program: an interactive one, or one from standard input. */
export function parsePythonArguments(words: readonly string[]): PythonTarget | undefined {
  const options: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === '-' || word === '') return undefined;
    if (!word.startsWith('-'))
      return { kind: 'script', target: word, options, args: words.slice(at + 1) };
    if (word.startsWith('--')) {
      options.push(word);
      if (word === LONG_WITH_VALUE) options.push(words[++at] ?? '');
      continue;
    }
    const letter = letterWithValue(word);
    if (letter === undefined) {
      options.push(word);
      continue;
    }
    const { flags, name, rest } = letter;
    const value = rest === '' ? words.at(++at) : rest;
    if (value === undefined) return undefined;
    if (name === 'c' || name === 'm') {
      if (flags !== '') options.push(`-${flags}`);
      const kind = name === 'c' ? 'code' : 'module';
      return { kind, target: value, options, args: words.slice(at + 1) };
    }
    options.push(`-${flags}${name}`, value);
  }
  return undefined;
}

/** The first letter of `-BXdev` or `-ucprint()` that takes a value; what stands before and behind it. */
function letterWithValue(
  word: string,
): { readonly flags: string; readonly name: string; readonly rest: string } | undefined {
  for (let at = 1; at < word.length; at++) {
    const name = word[at];
    if (name === 'c' || name === 'm' || WITH_VALUE.has(name))
      return { flags: word.slice(1, at), name, rest: word.slice(at + 1) };
  }
  return undefined;
}

/** Whether a command is by its name a Python that our program can be given to. */
export function looksLikePython(command: string): boolean {
  return /^(python|pypy)[\d.]*t?(\.exe)?$/i.test(basename(command));
}
