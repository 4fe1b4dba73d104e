// Cuts a file where statements of its top level seem to begin, without parsing: for files that cannot be read whole.

import type { SourceRange } from './findings';

/** A stretch of the source that is read by itself. */
export type SourcePiece = SourceRange;

/** Words that go on with the statement before. */
const CONTINUES = /^(?:else|elif|except|finally|and|or|not|in|is|for|if)\b/;

/** The pieces of a text, without gaps. A line that begins at the left edge with a letter or `@` begins one. */
export function piecesOf(source: string): SourcePiece[] {
  const pieces: SourcePiece[] = [];
  const lines = /^[^\s#)\]}][^\r\n]*/gm;
  let from = 0;
  let isDecorated = false;
  for (let line = lines.exec(source); line; line = lines.exec(source)) {
    const [text] = line;
    const isStart = /^[\p{L}_@]/u.test(text) && !isGoingOn(text);
    if (isStart && !isDecorated && line.index > from) {
      pieces.push({ from, to: line.index });
      from = line.index;
    }
    isDecorated = text.startsWith('@');
  }
  if (from < source.length) pieces.push({ from, to: source.length });
  return pieces;
}

/** `else:` goes on; `for x in y:` and `if x:` begin something, but without a colon they are parts of a comprehension. */
function isGoingOn(line: string): boolean {
  return CONTINUES.test(line) && !/^(?:for|if|not)\b.*:/.test(line);
}
