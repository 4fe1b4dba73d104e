// The words on the value stack of a frame: all that stand there, and those that surely live. While a `with` body runs,
// its frame keeps on the stack what it needs to leave it; old values above the live ones do not mislead.
//
// How deep the stack is surely live is told, up to 3.10, by the frame's stack of blocks (Include/frameobject.h), and
// since 3.11 by the exception table of its code (Objects/exception_handling_notes.txt).

import type { FrameCode, FrameFacts } from '../cpython/frames';
import { CODE_BYTES } from '../cpython/layout';
import { readBytes } from '../cpython/pythonText';
import { i32At, makeBlock, u64At, type Block } from '../system/processMemory';
import { withoutTags, type ObjectReader } from './objects';

const WORD = 8;
/** A larger frame is none that a person wrote; a torn read may claim any size. */
const MAX_WORDS = 4096;
const MAX_CODES = 5000;

/** Up to 3.10: where a frame points to its value stack; blocks begin 16 bytes behind the index of the instruction. */
const OLD_VALUE_STACK = 64;
const OLD_BLOCK_COUNT = 8;
const OLD_BLOCKS = 16;
const OLD_BLOCK_BYTES = 12;
const OLD_BLOCK_LEVEL = 8;
const MAX_BLOCKS = 20;
/** Up to 3.10: the numbers of a code object and its tuples of names. */
const OLD_CODE = { localCount: 28, stackSize: 32, freeNames: 80, cellNames: 88 };

/** What is constant of a code object. */
export interface CodeShape {
  /** Variables, cells and free variables: words before the value stack. */
  readonly localCount: number;
  readonly stackSize: number;
  /** Since 3.11: stretches of code units, and how deep the stack surely is there; empty before. */
  readonly stretches: readonly Stretch[];
  /** Tells the code from another one that came to lie at its address. */
  readonly identity: number;
}

export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

/** Reads the stacks of frames of one process. Keeps the shapes of code objects, a bounded number of them. */
export class LiveStacks {
  readonly #objects: ObjectReader;
  readonly #shapes = new Map<number, CodeShape>();
  readonly #code = makeBlock(CODE_BYTES);

  constructor(objects: ObjectReader) {
    this.#objects = objects;
  }

  /** All words of a frame, variables and the whole stack, dead ones included; undefined when they cannot be read. */
  allWords({ address, code }: FrameFacts): readonly number[] {
    const shape = code && this.#shapeOf(code);
    if (!shape) return [];
    const start = address + this.#objects.layout.frame.locals;
    return this.#words(start, shape.localCount + shape.stackSize);
  }

  /** The first variable of a frame, which is `self` in a method; 0 when it has none. */
  firstVariable({ address }: FrameFacts): number {
    const { memory, layout } = this.#objects;
    return withoutTags(memory.u64(address + layout.frame.locals) ?? 0);
  }

  /** How many words before the value stack there are in a frame: its variables. */
  variableCount(code: FrameCode): number {
    return this.#shapeOf(code)?.localCount ?? 0;
  }

  /** The words of the value stack that surely live, the deepest first. */
  liveWords(frame: FrameFacts): readonly number[] {
    const { code } = frame;
    if (!code) return [];
    if (this.#objects.layout.frame.instruction.kind === 'index') return this.#liveByBlocks(frame);
    const shape = this.#shapeOf(code);
    if (!shape || shape.stretches.length === 0) return [];
    const depth = depthAt(shape.stretches, code.unit);
    if (depth === 0 || depth > shape.stackSize) return [];
    const start = frame.address + this.#objects.layout.frame.locals + shape.localCount * WORD;
    return this.#words(start, depth);
  }

  #liveByBlocks({ address }: FrameFacts): readonly number[] {
    const { memory, layout } = this.#objects;
    const lastInstruction = address + layout.frame.instruction.offset;
    const count = memory.i32(lastInstruction + OLD_BLOCK_COUNT) ?? 0;
    if (count <= 0 || count > MAX_BLOCKS) return [];
    const top = lastInstruction + OLD_BLOCKS + (count - 1) * OLD_BLOCK_BYTES;
    const level = memory.i32(top + OLD_BLOCK_LEVEL) ?? 0;
    return this.#words(memory.u64(address + OLD_VALUE_STACK) ?? 0, level);
  }

  #words(start: number, count: number): readonly number[] {
    if (count <= 0 || count > MAX_WORDS) return [];
    const block = this.#objects.memory.copy(start, count * WORD);
    if (!block) return [];
    return Array.from({ length: count }, (_, index) => withoutTags(u64At(block, index * WORD)));
  }

  #shapeOf(code: FrameCode): CodeShape | undefined {
    const block = this.#code;
    if (!this.#objects.memory.readInto(block, code.address, CODE_BYTES)) return undefined;
    const identity = u64At(block, this.#objects.layout.code.lineTable);
    const known = this.#shapes.get(code.address);
    if (known?.identity === identity) return known;
    const isOld = this.#objects.layout.frame.instruction.kind === 'index';
    const shape = isOld ? this.#oldShape(block, identity) : this.#shape(block, identity);
    if (shape && this.#shapes.size >= MAX_CODES) this.#shapes.clear();
    if (shape) this.#shapes.set(code.address, shape);
    return shape;
  }

  #oldShape(block: Block, identity: number): CodeShape {
    const { localCount, stackSize, freeNames, cellNames } = OLD_CODE;
    const lengthOf = (offset: number): number => this.#objects.field(u64At(block, offset), 0);
    return {
      localCount: i32At(block, localCount) + lengthOf(freeNames) + lengthOf(cellNames),
      stackSize: i32At(block, stackSize),
      stretches: [],
      identity,
    };
  }

  /** Since 3.11: the sizes stand around the first line, the table is the third object behind the head. */
  #shape(block: Block, identity: number): CodeShape | undefined {
    const { memory, layout } = this.#objects;
    const { firstLine } = layout.code;
    const table = readBytes(memory, u64At(block, layout.objectHead + 24), layout);
    if (!table) return undefined;
    return {
      localCount: i32At(block, firstLine + 4),
      stackSize: i32At(block, firstLine - 4),
      stretches: decodeStretches(table),
      identity,
    };
  }
}

/** The entries of an exception table: start, length, target, and twice the depth plus a flag. */
export function decodeStretches(table: Uint8Array): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const reader = new VarintReader(table);
  while (!reader.isAtEnd) {
    const start = reader.next();
    const length = reader.next();
    reader.next(); // where the handler is
    stretches.push({ start, end: start + length, depth: reader.next() >> 1 });
  }
  return stretches;
}

function depthAt(stretches: readonly Stretch[], unit: number): number {
  return stretches.find(({ start, end }) => unit >= start && unit < end)?.depth ?? 0;
}

/** Six bits a byte, the most significant first; 0x40 says that more follow. */
class VarintReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  next(): number {
    let value = 0;
    for (let more = true; more && !this.isAtEnd; this.#at++) {
      const byte = this.#bytes[this.#at];
      value = value * 64 + (byte & 63);
      more = (byte & 64) !== 0;
    }
    return value;
  }
}
