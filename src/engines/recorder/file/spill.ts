// The recording on disk while it grows. It is the only way from the recorder to whoever shows it: the writer appends,
// the reader follows at its own pace, nothing piles up in memory, and after a crash of either all that was written
// is still there.
//
// A file is the line `GIL Scope recording 1`, then frames: payload length (u32), kind (u8), three zero bytes, payload.
// A frame that is cut off by a crash is dropped.

import { isRecord } from '../../../core/checks';
import { messageOf } from '../../../core/errors';
import {
  closeSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

import { RECORD_WIDTH, type Batch, type Definition } from './records';
import type { RecordingMode } from './modes';

const MAGIC = 'GIL Scope recording 1\n';
const FRAME_HEADER_BYTES = 8;
const FRAME_NOTE = 1;
const FRAME_ROWS = 2;
/** No frame of ours is longer; a longer one is not ours. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** Enough for the last note. */
const RESERVE_BYTES = 16 * 1024;

/** Sums over the recording so far. */
export interface SamplerCounts {
  readonly nowNs: number;
  /** Time in which the sampler itself did not run. */
  readonly blindNs: number;
  readonly handOffsSeen: number;
  readonly handOffsCounted: number;
}

/** What is wrong with a recording that was made all the same: a kind for programs, a sentence for people. */
export interface RecordingProblem {
  readonly kind: RecordingProblemKind;
  readonly text: string;
}

export type RecordingProblemKind =
  /** The sampler could not look for much of the time. */
  | 'not-observed'
  /** Waits for the GIL cannot be told from other waits. */
  | 'waits-not-told'
  /** The build keeps its data as another version does, or as none that is known. */
  | 'other-layout'
  /** The place of the build's data was not examined. */
  | 'not-examined'
  /** Threads of other interpreters were not looked at. */
  | 'other-interpreters'
  /** Recorded from inside of the program, although that was not asked for. */
  | 'inside'
  /** The recording was ended before the program was. */
  | 'cut-off'
  /** The recorder ended without a word. */
  | 'recorder-died'
  /** The trace could not be written to its file. */
  | 'not-written'
  /** One of an older recording, of which only the sentence is known. */
  | 'other';

/** How a recording ended, as the recorder knows it. */
export interface EndNote {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly counts: SamplerCounts;
  /** Time with a core that the recorder itself took. */
  readonly recorderCpuNs: number;
  readonly problems: readonly RecordingProblem[];
}

/** What is said between the rows. */
export type Note =
  | { readonly kind: 'definitions'; readonly definitions: readonly Definition[] }
  | { readonly kind: 'counts'; readonly counts: SamplerCounts; readonly mode: RecordingMode }
  /** The recording could not begin. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'end'; readonly end: EndNote };

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

/** Follows a file that may still grow. */
export class SpillReader {
  readonly #fd: number;
  #offset = 0;

  /** Throws the errors of `open`, and an Error if the file is no recording. */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    const start = this.#read(0, MAGIC.length);
    if (start?.toString() !== MAGIC) {
      closeSync(this.#fd);
      throw new Error('this file is no recording of GIL Scope');
    }
    this.#offset = MAGIC.length;
  }

  /** The next whole frame, or undefined when there is none yet. */
  next(): Frame | undefined {
    const header = this.#read(this.#offset, FRAME_HEADER_BYTES);
    if (!header) return undefined;
    const length = header.readUInt32LE(0);
    if (length > MAX_FRAME_BYTES)
      throw new Error('the recording is damaged: a part of it is too long');
    const payload = this.#read(this.#offset + FRAME_HEADER_BYTES, length);
    if (!payload) return undefined;
    this.#offset += FRAME_HEADER_BYTES + length;
    return header[4] === FRAME_ROWS
      ? { kind: 'rows', rows: rowsOf(payload) }
      : { kind: 'note', note: parseNote(payload) };
  }

  close(): void {
    closeSync(this.#fd);
  }

  #read(offset: number, length: number): Buffer | undefined {
    // allocUnsafeSlow: a buffer of its own, so that rows can be looked at as doubles
    const bytes = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const got = readSync(this.#fd, bytes, filled, length - filled, offset + filled);
      if (got === 0) return undefined;
      filled += got;
    }
    return bytes;
  }
}

function rowsOf(payload: Buffer): Float64Array {
  const rowBytes = RECORD_WIDTH * 8;
  if (payload.length % rowBytes !== 0) throw new Error('the recording is damaged: a row is cut');
  return new Float64Array(payload.buffer, payload.byteOffset, payload.length / 8);
}

function parseNote(payload: Buffer): Note {
  const value: unknown = JSON.parse(payload.toString());
  if (!isNote(value)) throw new Error('the recording is damaged: a note is not understood');
  return value;
}

/** The file lies in a private folder and was written by us; this tells another version's from ours. */
function isNote(value: unknown): value is Note {
  if (!isRecord(value) || !('kind' in value)) return false;
  switch (value.kind) {
    case 'definitions':
      return 'definitions' in value && Array.isArray(value.definitions);
    case 'counts':
      return 'counts' in value && typeof value.counts === 'object';
    case 'failed':
      return 'message' in value && typeof value.message === 'string';
    case 'end':
      return 'end' in value && typeof value.end === 'object';
    default:
      return false;
  }
}
