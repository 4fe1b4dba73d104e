// CPython's GIL since 3.2, as Python/ceval_gil.c has it (function names as there; checked against 3.12 to 3.15).
//
// take_gil. Who finds the lock free takes it at once: there is no queue to respect. Who finds it taken waits on a
// condition variable for at most the switch interval. A waiter whose time ran out asks the holder to drop the lock
// (a drop request), but only if nobody took the lock while it waited (`switch_number` is what it was), and in any
// case goes back to waiting for another full interval. So each new holder has the lock for an interval at least.
//
// drop_gil. The holder sees a request only where the bytecode loop looks at its eval breaker; C code has no such
// point inside. It frees the lock, signals one waiter and then (FORCE_SWITCHING) sleeps until some other thread has
// taken the lock, even if it let go for a system call of its own. A release without a pending request is a release:
// the thread goes on, and may be back before the signalled waiter has woken up. The signalled waiter then finds the
// lock taken and starts over.
//
// Which waiter a signal wakes is the condition variable's choice, not the GIL's. glibc's (nptl/pthread_cond_wait.c, 2.25
// to 2.40) keeps two groups: signals go to the older one, who has slept longest first; who comes later joins the
// younger one, which takes the older one's place when that is used up. A signal is a count that the first thread to
// look may take, and who has just asked for the lock and goes back to waiting is still awake when the holder lets go a
// few dozen ns later: if it is of the group that the signal went to, it is often faster than the sleeper. That is seen
// in hand-offs: a third of the gaps last 2 to 10 µs, the rest 25 to 100. Two counting threads do not mind; beside two
// of them a third thread that has waited for a whole interval loses its turn to the one that came last.

import { LaneState } from '../model/lanes';
import { EventKind, ReleaseReason } from '../model/trace';
import { drawFrom, type Random } from '../random';
import { Phase, type SimThread } from './simThread';
import type { Costs } from '../worlds/costs';
import type { Nanoseconds } from '../units';
import { WaitQueue, type WaitLinks } from './waitQueue';

/** What a GIL needs of the machine around it. */
export interface GilHost {
  readonly nowNs: Nanoseconds;
  readonly random: Random;
  readonly costs: Costs;
  readonly threads: readonly SimThread[];
  readonly waitLinks: WaitLinks;
  setTimer(thread: SimThread, timeNs: Nanoseconds): void;
  record(kind: EventKind, lane: number, lock: number, argument: number): void;
  /** The thread's lane shows from now on that it waits for the GIL. */
  showWaiting(thread: SimThread): void;
  /** The GIL is free: the thread calls `tryTake` as soon as it is on a core. */
  takeOnCore(thread: SimThread): void;
  /** The thread stops using its core, if it has one. */
  leaveCore(thread: SimThread): void;
  /** The holder has been asked to drop the GIL. */
  dropRequested(holder: SimThread): void;
  /** All threads that run have been asked to stop. */
  requestAll(): void;
  /** The thread goes on in `phase` after the wake-up latency. */
  wakeForGil(thread: SimThread, phase: Phase): void;
  /** What the thread waited for is there: it looks again after the wake-up latency. */
  wake(thread: SimThread): void;
  /** How much later than usual a thread wakes up because its core is taken. */
  lateNsOf(thread: SimThread): Nanoseconds;
  readonly hasIdleCore: boolean;
  wakeLatencyOf(thread: SimThread): Nanoseconds;
  /** The activity of a running thread takes `ns` longer. */
  delay(thread: SimThread, ns: Nanoseconds): void;
}

/** A GIL, whatever its protocol. */
export interface Gil {
  /** Index in the trace's table of locks. */
  readonly lock: number;
  /** Whether somebody holds it. */
  readonly locked: boolean;
  /** What a lane shows while its thread runs bytecode. */
  stateOf(thread: SimThread): LaneState;
  /** Whether the thread has been asked to drop it. */
  requestedOf(thread: SimThread): boolean;
  /** A thread wants it, from wherever it is. */
  arrive(thread: SimThread): void;
  /** A thread that is on a core and wants it. True: it holds it now. False: it waits, and has left its core. */
  tryTake(thread: SimThread): boolean;
  /** The timer of a thread in phase `gilWait` went off. */
  timedOut(thread: SimThread): void;
  /** The timer of a thread in phase `gilWaking` went off. */
  woken(thread: SimThread): void;
  /** The holder lets go. True: it must not go on before somebody else has taken it (phase `switchWait`). */
  release(thread: SimThread, reason: ReleaseReason): boolean;
  /** A running thread needs all others to stand still. True: they do. False: it waits, and `wake` follows. */
  stopWorld(thread: SimThread): boolean;
  /** The others may go on; with `enable` a build that can do without a GIL has one from now on. */
  startWorld(thread: SimThread, enable: boolean): void;
}

export class IntervalGil implements Gil {
  readonly lock: number;
  readonly #host: GilHost;
  readonly #intervalNs: Nanoseconds;
  readonly #waiting: WaitQueue;
  locked = false;
  lastHolder: SimThread | undefined;
  #switchNumber = 0;
  /** On whom a drop request is pending. */
  #requestOn: SimThread | undefined;
  /** Who asked for it, as long as it has not gone to sleep again; its holder must run to be that fast. */
  #asker: SimThread | undefined;
  #askedNs: Nanoseconds = 0;
  /** Number of the group of waiters that new ones join. */
  #group = 0;
  /** Who dropped on request and waits for the switch. */
  #dropper: SimThread | undefined;

