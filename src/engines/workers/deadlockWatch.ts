// Notices that nothing can ever happen again: every living thread waits for a lock or for the end of another thread.

import type { Mark } from '../../core/model/mark';
import type { Program } from '../../core/model/program';
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

/** What the sentence about a deadlock is made of. */
export interface WaitNames {
  readonly program: Program;
  readonly laneNames: readonly string[];
  /** Locks that can be waited for, objects included; conditions and queues are numbered after them. */
  readonly lockCount: number;
}

export class DeadlockWatch {
  readonly #names: WaitNames;
  readonly #source: WaitSource;
  #sinceNs: Nanoseconds | undefined;
  #waits = '';

  constructor(names: WaitNames, source: WaitSource) {
    this.#names = names;
    this.#source = source;
  }

  /** Looks at the threads that live. The deadlock, once it is certain. */
  look(
    nowNs: Nanoseconds,
    live: readonly number[],
  ): { readonly lane: number; readonly mark: Mark } | undefined {
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
    const text = `Deadlock since ${since}: ${clauses.join('; ')}.`;
    const waitsForLock = waits.some(wait => wait > 0 && wait <= this.#names.lockCount);
    return { lane: live[0], mark: { kind: 'deadlock', waitsForLock, text } };
  }

  /** Whether what is waited for is not there: else the thread has only not been woken yet. */
  #isInVain(wait: number, live: readonly number[]): boolean {
    if (wait === 0) return false;
    if (wait < 0) return live.includes(-wait - 1);
    return wait > this.#names.lockCount || this.#source.holderOf(wait - 1) >= 0;
  }

  #clause(lane: number, wait: number): string {
    const { program, laneNames, lockCount } = this.#names;
    const { locks, objects = [], conditions = [], queues = [] } = program;
    const name = laneNames[lane];
    if (wait < 0) return `${name} waits for the end of ${laneNames[-wait - 1]}`;
    if (wait > lockCount) {
      return `${name} waits for ${[...conditions, ...queues][wait - 1 - lockCount].name}`;
    }
    const holder = this.#source.holderOf(wait - 1);
    const held = holder < 0 ? '' : `, held by ${laneNames[holder]}`;
    return `${name} waits for lock ${[...locks, ...objects][wait - 1]}${held}`;
  }
}
