// Follows the file that the recorder inside of a program writes, and turns it into the same rows that the recorder
// outside writes. The program could write there, too: what makes no sense is left out.

import { isRecord } from '../../../core/checks';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';

import { LaneState } from '../../../core/model/lanes';
import {
  estimateStates,
  type EstimatedState,
  type InsideInterval,
  type InsideLook,
} from './insideEstimate';
import type { InsideWay } from './insideProgram';
import { BatchWriter, RecordKind, type Batch } from '../file/records';
import type { SamplerCounts } from '../file/spill';

const READ_BYTES = 256 * 1024;
/** A longer line is none of ours: 5000 threads need less. */
const MAX_LINE_CHARACTERS = 4 * 1024 * 1024;
const MAX_THREADS = 5000;
const MAX_POSITIONS = 100_001;
const BATCH_ROWS = 4096;

/** Reads one file, which may not be there yet. Owns it until `close`. */
export class InsideReader {
  readonly #path: string;
  readonly #way: InsideWay;
  readonly #batch = new BatchWriter(BATCH_ROWS);
  readonly #bytes = Buffer.alloc(READ_BYTES);
  readonly #decoder = new TextDecoder();
  #fd = -1;
  #offset = 0;
  #rest = '';
  #nowNs = 0;
  #threadCount = 0;
  #positionCount = 0;
  #handOffs = 0;
  #lastHolder = -1;
  #isBegun = false;
  #hadOthers = false;
  #freeThreaded: string | undefined;

  constructor(path: string, way: InsideWay) {
    this.#path = path;
    this.#way = way;
  }

  /** Whether the program has begun to tell of itself. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** The version, if it is a free-threaded build without a GIL: then there is nothing to estimate. */
  get freeThreaded(): string | undefined {
    return this.#freeThreaded;
  }

  /** Whether there was a time with more than one interpreter, of which nothing could be told. */
  get hadOthers(): boolean {
    return this.#hadOthers;
  }

  /** Hand-offs are known only where events tell them. */
  get counts(): SamplerCounts {
    return {
      nowNs: this.#nowNs,
      blindNs: 0,
      handOffsSeen: this.#handOffs,
      handOffsCounted: this.#handOffs,
    };
  }

