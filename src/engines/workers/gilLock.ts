// A real lock with the protocol of CPython's GIL since 3.2 (take_gil and drop_gil in Python/ceval_gil.c), in shared
// memory. The simulator's gil.ts tells the protocol; this file tells what differs here, and why it is the same.
//
// CPython guards four fields with a mutex and waits on two condition variables. Here no mutex is needed. LOCKED is
// what waiters wait on (a futex): 0 while the lock is free, else the number of the tenure, which is the switch number
// that the taking makes. So a waiter sees in one look whether the lock is taken and whether it changed hands, as
// under the mutex there. Only the holder writes LAST_HOLDER and SWITCH_NUMBER. A drop request names no thread but a
// tenure: the holder compares REQUEST with its own, so a request that comes too late is a request to nobody, as in
// CPython 3.13 and later, where the bit stands in the thread state of the holder it was meant for.
//
// As there: who finds the lock free takes it, without a queue. A waiter whose interval ran out asks the holder to
// let go only if nobody took the lock meanwhile, and goes on waiting for a full interval in any case. Who drops the
// lock with a request pending waits until somebody else has taken it.
//
// Each use of `Atomics` costs as much as a look at the clock (Node 20 calls a builtin for it), so there are as few as
// the protocol allows. What only the holder writes is read plainly by the holder: the exchange that made it the holder
// has put all of the writes before in its sight. Before the exchange such a look is a guess, corrected afterwards.

import { LaneState } from '../../core/model/lanes';
import { EventKind, ReleaseReason } from '../../core/model/trace';
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
      this.#tellSoon(EventKind.request, 0, LaneState.waitingForGil);
      this.#wait();
    }
    this.#beginTenure();
  }

  /** Lets go. With a request pending, returns only when another thread has taken the lock. */
  release(reason: ReleaseReason, state: LaneState): void {
    // A plain look: a request that comes this moment would as well have come too late.
    const requested = this.#words[this.#base + REQUEST] === this.#tenure;
    this.#tellSoon(EventKind.release, reason, state); // stamped while it is still ours
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
    writer.tellSoon(EventKind.release, lock, ReleaseReason.forced, LaneState.waitingForGil);
    writer.tellAgain(EventKind.request, lock, 0); // in the same breath
    this.#free();
    this.#awaitSwitch();
    if (!this.#tryTake()) this.#wait();
    this.#beginTenure();
  }

  #tryTake(): boolean {
    const tenure = this.#nextTenure();
    const index = this.#base + LOCKED;
    if (Atomics.compareExchange(this.#words, index, 0, tenure) !== 0) return false;
    // It may have been taken and given back between the look and the taking; now nobody can change it.
    this.#tenure = this.#nextTenure();
    if (this.#tenure !== tenure) Atomics.store(this.#words, index, this.#tenure);
    return true;
  }

  /** The switch number that a taking by this thread makes: only another holder than the last one is a switch. */
  #nextTenure(): number {
    const number = this.#words[this.#base + SWITCH_NUMBER];
    const last = this.#words[this.#base + LAST_HOLDER];
    return last === this.#options.lane + 1 ? number : number + 1;
  }

  #wait(): void {
    const { board, writer } = this.#options;
    const words = this.#words;
    const locked = this.#base + LOCKED;
    Atomics.add(words, this.#base + WAITERS, 1);
    for (;;) {
      board.throwIfStopped();
      writer.rest();
      const tenure = Atomics.load(words, locked);
      const timedOut =
        tenure !== 0 && Atomics.wait(words, locked, tenure, this.#intervalMs) === 'timed-out';
      if (this.#tryTake()) break;
      if (timedOut) this.#requestDrop(tenure);
    }
    Atomics.sub(words, this.#base + WAITERS, 1);
  }

  /** Asks the holder to let go, unless the lock changed hands. Stamped before the look, so that order is kept. */
  #requestDrop(tenure: number): void {
    const { writer, lock } = this.#options;
    writer.stamp();
    const holder = Atomics.load(this.#words, this.#base + LAST_HOLDER);
    if (Atomics.load(this.#words, this.#base + LOCKED) !== tenure) return;
    Atomics.store(this.#words, this.#base + REQUEST, tenure);
    writer.tellAgain(EventKind.dropRequest, lock, holder - 1);
  }

  #beginTenure(): void {
    const words = this.#words;
    const base = this.#base;
    const me = this.#options.lane + 1;
    const previous = words[base + LAST_HOLDER];
    if (previous !== me) {
      Atomics.store(words, base + LAST_HOLDER, me);
      Atomics.store(words, base + SWITCH_NUMBER, this.#tenure);
      if (Atomics.load(words, base + SWITCH_WAITERS) > 0) {
        Atomics.notify(words, base + SWITCH_NUMBER);
      }
    } else if (words[base + REQUEST] !== 0) {
      Atomics.store(words, base + REQUEST, 0); // step 7 of take_gil: what was asked before is answered
    }
    this.#tellSoon(EventKind.acquire, previous, LaneState.runningWithGil);
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

  /** What follows is soon told as well, or a rest: every one of these is on its way to a wait or to work. */
  #tellSoon(kind: EventKind, argument: number, state: LaneState): void {
    this.#options.writer.tellSoon(kind, this.#options.lock, argument, state);
  }
}

/** How often a GIL changed hands by its own count: CPython's `switch_number`. The first take counts. */
export function switchNumberOf(board: Board): number {
  return Atomics.load(board.words, board.gilBase + SWITCH_NUMBER);
}
