// The name of a `threading.Thread`, read without running anything in the program. The outermost frame of such a
// thread is `Thread._bootstrap`, its first local is the Thread object, and that has an attribute `_name`.
//
// How objects keep their attributes changed in 3.11, 3.12 and 3.13 (Objects/dictobject.c, Include/cpython/object.h);
// the table of keys changed in 3.11.

import { OBJECT_HEAD, type Layout } from './layout';
import { u64At, type Block, type ProcessMemory } from '../system/processMemory';
import { readText } from './pythonText';

/** Behind the head of an object: PyTypeObject.tp_basicsize, PyDictObject.ma_keys and ma_values. */
const BASIC_SIZE = 16;
const DICT_KEYS = 16;
const DICT_VALUES = 24;
const MAX_KEYS = 512;

/** The str in the attribute `name` of the object at `address`; undefined when it has none or it cannot be read. */
export function readTextAttribute(
  memory: ProcessMemory,
  address: number,
  name: string,
  layout: Layout,
): string | undefined {
  const value = readAttribute(memory, address, name, layout);
  return value === 0 ? undefined : readText(memory, value, layout);
}

/** Address of the object in the attribute `name` of the one at `address`; 0 when it has none or it cannot be read. */
export function readAttribute(
  memory: ProcessMemory,
  address: number,
  name: string,
  layout: Layout,
): number {
  return new AttributeReader(memory, layout).attribute(address, name);
}

/** Keys and values of a dict with a table of its own, such as the globals of a module; a bounded number of them. */
export function readDict(
  memory: ProcessMemory,
  dict: number,
  layout: Layout,
): readonly { readonly key: number; readonly value: number }[] {
  return new AttributeReader(memory, layout).entries(dict);
}

/** Reads attributes; an address of 0 stands for whatever could not be read. */
class AttributeReader {
  readonly #memory: ProcessMemory;
  readonly #layout: Layout;

  constructor(memory: ProcessMemory, layout: Layout) {
    this.#memory = memory;
    this.#layout = layout;
  }

  attribute(object: number, name: string): number {
    const { objectHead } = this.#layout;
    const type = this.#pointer(object + objectHead - 8);
    const sharedKeys = this.#pointer(type + this.#layout.sharedKeys);
    const { attributes } = this.#layout;
    switch (attributes.kind) {
      case 'dict':
        return this.#fromDict(this.#pointer(object + attributes.dictOffset), name);
      case 'values': {
        const values = this.#pointer(object - 32);
        if (values === 0) return this.#fromDict(this.#pointer(object - 24), name);
        return this.#fromValues(sharedKeys, values, name);
      }
      case 'tagged': {
        const tagged = this.#pointer(object - 24);
        if (tagged % 2 === 0) return this.#fromDict(tagged, name);
        return this.#fromValues(sharedKeys, tagged + 1, name);
      }
      case 'inline': {
        const values = object + this.#pointer(type + objectHead + BASIC_SIZE);
        if (this.#isValid(values)) return this.#fromValues(sharedKeys, values + 8, name);
        return this.#fromDict(this.#pointer(object - (objectHead === OBJECT_HEAD ? 24 : 8)), name);
      }
    }
  }

  entries(dict: number): readonly { readonly key: number; readonly value: number }[] {
    const table = this.#entriesOf(this.#pointer(dict + this.#layout.objectHead + DICT_KEYS));
    if (!table) return [];
    const { block, count, entryBytes, keyAt } = table;
    return Array.from({ length: count }, (_, index) => {
      const at = index * entryBytes + keyAt;
      return { key: u64At(block, at), value: u64At(block, at + 8) };
    });
  }

  /** PyDictValues of 3.13: capacity, size, embedded, valid, then the values. */
  #isValid(values: number): boolean {
    const header = this.#memory.copy(values, 8);
    return header?.bytes[2] === 1 && header.bytes[3] === 1;
  }

  #fromDict(dict: number, name: string): number {
    const { objectHead } = this.#layout;
    const keys = this.#pointer(dict + objectHead + DICT_KEYS);
    const values = this.#pointer(dict + objectHead + DICT_VALUES);
    if (values === 0) return this.#entry(keys, name).value;
    // 3.13 put a header of 8 bytes before the values.
    const start = this.#layout.attributes.kind === 'inline' ? values + 8 : values;
    return this.#fromValues(keys, start, name);
  }

  #fromValues(keys: number, values: number, name: string): number {
    const { index } = this.#entry(keys, name);
    return index < 0 ? 0 : this.#pointer(values + 8 * index);
  }

  /** The place of a key in a table of keys, and the value beside it. */
  #entry(keys: number, name: string): { index: number; value: number } {
    const table = this.#entriesOf(keys);
    for (let index = 0; table && index < table.count; index++) {
      const at = index * table.entryBytes;
      const key = u64At(table.block, at + table.keyAt);
      if (key !== 0 && readText(this.#memory, key, this.#layout) === name) {
        return { index, value: u64At(table.block, at + table.keyAt + 8) };
      }
    }
    return { index: -1, value: 0 };
  }

  #entriesOf(
    keys: number,
  ): { block: Block; count: number; entryBytes: number; keyAt: number } | undefined {
    const header = keys === 0 ? undefined : this.#memory.copy(keys, 40);
    if (!header) return undefined;
    const isOld = this.#layout.version.minor < 11;
    const count = Math.min(u64At(header, isOld ? 32 : 24), MAX_KEYS);
    const withHash = isOld || header.bytes[10] === 0; // DICT_KEYS_GENERAL
    const entryBytes = withHash ? 24 : 16;
    const start = keys + (isOld ? 40 + oldIndexBytes(header) : 32 + 2 ** header.bytes[9]);
    const block = count === 0 ? undefined : this.#memory.copy(start, count * entryBytes);
    return block && { block, count, entryBytes, keyAt: withHash ? 8 : 0 };
  }

  #pointer(address: number): number {
    return this.#memory.u64(address) ?? 0;
  }
}

/** Bytes of the hash index before 3.11: dk_size entries of 1, 2, 4 or 8 bytes. */
function oldIndexBytes(header: Block): number {
  const size = u64At(header, 8);
  if (size <= 0xff) return size;
  return size <= 0xffff ? size * 2 : size * 4;
}
