// What happens next: a priority queue of timers, one to a slot, in columns.

import type { Nanoseconds } from '../units';

const CHILDREN = 4;

/**
 * Timers by slot (a thread or a core). A slot has at most one timer; setting it again moves it. Timers at the same
 * instant go off in the order in which they were set. A heap of four children a node: O(log slots) an operation,
 * and nothing is allocated after the start.
 */
export class Agenda {
  /** The times of the slots in the heap, place by place: what is compared lies together. */
  readonly #heapTimes: Float64Array;
  readonly #orders: Float64Array;
  readonly #heap: Int32Array;
  readonly #places: Int32Array;
  #size = 0;
  #nextOrder = 0;

  constructor(slotCount: number) {
    this.#heapTimes = new Float64Array(slotCount);
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
    return this.#heapTimes[0];
  }

  /** A number that is another each time the slot's timer is set. */
  orderOf(slot: number): number {
    return this.#orders[slot];
  }

  /** Sets or moves the timer of a slot. */
  set(slot: number, timeNs: Nanoseconds): void {
    this.#orders[slot] = this.#nextOrder++;
    let place = this.#places[slot];
    if (place < 0) place = this.#size++;
    if (!this.#rise(place, slot, timeNs)) this.#sink(place, slot, timeNs);
  }

  /** Drops the timer of a slot, if it has one. */
  clear(slot: number): void {
    const place = this.#places[slot];
    if (place < 0) return;
    this.#places[slot] = -1;
    const end = --this.#size;
    const last = this.#heap[end];
    if (last === slot) return;
    const timeNs = this.#heapTimes[end];
    if (!this.#rise(place, last, timeNs)) this.#sink(place, last, timeNs);
  }

  /** Whether a slot whose timer goes off at `timeNs` is before the one at a place of the heap. */
  #isBefore(slot: number, timeNs: Nanoseconds, place: number): boolean {
    const otherNs = this.#heapTimes[place];
    if (timeNs !== otherNs) return timeNs < otherNs;
    return this.#orders[slot] < this.#orders[this.#heap[place]];
  }

  #put(slot: number, timeNs: Nanoseconds, place: number): void {
    this.#heap[place] = slot;
    this.#heapTimes[place] = timeNs;
    this.#places[slot] = place;
  }

  #rise(from: number, slot: number, timeNs: Nanoseconds): boolean {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      if (!this.#isBefore(slot, timeNs, parent)) break;
      this.#put(this.#heap[parent], this.#heapTimes[parent], place);
      place = parent;
    }
    if (place === from) return false;
    this.#put(slot, timeNs, place);
    return true;
  }

  #sink(from: number, slot: number, timeNs: Nanoseconds): void {
    const times = this.#heapTimes;
    const size = this.#size;
    let place = from;
    for (;;) {
      const firstChild = place * CHILDREN + 1;
      if (firstChild >= size) break;
      const end = Math.min(firstChild + CHILDREN, size);
      let best = firstChild;
      for (let child = firstChild + 1; child < end; child++) {
        const difference = times[child] - times[best];
        if (difference < 0 || (difference === 0 && this.#isOlder(child, best))) best = child;
      }
      if (this.#isBefore(slot, timeNs, best)) break;
      this.#put(this.#heap[best], times[best], place);
      place = best;
    }
    this.#put(slot, timeNs, place);
  }

  /** Among timers of one instant those set first go off first. */
  #isOlder(a: number, b: number): boolean {
    return this.#orders[this.#heap[a]] < this.#orders[this.#heap[b]];
  }
}
