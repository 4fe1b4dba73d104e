// The GIL of Python 2 to 3.1 (Python/ceval.c there): every 100 ticks the holder lets go and takes it again at once.
//
// Nobody has to ask, and nothing forces a switch. A release signals one waiter. That one is on its way to a core for
// tens of microseconds, in which the holder has let go and taken the lock again a dozen times: mostly it finds the
// lock taken, and sleeps again. Each such failed wake-up costs the holder system calls and a fight for the lock, so
// that two threads on two cores are slower than one after the other (Beazley, 2010). Where there is no second core
// the waiter can only arrive when the operating system takes the core from the holder.
//
// The releases themselves come every few microseconds, far more than a picture needs. They are not simulated one by
// one; what counts is whether a waiter that arrives meets a gap, and that has a known chance: gap / (gap + check).

import type { Gil, GilHost } from './gil';
import { LaneState } from '../model/lanes';
import { drawFrom } from '../random';
import { Phase, type SimThread } from './simThread';
import { EventKind, ReleaseReason } from '../model/trace';
import type { Nanoseconds } from '../units';
import { WaitQueue } from './waitQueue';

/** Woken threads share the cores that the holder leaves them: fitted to four threads on two cores. */
const MOST_UNDERWAY = 2;

/** Chance that the core is taken from the holder while the lock is free: the release is a system call. */
const MEETS_GAP_AT_SLICE_END = 0.5;

export class TickGil implements Gil {
  readonly lock: number;
  readonly #host: GilHost;
  readonly #waiting: WaitQueue;
  locked = false;
  lastHolder: SimThread | undefined;
  /** Woken threads on their way to a core. */
  #underway = 0;
  /** Who found a gap and takes over when the holder has stopped. */
  #successor: SimThread | undefined;

  constructor(host: GilHost, lock: number) {
    this.#host = host;
    this.lock = lock;
    this.#waiting = new WaitQueue(host.waitLinks);
  }

  requestedOf(thread: SimThread): boolean {
    return this.#successor !== undefined && this.locked && this.lastHolder === thread;
  }

  stateOf(): LaneState {
    return LaneState.runningWithGil;
  }

  arrive(thread: SimThread): void {
    if (this.#isTakenFor(thread)) this.#wait(thread);
    else this.#host.takeOnCore(thread);
  }

  tryTake(thread: SimThread): boolean {
    if (this.#isTakenFor(thread)) {
      this.#wait(thread);
      return false;
    }
    this.#successor = undefined;
    const previous = this.lastHolder;
    this.locked = true;
    this.lastHolder = thread;
    thread.asked = false;
    const operand = previous === undefined ? 0 : previous.index + 1;
    this.#host.record(EventKind.acquire, thread.index, this.lock, operand);
    this.#signalOne();
    return true;
  }

  /** A waiter arrives: it meets a gap, or goes back to sleep until a later release signals it. */
  timedOut(thread: SimThread): void {
    const { costs, random } = this.#host;
    if (!this.locked || this.#successor !== undefined) {
      this.arrive(thread);
      return;
    }
    const holder = this.lastHolder;
    const holderRuns = holder?.phase === Phase.computing && holder.core >= 0;
    const share = this.#host.hasIdleCore
      ? costs.tickGapNs / (costs.tickGapNs + costs.tickCheckNs)
      : MEETS_GAP_AT_SLICE_END;
    if (holder && holderRuns && random.next() < share) {
      this.#successor = thread;
      thread.phase = Phase.gilWaking;
      this.#host.dropRequested(holder);
      return;
    }
    if (holder && holderRuns && this.#host.hasIdleCore)
      this.#host.delay(holder, costs.failedWakeNs);
    this.#wait(thread);
    this.#signalOne();
  }

  woken(thread: SimThread): void {
    if (this.#successor !== thread) this.#underway--;
    this.timedOut(thread);
  }

  release(thread: SimThread, reason: ReleaseReason): boolean {
    this.locked = false;
    const successor = this.#successor;
    const shown = reason === ReleaseReason.forced ? ReleaseReason.tick : reason;
    this.#host.record(EventKind.release, thread.index, this.lock, shown);
    if (successor) this.#host.setTimer(successor, this.#host.nowNs);
    else this.#signalOne();
    return false;
  }

  stopWorld(): boolean {
    return true;
  }

  startWorld(): void {
    // Who keeps the GIL has stopped nobody else.
  }

  #isTakenFor(thread: SimThread): boolean {
    return this.locked || (this.#successor !== undefined && this.#successor !== thread);
  }

  #wait(thread: SimThread): void {
    if (!thread.asked) {
      thread.asked = true;
      this.#host.record(EventKind.request, thread.index, this.lock, 0);
    }
    this.#host.showWaiting(thread);
    thread.phase = Phase.gilWait;
    this.#waiting.push(thread.index);
    this.#host.leaveCore(thread);
    this.#signalOne();
  }

  /** The next release, at most one check away, signals who has waited longest. Without a core it takes a slice. */
  #signalOne(): void {
    const { costs, random, nowNs } = this.#host;
    if (this.#underway >= MOST_UNDERWAY) return;
    const index = this.#waiting.shift();
    if (index < 0) return;
    this.#underway++;
    const thread = this.#host.threads[index];
    thread.phase = Phase.gilWaking;
    const checkNs = this.locked ? random.below(Math.max(1, costs.tickCheckNs)) : 0;
    const coreNs = this.#host.hasIdleCore || !this.locked ? 0 : costs.timeSliceNs;
    const latencyNs = this.#latencyOf(thread);
    this.#host.setTimer(thread, nowNs + Math.max(1, checkNs + coreNs + latencyNs));
  }

  /** A lone waiter's core may fall asleep between its tries. Several keep one awake, and reach it one after the other. */
  #latencyOf(thread: SimThread): Nanoseconds {
    const isLone = this.#underway === 1 && this.#waiting.size === 0;
    if (isLone) return this.#host.wakeLatencyOf(thread);
    return drawFrom(this.#host.random, this.#host.costs.hotWakeLatency) * this.#underway;
  }
}
