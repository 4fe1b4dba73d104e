// A real lock with the protocol of CPython's GIL since 3.2 (take_gil and drop_gil in Python/ceval_gil.c), in shared
// memory. The simulator's gil.ts tells the protocol; this file tells what differs here, and why it is the same.
//
// CPython guards four fields with a mutex and waits on two condition variables. Here LOCKED itself is what waiters
// wait on (a futex), and only its holder writes LAST_HOLDER and SWITCH_NUMBER, so no mutex is needed. A drop request
// names no thread but a tenure: REQUEST holds the switch number during which it was made. The holder compares it
// with its own, so a request that comes too late is a request to nobody, as in CPython 3.13 and later, where the bit
// stands in the thread state of the holder it was meant for.
//
// As there: who finds the lock free takes it, without a queue. A waiter whose interval ran out asks the holder to
// let go only if nobody took the lock meanwhile, and goes on waiting for a full interval in any case. Who drops the
// lock with a request pending waits until somebody else has taken it.

import { LaneState } from '../../core/lanes';
import { EventKind, ReleaseReason } from '../../core/trace';
import type { Nanoseconds } from '../../core/units';
import type { Board } from './board';
import type { LaneWriter } from './laneWriter';

const LOCKED = 0;
const WAITERS = 1;
const LAST_HOLDER = 2;
const SWITCH_NUMBER = 3;
const REQUEST = 4;
const SWITCH_WAITERS = 5;

export interface GilLockOptions {
  readonly board: Board;
  readonly writer: LaneWriter;
  /** The lane that uses this end of the lock. */
  readonly lane: number;
  /** Index of the lock in the trace. */
  readonly lock: number;
  readonly switchIntervalNs: Nanoseconds;
}

/** One thread's end of the lock. The memory is the board's; every thread makes its own end. */
export class GilLock {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #options: GilLockOptions;
  readonly #intervalMs: number;
  /** Switch number of the current tenure of this thread. */
  #tenure = 0;

  constructor(options: GilLockOptions) {
    this.#options = options;
    this.#words = options.board.words;
    this.#base = options.board.gilBase;
    // 0 is taken as 1 µs, as sys.setswitchinterval does.
    this.#intervalMs = Math.max(1_000, options.switchIntervalNs) / 1e6;
  }

  /** Whether the holder, this thread, has been asked to let go. Cheap: for evaluation points. */
  get requested(): boolean {
    return Atomics.load(this.#words, this.#base + REQUEST) === this.#tenure;
  }

  /** Takes the lock, at once or after waiting. Throws `RunStopped` if the run ends meanwhile. */
  take(): void {
    if (!this.#tryTake()) {
      this.#tell(EventKind.request, 0, LaneState.waitingForGil);
      this.#wait();
    }
    this.#beginTenure();
  }

  /** Lets go. With a request pending, returns only when another thread has taken the lock. */
  release(reason: ReleaseReason, state: LaneState): void {
    const requested = this.requested;
    this.#tell(EventKind.release, reason, state); // stamped while it is still ours
    this.#free();
    if (requested) this.#awaitSwitch();
  }

  /** The thread's last release: nobody waits for anything after it. */
  releaseAtEnd(): void {
    const { writer, lock } = this.#options;
    writer.tellEnd({ lock, argument: ReleaseReason.end });
    this.#free();
  }

  /** At an evaluation point, when asked: lets go, sees another thread take over, and queues again. */
  dropOnRequest(): void {
    const { writer, lock } = this.#options;
    writer.tell(EventKind.release, lock, ReleaseReason.forced, LaneState.waitingForGil);
    writer.tellAgain(EventKind.request, lock, 0); // in the same breath
    this.#free();
    this.#awaitSwitch();
    if (!this.#tryTake()) this.#wait();
    this.#beginTenure();
  }

  #tryTake(): boolean {
    return Atomics.compareExchange(this.#words, this.#base + LOCKED, 0, 1) === 0;
  }

  #wait(): void {
    const words = this.#words;
    const base = this.#base;
    Atomics.add(words, base + WAITERS, 1);
    for (;;) {
      this.#options.board.throwIfStopped();
      const saved = Atomics.load(words, base + SWITCH_NUMBER);
      this.#options.writer.rest();
      const woken = Atomics.wait(words, base + LOCKED, 1, this.#intervalMs);
      if (this.#tryTake()) break;
      if (woken === 'timed-out' && Atomics.load(words, base + SWITCH_NUMBER) === saved) {
        Atomics.store(words, base + REQUEST, saved);
        this.#tell(EventKind.dropRequest, Atomics.load(words, base + LAST_HOLDER) - 1);
      }
    }
    Atomics.sub(words, base + WAITERS, 1);
  }

  #beginTenure(): void {
    const words = this.#words;
    const base = this.#base;
    const me = this.#options.lane + 1;
    const previous = Atomics.load(words, base + LAST_HOLDER);
    let tenure = Atomics.load(words, base + SWITCH_NUMBER);
    if (previous !== me) {
      tenure++;
      Atomics.store(words, base + LAST_HOLDER, me);
      Atomics.store(words, base + SWITCH_NUMBER, tenure);
      if (Atomics.load(words, base + SWITCH_WAITERS) > 0) {
        Atomics.notify(words, base + SWITCH_NUMBER);
      }
    } else if (Atomics.load(words, base + REQUEST) !== 0) {
      Atomics.store(words, base + REQUEST, 0); // step 7 of take_gil: what was asked before is answered
    }
    this.#tenure = tenure;
    this.#tell(EventKind.acquire, previous, LaneState.runningWithGil);
  }

  #free(): void {
    Atomics.store(this.#words, this.#base + LOCKED, 0);
    if (Atomics.load(this.#words, this.#base + WAITERS) > 0) {
      Atomics.notify(this.#words, this.#base + LOCKED, 1);
    }
  }

  /** FORCE_SWITCHING: the request was made by a waiter, and a waiter does not go away before it has the lock. */
  #awaitSwitch(): void {
    const index = this.#base + SWITCH_NUMBER;
    this.#options.writer.rest();
    Atomics.add(this.#words, this.#base + SWITCH_WAITERS, 1);
    while (Atomics.load(this.#words, index) === this.#tenure) {
      this.#options.board.throwIfStopped();
      Atomics.wait(this.#words, index, this.#tenure);
    }
    Atomics.sub(this.#words, this.#base + SWITCH_WAITERS, 1);
  }

  #tell(kind: EventKind, argument: number, state?: LaneState): void {
    this.#options.writer.tell(kind, this.#options.lock, argument, state);
  }
}

/** How often a GIL changed hands by its own count: CPython's `switch_number`. The first take counts. */
export function switchNumberOf(board: Board): number {
  return Atomics.load(board.words, board.gilBase + SWITCH_NUMBER);
}
