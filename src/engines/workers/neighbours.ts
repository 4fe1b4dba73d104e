// How a thread of the program deals with the others: over shared memory within one process, by asking the
// coordinator from another one.

import { Life, type Board } from './board';

/** What a thread can want of the others. Whatever waits throws `RunStopped` when the run is to end. */
export interface Neighbours {
  /** Whether starting a thread takes a while, so that it should not be done with the GIL held. */
  readonly startTakesTime: boolean;
  /** False: it was started before. */
  start(thread: number): boolean;
  lifeOf(thread: number): Life;
  awaitEnd(thread: number): void;
  /** The lane that held the lock before, plus 1; -1 if the lock is taken. */
  tryLock(lock: number): number;
  /** Waits until it has the lock. The lane that held it before, plus 1. */
  lock(lock: number): number;
  /** False: nobody held it. */
  unlock(lock: number): boolean;
}

/** Threads of one process: the board is all they need. */
export function sharedNeighbours(board: Board, lane: number): Neighbours {
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
    lock(lock) {
      board.setWaitsFor(lane, lock + 1);
      let previous = board.tryLock(lock, lane);
      while (previous < 0) {
        board.awaitUnlock(lock);
        previous = board.tryLock(lock, lane);
      }
      board.setWaitsFor(lane, 0);
      return previous;
    },
    unlock(lock) {
      if (board.holderOf(lock) < 0) return false;
      board.unlock(lock);
      return true;
    },
  };
}

/** What a thread of one process can ask the coordinator of all. */
export type QuestionKind = 'start' | 'life' | 'join' | 'tryLock' | 'lock' | 'unlock';

export interface Question {
  readonly lane: number;
  /** Counts the questions of this lane, from 1. */
  readonly number: number;
  readonly kind: QuestionKind;
  /** A thread or a lock. */
  readonly operand: number;
}

/** Threads of different processes: each deed is a question, and its answer comes back on the board. */
export function askingNeighbours(
  board: Board,
  lane: number,
  send: (question: Question) => void,
): Neighbours {
  let number = 0;
  const ask = (kind: QuestionKind, operand: number): number => {
    number++;
    send({ lane, number, kind, operand });
    return board.awaitAnswer(lane, number);
  };
  return {
    startTakesTime: true,
    start: thread => ask('start', thread) === 1,
    lifeOf: thread => lifeFrom(ask('life', thread)),
    awaitEnd: thread => void ask('join', thread),
    tryLock: lock => ask('tryLock', lock),
    lock: lock => ask('lock', lock),
    unlock: lock => ask('unlock', lock) === 1,
  };
}

function lifeFrom(value: number): Life {
  return value === Life.notStarted || value === Life.started ? value : Life.ended;
}
