// The three ways in which CPython has written down which line an instruction belongs to. Each decoder gives one line
// per code unit (two bytes of bytecode), because that is what a frame is looked up by, thousands of times a second.
//
//   3.8, 3.9   co_lnotab        Objects/lnotab_notes.txt: pairs of (bytecode delta, signed line delta)
//   3.10       co_linetable     PEP 626: pairs of (bytecode delta, signed line delta), -128 for "no line"
//   3.11 on    co_linetable     Objects/locations.md: entries of one to many bytes

import type { LineTableKind } from './layout';

/** "No line": instructions that the compiler made up. */
export const NO_LINE = 0;

/** Line of each code unit; units after the end belong to the last line. Broken tables end early, never fail. */
export function decodeLines(kind: LineTableKind, table: Uint8Array, firstLine: number): Int32Array {
  const lines: number[] = [];
  switch (kind) {
    case 'lnotab':
      decodeLnotab(table, firstLine, lines);
      break;
    case 'ranges':
      decodeRanges(table, firstLine, lines);
      break;
    case 'locations':
      decodeLocations(table, firstLine, lines);
      break;
  }
  return Int32Array.from(lines);
}

/**
 * The line of a unit, or, for instructions that the compiler made up, that of the last one before that has a line, or of
 * the first one after: a thread is always at some line. A unit before the first one, which a frame that is just being
 * made may name, however far before, is taken for the first.
 */
export function lineOfUnit(lines: Int32Array, unit: number, firstLine: number): number {
  const last = Math.min(unit, lines.length - 1);
  for (let at = last; at >= 0; at--) if (lines[at] > NO_LINE) return lines[at];
  for (let at = Math.max(0, last + 1); at < lines.length; at++)
    if (lines[at] > NO_LINE) return lines[at];
  return Math.max(1, firstLine);
}

/** Each pair says: after so many more bytes, so many lines further. What follows the last pair has the last line. */
function decodeLnotab(table: Uint8Array, firstLine: number, lines: number[]): void {
  let line = firstLine;
  for (let i = 0; i + 1 < table.length; i += 2) {
    repeat(lines, line, table[i] >> 1);
    line += signed(table[i + 1]);
  }
  lines.push(line);
}

/** Each pair says: so many lines further; that holds for so many bytes. */
function decodeRanges(table: Uint8Array, firstLine: number, lines: number[]): void {
  let line = firstLine;
  for (let i = 0; i + 1 < table.length; i += 2) {
    const delta = signed(table[i + 1]);
    if (delta === -128) {
      repeat(lines, NO_LINE, table[i] >> 1);
    } else {
      line += delta;
      repeat(lines, line, table[i] >> 1);
    }
  }
}

/** The entry kinds of 3.11 and later: bits 3 to 6 of an entry's first byte. */
const SHORT_LAST = 9;
const ONE_LINE_FIRST = 10;
const NO_COLUMNS = 13;
const LONG = 14;
const NO_LOCATION = 15;

/** Each entry starts with a byte that has bit 7 set: its kind, and how many units it covers, minus 1. */
function decodeLocations(table: Uint8Array, firstLine: number, lines: number[]): void {
  let line = firstLine;
  let at = 0;
  while (at < table.length) {
    const kind = (table[at] >> 3) & 15;
    const units = (table[at] & 7) + 1;
    if (kind > SHORT_LAST && kind < NO_COLUMNS) line += kind - ONE_LINE_FIRST;
    else if (kind === NO_COLUMNS || kind === LONG) line += signedVarint(table, at + 1);
    repeat(lines, kind === NO_LOCATION ? NO_LINE : line, units);
    at = nextEntry(table, at);
  }
}

/** Varints keep bit 7 clear, but column bytes do not: so the kinds with bytes are skipped by their length. */
function nextEntry(table: Uint8Array, entry: number): number {
  const kind = (table[entry] >> 3) & 15;
  if (kind <= SHORT_LAST) return entry + 2;
  if (kind < NO_COLUMNS) return entry + 3;
  let at = entry + 1;
  while (at < table.length && table[at] < 128) at++;
  return at;
}

/** Six bits a byte, least significant first, bit 6 set while more follow; the sign is the lowest bit. */
function signedVarint(table: Uint8Array, from: number): number {
  let value = 0;
  for (let at = from, shift = 0; at < table.length && shift < 36; at++, shift += 6) {
    value += (table[at] & 63) * 2 ** shift;
    if ((table[at] & 64) === 0) break;
  }
  const size = Math.floor(value / 2);
  return value % 2 === 1 ? -size : size;
}

/** More units than any code object has: a broken table shall not fill the memory. */
const MAX_UNITS = 1 << 22;

function repeat(lines: number[], line: number, units: number): void {
  for (let i = 0; i < units && lines.length < MAX_UNITS; i++) lines.push(line);
}

function signed(byte: number): number {
  return byte > 127 ? byte - 256 : byte;
}
