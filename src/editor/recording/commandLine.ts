// What a person types after a program's name, as the words that the program gets. No shell sees it.

import { UserError } from '../../core/errors';

export interface CommandWords {
  /** `NAME=value` words in front, as in a shell. */
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

const NOTHING = '';
const VARIABLE = /^([A-Za-z_]\w*)=(.*)$/s;

/**
 * Takes a line apart as a POSIX shell does: blanks separate words, single quotes keep everything, double quotes all
 * but `\` before `"` and `\`, a backslash the character behind it. Nothing is replaced: no `$`, no `*`, no `~`.
 * Throws a `UserError` if a quote is not closed.
 */
export function commandWords(line: string): CommandWords {
  const words = wordsOf(line);
  const firstOther = words.findIndex(word => !VARIABLE.test(word));
  const count = firstOther < 0 ? words.length : firstOther;
  const env = Object.fromEntries(
    words.slice(0, count).map(word => {
      const [, name, value] = VARIABLE.exec(word) ?? [NOTHING, NOTHING, NOTHING];
      return [name, value];
    }),
  );
  return { env, args: words.slice(count) };
}

/** A word's pieces: quoted ones, escaped characters, and plain text. */
const PIECE = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gsy;

function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length;) {
    if (/\s/.test(line[at])) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
      continue;
    }
    PIECE.lastIndex = at;
    const piece = PIECE.exec(line);
    if (!piece) throw new UserError(`A quote is not closed: ${line.slice(at)}`);
    word = (word ?? '') + textOf(piece);
    at = PIECE.lastIndex;
  }
  if (word !== undefined) words.push(word);
  return words;
}

function textOf([, single, double, escaped, plain]: RegExpExecArray): string {
  const inDouble = (double as string | undefined)?.replace(/\\(["\\])/g, '$1');
  return [single, inDouble, escaped, plain].find(text => text !== undefined) ?? '';
}