  /** `intervalNs` of 0 is taken as 1 µs, as `sys.setswitchinterval` does. */
  constructor(host: GilHost, lock: number, intervalNs: Nanoseconds) {
    this.#host = host;
    this.lock = lock;
    this.#intervalNs = Math.max(1_000, intervalNs);
    this.#waiting = new WaitQueue(host.waitLinks);
  }

  requestedOf(thread: SimThread): boolean {
    return this.#requestOn === thread;
  }

  arrive(thread: SimThread): void {
    if (this.locked) this.#wait(thread);
    else this.#host.takeOnCore(thread);
  }

  tryTake(thread: SimThread): boolean {
    if (this.locked) {
      this.#wait(thread);
      return false;
    }
    this.#acquire(thread);
    return true;
  }

  stateOf(): LaneState {
    return LaneState.runningWithGil;
  }

  timedOut(thread: SimThread): void {
    if (thread.phase === Phase.gilWait) {
      this.#waiting.remove(thread.index);
      const lateNs = this.#host.hasIdleCore ? 0 : this.#host.lateNsOf(thread);
      if (lateNs > 0) {
        thread.phase = Phase.gilTimedOut;
        this.#host.setTimer(thread, this.#host.nowNs + lateNs);
        return;
      }
    }
    if (!this.locked) {
      this.#host.takeOnCore(thread);
      return;
    }
    const holder = this.lastHolder;
    if (thread.savedSwitch === this.#switchNumber && holder !== undefined) {
      this.#host.record(EventKind.dropRequest, thread.index, this.lock, holder.index);
      this.#wait(thread);
      const isKnown = this.#requestOn === holder; // a second request changes nothing: the holder is on its way to a point
      this.#requestOn = holder;
      this.#asker = holder.core >= 0 && !holder.dispatched ? thread : undefined;
      this.#askedNs = this.#host.nowNs;
      if (!isKnown) this.#host.dropRequested(holder);
    } else {
      this.#wait(thread);
    }
  }

  woken(thread: SimThread): void {
    this.arrive(thread);
  }

  release(thread: SimThread, reason: ReleaseReason): boolean {
    this.locked = false;
    this.lastHolder = thread;
    this.#host.record(EventKind.release, thread.index, this.lock, reason);
    this.#signal();
    const requested = this.#requestOn === thread;
    if (requested) this.#requestOn = undefined;
    if (!requested || reason === ReleaseReason.end) return false;
    this.#dropper = thread;
    thread.phase = Phase.switchWait;
    return true;
  }

  stopWorld(): boolean {
    return true;
  }

  startWorld(): void {
    // Who keeps the GIL has stopped nobody else.
  }

  #wait(thread: SimThread): void {
    const { nowNs, random, costs } = this.#host;
    if (!thread.asked) {
      thread.asked = true;
      this.#host.record(EventKind.request, thread.index, this.lock, 0);
    }
    this.#host.showWaiting(thread);
    thread.phase = Phase.gilWait;
    thread.savedSwitch = this.#switchNumber;
    thread.waitGroup = this.#group;
    this.#waiting.push(thread.index);
    const isHot = this.#intervalNs + costs.timerSlackNs < costs.hotSleepNs;
    const wake = isHot ? costs.hotWakeLatency : costs.timeoutWake;
    const lateNs = costs.timerSlackNs + drawFrom(random, wake);
    this.#host.setTimer(thread, nowNs + this.#intervalNs + lateNs);
    this.#host.leaveCore(thread);
  }

  #acquire(thread: SimThread): void {
    const previous = this.lastHolder;
    this.locked = true;
    if (previous !== thread) {
      this.lastHolder = thread;
      this.#switchNumber++;
      this.#wakeDropper();
    }
    if (this.#requestOn === thread) this.#requestOn = undefined;
    thread.asked = false;
    this.#host.record(
      EventKind.acquire,
      thread.index,
      this.lock,
      previous === undefined ? 0 : previous.index + 1,
    );
  }

  #wakeDropper(): void {
    const dropper = this.#dropper;
    if (dropper === undefined) return;
    this.#dropper = undefined;
    this.#host.wakeForGil(dropper, Phase.switchWaking);
  }

  #signal(): void {
    const { threads } = this.#host;
    if (this.#waiting.size === 0) return;
    const sleeper = threads[this.#waiting.head];
    if (sleeper.waitGroup === this.#group) this.#group++;
    const asker = this.#awakeAsker();
    this.#asker = undefined;
    this.#waiting.remove((asker ?? sleeper).index);
    if (asker) {
      asker.phase = Phase.gilWaking;
      const { random, costs, nowNs } = this.#host;
      this.#host.setTimer(asker, nowNs + drawFrom(random, costs.askerTakeOver));
    } else {
      this.#host.wakeForGil(sleeper, Phase.gilWaking);
    }
  }

  /** Who takes the signal before a sleeper can: see the head of this file. */
  #awakeAsker(): SimThread | undefined {
    const { random, costs, nowNs } = this.#host;
    const asker = this.#asker;
    if (asker === undefined || asker.waitGroup === this.#group) return undefined;
    if (nowNs - this.#askedNs > costs.evaluationPointNs) return undefined;
    return random.next() < costs.askerTakesShare ? asker : undefined;
  }
}