  /** What came since the last call. */
  read(): Batch {
    if (this.#fd < 0 && existsSync(this.#path)) this.#fd = openSync(this.#path, 'r');
    while (this.#fd >= 0) {
      const length = readSync(this.#fd, this.#bytes, 0, READ_BYTES, this.#offset);
      if (length === 0) break;
      this.#offset += length;
      this.#take(this.#decoder.decode(this.#bytes.subarray(0, length), { stream: true }));
    }
    this.#batch.row(RecordKind.tick, this.#nowNs, []);
    return this.#batch.take();
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    const last = lines.pop() ?? '';
    this.#rest = last.length > MAX_LINE_CHARACTERS ? '' : last;
    for (const line of lines) this.#hear(parseLine(line));
  }

  #hear(line: Readonly<Record<string, unknown>>): void {
    if (line.kind === 'process') this.#begin(line);
    if (!this.#isBegun) return;
    switch (line.kind) {
      case 'thread':
        this.#meet(line);
        break;
      case 'name': {
        const { index, name } = line;
        if (isIndex(index, this.#threadCount) && typeof name === 'string')
          this.#batch.define({ kind: 'name', thread: index, name });
        break;
      }
      case 'position':
        this.#place(line);
        break;
      case 'interval':
        this.#interval(line);
        break;
      case 'end':
        if (isTime(line.nowNs, this.#nowNs)) this.#nowNs = line.nowNs;
    }
  }

  #begin(line: Readonly<Record<string, unknown>>): void {
    const { pid, version, switchIntervalNs, hasGil } = line;
    const isOurs =
      typeof pid === 'number' && typeof version === 'string' && isTime(switchIntervalNs, 0);
    if (this.#isBegun || !isOurs) return;
    if (hasGil === false) {
      this.#freeThreaded = version;
      return;
    }
    this.#isBegun = true;
    const inside = this.#way;
    this.#batch.define({ kind: 'process', index: 0, pid, version, switchIntervalNs, inside });
    this.#batch.define({ kind: 'gil', index: 0, process: 0, interpreter: 0 });
  }

  #meet({ index, nativeId, isMain, name, sinceNs }: Readonly<Record<string, unknown>>): void {
    if (index !== this.#threadCount || index >= MAX_THREADS) return;
    if (typeof nativeId !== 'number' || typeof name !== 'string' || !isTime(sinceNs, 0)) return;
    this.#threadCount++;
    this.#batch.define({
      kind: 'thread',
      index,
      process: 0,
      interpreter: 0,
      gil: 0,
      nativeId,
      isMain: isMain === true,
      standsForMany: false,
      sinceNs,
    });
    this.#batch.define({ kind: 'name', thread: index, name });
  }

  #place({ index, file, line, functionName }: Readonly<Record<string, unknown>>): void {
    if (index !== this.#positionCount + 1 || index >= MAX_POSITIONS) return;
    if (typeof file !== 'string' || typeof functionName !== 'string' || !isTime(line, 0)) return;
    this.#positionCount++;
    this.#batch.define({ kind: 'position', index, file, line, functionName });
  }

  #interval(line: Readonly<Record<string, unknown>>): void {
    const { fromNs, toNs, lateNs, atOnce, hasOthers, threads, turns, ended } = line;
    if (!isTime(fromNs, this.#nowNs) || !isTime(toNs, fromNs) || !isTime(lateNs, 0)) return;
    const looks = listOf(threads).flatMap(look => this.#lookOf(look));
    const known = listOf(turns).flatMap(turn => this.#turnOf(turn));
    this.#countHandOffs(known);
    const isAtOnce = atOnce === true;
    const interval: InsideInterval = { fromNs, toNs, lateNs, isAtOnce, looks, turns: known };
    this.#hadOthers ||= hasOthers === true;
    const states = hasOthers === true ? unknownStates(interval) : estimateStates(interval);
    for (const { thread, fromNs: atNs, state, position } of states)
      this.#batch.row(RecordKind.told, atNs, [thread, state, position]);
    this.#nowNs = toNs;
    for (const thread of listOf(ended))
      if (isIndex(thread, this.#threadCount))
        this.#batch.row(RecordKind.threadEnded, toNs, [thread, fromNs, fromNs]);
  }

  #lookOf(value: unknown): InsideLook[] {
    const [thread, position, ranNs, isAtCall] = listOf(value);
    if (!isIndex(thread, this.#threadCount) || !isIndex(position, this.#positionCount + 1))
      return [];
    return [{ thread, position, ranNs: isTime(ranNs, 0) ? ranNs : -1, isAtCall: isAtCall === 1 }];
  }

  #turnOf(value: unknown): InsideInterval['turns'][number][] {
    const [thread, fromNs, toNs] = listOf(value);
    if (!isIndex(thread, this.#threadCount) || !isTime(fromNs, 0) || !isTime(toNs, fromNs))
      return [];
    return [{ thread, fromNs, toNs }];
  }

  #countHandOffs(turns: InsideInterval['turns']): void {
    for (const { thread } of turns) {
      if (this.#lastHolder >= 0 && thread !== this.#lastHolder) this.#handOffs++;
      this.#lastHolder = thread;
    }
  }
}

/** Nobody could look where the threads stood: one may run in any interpreter, with that one's GIL. */
function unknownStates({ looks, fromNs }: InsideInterval): EstimatedState[] {
  return looks.map(({ thread }) => ({ thread, fromNs, state: LaneState.unknown, position: 0 }));
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : {};
  } catch {
    return {}; // cut by a crash, or not ours
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isIndex(value: unknown, count: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count;
}

function isTime(value: unknown, atLeast: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= atLeast;
}
