// Offsets to lines and columns, the way an editor counts them.

import { firstIndex } from '../../core/search';

/** A place in a text: line from 1, column from 0, both as an editor counts (a column is one UTF-16 unit). */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** Finds the line of an offset by binary search. `\n`, `\r\n` and a lone `\r` each end a line. */
export class LineIndex {
  readonly #starts: readonly number[];
  readonly #length: number;

  constructor(text: string) {
    this.#starts = lineStarts(text);
    this.#length = text.length;
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  /** Line of an offset, from 1. Offsets past the end belong to the last line. */
  lineAt(offset: number): number {
    return firstIndex(1, this.#starts.length, i => this.#starts[i] > offset);
  }

  placeOf(offset: number): LineColumn {
    const line = this.lineAt(offset);
    return { line, column: Math.max(0, offset - this.startOf(line)) };
  }

  /** Offset at which a line begins; past the last line: the end of the text. */
  startOf(line: number): number {
    return line - 1 < this.#starts.length ? this.#starts[Math.max(0, line - 1)] : this.#length;
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  if (!text.includes('\r')) {
    // Several times faster than the general way; large files wait for this at each edit.
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    return starts;
  }
  const breaks = /\r\n|\n|\r/g;
  while (breaks.exec(text)) starts.push(breaks.lastIndex);
  return starts;
}
