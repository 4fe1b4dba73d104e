// The threads that wait at one condition variable, lock or queue, in order of arrival.

const NONE = -1;

/**
 * The links of all waiting queues of a machine: a thread waits at one place only. Members are small whole numbers.
 */
export class WaitLinks {
  readonly next: Int32Array;
  readonly previous: Int32Array;

  constructor(memberCount: number) {
    this.next = new Int32Array(memberCount).fill(NONE);
    this.previous = new Int32Array(memberCount).fill(NONE);
  }
}

/** A first-in-first-out queue, each member at most once, from which any member can be taken. Everything is O(1). */
export class WaitQueue {
  readonly #links: WaitLinks;
  #head = NONE;
  #tail = NONE;
  #size = 0;

  constructor(links: WaitLinks) {
    this.#links = links;
  }

  get size(): number {
    return this.#size;
  }

  /** Who has waited longest, or -1. */
  get head(): number {
    return this.#head;
  }

  push(member: number): void {
    const { next, previous } = this.#links;
    previous[member] = this.#tail;
    next[member] = NONE;
    if (this.#tail >= 0) next[this.#tail] = member;
    else this.#head = member;
    this.#tail = member;
    this.#size++;
  }

  /** Takes a member out. It must be in this queue. */
  remove(member: number): void {
    const { next, previous } = this.#links;
    const before = previous[member];
    const after = next[member];
    if (before >= 0) next[before] = after;
    else this.#head = after;
    if (after >= 0) previous[after] = before;
    else this.#tail = before;
    this.#size--;
  }

  /** Takes out who has waited longest; -1 when nobody waits. */
  shift(): number {
    const member = this.#head;
    if (member >= 0) this.remove(member);
    return member;
  }
}
