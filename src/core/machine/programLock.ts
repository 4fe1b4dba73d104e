// threading.Lock and Condition: taken without the GIL's help, given to nobody in particular.

import type { SimThread } from './simThread';
import { WaitQueue, type WaitLinks } from './waitQueue';

/**
 * A lock of the program. Giving it back wakes who has waited longest but hands it to nobody: a thread that comes by
 * before the woken one runs gets it, and the woken one waits again (Python/thread_pthread.h: a semaphore).
 */
export class ProgramLock {
  /** Index in the trace's table of locks. */
  readonly lock: number;
  holder: SimThread | undefined;
  lastHolder: SimThread | undefined;
  /** Who held it before the holder of now. */
  previousHolder: SimThread | undefined;
  readonly waiting: WaitQueue;

  constructor(lock: number, links: WaitLinks) {
    this.lock = lock;
    this.waiting = new WaitQueue(links);
  }
}

/** A condition of the program, with the lock that guards it. */
export class ProgramCondition {
  /** Index in the trace's table of locks: a condition shows up there so that a wait can name it. */
  readonly lock: number;
  readonly guard: ProgramLock;
  readonly waiting: WaitQueue;

  constructor(lock: number, guard: ProgramLock, links: WaitLinks) {
    this.lock = lock;
    this.guard = guard;
    this.waiting = new WaitQueue(links);
  }
}
