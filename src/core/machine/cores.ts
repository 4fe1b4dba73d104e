// The operating system's scheduler: who is on which core.
//
// Every thread that can run is on a core or in one queue, and no core idles while the queue holds somebody. The
// queue is ordered by core time used so far (as in Linux' fair schedulers); who comes back from a sleep may not
// use old credit beyond one slice. A thread keeps its core for a slice when others want it, and loses it earlier
// to one that wakes with at least a quarter of a slice less on its clock.

import { Agenda } from './agenda';
import type { SimThread } from './simThread';
import type { Nanoseconds } from '../units';

/** What the scheduler needs of the machine around it. */
export interface CoresHost {
  readonly nowNs: Nanoseconds;
  readonly agenda: Agenda;
  readonly threads: readonly SimThread[];
  /** The thread came off the queue and is on a core from now on; it goes on when the agenda says so. */
  dispatched(thread: SimThread): void;
  /** Whether the thread's activity ends at this instant. */
  isAtEnd(thread: SimThread): boolean;
  /** The thread lost its core before it was done; it is ready again. */
  preempted(thread: SimThread): void;
}

/** Agenda slots: threads first, then one for the slice of each core. */
export class Cores {
  readonly #host: CoresHost;
  readonly #sliceNs: Nanoseconds;
  readonly #running: (SimThread | undefined)[];
  readonly #armed: Uint8Array;
  /** Ready threads, by core time used. */
  readonly #ready: Agenda;
  #idleCount: number;
  #armedCount = 0;

  constructor(host: CoresHost, count: number, sliceNs: Nanoseconds) {
    this.#host = host;
    this.#sliceNs = Math.max(1, sliceNs);
    this.#running = new Array<SimThread | undefined>(count).fill(undefined);
    this.#armed = new Uint8Array(count);
    this.#ready = new Agenda(host.threads.length);
    this.#idleCount = count;
  }

  /** Threads that could run and have no core. */
  get readyCount(): number {
    return this.#ready.size;
  }

  get hasIdleCore(): boolean {
    return this.#idleCount > 0;
  }

  /** Whether the core that a thread was on last now runs another one. */
  lastCoreIsTaken(thread: SimThread): boolean {
    if (thread.lastCore < 0) return false;
    const running = this.#running[thread.lastCore];
    return running !== undefined && running !== thread;
  }

  /** An idle core takes over a thread whose own core is taken: it will wake up there. */
  pull(thread: SimThread): void {
    const idle = this.#running.indexOf(undefined);
    if (idle >= 0) thread.lastCore = idle;
  }

  /** A thread wants to run. True: it has a core now. False: it is in the queue and `dispatched` follows. */
  place(thread: SimThread): boolean {
    this.#limitCredit(thread);
    if (this.#idleCount > 0) {
      this.#occupy(this.#idleCoreFor(thread), thread);
      return true;
    }
    const victim = this.#victimOf(thread);
    if (victim === undefined) {
      this.#enqueue(thread);
      return false;
    }
    const core = victim.core;
    this.#vacate(victim);
    this.#occupy(core, thread);
    this.#enqueue(victim);
    this.#host.preempted(victim);
    return true;
  }

  /** A thread gives its core up of its own accord; the queue's first takes it. */
  leave(thread: SimThread): void {
    const core = thread.core;
    this.#vacate(thread);
    this.#fill(core);
  }

  /** The slice timer of a core went off. */
  sliceEnded(core: number): void {
    this.#armed[core] = 0;
    this.#armedCount--;
    const thread = this.#running[core];
    if (thread === undefined || this.#ready.size === 0) return;
    if (this.#host.isAtEnd(thread)) {
      this.#arm(core, this.#host.nowNs); // let it end first; what it does next may use the core no longer
      return;
    }
    if (this.#ready.firstNs > this.#clockOf(thread)) {
      this.#arm(core, this.#host.nowNs + this.#sliceNs);
      return;
    }
    this.#vacate(thread);
    this.#host.preempted(thread);
    this.#fill(core);
    this.#enqueue(thread);
  }

  #occupy(core: number, thread: SimThread): void {
    this.#running[core] = thread;
    this.#idleCount--;
    thread.core = core;
    thread.lastCore = core;
    thread.onCoreSinceNs = this.#host.nowNs;
    if (this.#ready.size > 0 && this.#armed[core] === 0) {
      this.#arm(core, this.#host.nowNs + this.#sliceNs);
    }
  }

  #vacate(thread: SimThread): void {
    thread.virtualNs = this.#clockOf(thread);
    this.#running[thread.core] = undefined;
    this.#idleCount++;
    thread.core = -1;
    thread.leftCoreNs = this.#host.nowNs;
  }

  #fill(core: number): void {
    if (this.#ready.size === 0) return;
    const thread = this.#host.threads[this.#ready.first];
    this.#ready.clear(thread.index);
    this.#occupy(core, thread);
    this.#host.dispatched(thread);
  }

  #enqueue(thread: SimThread): void {
    this.#ready.set(thread.index, thread.virtualNs);
    if (this.#armedCount === this.#running.length) return;
    for (let core = 0; core < this.#running.length; core++) {
      const running = this.#running[core];
      if (this.#armed[core] === 0 && running !== undefined) {
        const endNs = running.onCoreSinceNs + this.#sliceNs;
        this.#arm(core, Math.max(endNs, this.#host.nowNs));
      }
    }
  }

  #arm(core: number, timeNs: Nanoseconds): void {
    this.#armed[core] = 1;
    this.#armedCount++;
    this.#host.agenda.set(this.#host.threads.length + core, timeNs);
  }

  #clockOf(thread: SimThread): Nanoseconds {
    return thread.virtualNs + (this.#host.nowNs - thread.onCoreSinceNs);
  }

  /** Sleeping saves up no more than one slice of core time. */
  #limitCredit(thread: SimThread): void {
    let least = this.#ready.size > 0 ? this.#ready.firstNs : Infinity;
    for (const running of this.#running) {
      if (running !== undefined) least = Math.min(least, this.#clockOf(running));
    }
    if (least === Infinity) return;
    thread.virtualNs = Math.max(thread.virtualNs, least - this.#sliceNs);
  }

  #idleCoreFor(thread: SimThread): number {
    const last = thread.lastCore;
    if (last >= 0 && this.#running[last] === undefined) return last;
    return this.#running.indexOf(undefined);
  }

  #victimOf(thread: SimThread): SimThread | undefined {
    let victim: SimThread | undefined;
    let latest = thread.virtualNs + this.#sliceNs / 4;
    for (const running of this.#running) {
      if (running !== undefined && this.#clockOf(running) > latest) {
        latest = this.#clockOf(running);
        victim = running;
      }
    }
    return victim;
  }
}
