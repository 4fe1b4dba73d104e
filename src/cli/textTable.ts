// Tables and paragraphs of text for a terminal, or for a file.

import { durationFigure, type Nanoseconds } from '../core/units';

/** Narrower than this a name says nothing. */
const NARROWEST_CELL = 12;
const BETWEEN_COLUMNS = '  ';
export const NONE = '–';

/** A time for a cell; a dash for none. */
export function figure(ns: Nanoseconds): string {
  if (ns === 0) return NONE;
  const { value, unit } = durationFigure(ns);
  return `${value} ${unit}`;
}

/** The room that a table has. */
export interface Room {
  readonly width: number | undefined;
  /** Columns that may become narrower so that a row fits into the width. */
  readonly flexible: readonly number[];
}

/**
 * Columns padded to their widest cell: texts to the left, figures to the right. The first row is the head. Columns that do
 * not fit into the room stand in a second table below, behind the first column.
 */
export function table(rows: readonly (readonly string[])[], most: number, room: Room): string {
  const shown = rows.slice(0, most + 1).map(row => row.map(cell => printable(cell, LONGEST_CELL)));
  const widths = widthsFor(shown, room);
  const fitting = columnsThatFit(widths, room.width);
  if (fitting > 1 && fitting < widths.length) {
    const columns = [...widths.keys()];
    const parts = [columns.slice(0, fitting), [0, ...columns.slice(fitting)]];
    return parts.map(part => tableOf(part, rows, most, room)).join('\n\n');
  }
  const isFigure = (cell: string | undefined): boolean =>
    cell !== undefined && /^(–|[\d.]+ (ns|µs|ms|s))$/.test(cell);
  const lines = shown.map((row, index) =>
    row
      .map((cell, column) => {
        const isRight = isFigure(cell) || (index === 0 && isFigure(shown.at(1)?.[column]));
        const fitting = printable(cell, widths[column]);
        return isRight ? fitting.padStart(widths[column]) : fitting.padEnd(widths[column]);
      })
      .join(BETWEEN_COLUMNS)
      .trimEnd(),
  );
  const rest = rows.length - 1 - most;
  if (rest > 0) lines.push(`… and ${rest} more`);
  return lines.join('\n');
}

/** A table of some of the columns. */
function tableOf(
  columns: readonly number[],
  rows: readonly (readonly string[])[],
  most: number,
  { width, flexible }: Room,
): string {
  const room = { width, flexible: [...columns.keys()].filter(i => flexible.includes(columns[i])) };
  return table(
    rows.map(row => columns.map(column => row[column])),
    most,
    room,
  );
}

function columnsThatFit(widths: readonly number[], width: number | undefined): number {
  let left = (width ?? Infinity) + BETWEEN_COLUMNS.length;
  const tooMany = widths.findIndex(one => (left -= one + BETWEEN_COLUMNS.length) < 0);
  return tooMany < 0 ? widths.length : tooMany;
}

function widthsFor(rows: readonly (readonly string[])[], { width, flexible }: Room): number[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const all = widths.reduce((sum, one) => sum + one, BETWEEN_COLUMNS.length * (widths.length - 1));
  // The widest of them gives first, so that none becomes much narrower than another.
  for (let over = width === undefined ? 0 : all - width; over > 0; over--) {
    const widest = flexible.reduce((best, column) =>
      widths[column] > widths[best] ? column : best,
    );
    if (widths[widest] <= NARROWEST_CELL) break;
    widths[widest]--;
  }
  return widths;
}

/** A text that may hold names of the program, made safe, and broken into lines where a terminal has a width. */
export function paragraph(text: string, width: number | undefined): string {
  const safe = printable(text, Infinity);
  return width === undefined ? safe : wrapped(safe, width);
}

/** Broken between words; a word that is longer than a line stays whole. */
export function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length > width) lines.push(word);
    else lines.splice(-1, 1, longer);
  }
  return lines.join('\n');
}

/** Longer cells would push the figures out of sight. */
const LONGEST_CELL = 60;

/**
 * Names come from the program: control characters, and those that turn the direction of writing, could play tricks
 * with the terminal. Of a long text the end is kept: of a path, that is the file and the line.
 */
export function printable(text: string, longest = LONGEST_CELL): string {
  const safe = Array.from(text.replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, '?'));
  return safe.length <= longest ? safe.join('') : `…${safe.slice(1 - longest).join('')}`;
}
