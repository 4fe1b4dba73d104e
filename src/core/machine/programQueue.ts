// queue.Queue: items in order, and who waits for one or for space.

import { WaitQueue, type WaitLinks } from './waitQueue';
import type { Nanoseconds } from '../units';

/** A queue of the program. Items are two numbers each: their tasks, and what taking them costs. */
export class ProgramQueue {
  /** Index in the trace's table of locks: a queue shows up there so that a wait can name it. */
  readonly lock: number;
  readonly #capacity: number;
  readonly #tasks: number[] = [];
  readonly #costs: number[] = [];
  #taken = 0;
  /** Threads that wait for an item. */
  readonly takers: WaitQueue;
  /** Threads that wait for space. */
  readonly putters: WaitQueue;

  /** `capacity` 0 means no limit. */
  constructor(lock: number, capacity: number, links: WaitLinks) {
    this.lock = lock;
    this.#capacity = capacity > 0 ? capacity : Infinity;
    this.takers = new WaitQueue(links);
    this.putters = new WaitQueue(links);
  }

  get size(): number {
    return this.#tasks.length - this.#taken;
  }

  get full(): boolean {
    return this.size >= this.#capacity;
  }

  put(tasks: number, costNs: Nanoseconds): void {
    this.#tasks.push(tasks);
    this.#costs.push(costNs);
  }

  /** Tasks of the first item. Only when `size` is not 0. */
  get firstTasks(): number {
    return this.#tasks[this.#taken];
  }

  /** Takes the first item and returns what that costs. Only when `size` is not 0. */
  take(): Nanoseconds {
    const costNs = this.#costs[this.#taken++];
    if (this.#taken > 1024 && this.#taken * 2 > this.#tasks.length) {
      this.#tasks.splice(0, this.#taken);
      this.#costs.splice(0, this.#taken);
      this.#taken = 0;
    }
    return costNs;
  }
}
