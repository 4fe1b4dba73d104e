// Python objects as the search for locks reads them: what type they are of, their attributes, whole numbers in them.
// Everything may be torn or freed while it is read: then there is no answer, and every answer is checked by who asked.

import type { Layout } from '../cpython/layout';
import { readText } from '../cpython/pythonText';
import { readAttribute } from '../cpython/threadNames';
import { u64At, type ProcessMemory } from '../system/processMemory';

/** PyTypeObject.tp_name, behind the head of a type, which has a size. */
const TYPE_NAME = 8;
/** Longer names of types are cut: none that is looked for is. */
const NAME_BYTES = [64, 16];
/** More types than this are forgotten and read again. */
const MAX_TYPES = 4096;
/** 30 bits in each digit of a whole number. */
const DIGIT = 2 ** 30;
const MAX_DIGITS = 3;

/** Whether an address can be that of an object: allocators align to 8 bytes, and user space ends at 2^47. */
export function mayBeObject(address: number): boolean {
  return address >= 4096 && address < 2 ** 47 && address % 8 === 0;
}

/** A word of a frame without its tags (3.14 and later use the low two bits). */
export function withoutTags(word: number): number {
  return word - (word % 4);
}

/** Reads objects of one process. */
export class ObjectReader {
  readonly memory: ProcessMemory;
  readonly layout: Layout;
  readonly #typeNames = new Map<number, string>();

  constructor(memory: ProcessMemory, layout: Layout) {
    this.memory = memory;
    this.layout = layout;
  }

  /** A pointer within an object, `offset` bytes behind its head; 0 when it cannot be read. */
  field(object: number, offset: number): number {
    return this.memory.u64(object + this.layout.objectHead + offset) ?? 0;
  }

  /**
   * Whether this is no freed object: freeing one writes a pointer to the next free block, or nothing, over its count of
   * references, and leaves the rest as it was. True where a build keeps its counts elsewhere.
   */
  isAlive(object: number): boolean {
    if (this.layout.objectHead !== 16) return true;
    const count = this.memory.u64(object) ?? 0;
    return count !== 0 && (count < 2 ** 32 || count >= 2 ** 47);
  }

  /** What the type of an object calls itself: `_thread.lock`, `Condition`; empty when it cannot be read. */
  typeName(object: number): string {
    if (!mayBeObject(object)) return '';
    const type = this.memory.u64(object + this.layout.objectHead - 8) ?? 0;
    if (!mayBeObject(type)) return '';
    const known = this.#typeNames.get(type);
    if (known !== undefined) return known;
    const name = this.#text(this.field(type, TYPE_NAME));
    if (this.#typeNames.size >= MAX_TYPES) this.#typeNames.clear();
    if (name !== '') this.#typeNames.set(type, name);
    return name;
  }

  /** Address of the object in an attribute; 0 when there is none. */
  attribute(object: number, name: string): number {
    return mayBeObject(object) ? readAttribute(this.memory, object, name, this.layout) : 0;
  }

  textAttribute(object: number, name: string): string | undefined {
    const value = this.attribute(object, name);
    return this.typeName(value) === 'str' ? readText(this.memory, value, this.layout) : undefined;
  }

  /** The whole number in an attribute, such as the ident of a thread; undefined for anything else. */
  numberAttribute(object: number, name: string): number | undefined {
    const value = this.attribute(object, name);
    return this.typeName(value) === 'int' ? this.#wholeNumber(value) : undefined;
  }

  #wholeNumber(object: number): number | undefined {
    const { objectHead, version } = this.layout;
    const block = this.memory.copy(object + objectHead, 8 + 4 * MAX_DIGITS);
    if (!block) return undefined;
    // Before 3.12 a signed count of digits; since then the count stands above three bits, the low two the sign.
    const word = u64At(block, 0);
    const count = version.minor < 12 ? word : Math.floor(word / 8);
    const isNegative = version.minor < 12 ? count > MAX_DIGITS : word % 4 === 2;
    if (isNegative || count > MAX_DIGITS) return undefined;
    let value = 0;
    for (let digit = count - 1; digit >= 0; digit--)
      value = value * DIGIT + block.view.getUint32(8 + 4 * digit, true);
    return value;
  }

  #text(address: number): string {
    for (const length of NAME_BYTES) {
      const block = address === 0 ? undefined : this.memory.copy(address, length);
      if (!block) continue; // the end of what is mapped may be near
      const end = block.bytes.indexOf(0);
      return Buffer.from(block.bytes.subarray(0, end < 0 ? length : end)).toString('latin1');
    }
    return '';
  }
}
