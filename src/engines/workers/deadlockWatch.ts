// Notices that nothing can ever happen again: every living thread waits for a lock or for the end of another thread.

import type { Program } from '../../core/program';
import { formatDuration, type Nanoseconds } from '../../core/units';

/** A standstill must last so long, so that a thread on its way from one wait to the next is not taken for stuck. */
const STANDSTILL_NS: Nanoseconds = 600_000_000;

/** Who knows what threads wait for: the board of one process, or the desk of several. */
export interface WaitSource {
  /** 0 for nothing, a lock plus 1, or minus (a thread plus 1). */
  waitsFor(thread: number): number;
  /** The lane that holds a lock, or -1. */
  holderOf(lock: number): number;
}

export class DeadlockWatch {
  readonly #program: Program;
  readonly #source: WaitSource;
  readonly #lockCount: number;
  #sinceNs: Nanoseconds | undefined;
  #waits = '';

  /** `lockCount`: locks that can be waited for, objects included; conditions and queues come after them. */
  constructor(program: Program, source: WaitSource, lockCount: number) {
    this.#program = program;
    this.#lockCount = lockCount;
    this.#source = source;
  }

  /** Looks at the threads that live. The deadlock as a sentence, once it is certain. */
  look(
    nowNs: Nanoseconds,
    live: readonly number[],
  ): { readonly lane: number; readonly sentence: string } | undefined {
    const waits = live.map(lane => this.#source.waitsFor(lane));
    const key = waits.join();
    const stuck = waits.every(wait => this.#isInVain(wait, live));
    if (live.length === 0 || !stuck || key !== this.#waits) {
      this.#waits = key;
      this.#sinceNs = undefined;
      return undefined;
    }
    this.#sinceNs ??= nowNs;
    if (nowNs - this.#sinceNs < STANDSTILL_NS) return undefined;
    const clauses = live.map((lane, i) => this.#clause(lane, waits[i]));
    const since = formatDuration(this.#sinceNs);
    return { lane: live[0], sentence: `Deadlock since ${since}: ${clauses.join('; ')}.` };
  }

  /** Whether what is waited for is not there: else the thread has only not been woken yet. */
  #isInVain(wait: number, live: readonly number[]): boolean {
    if (wait === 0) return false;
    if (wait < 0) return live.includes(-wait - 1);
    return wait > this.#lockCount || this.#source.holderOf(wait - 1) >= 0;
  }

  #clause(lane: number, wait: number): string {
    const { threads, locks, objects, conditions = [], queues = [] } = this.#program;
    const { name } = threads[lane];
    if (wait < 0) return `${name} waits for the end of ${threads[-wait - 1].name}`;
    if (wait > this.#lockCount) {
      const others = [...conditions, ...queues];
      return `${name} waits for ${others[wait - 1 - this.#lockCount].name}`;
    }
    const holder = this.#source.holderOf(wait - 1);
    const held = holder < 0 ? '' : `, held by ${threads[holder].name}`;
    return `${name} waits for lock ${[...locks, ...(objects ?? [])][wait - 1]}${held}`;
  }
}
