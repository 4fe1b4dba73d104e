// Reads from an ELF file the few things that lead to CPython's runtime: its section, two symbols, the load segments.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A segment that the loader maps: `fileOffset` of the file appears at `address` (before relocation). */
export interface LoadSegment {
  readonly fileOffset: number;
  readonly address: number;
  readonly fileSize: number;
}

export interface ElfFacts {
  readonly segments: readonly LoadSegment[];
  /** Unrelocated address of `_PyRuntime`, if the file has it. */
  readonly runtimeAddress: number | undefined;
  /** Value of `Py_Version` (3.11 and later), a PY_VERSION_HEX, if the file has it. */
  readonly versionHex: number | undefined;
}

/** A named part of the file. */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

const SECTION_SYMBOLS = 2; // SHT_SYMTAB
const SECTION_DYNAMIC_SYMBOLS = 11; // SHT_DYNSYM
const SEGMENT_LOAD = 1; // PT_LOAD
const SYMBOL_BYTES = 24;
/** No real library has tables this large; a hostile file shall not make us allocate more. */
const MAX_TABLE_BYTES = 64 * 1024 * 1024;

/** The facts of the ELF file at `path`; undefined if it is no 64-bit little-endian ELF file. Throws the errors of `open`. */
export function readElf(path: string): ElfFacts | undefined {
  const fd = openSync(path, 'r');
  try {
    return readOpenElf(fd);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // offsets outside of the file
    throw error;
  } finally {
    closeSync(fd);
  }
}

function readOpenElf(fd: number): ElfFacts | undefined {
  const fileSize = fstatSync(fd).size;
  const header = readAt(fd, 0, 64);
  const isElf64 = header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1;
  if (!isElf64) return undefined;
  const segments = readSegments(fd, header);
  const sections = readSections(fd, header, fileSize);
  const symbols = findSymbols(fd, sections, ['_PyRuntime', 'Py_Version']);
  const runtimeSection = sections.find(section => section.name === '.PyRuntime');
  const versionAt = symbols.get('Py_Version');
  return {
    segments,
    runtimeAddress: runtimeSection?.address ?? symbols.get('_PyRuntime'),
    versionHex: versionAt === undefined ? undefined : readWord(fd, segments, versionAt),
  };
}

/** What the loader maps. Throws a RangeError where the file is shorter than it claims. */
export function readSegments(fd: number, header: Buffer): LoadSegment[] {
  const count = header.readUInt16LE(56);
  const size = header.readUInt16LE(54);
  const table = readAt(fd, number64(header, 32), count * size);
  const segments: LoadSegment[] = [];
  for (let at = 0; at < table.length; at += size) {
    if (table.readUInt32LE(at) !== SEGMENT_LOAD) continue;
    segments.push({
      fileOffset: number64(table, at + 8),
      address: number64(table, at + 16),
      fileSize: number64(table, at + 32),
    });
  }
  return segments;
}

function readSections(fd: number, header: Buffer, fileSize: number): Section[] {
  const count = header.readUInt16LE(60);
  const size = header.readUInt16LE(58);
  const table = readAt(fd, number64(header, 40), count * size);
  const raw: (Omit<Section, 'name'> & { nameAt: number })[] = [];
  for (let at = 0; at < table.length; at += size) {
    raw.push({
      nameAt: table.readUInt32LE(at),
      type: table.readUInt32LE(at + 4),
      address: number64(table, at + 16),
      offset: number64(table, at + 24),
      size: number64(table, at + 32),
      link: table.readUInt32LE(at + 40),
    });
  }
  const names = raw.at(header.readUInt16LE(62));
  if (!names || names.size > fileSize) return [];
  const text = readAt(fd, names.offset, names.size);
  return raw.map(({ nameAt, ...section }) => ({ ...section, name: textAt(text, nameAt) }));
}

