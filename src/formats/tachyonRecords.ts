// The records of a Tachyon binary profile: samples of threads with their stacks, each told by what changed.

import type { BytesReader } from './bytesReader';
import { PastTheEnd } from './bytesReader';
import type { Losses } from './losses';

export interface TachyonThread {
  readonly tid: number;
  readonly interpreter: number;
  isMain: boolean;
  /** In ns, from the beginning of the profile. */
  readonly times: number[];
  readonly statuses: number[];
  /** The innermost frame that is a line of a file; -1 for none. */
  readonly frames: number[];
}

export interface TachyonFrame {
  readonly file: string;
  readonly line: number;
  readonly functionName: string;
}
export type TachyonFrames = readonly TachyonFrame[];

const MAIN_THREAD = 32;
const Encoding = { repeat: 0, full: 1, suffix: 2, popPush: 3 } as const;
/** Python's own stacks are not deeper. */
const DEEPEST = 20_000;
const MOST_THREADS = 100_000;

/** A thread while it is read. */
interface Open {
  readonly thread: TachyonThread;
  nowUs: number;
  /** Innermost last. */
  stack: number[];
}

export function readRecords(
  reader: BytesReader,
  sampleCount: number,
  losses: Losses,
): readonly TachyonThread[] {
  const threads = new Map<string, Open>();
  let count = 0;
  try {
    while (reader.left > 0 && count < sampleCount) {
      const open = threadOf(threads, reader.u64(), reader.u32());
      count += readRecord(reader, open, sampleCount - count);
    }
  } catch (error) {
    if (!(error instanceof PastTheEnd)) throw error;
  }
  const isCounted = sampleCount > 0 && Number.isSafeInteger(sampleCount);
  if (isCounted && count < sampleCount)
    losses.add('sample that is missing', 'the end of the records', sampleCount - count);
  return [...threads.values()].map(({ thread }) => thread);
}

function threadOf(threads: Map<string, Open>, tid: number, interpreter: number): Open {
  const key = `${tid} ${interpreter}`;
  const known = threads.get(key);
  if (known) return known;
  if (threads.size >= MOST_THREADS) throw new PastTheEnd(); // the records are damaged from here on
  const thread = { tid, interpreter, isMain: false, times: [], statuses: [], frames: [] };
  const open = { thread, nowUs: 0, stack: [] };
  threads.set(key, open);
  return open;
}

/** Reads one record; how many samples it has. */
function readRecord(reader: BytesReader, open: Open, most: number): number {
  const encoding = reader.u8();
  if (encoding !== Encoding.repeat) {
    const change = { deltaUs: reader.varint(), status: reader.u8() };
    open.stack = stackAfter(reader, encoding, open.stack);
    addSample(open, change);
    return 1;
  }
  const count = Math.min(reader.varint(), most);
  for (let i = 0; i < count; i++)
    addSample(open, { deltaUs: reader.varint(), status: reader.u8() });
  return count;
}

/** Files count frames from the innermost on. */
function stackAfter(reader: BytesReader, encoding: number, before: readonly number[]): number[] {
  switch (encoding) {
    case Encoding.full:
      return framesIn(reader, reader.varint());
    case Encoding.suffix: {
      const shared = before.slice(0, reader.varint());
      return [...shared, ...framesIn(reader, reader.varint())];
    }
    case Encoding.popPush: {
      const left = before.slice(0, Math.max(0, before.length - reader.varint()));
      return [...left, ...framesIn(reader, reader.varint())];
    }
    default:
      throw new PastTheEnd(); // no record: all that follows cannot be trusted
  }
}

function framesIn(reader: BytesReader, count: number): number[] {
  if (count > DEEPEST) throw new PastTheEnd();
  return Array.from({ length: count }, () => reader.varint()).reverse();
}

function addSample(open: Open, { deltaUs, status }: { deltaUs: number; status: number }): void {
  open.nowUs += deltaUs;
  const { thread, stack } = open;
  if ((status & MAIN_THREAD) !== 0) thread.isMain = true;
  thread.times.push(open.nowUs * 1000);
  thread.statuses.push(status);
  thread.frames.push(stack.at(-1) ?? -1);
}

interface Counts {
  readonly strings: number;
  readonly frames: number;
}

export function readFrames(
  strings: BytesReader,
  frames: BytesReader,
  counts: Counts,
): TachyonFrames {
  // Each string takes a byte at least, each frame seven.
  if (counts.strings > strings.left || counts.frames * 7 > frames.left) throw new PastTheEnd();
  const texts = Array.from({ length: counts.strings }, () => strings.text(strings.varint()));
  return Array.from({ length: counts.frames }, () => {
    const [file, functionName] = [frames.varint(), frames.varint()];
    const line = frames.signed();
    for (let i = 0; i < 3; i++) frames.signed();
    frames.u8();
    return { file: texts.at(file) ?? '', line, functionName: texts.at(functionName) ?? '' };
  });
}
