// The threads that wait at one condition variable: in order of arrival, and by number for a random pick.

const NONE = -1;

/**
 * A first-in-first-out queue of small whole numbers, each at most once, from which any member can be taken.
 * Every operation is O(1). The links are shared by all queues of a machine, for a thread waits at one place only.
 */
export class WaitLinks {
  readonly next: Int32Array;
  readonly previous: Int32Array;
  /** Where a member stands in its queue's unordered list; -1 when it is in none. */
  readonly place: Int32Array;

  constructor(memberCount: number) {
    this.next = new Int32Array(memberCount).fill(NONE);
    this.previous = new Int32Array(memberCount).fill(NONE);
    this.place = new Int32Array(memberCount).fill(NONE);
  }
}

export class WaitQueue {
  readonly #links: WaitLinks;
  readonly #members: number[] = [];
  #head = NONE;
  #tail = NONE;

  constructor(links: WaitLinks) {
    this.#links = links;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Who has waited longest, or -1. */
  get head(): number {
    return this.#head;
  }

  /** Who came last, or -1. */
  get tail(): number {
    return this.#tail;
  }

  /** Any member by number in [0, size); which number is whose is not ordered. */
  member(index: number): number {
    return this.#members[index];
  }

  push(member: number): void {
    const { next, previous, place } = this.#links;
    place[member] = this.#members.push(member) - 1;
    previous[member] = this.#tail;
    next[member] = NONE;
    if (this.#tail >= 0) next[this.#tail] = member;
    else this.#head = member;
    this.#tail = member;
  }

  /** Takes a member out. It must be in this queue. */
  remove(member: number): void {
    const { next, previous, place } = this.#links;
    const [before, after] = [previous[member], next[member]];
    if (before >= 0) next[before] = after;
    else this.#head = after;
    if (after >= 0) previous[after] = before;
    else this.#tail = before;
    const last = this.#members[this.#members.length - 1];
    this.#members[place[member]] = last;
    place[last] = place[member];
    this.#members.length--;
    place[member] = NONE;
  }

  /** Takes out who has waited longest; -1 when nobody waits. */
  shift(): number {
    const member = this.#head;
    if (member >= 0) this.remove(member);
    return member;
  }
}
