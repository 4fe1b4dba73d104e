// Answers what threads of different processes ask of one another: starting, joining, and locks that all share. What
// cannot be answered yet waits here, first come, first served.

import { Life } from './board';
import type { Question } from './neighbours';

/** What the desk needs of the run. */
export interface DeskHost {
  /** Brings a thread to life, in a process of its own. */
  readonly launch: (thread: number) => void;
  readonly answer: (question: Question, value: number) => void;
}

interface SharedLock {
  /** A lane plus 1, or 0. */
  holder: number;
  lastHolder: number;
  readonly queue: Question[];
}

export class QuestionDesk {
  readonly #host: DeskHost;
  readonly #lives: Life[];
  readonly #joins: Question[] = [];
  readonly #locks: readonly SharedLock[];

  /** Thread 0 lives already. */
  constructor(host: DeskHost, size: { readonly threads: number; readonly locks: number }) {
    this.#host = host;
    this.#lives = Array.from({ length: size.threads }, (_, i) =>
      i === 0 ? Life.started : Life.notStarted,
    );
    this.#locks = Array.from({ length: size.locks }, () => ({
      holder: 0,
      lastHolder: 0,
      queue: [],
    }));
  }

  lifeOf(thread: number): Life {
    return this.#lives[thread];
  }

  /** What a thread waits for without end, as `Board.waitsFor` has it. */
  waitsFor(thread: number): number {
    const join = this.#joins.find(question => question.lane === thread);
    if (join) return -(join.operand + 1);
    const lock = this.#locks.findIndex(({ queue }) => queue.some(({ lane }) => lane === thread));
    return lock + 1;
  }

  /** The lane that holds a lock, or -1. */
  holderOf(lock: number): number {
    return this.#locks[lock].holder - 1;
  }

  ask(question: Question): void {
    const value = this.#valueOf(question);
    if (value !== undefined) this.#host.answer(question, value);
  }

  /** A thread has ended: whoever joins it goes on. */
  ended(thread: number): void {
    this.#lives[thread] = Life.ended;
    for (let i = this.#joins.length - 1; i >= 0; i--) {
      if (this.#joins[i].operand !== thread) continue;
      const [question] = this.#joins.splice(i, 1);
      this.#host.answer(question, 0);
    }
  }

  /** The answer, or undefined while there is none. */
  #valueOf(question: Question): number | undefined {
    const { kind, operand, lane } = question;
    switch (kind) {
      case 'start':
        return this.#start(operand);
      case 'life':
        return this.#lives[operand];
      case 'join':
        if (this.#lives[operand] === Life.ended) return 0;
        this.#joins.push(question);
        return undefined;
      case 'tryLock':
        return this.#locks[operand].holder === 0 ? take(this.#locks[operand], lane) : -1;
      case 'lock':
        if (this.#locks[operand].holder === 0) return take(this.#locks[operand], lane);
        this.#locks[operand].queue.push(question);
        return undefined;
      case 'unlock':
        return this.#unlock(this.#locks[operand]);
    }
  }

  #start(thread: number): number {
    if (this.#lives[thread] !== Life.notStarted) return 0;
    this.#lives[thread] = Life.started;
    this.#host.launch(thread);
    return 1;
  }

  #unlock(lock: SharedLock): number {
    if (lock.holder === 0) return 0;
    lock.holder = 0;
    const next = lock.queue.shift();
    if (next) this.#host.answer(next, take(lock, next.lane));
    return 1;
  }
}

/** The lane that held it before, plus 1. */
function take(lock: SharedLock, lane: number): number {
  const previous = lock.lastHolder;
  lock.holder = lane + 1;
  lock.lastHolder = lane + 1;
  return previous;
}
