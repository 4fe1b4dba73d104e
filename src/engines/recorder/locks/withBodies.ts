// Which locks the frames of a thread hold: while a `with` body runs, its frame keeps the way out on the value stack, a
// bound `__exit__` (up to 3.13) or the function and the object (since 3.14). Followed further: the lock of a Condition,
// of a lock of `multiprocessing`, of a generator that is a context manager, and those of an ExitStack.

import type { FrameFacts, FrameReader } from '../cpython/frames';
import { readText } from '../cpython/pythonText';
import { lockKindOf } from './lockObject';
import type { LiveStacks } from './liveStack';
import { mayBeObject, withoutTags, type ObjectReader } from './objects';

/** A lock that a `with` body keeps, and where. */
export interface Held {
  readonly lock: number;
  readonly file: string;
  /** Where the frame with that body is now: the line that holds the lock. */
  readonly line: number;
  readonly functionName: string;
}

const EXIT = '__exit__';
/** How often a frame that moves is read again. */
const CONFIRMATIONS = 2;
/** Context managers within context managers are followed this deep. */
const MAX_DEPTH = 4;
/** Behind the head: name of a method descriptor, of a function (since 3.10; before), what a method calls. */
const DESCRIPTOR_NAME = 8;
const FUNCTION_NAMES = [16, 48];
/** Behind the head: the second item of a tuple, up to 3.13 and since. */
const SECOND_ITEMS = [16, 24];
const METHOD_DEFINITION = 0;
const METHOD_FUNCTION = 0;
/** Where a generator keeps its frame: a pointer behind the head, or the frame itself (3.11; 3.12 and later). */
const GENERATOR_FRAMES = [64, 56];
const MAX_NAMES = 2000;
/** A deque: its first block, where in it the first item is, and how many there are; the items of a block. */
const DEQUE = { count: 0, firstBlock: 8, firstIndex: 24 };
const DEQUE_BLOCK_ITEMS = 64;
const MAX_DEQUE_ITEMS = 256;

/** Reads which locks frames hold, in one process. */
export class WithBodies {
  readonly #objects: ObjectReader;
  readonly #stacks: LiveStacks;
  readonly #frames: FrameReader;
  readonly #isExit = new Map<number, boolean>();

  constructor(objects: ObjectReader, stacks: LiveStacks, frames: FrameReader) {
    this.#objects = objects;
    this.#stacks = stacks;
    this.#frames = frames;
  }

  /** The locks that these frames hold by `with`, those of the innermost frame first. */
  heldBy(frames: readonly FrameFacts[]): readonly Held[] {
    return frames.flatMap(frame => {
      const { code } = frame;
      if (!code) return [];
      const locks = this.#confirmed(frame, this.#locksIn(frame, MAX_DEPTH));
      const { file, line, functionName } = code;
      return locks.map(lock => ({ lock, file, line, functionName }));
    });
  }

  /** Whether a frame still stands where it stood when it was read. */
  isStill({ address, code }: FrameFacts): boolean {
    const again = this.#frames.frameAt(address)?.code;
    return again?.address === code?.address && again?.unit === code?.unit;
  }

