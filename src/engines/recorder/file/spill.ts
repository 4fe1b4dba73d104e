// The recording on disk while it grows. It is the only way from the recorder to whoever shows it: the writer appends,
// the reader follows at its own pace, nothing piles up in memory, and after a crash of either all that was written
// is still there.
//
// A file is the line `GIL Scope recording 1`, then frames: payload length (u32), kind (u8), three zero bytes, payload.
// A frame that is cut off by a crash is dropped.

import { messageOf } from '../../../core/errors';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

import { damaged, DamagedRecording } from './damagedRecording';
import { parseNote, type Note } from './notes';
import { RECORD_WIDTH, type Batch } from './records';

export type { EndNote, Note, RecordingProblem, RecordingProblemKind, SamplerCounts } from './notes';

const MAGIC = 'GIL Scope recording 1\n';
const FRAME_HEADER_BYTES = 8;
const FRAME_NOTE = 1;
const FRAME_ROWS = 2;
/** No frame of ours is longer; a longer one is not ours. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** Enough for the last note. */
const RESERVE_BYTES = 16 * 1024;

export type Frame =
  | { readonly kind: 'note'; readonly note: Note }
  | { readonly kind: 'rows'; readonly rows: Float64Array };

/** The file that is given up when the disk is full: there as long as the recording is not over. */
export function reserveOf(path: string): string {
  return `${path}.reserve`;
}

/** Appends to a new file. One write for each call, so that a crash cuts at most the last one. */
export class SpillWriter {
  #fd = -1;
  #byteLength = 0;
  #failure: string | undefined;
  /** A file that is given up when the disk is full. */
  readonly #reserve: string;

  /** Throws nothing: on a full disk it has a `failure` from the beginning. */
  constructor(path: string) {
    this.#reserve = reserveOf(path);
    try {
      this.#fd = openSync(path, 'wx', 0o600);
      this.#append([Buffer.from(MAGIC)]);
      if (this.#failure === undefined)
        writeFileSync(this.#reserve, Buffer.alloc(RESERVE_BYTES), { mode: 0o600 });
      else this.close(); // without its first line it will never be a recording
    } catch (error) {
      this.#failed(error);
    }
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  /** Why something could not be written; what came before it is there. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Nothing is added where something is missing: later rows build on earlier ones. */
  writeBatch(batch: Batch): void {
    const { definitions, rows } = batch;
    const parts: Buffer[] = [];
    if (definitions.length > 0) parts.push(...noteFrame({ kind: 'definitions', definitions }));
    if (rows.length > 0) {
      const payload = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
      parts.push(frameHeader(payload.length, FRAME_ROWS), payload);
    }
    if (parts.length > 0 && this.#failure === undefined) this.#append(parts);
  }

  writeNote(note: Note): void {
    this.#append(noteFrame(note));
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    rmSync(this.#reserve, { force: true });
  }

  #failed(error: unknown): void {
    this.#failure ??= messageOf(error);
    rmSync(this.#reserve, { force: true });
  }

  #append(parts: readonly Buffer[]): void {
    if (this.#fd < 0) return;
    const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    try {
      let written = 0;
      while (written < bytes.length) {
        const left = bytes.length - written;
        written += writeSync(this.#fd, bytes, written, left, this.#byteLength + written);
      }
      this.#byteLength += bytes.length;
    } catch (error) {
      // What could not be written whole is taken back, and room is made for the note that says so.
      ftruncateSync(this.#fd, this.#byteLength);
      this.#failed(error);
    }
  }
}

function noteFrame(note: Note): Buffer[] {
  const payload = Buffer.from(JSON.stringify(note));
  return [frameHeader(payload.length, FRAME_NOTE), payload];
}

function frameHeader(length: number, kind: number): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32LE(length, 0);
  header.writeUInt8(kind, 4);
  return header;
}

/** Where a recording is read from. */
export interface SpillSource {
  /** How many bytes there are by now. */
  size(): number;
  /** Fills the bytes from an offset on, as far as there are any; how many. */
  read(bytes: Uint8Array, offset: number): number;
  close(): void;
}

/** A file that may still grow. Throws the errors of `open`. */
export function spillFile(path: string): SpillSource {
  const fd = openSync(path, 'r');
  return {
    size: () => fstatSync(fd).size,
    read: (bytes, offset) => readSync(fd, bytes, 0, bytes.length, offset),
    close: () => closeSync(fd),
  };
}

/** Follows a recording that may still grow. */
export class SpillReader {
  readonly #source: SpillSource;
  #offset = 0;

  /** Throws the errors of `open`, and a `DamagedRecording` if it is no recording. */
  constructor(from: string | SpillSource) {
    this.#source = typeof from === 'string' ? spillFile(from) : from;
    const start = this.#read(0, MAGIC.length);
    if (start?.toString() !== MAGIC) {
      this.close();
      throw new DamagedRecording('This file is no recording of GIL Scope.');
    }
    this.#offset = MAGIC.length;
  }

  /** The next whole frame, or undefined when there is none yet. Throws a `DamagedRecording`. */
  next(): Frame | undefined {
    const header = this.#read(this.#offset, FRAME_HEADER_BYTES);
    if (!header) return undefined;
    const length = header.readUInt32LE(0);
    const [kind, ...zeros] = header.subarray(4);
    if (length > MAX_FRAME_BYTES) throw damaged('a part of it is too long');
    if ((kind !== FRAME_NOTE && kind !== FRAME_ROWS) || zeros.some(zero => zero !== 0))
      throw damaged('a part of it is of no known kind');
    // A part that is not there yet may never come: no room is made for it.
    if (this.#offset + FRAME_HEADER_BYTES + length > this.#source.size()) return undefined;
    const payload = this.#read(this.#offset + FRAME_HEADER_BYTES, length);
    if (!payload) return undefined;
    this.#offset += FRAME_HEADER_BYTES + length;
    return kind === FRAME_ROWS
      ? { kind: 'rows', rows: rowsOf(payload) }
      : { kind: 'note', note: parseNote(payload) };
  }

  close(): void {
    this.#source.close();
  }

  #read(offset: number, length: number): Buffer | undefined {
    // allocUnsafeSlow: a buffer of its own, so that rows can be looked at as doubles
    const bytes = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const got = this.#source.read(bytes.subarray(filled), offset + filled);
      if (got === 0) return undefined;
      filled += got;
    }
    return bytes;
  }
}

function rowsOf(payload: Buffer): Float64Array {
  const rowBytes = RECORD_WIDTH * 8;
  if (payload.length % rowBytes !== 0) throw damaged('a row is cut');
  return new Float64Array(payload.buffer, payload.byteOffset, payload.length / 8);
}
