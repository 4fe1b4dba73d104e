// Packed files: gzip around a file, zstd inside one. What they unpack to has a limit.

import { Decompress } from 'fzstd';
import { constants, gunzipSync } from 'node:zlib';
import { UserError, messageOf } from '../core/errors';

const MB = 1024 * 1024;
/** Traces shrink to a twentieth or so; a file that grows more than this was made to fill the memory. */
const MOST_GROWTH = 200;
const ALWAYS_ALLOWED = 32 * MB;
export const MOST_BYTES = 512 * MB;
/** A reader of zstd must keep so much behind it, as the file says; the program’s own default needs 8 MB at most. */
const LARGEST_WINDOW = 128 * MB;

export interface Unpacked {
  readonly bytes: Uint8Array;
  /** What is missing; empty for a whole file. */
  readonly cut: string;
}

/** The bytes of a file, unpacked if they are gzip. */
export function unpacked(name: string, bytes: Uint8Array): Unpacked {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { bytes, cut: '' };
  const most = mostFor(bytes.length);
  try {
    return { bytes: gunzipSync(bytes, { maxOutputLength: most }), cut: '' };
  } catch (error) {
    if (isTooMuch(error)) throw tooMuch(name, most);
    return unpackedStart(name, bytes, most);
  }
}

/** As much of a damaged gzip file as there is. */
function unpackedStart(name: string, bytes: Uint8Array, most: number): Unpacked {
  try {
    const finishFlush = constants.Z_SYNC_FLUSH;
    const start = gunzipSync(bytes, { maxOutputLength: most, finishFlush });
    return { bytes: start, cut: 'The packed file ends too early.' };
  } catch (error) {
    if (isTooMuch(error)) throw tooMuch(name, most);
    throw new UserError(`${name} is packed with gzip, and damaged: ${messageOf(error)}.`);
  }
}

function isTooMuch(error: unknown): boolean {
  return error instanceof RangeError;
}

/** The bytes of a zstd stream. */
export function unpackedZstd(name: string, packed: Uint8Array): Unpacked {
  if (windowOf(packed) > LARGEST_WINDOW)
    throw new UserError(`${name} cannot be opened: its zstd data asks for too much memory.`);
  const most = mostFor(packed.length);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream = new Decompress(piece => {
    length += piece.length;
    if (length > most) throw tooMuch(name, most);
    pieces.push(piece);
  });
  const cut = problemOf(() => {
    stream.push(packed, true);
  });
  return { bytes: joined(pieces, length), cut };
}

function problemOf(unpack: () => void): string {
  try {
    unpack();
    return '';
  } catch (error) {
    if (error instanceof UserError) throw error;
    return `Its zstd data is damaged: ${messageOf(error)}.`;
  }
}

/** The window that the first frame of a zstd stream asks for, in bytes; 0 where it has none. */
function windowOf(packed: Uint8Array): number {
  const isSingle = (packed.at(4) ?? 0) & 0x20;
  if (isSingle !== 0) return contentSizeOf(packed);
  const descriptor = packed.at(5) ?? 0;
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** The size of what a frame without a window unpacks to. */
function contentSizeOf(packed: Uint8Array): number {
  const descriptor = packed[4];
  const at = 5 + [0, 1, 2, 4][descriptor & 3];
  const length = [1, 2, 4, 8][descriptor >> 6];
  let size = length === 2 ? 256 : 0;
  for (let i = 0; i < length; i++) size += (packed.at(at + i) ?? 0) * 2 ** (8 * i);
  return size;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function mostFor(length: number): number {
  return Math.min(MOST_BYTES, Math.max(ALWAYS_ALLOWED, MOST_GROWTH * length));
}

function tooMuch(name: string, most: number): UserError {
  return new UserError(
    `${name} unpacks to more than ${Math.round(most / MB)} MB, which is more than a trace needs. It was not opened.`,
  );
}