  /** What a frame that moved on while it was read says each time that it is read proves something; once does not. */
  #confirmed(frame: FrameFacts, locks: readonly number[]): readonly number[] {
    if (locks.length === 0 || this.isStill(frame)) return locks;
    let left = locks;
    for (let i = 0; i < CONFIRMATIONS && left.length > 0; i++) {
      const again = this.#frames.frameAt(frame.address);
      if (again?.code?.address !== frame.code?.address) return [];
      const now = again ? this.#locksIn(again, MAX_DEPTH) : [];
      left = left.filter(lock => now.includes(lock));
    }
    return left;
  }

  #locksIn(frame: FrameFacts, depth: number): readonly number[] {
    const words = this.#stacks.liveWords(frame);
    return words.flatMap((word, index) => {
      const left = this.#leftBy(word, words[index + 1] ?? 0);
      return left === 0 ? [] : this.#locksOf(left, depth);
    });
  }

  /** The object that is left by calling this word, if it is an `__exit__`; since 3.14 the object stands behind it. */
  #leftBy(word: number, next: number): number {
    const { memory } = this.#objects;
    switch (this.#objects.typeName(word)) {
      case 'builtin_function_or_method': {
        const definition = this.#objects.field(word, METHOD_DEFINITION);
        const isExit = this.#isNamedExit(definition, () =>
          this.#cText(memory.u64(definition) ?? 0),
        );
        return isExit ? this.#objects.field(word, 8) : 0;
      }
      case 'method': {
        const called = this.#objects.field(word, METHOD_FUNCTION);
        return this.#isExitFunction(called) ? this.#objects.field(word, 8) : 0;
      }
      case 'method_descriptor':
      case 'function':
        return this.#isExitFunction(word) ? next : 0;
      default:
        return 0;
    }
  }

  #isExitFunction(callable: number): boolean {
    const isOfC = this.#objects.typeName(callable) === 'method_descriptor';
    const places = isOfC ? [DESCRIPTOR_NAME] : FUNCTION_NAMES;
    return this.#isNamedExit(callable, () => {
      const names = places.map(place => this.#objects.field(callable, place));
      const name = names.find(object => this.#objects.typeName(object) === 'str');
      return name && readText(this.#objects.memory, name, this.#objects.layout);
    });
  }

  /** Names of C code never change; those of functions are kept as long, which is why a lock must confirm the rest. */
  #isNamedExit(key: number, nameOf: () => string | number | undefined): boolean {
    const known = this.#isExit.get(key);
    if (known !== undefined) return known;
    const isExit = nameOf() === EXIT;
    if (this.#isExit.size >= MAX_NAMES) this.#isExit.clear();
    this.#isExit.set(key, isExit);
    return isExit;
  }

  #cText(address: number): string {
    const block = address === 0 ? undefined : this.#objects.memory.copy(address, EXIT.length + 1);
    return block ? Buffer.from(block.bytes.subarray(0, EXIT.length)).toString('latin1') : '';
  }

  /** The locks that an object stands for: itself, or what it wraps. */
  #locksOf(object: number, depth: number): readonly number[] {
    if (lockKindOf(this.#objects, object) !== undefined) return [object];
    if (depth === 0 || !mayBeObject(object)) return [];
    const isCondition = this.#objects.attribute(object, '_waiters') !== 0;
    const wrapped = this.#objects.attribute(object, isCondition ? '_lock' : '_semlock');
    if (wrapped !== 0) return this.#locksOf(wrapped, depth - 1);
    const generator = this.#objects.attribute(object, 'gen');
    if (generator !== 0) return this.#inGenerator(generator, depth - 1);
    const callbacks = this.#objects.attribute(object, '_exit_callbacks');
    return callbacks === 0 ? [] : this.#inExitStack(callbacks, depth - 1);
  }

  #inGenerator(generator: number, depth: number): readonly number[] {
    if (this.#objects.typeName(generator) !== 'generator') return [];
    const { objectHead, frame } = this.#objects.layout;
    const places =
      frame.instruction.kind === 'index'
        ? [this.#objects.field(generator, 0)]
        : GENERATOR_FRAMES.map(place => generator + objectHead + place);
    const found = places.find(place => this.#isFrame(place));
    const suspended = found === undefined ? undefined : this.#frames.frameAt(found);
    return suspended ? this.#locksIn(suspended, depth) : [];
  }

  /** A frame points to its code. */
  #isFrame(address: number): boolean {
    if (!mayBeObject(address)) return false;
    const { memory, layout } = this.#objects;
    const code = withoutTags(memory.u64(address + layout.frame.code) ?? 0);
    return this.#objects.typeName(code) === 'code';
  }

  /** Its callbacks are pairs; the second is a bound `__exit__`. */
  #inExitStack(deque: number, depth: number): readonly number[] {
    return this.#itemsOfDeque(deque).flatMap(pair => {
      if (this.#objects.typeName(pair) !== 'tuple') return [];
      const exits = SECOND_ITEMS.map(place => this.#leftBy(this.#objects.field(pair, place), 0));
      const left = exits.find(object => object !== 0);
      return left === undefined ? [] : this.#locksOf(left, depth);
    });
  }

  #itemsOfDeque(deque: number): readonly number[] {
    if (this.#objects.typeName(deque) !== 'collections.deque') return [];
    const { memory } = this.#objects;
    const count = Math.min(this.#objects.field(deque, DEQUE.count), MAX_DEQUE_ITEMS);
    let block = this.#objects.field(deque, DEQUE.firstBlock);
    let index = this.#objects.field(deque, DEQUE.firstIndex);
    const items: number[] = [];
    while (items.length < count && block !== 0) {
      items.push(memory.u64(block + 8 * (1 + index)) ?? 0);
      index = (index + 1) % DEQUE_BLOCK_ITEMS;
      if (index === 0) block = memory.u64(block + 8 * (1 + DEQUE_BLOCK_ITEMS)) ?? 0;
    }
    return items;
  }
}