/** The named parts of an open file; empty where it does not tell. Throws a RangeError as {@link readSegments} does. */
export function sectionsOf(fd: number, header: Buffer): readonly Section[] {
  return readSections(fd, header, fstatSync(fd).size);
}

/** A symbol that the loader knows: one that the file has, or one that it asks others for (then the address is 0). */
export interface DynamicSymbol {
  readonly name: string;
  readonly address: number;
}

/** All symbols of an open file that the loader knows. Throws a RangeError as {@link readSegments} does. */
export function dynamicSymbols(fd: number, sections: readonly Section[]): DynamicSymbol[] {
  const symbols = sections.find(section => section.type === SECTION_DYNAMIC_SYMBOLS);
  const names = symbols && sections.at(symbols.link);
  if (!symbols || !names) return [];
  const table = readAt(fd, symbols.offset, symbols.size);
  const text = readAt(fd, names.offset, names.size);
  const found: DynamicSymbol[] = [];
  for (let at = 0; at + SYMBOL_BYTES <= table.length; at += SYMBOL_BYTES) {
    found.push({
      name: textAt(text, table.readUInt32LE(at)),
      address: number64(table, at + 8),
    });
  }
  return found;
}

/** Unrelocated addresses of the wanted symbols: from the dynamic table, which survives `strip`, else from the full one. */
function findSymbols(
  fd: number,
  sections: readonly Section[],
  wanted: readonly string[],
): Map<string, number> {
  const found = new Map<string, number>();
  for (const type of [SECTION_DYNAMIC_SYMBOLS, SECTION_SYMBOLS]) {
    const table = sections.find(section => section.type === type);
    const strings = table && sections.at(table.link);
    if (!table || !strings || found.size === wanted.length) continue;
    searchSymbols(readAt(fd, table.offset, table.size), readAt(fd, strings.offset, strings.size), {
      wanted,
      found,
    });
  }
  return found;
}

function searchSymbols(
  table: Buffer,
  strings: Buffer,
  search: { wanted: readonly string[]; found: Map<string, number> },
): void {
  // Names are searched for in the text, and then only their places in the table: that is a tenth of the work.
  const nameAtPlace = new Map<number, string>();
  for (const name of search.wanted) {
    for (const place of placesOf(strings, `${name}\0`)) nameAtPlace.set(place, name);
  }
  for (let at = 0; at + SYMBOL_BYTES <= table.length; at += SYMBOL_BYTES) {
    const name = nameAtPlace.get(table.readUInt32LE(at));
    if (name === undefined || search.found.has(name)) continue;
    const address = number64(table, at + 8);
    if (address !== 0) search.found.set(name, address); // 0: declared here, defined elsewhere
  }
}

/** Where a text lies within bytes; also as the end of longer ones, because linkers let names share their ends. */
function placesOf(bytes: Buffer, text: string): readonly number[] {
  const places: number[] = [];
  let at = bytes.indexOf(text);
  for (; at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at);
  return places;
}

/** A word of initialised data, read from the file. */
function readWord(
  fd: number,
  segments: readonly LoadSegment[],
  address: number,
): number | undefined {
  const segment = segments.find(s => address >= s.address && address + 4 <= s.address + s.fileSize);
  if (!segment) return undefined;
  return readAt(fd, segment.fileOffset + address - segment.address, 4).readUInt32LE(0);
}

/** Bytes of the file. Throws a RangeError where there are not that many. */
export function readAt(fd: number, offset: number, length: number): Buffer {
  if (length > MAX_TABLE_BYTES) throw new RangeError('a table of the ELF file is too large');
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const got = readSync(fd, bytes, filled, length - filled, offset + filled);
    if (got === 0) throw new RangeError('the ELF file ends too early');
    filled += got;
  }
  return bytes;
}

function number64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000;
}

function textAt(strings: Buffer, at: number): string {
  const end = strings.indexOf(0, at);
  return strings.toString('latin1', at, end < 0 ? strings.length : end);
}
