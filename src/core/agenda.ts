// What happens next: a priority queue of timers, one to a slot, in columns.

import type { Nanoseconds } from './units';

const CHILDREN = 4;

/**
 * Timers by slot (a thread or a core). A slot has at most one timer; setting it again moves it. Timers at the same
 * instant go off in the order in which they were set. A heap of four children a node: O(log slots) an operation,
 * and nothing is allocated after the start.
 */
export class Agenda {
  readonly #times: Float64Array;
  readonly #orders: Float64Array;
  readonly #heap: Int32Array;
  readonly #places: Int32Array;
  #size = 0;
  #nextOrder = 0;

  constructor(slotCount: number) {
    this.#times = new Float64Array(slotCount);
    this.#orders = new Float64Array(slotCount);
    this.#heap = new Int32Array(slotCount);
    this.#places = new Int32Array(slotCount).fill(-1);
  }

  get size(): number {
    return this.#size;
  }

  /** The slot whose timer goes off first. Only when `size` is not 0. */
  get first(): number {
    return this.#heap[0];
  }

  /** When the first timer goes off. Only when `size` is not 0. */
  get firstNs(): Nanoseconds {
    return this.#times[this.#heap[0]];
  }

  /** A number that is another each time the slot's timer is set. */
  orderOf(slot: number): number {
    return this.#orders[slot];
  }

  /** Sets or moves the timer of a slot. */
  set(slot: number, timeNs: Nanoseconds): void {
    this.#times[slot] = timeNs;
    this.#orders[slot] = this.#nextOrder++;
    let place = this.#places[slot];
    if (place < 0) {
      place = this.#size++;
      this.#heap[place] = slot;
      this.#places[slot] = place;
    }
    if (!this.#rise(place)) this.#sink(place);
  }

  /** Drops the timer of a slot, if it has one. */
  clear(slot: number): void {
    const place = this.#places[slot];
    if (place < 0) return;
    this.#places[slot] = -1;
    const last = this.#heap[--this.#size];
    if (last === slot) return;
    this.#heap[place] = last;
    this.#places[last] = place;
    if (!this.#rise(place)) this.#sink(place);
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#times[a] - this.#times[b];
    return difference < 0 || (difference === 0 && this.#orders[a] < this.#orders[b]);
  }

  #rise(from: number): boolean {
    const heap = this.#heap;
    const slot = heap[from];
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      if (!this.#isBefore(slot, heap[parent])) break;
      heap[place] = heap[parent];
      this.#places[heap[place]] = place;
      place = parent;
    }
    if (place === from) return false;
    heap[place] = slot;
    this.#places[slot] = place;
    return true;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const slot = heap[from];
    let place = from;
    for (;;) {
      const firstChild = place * CHILDREN + 1;
      if (firstChild >= this.#size) break;
      const end = Math.min(firstChild + CHILDREN, this.#size);
      let best = firstChild;
      for (let child = firstChild + 1; child < end; child++) {
        if (this.#isBefore(heap[child], heap[best])) best = child;
      }
      if (!this.#isBefore(heap[best], slot)) break;
      heap[place] = heap[best];
      this.#places[heap[place]] = place;
      place = best;
    }
    heap[place] = slot;
    this.#places[slot] = place;
  }
}
