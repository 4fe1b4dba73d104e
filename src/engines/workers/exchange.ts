// Queues and conditions that threads of one process share: threading.Condition and queue.Queue in shared memory.
//
//   16 words per condition   TICKETS (waits begun), SERVED (waits that may go on)
//   16 words per queue       MUTEX, PUT, TAKEN, NEWS (changes whenever somebody should look again)
//   then the items of each queue: how many tasks each stands for

import type { Program } from '../../core/model/program';
import type { Board } from './board';

const BLOCK_WORDS = 16;

const TICKETS = 0;
const SERVED = 1;

const MUTEX = 0;
const PUT = 1;
const TAKEN = 2;
const NEWS = 3;

/** Items that a queue without a limit can hold. */
const MOST_ITEMS = 65_536;

export class Exchange {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #board: Board;
  readonly #queues: NonNullable<Program['queues']>;
  readonly #conditionCount: number;

  /** A new one, or another look at one that a neighbour made. The board says when to stop. */
  constructor(program: Program, board: Board, memory?: SharedArrayBuffer) {
    this.#board = board;
    this.#queues = program.queues ?? [];
    this.#conditionCount = program.conditions?.length ?? 0;
    const words =
      (this.#conditionCount + this.#queues.length) * BLOCK_WORDS +
      this.#queues.reduce((sum, queue) => sum + slotsOf(queue), 0);
    this.memory = memory ?? new SharedArrayBuffer(words * 4);
    this.#words = new Int32Array(this.memory);
  }

  /** Wakes whoever waits here, to look whether to stop. */
  wakeAll(): void {
    const end = (this.#conditionCount + this.#queues.length) * BLOCK_WORDS;
    for (let i = 0; i < end; i++) Atomics.notify(this.#words, i);
  }

  // ---- conditions; whoever calls holds the condition's lock, except to wait

  /** Queues up for a notify. Returns a ticket for `awaitNotify`. */
  beginWait(condition: number): number {
    return Atomics.add(this.#words, condition * BLOCK_WORDS + TICKETS, 1);
  }

  /** Waits until the ticket was served: first come, first served. Throws `RunStopped`. */
  awaitNotify(condition: number, ticket: number): void {
    const index = condition * BLOCK_WORDS + SERVED;
    for (;;) {
      const served = Atomics.load(this.#words, index);
      if (served > ticket) return;
      this.#board.throwIfStopped();
      Atomics.wait(this.#words, index, served);
    }
  }

  /** Serves the next ticket, or all. */
  notify(condition: number, all: boolean): void {
    const base = condition * BLOCK_WORDS;
    const tickets = Atomics.load(this.#words, base + TICKETS);
    const served = Atomics.load(this.#words, base + SERVED);
    Atomics.store(this.#words, base + SERVED, all ? tickets : Math.min(tickets, served + 1));
    Atomics.notify(this.#words, base + SERVED);
  }

  // ---- queues

  /** Puts an item if there is space. Throws if a queue without a limit grows beyond what is kept for it. */
  tryPut(queue: number, tasks: number): boolean {
    const base = this.#ofQueue(queue);
    const { capacity, name } = this.#queues[queue];
    const slots = slotsOf(this.#queues[queue]);
    this.#lock(base + MUTEX);
    const put = this.#words[base + PUT];
    const size = put - this.#words[base + TAKEN];
    const fits = size < slots;
    if (fits) {
      this.#words[this.#itemsOf(queue) + (put % slots)] = tasks;
      this.#words[base + PUT] = put + 1;
    }
    this.#unlock(base + MUTEX);
    if (fits) this.#tellNews(base);
    else if (capacity === 0) throw new Error(`queue ${name} has more than ${MOST_ITEMS} items`);
    return fits;
  }

  /** Takes the first item if there is one: its tasks. */
  tryGet(queue: number): number | undefined {
    const base = this.#ofQueue(queue);
    this.#lock(base + MUTEX);
    const taken = this.#words[base + TAKEN];
    const isThere = this.#words[base + PUT] > taken;
    const tasks = this.#words[this.#itemsOf(queue) + (taken % slotsOf(this.#queues[queue]))];
    if (isThere) this.#words[base + TAKEN] = taken + 1;
    this.#unlock(base + MUTEX);
    if (!isThere) return undefined;
    this.#tellNews(base);
    return tasks;
  }

  /** Tries until it succeeds, and waits for news of the queue in between. Throws `RunStopped`. */
  awaitQueue<Result>(queue: number, attempt: () => Result | undefined): Result {
    const index = this.#ofQueue(queue) + NEWS;
    for (;;) {
      const news = Atomics.load(this.#words, index);
      const result = attempt();
      if (result !== undefined) return result;
      this.#board.throwIfStopped();
      Atomics.wait(this.#words, index, news);
    }
  }

  #tellNews(base: number): void {
    Atomics.add(this.#words, base + NEWS, 1);
    Atomics.notify(this.#words, base + NEWS);
  }

  #ofQueue(queue: number): number {
    return (this.#conditionCount + queue) * BLOCK_WORDS;
  }

  #itemsOf(queue: number): number {
    const before = this.#queues.slice(0, queue);
    return this.#ofQueue(this.#queues.length) + before.reduce((sum, one) => sum + slotsOf(one), 0);
  }

  /** One word: 0 free, 1 taken, 2 taken and waited for. */
  #lock(index: number): void {
    if (Atomics.compareExchange(this.#words, index, 0, 1) === 0) return;
    while (Atomics.exchange(this.#words, index, 2) !== 0) Atomics.wait(this.#words, index, 2);
  }

  #unlock(index: number): void {
    if (Atomics.exchange(this.#words, index, 0) === 2) Atomics.notify(this.#words, index, 1);
  }
}

function slotsOf({ capacity }: { readonly capacity: number }): number {
  return capacity > 0 ? capacity : MOST_ITEMS;
}
