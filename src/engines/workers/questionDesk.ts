// Answers what threads of different processes ask of one another: starting, joining, and locks that all share. What
// cannot be answered yet waits here, first come, first served.

import { Life } from './board';
import type { Program } from '../../core/model/program';
import { NOTHING, type Payload, type Question } from './neighbours';

/** What the desk needs of the run. */
export interface DeskHost {
  /** Brings a thread to life, in a process of its own. */
  readonly launch: (thread: number, payload: Payload | undefined) => void;
  readonly answer: (question: Question, value: number, payload?: Payload) => void;
}

interface SharedQueue {
  readonly capacity: number;
  readonly items: Question[];
  /** Who waits for an item, and who for space, with what they put. */
  readonly takers: Question[];
  readonly putters: Question[];
}

interface SharedCondition {
  tickets: number;
  served: number;
  readonly waiting: Question[];
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
  readonly #conditions: readonly SharedCondition[];
  readonly #queues: readonly SharedQueue[];

  /** Thread 0 lives already. */
  constructor(host: DeskHost, program: Program) {
    this.#host = host;
    this.#lives = program.threads.map((_, i) => (i === 0 ? Life.started : Life.notStarted));
    this.#locks = program.locks.map(() => ({ holder: 0, lastHolder: 0, queue: [] }));
    this.#conditions = (program.conditions ?? []).map(() => ({
      tickets: 0,
      served: 0,
      waiting: [],
    }));
    this.#queues = (program.queues ?? []).map(({ capacity }) => ({
      capacity: capacity > 0 ? capacity : Infinity,
      items: [],
      takers: [],
      putters: [],
    }));
  }

  lifeOf(thread: number): Life {
    return this.#lives[thread];
  }

  /** What a thread waits for without end, as `Board.waitsFor` has it. */
  waitsFor(thread: number): number {
    const join = this.#joins.find(question => question.lane === thread);
    if (join) return -(join.operand + 1);
    const waits = [
      ...this.#locks.map(({ queue }) => queue),
      ...this.#conditions.map(({ waiting }) => waiting),
      ...this.#queues.map(({ takers, putters }) => [...takers, ...putters]),
    ];
    return waits.findIndex(questions => questions.some(({ lane }) => lane === thread)) + 1;
  }

  /** The lane that holds a lock, or -1. */
  holderOf(lock: number): number {
    return lock < this.#locks.length ? this.#locks[lock].holder - 1 : -1;
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
        return this.#start(operand, question.payload);
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
      case 'holder':
        return this.#locks[operand].holder;
      case 'beginWait':
        return this.#conditions[operand].tickets++;
      case 'awaitNotify':
        return this.#awaitNotify(this.#conditions[operand], question);
      case 'notify':
        return this.#notify(this.#conditions[operand], question.second === 1);
      case 'tryPut':
        return this.#tryPut(this.#queues[operand], question) ? 1 : 0;
      case 'put':
        if (this.#tryPut(this.#queues[operand], question)) return 1;
        this.#queues[operand].putters.push(question);
        return undefined;
      case 'tryGet':
      case 'get':
        return this.#get(this.#queues[operand], question);
    }
  }

  #start(thread: number, payload: Payload | undefined): number {
    if (this.#lives[thread] !== Life.notStarted) return 0;
    this.#lives[thread] = Life.started;
    this.#host.launch(thread, payload);
    return 1;
  }

  #unlock(lock: SharedLock): number {
    if (lock.holder === 0) return 0;
    lock.holder = 0;
    const next = lock.queue.shift();
    if (next) this.#host.answer(next, take(lock, next.lane));
    return 1;
  }

  #awaitNotify(condition: SharedCondition, question: Question): number | undefined {
    if ((question.second ?? 0) < condition.served) return 0;
    condition.waiting.push(question);
    return undefined;
  }

  #notify(condition: SharedCondition, all: boolean): number {
    const { tickets, served, waiting } = condition;
    condition.served = all ? tickets : Math.min(tickets, served + 1);
    for (let i = waiting.length - 1; i >= 0; i--) {
      if ((waiting[i].second ?? 0) >= condition.served) continue;
      const [question] = waiting.splice(i, 1);
      this.#host.answer(question, 0);
    }
    return 0;
  }

  #tryPut(queue: SharedQueue, question: Question): boolean {
    const taker = queue.takers.shift();
    if (taker) {
      this.#host.answer(taker, tasksOf(question), question.payload);
      return true;
    }
    if (queue.items.length >= queue.capacity) return false;
    queue.items.push(question);
    return true;
  }

  /** The answer is given here when an item comes with it. */
  #get(queue: SharedQueue, question: Question): number | undefined {
    const item = queue.items.shift();
    if (!item) {
      if (question.kind === 'tryGet') return NOTHING;
      queue.takers.push(question);
      return undefined;
    }
    const putter = queue.putters.shift();
    if (putter) {
      queue.items.push(putter);
      this.#host.answer(putter, 1);
    }
    this.#host.answer(question, tasksOf(item), item.payload);
    return undefined;
  }
}

function tasksOf({ second }: Question): number {
  return second ?? 1;
}

/** The lane that held it before, plus 1. */
function take(lock: SharedLock, lane: number): number {
  const previous = lock.lastHolder;
  lock.holder = lane + 1;
  lock.lastHolder = lane + 1;
  return previous;
}
