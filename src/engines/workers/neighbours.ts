// How a thread of the program deals with the others: over shared memory within one process, by asking the
// coordinator from another one.

import type { Message } from '../../core/model/program';
import { Life, type Board } from './board';
import type { Exchange } from './exchange';

/** What a thread can want of the others. Whatever waits throws `RunStopped` when the run is to end. */
export interface Neighbours {
  /** Whether starting a thread takes a while, so that it should not be done with the GIL held. */
  readonly startTakesTime: boolean;
  /** False: it was started before. */
  start(thread: number, sends: Message | undefined): boolean;
  lifeOf(thread: number): Life;
  awaitEnd(thread: number): void;
  /** The lane that held the lock before, plus 1; -1 if the lock is taken. */
  tryLock(lock: number): number;
  /** Waits until it has the lock. The lane that held it before, plus 1. */
  lock(lock: number): number;
  /** False: nobody held it. */
  unlock(lock: number): boolean;
  /** Whether this thread has the lock. */
  holds(lock: number): boolean;
  /** Queues up for a notify, with the condition's lock held. Returns a ticket for `awaitNotify`. */
  beginWait(condition: number): number;
  awaitNotify(condition: number, ticket: number): void;
  notify(condition: number, all: boolean): void;
  /** False: the queue is full. */
  tryPut(queue: number, item: Item): boolean;
  put(queue: number, item: Item): void;
  /** The tasks of the first item; undefined: the queue is empty. */
  tryGet(queue: number): number | undefined;
  get(queue: number): number;
}

/** What is put into a queue. */
export interface Item {
  readonly tasks: number;
  readonly sends: Message | undefined;
}

/** Numbers for what threads wait for: after the locks come the conditions, then the queues. */
export interface WaitNumbers {
  readonly firstCondition: number;
  readonly firstQueue: number;
}

/** Threads of one process: shared memory is all they need, and objects need not be sent. */
export function sharedNeighbours(
  { board, exchange }: { readonly board: Board; readonly exchange: Exchange },
  lane: number,
  numbers: WaitNumbers,
): Neighbours {
  const waiting = <Result>(what: number, wait: () => Result): Result => {
    board.setWaitsFor(lane, what + 1);
    const result = wait();
    board.setWaitsFor(lane, 0);
    return result;
  };
  return {
    startTakesTime: false,
    start: thread => board.changeLife(thread, Life.notStarted, Life.started),
    lifeOf: thread => board.lifeOf(thread),
    awaitEnd(thread) {
      board.setWaitsFor(lane, -(thread + 1));
      board.awaitLifeAfter(thread, Life.started);
      board.setWaitsFor(lane, 0);
    },
    tryLock: lock => board.tryLock(lock, lane),
    lock: lock =>
      waiting(lock, () => {
        let previous = board.tryLock(lock, lane);
        while (previous < 0) {
          board.awaitUnlock(lock);
          previous = board.tryLock(lock, lane);
        }
        return previous;
      }),
    holds: lock => board.holderOf(lock) === lane,
    beginWait: condition => exchange.beginWait(condition),
    awaitNotify: (condition, ticket) =>
      waiting(numbers.firstCondition + condition, () => exchange.awaitNotify(condition, ticket)),
    notify: (condition, all) => exchange.notify(condition, all),
    tryPut: (queue, { tasks }) => exchange.tryPut(queue, tasks),
    put: (queue, { tasks }) =>
      waiting(numbers.firstQueue + queue, () => {
        exchange.awaitQueue(queue, () => (exchange.tryPut(queue, tasks) ? true : undefined));
      }),
    tryGet: queue => exchange.tryGet(queue),
    get: queue =>
      waiting(numbers.firstQueue + queue, () =>
        exchange.awaitQueue(queue, () => exchange.tryGet(queue)),
      ),
    unlock(lock) {
      if (board.holderOf(lock) < 0) return false;
      board.unlock(lock);
      return true;
    },
  };
}

/** What a thread of one process can ask the coordinator of all. */
export type QuestionKind =
  | 'start'
  | 'life'
  | 'join'
  | 'tryLock'
  | 'lock'
  | 'unlock'
  | 'holder'
  | 'beginWait'
  | 'awaitNotify'
  | 'notify'
  | 'tryPut'
  | 'put'
  | 'tryGet'
  | 'get';

export interface Question {
  readonly lane: number;
  /** Counts the questions of this lane, from 1. */
  readonly number: number;
  readonly kind: QuestionKind;
  /** A thread, a lock, a condition or a queue. */
  readonly operand: number;
  /** A ticket, a number of tasks, or 1 for all. */
  readonly second?: number;
  /** What is sent along: it goes the whole way, through both pipes. */
  readonly payload?: Payload;
}

/** An object on its way to another process. */
export type Payload = Uint8Array | readonly Readonly<Record<string, number | string>>[];

/** The answer to `tryGet` when there is nothing to get; tasks are -1 (the end of a `forEach`) or more. */
export const NOTHING = -2;

/** Threads of different processes: each deed is a question, and its answer comes back on the board. */
export function askingNeighbours(
  board: Board,
  lane: number,
  send: (question: Question) => void,
): Neighbours {
  let number = 0;
  const ask = (
    kind: QuestionKind,
    operand: number,
    more: Pick<Question, 'second' | 'payload'> = {},
  ): number => {
    number++;
    send({ lane, number, kind, operand, ...more });
    return board.awaitAnswer(lane, number);
  };
  const itemOf = ({ tasks, sends }: Item) => ({ second: tasks, ...payloadOf(sends) });
  return {
    startTakesTime: true,
    start: (thread, sends) => ask('start', thread, payloadOf(sends)) === 1,
    lifeOf: thread => lifeFrom(ask('life', thread)),
    awaitEnd: thread => void ask('join', thread),
    tryLock: lock => ask('tryLock', lock),
    lock: lock => ask('lock', lock),
    unlock: lock => ask('unlock', lock) === 1,
    holds: lock => ask('holder', lock) === lane + 1,
    beginWait: condition => ask('beginWait', condition),
    awaitNotify: (condition, ticket) => void ask('awaitNotify', condition, { second: ticket }),
    notify: (condition, all) => void ask('notify', condition, { second: all ? 1 : 0 }),
    tryPut: (queue, item) => ask('tryPut', queue, itemOf(item)) === 1,
    put: (queue, item) => void ask('put', queue, itemOf(item)),
    tryGet(queue) {
      const tasks = ask('tryGet', queue);
      return tasks === NOTHING ? undefined : tasks;
    },
    get: queue => ask('get', queue),
  };
}

/** Bytes of one small object, about as much as a dict with two entries takes when pickled. */
const OBJECT_BYTES = 64;

function payloadOf(message: Message | undefined): { readonly payload?: Payload } {
  if (!message || message.bytes === 0) return {};
  if (message.content === 'bytes') return { payload: new Uint8Array(message.bytes) };
  const length = Math.ceil(message.bytes / OBJECT_BYTES);
  return { payload: Array.from({ length }, (_, i) => ({ id: i, name: `object number ${i}` })) };
}

function lifeFrom(value: number): Life {
  return value === Life.notStarted || value === Life.started ? value : Life.ended;
}
