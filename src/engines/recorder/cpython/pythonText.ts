// Python's str and bytes objects, read from outside. Lengths are bounded: they are another program's memory.

import type { Layout } from './layout';
import { u64At, type ProcessMemory } from '../system/processMemory';

/** Longer names and paths than this are cut: nobody reads them, and a torn read may claim any length. */
const MAX_TEXT_CHARACTERS = 4096;
const MAX_BYTES = 1 << 22;

/** Behind the head of a str: its length, and its state word; the same in all versions (PyASCIIObject). */
const TEXT_LENGTH = 0;
const TEXT_STATE = 16;
/** Behind the head of a PyBytesObject: length, hash, then the bytes. */
const BYTES_LENGTH = 0;
const BYTES_START = 16;

/** The text of the str object at `address`; undefined when it cannot be read or is no compact str. */
export function readText(
  memory: ProcessMemory,
  address: number,
  layout: Pick<Layout, 'text' | 'objectHead'>,
): string | undefined {
  const { objectHead } = layout;
  const header = memory.copy(address, objectHead + 24);
  if (!header) return undefined;
  const word = header.view.getUint32(objectHead + TEXT_STATE, true);
  const state = word >>> (layout.text.internedIsByte === true ? 8 : 2);
  const kind = state & 7;
  const isCompact = ((state >>> 3) & 1) === 1;
  const isAscii = ((state >>> 4) & 1) === 1;
  if (!isCompact || (kind !== 1 && kind !== 2 && kind !== 4)) return undefined;
  const length = Math.min(u64At(header, objectHead + TEXT_LENGTH), MAX_TEXT_CHARACTERS);
  if (length === 0) return '';
  const start = address + (isAscii ? layout.text.ascii : layout.text.other);
  const block = memory.copy(start, length * kind);
  return block && decode(Buffer.from(block.bytes.buffer, 0, length * kind), kind);
}

function decode(bytes: Buffer, kind: 1 | 2 | 4): string {
  switch (kind) {
    case 1:
      return bytes.toString('latin1');
    case 2:
      return bytes.toString('utf16le');
    case 4: {
      const points: number[] = [];
      for (let at = 0; at < bytes.length; at += 4) points.push(bytes.readUInt32LE(at));
      return points.map(point => (point <= 0x10ffff ? String.fromCodePoint(point) : '�')).join('');
    }
  }
}

/** The bytes object at `address`; undefined when it cannot be read or is longer than 4 MiB. */
export function readBytes(
  memory: ProcessMemory,
  address: number,
  { objectHead }: Pick<Layout, 'objectHead'>,
): Uint8Array | undefined {
  const length = memory.u64(address + objectHead + BYTES_LENGTH);
  if (length === undefined || length > MAX_BYTES) return undefined;
  if (length === 0) return new Uint8Array(0);
  return memory.copy(address + objectHead + BYTES_START, length)?.bytes.subarray(0, length);
}
