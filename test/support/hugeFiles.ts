// Python files of about 1 MB that cost an analysis much: whole, damaged, and of one statement.

import { readCorpus } from '../analysis/corpus';

const LENGTH = 1_000_000;

function filled(piece: string, before = '', behind = ''): string {
  return before + piece.repeat(Math.ceil(LENGTH / piece.length)) + behind;
}

const library = filled(
  readCorpus()
    .map(({ source }) => source)
    .join('\n'),
);

/** By what they are. */
export const HUGE_FILES = {
  library,
  'a bracket that stays open': `${library.slice(0, LENGTH / 2)}\nx = (\n${library.slice(LENGTH / 2)}`,
  'one statement': filled('    threading.Thread(target=f),\n', 'import threading\nx = [\n', ']\n'),
  'one function': filled('    n += 1\n', 'n = 0\ndef f():\n    global n\n'),
  'a note at every line': filled('    g()  # gil: compute 5us\n', 'def f():  # gil: threads 2\n'),
  'nothing but mistakes': filled('x()  # gil: nonsense 5\n'),
} as const;
