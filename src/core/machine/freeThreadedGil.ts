// A free-threaded build's GIL (Python/ceval_gil.c and Python/pystate.c with Py_GIL_DISABLED, 3.13 to 3.15): off,
// until something needs it.
//
// Off, threads do not take a lock: they attach, and any number may run. Two things still bring them to a halt.
// Stopping the world (the cyclic garbage collector, and a few others): the stopper asks all attached threads to park
// at their next evaluation point; C code that has none is waited for; who is detached in a system call may not come
// back before the world goes on. And the import of an extension that does not declare itself safe: it turns the GIL
// on for the rest of the run, after which this is an ordinary interval GIL.

import { IntervalGil, type Gil, type GilHost } from './gil';
import { LaneState } from '../model/lanes';
import type { Step } from '../model/program';
import { Phase, type SimThread } from './simThread';
import { EventKind, ReleaseReason } from '../model/trace';
import type { Nanoseconds } from '../units';
import { WaitQueue } from './waitQueue';

/** Whether something in the steps stops the world or turns the GIL on: without that, threads have none to compete for. */
export function needsGil(steps: readonly Step[]): boolean {
  return steps.some(step => {
    if (step.kind === 'repeat' || step.kind === 'forEach') return needsGil(step.body);
    return step.kind === 'collect' || step.kind === 'requireGil';
  });
}

export class FreeThreadedGil implements Gil {
  readonly lock: number;
  readonly #host: GilHost;
  readonly #gil: IntervalGil;
  readonly #parked: WaitQueue;
  #enabled = false;
  #attachedCount = 0;
  /** Who stops the world, or wants to. */
  #stopper: SimThread | undefined;

  constructor(host: GilHost, lock: number, intervalNs: Nanoseconds) {
    this.lock = lock;
    this.#host = host;
    this.#gil = new IntervalGil(host, lock, intervalNs);
    this.#parked = new WaitQueue(host.waitLinks);
  }

  get locked(): boolean {
    return this.#gil.locked;
  }

  stateOf(thread: SimThread): LaneState {
    return this.#holds(thread) ? LaneState.runningWithGil : LaneState.runningWithoutGil;
  }

  requestedOf(thread: SimThread): boolean {
    if (this.#stopper) return this.#stopper !== thread;
    if (!this.#enabled) return false;
    return !this.#holds(thread) || this.#gil.requestedOf(thread);
  }

  arrive(thread: SimThread): void {
    if (this.#stopper && this.#stopper !== thread) this.#park(thread);
    else if (this.#enabled) this.#gil.arrive(thread);
    else this.#host.takeOnCore(thread);
  }

  tryTake(thread: SimThread): boolean {
    if (this.#stopper && this.#stopper !== thread) {
      this.#park(thread);
      return false;
    }
    if (this.#enabled) return this.#gil.tryTake(thread);
    thread.asked = false;
    this.#attachedCount++;
    return true;
  }

  timedOut(thread: SimThread): void {
    this.#gil.timedOut(thread);
  }

  woken(thread: SimThread): void {
    this.arrive(thread);
  }

  release(thread: SimThread, reason: ReleaseReason): boolean {
    if (this.#enabled && this.#holds(thread)) return this.#gil.release(thread, reason);
    this.#attachedCount--;
    this.#stopIfAlone();
    return false;
  }

  stopWorld(thread: SimThread): boolean {
    if (this.#enabled) return true;
    this.#stopper = thread;
    if (this.#attachedCount === 1) {
      this.#host.record(EventKind.acquire, thread.index, this.lock, 0);
      return true;
    }
    this.#host.record(EventKind.request, thread.index, this.lock, 0);
    this.#host.requestAll();
    return false;
  }

  startWorld(thread: SimThread, enable: boolean): void {
    if (this.#stopper !== thread) return;
    this.#stopper = undefined;
    this.#host.record(EventKind.release, thread.index, this.lock, ReleaseReason.call);
    if (enable) {
      this.#enabled = true;
      this.#attachedCount--;
      this.#gil.tryTake(thread);
    }
    while (this.#parked.size > 0) {
      const parked = this.#host.threads[this.#parked.shift()];
      this.#host.wakeForGil(parked, Phase.gilWaking);
    }
  }

  #holds(thread: SimThread): boolean {
    return this.#gil.locked && this.#gil.lastHolder === thread;
  }

  #park(thread: SimThread): void {
    if (!thread.asked) {
      thread.asked = true;
      this.#host.record(EventKind.request, thread.index, this.lock, 0);
    }
    this.#host.showWaiting(thread);
    thread.phase = Phase.gilWait;
    this.#parked.push(thread.index);
    this.#host.leaveCore(thread);
  }

  #stopIfAlone(): void {
    const stopper = this.#stopper;
    if (!stopper || this.#attachedCount !== 1 || stopper.phase !== Phase.waiting) return;
    this.#host.record(EventKind.acquire, stopper.index, this.lock, 0);
    this.#host.wake(stopper);
  }
}
