// The variables of a frame by their names, which stand in tuples of its code, and the globals of its module.

import type { FrameFacts } from '../cpython/frames';
import { readText } from '../cpython/pythonText';
import { readDict } from '../cpython/threadNames';
import type { LiveStacks } from './liveStack';
import type { ObjectReader } from './objects';

export interface Variable {
  readonly name: string;
  /** Address of the object; 0 while it has none. */
  readonly value: number;
}

/** Up to 3.10: names of variables, cells and free variables, in the order of the frame's words. */
const OLD_NAMES = [72, 88, 80];
/** Since 3.11: one tuple, two words before the name of the file. */
const BEFORE_FILE_NAME = 16;
const MAX_NAMES = 256;
/** Where a frame points to its globals: up to 3.10, in 3.11, and since, behind the pointer to the frame before. */
const OLD_GLOBALS = 48;
const GLOBALS_311 = 8;
const GLOBALS_BEHIND_PREVIOUS = 16;

/** Reads variables of frames of one process. */
export class FrameVariables {
  readonly #objects: ObjectReader;
  readonly #stacks: LiveStacks;

  constructor(objects: ObjectReader, stacks: LiveStacks) {
    this.#objects = objects;
    this.#stacks = stacks;
  }

  of(frame: FrameFacts): readonly Variable[] {
    const { code } = frame;
    if (!code) return [];
    const values = this.#stacks.allWords(frame).slice(0, this.#stacks.variableCount(code));
    const names = this.#namesIn(code.address);
    return values.map((value, index) => ({
      name: names.at(index) ?? '',
      value: this.#contentOf(value),
    }));
  }

  /** The global variables that a frame sees. */
  globalsOf(frame: FrameFacts): readonly Variable[] {
    return this.inDict(this.globalsDict(frame));
  }

  globalsDict(frame: FrameFacts): number {
    return this.#objects.memory.u64(frame.address + this.#globalsPlace()) ?? 0;
  }

  /** What a dict has under names. */
  inDict(dict: number): readonly Variable[] {
    const { memory, layout } = this.#objects;
    if (this.#objects.typeName(dict) !== 'dict') return [];
    return readDict(memory, dict, layout)
      .filter(({ key, value }) => value !== 0 && this.#objects.typeName(key) === 'str')
      .map(({ key, value }) => ({ name: readText(memory, key, layout) ?? '', value }));
  }

  #globalsPlace(): number {
    const { instruction, code, previous } = this.#objects.layout.frame;
    if (instruction.kind === 'index') return OLD_GLOBALS;
    return code === 0 ? previous + GLOBALS_BEHIND_PREVIOUS : GLOBALS_311;
  }

  /** The object that a variable names; 0 when there is none of that name. */
  valueOf(frame: FrameFacts, name: string): number {
    // Up to 3.10 an argument that inner functions use has two places, of which the first is empty.
    const isIt = (variable: Variable): boolean => variable.name === name && variable.value !== 0;
    return this.of(frame).find(isIt)?.value ?? 0;
  }

  #contentOf(value: number): number {
    return this.#objects.typeName(value) === 'cell' ? this.#objects.field(value, 0) : value;
  }

  #namesIn(code: number): readonly string[] {
    const { memory, layout } = this.#objects;
    const isOld = layout.frame.instruction.kind === 'index';
    const places = isOld ? OLD_NAMES : [layout.code.fileName - BEFORE_FILE_NAME];
    return places.flatMap(place => this.#texts(memory.u64(code + place) ?? 0));
  }

  #texts(tuple: number): readonly string[] {
    if (this.#objects.typeName(tuple) !== 'tuple') return [];
    const { memory, layout } = this.#objects;
    const count = Math.min(this.#objects.field(tuple, 0), MAX_NAMES);
    // Since 3.14 a tuple keeps its hash before its items.
    const first = this.#objects.typeName(this.#objects.field(tuple, 8)) === 'str' ? 8 : 16;
    return Array.from({ length: count }, (_, index) => {
      const text = this.#objects.field(tuple, first + 8 * index);
      return readText(memory, text, layout) ?? '';
    });
  }
}
