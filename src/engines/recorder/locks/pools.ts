// Who will give a future its result: the pool's worker that runs it, or, while it waits in a pool's queue, the first
// worker that gets free. A pool whose workers all wait for what lies in its own queue waits for itself.

import type { FrameFacts } from '../cpython/frames';
import type { FrameVariables } from './frameVariables';
import type { LiveStacks } from './liveStack';
import { mayBeObject, type ObjectReader } from './objects';

/** Which of the given stacks a future depends on, by their indices. */
export type FutureMaker =
  /** This one runs it. */
  | { readonly kind: 'ranBy'; readonly stack: number }
  /** It lies in a queue that these workers take work from. */
  | { readonly kind: 'queuedFor'; readonly stacks: readonly number[] };

type Stack = readonly FrameFacts[];

const POOL_FILE = '/concurrent/futures/thread.py';
const RUNS = /(^|\.)(_WorkItem\.)?run$/;
/** Words of a SimpleQueue behind its head: one of them leads to the items, as a list or as a ring. */
const QUEUE_WORDS = 8;
const MAX_ITEMS = 1000;

/** Reads the pools of `concurrent.futures` of one process. */
export class Pools {
  readonly #objects: ObjectReader;
  readonly #stacks: LiveStacks;
  readonly #variables: FrameVariables;

  constructor(objects: ObjectReader, stacks: LiveStacks, variables: FrameVariables) {
    this.#objects = objects;
    this.#stacks = stacks;
    this.#variables = variables;
  }

  /** Undefined where no pool of threads is found that has the future. */
  makerOf(future: number, stacks: readonly Stack[]): FutureMaker | undefined {
    const runner = stacks.findIndex(stack => this.#runs(future, stack));
    if (runner >= 0) return { kind: 'ranBy', stack: runner };
    const queues = stacks.map(stack => this.#queueOf(stack));
    const queue = [...new Set(queues)].find(other => other !== 0 && this.#hasFuture(other, future));
    if (queue === undefined) return undefined;
    return {
      kind: 'queuedFor',
      stacks: queues.flatMap((other, index) => (other === queue ? [index] : [])),
    };
  }

  #runs(future: number, stack: Stack): boolean {
    return stack.some(frame => {
      const { code } = frame;
      if (!code || !code.file.endsWith(POOL_FILE) || !RUNS.test(code.functionName)) return false;
      const item = this.#stacks.firstVariable(frame);
      return this.#objects.attribute(item, 'future') === future;
    });
  }

  /** The queue that a worker takes work from; 0 for other threads. */
  #queueOf(stack: Stack): number {
    const worker = stack.find(
      ({ code }) => code?.functionName === '_worker' && code.file.endsWith(POOL_FILE),
    );
    return worker ? this.#variables.valueOf(worker, 'work_queue') : 0;
  }

  #hasFuture(queue: number, future: number): boolean {
    if (this.#objects.typeName(queue) !== '_queue.SimpleQueue') return false;
    return Array.from({ length: QUEUE_WORDS }, (_, index) => this.#objects.field(queue, 8 * index))
      .flatMap(word => this.#itemsAt(word))
      .some(item => this.#objects.attribute(item, 'future') === future);
  }

  /** The work items of a list, or of an array. */
  #itemsAt(word: number): readonly number[] {
    if (!mayBeObject(word)) return [];
    const isList = this.#objects.typeName(word) === 'list';
    const array = isList ? this.#objects.field(word, 8) : word;
    const count = isList ? Math.min(this.#objects.field(word, 0), MAX_ITEMS) : MAX_ITEMS;
    const items: number[] = [];
    for (let index = 0; index < count; index++) {
      const item = this.#objects.memory.u64(array + 8 * index);
      if (item === undefined) break;
      if (this.#objects.typeName(item) === '_WorkItem') items.push(item);
      else if (!isList && index > 64 && items.length === 0) break;
    }
    return items;
  }
}
