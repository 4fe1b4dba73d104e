// threading.Lock: taken without the GIL's help, given to nobody in particular.

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
  readonly waiting: WaitQueue;

  constructor(lock: number, links: WaitLinks) {
    this.lock = lock;
    this.waiting = new WaitQueue(links);
  }
}
