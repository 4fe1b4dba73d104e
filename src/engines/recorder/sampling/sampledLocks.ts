// The locks that the threads of one process wait for: each named once, and for each wait which lock it is and who has
// it. What a wait costs to look into is bounded: then it is told without a holder, never with a guessed one.

import type { LocatedRuntime } from '../cpython/locateRuntime';
import { RecordKind, type BatchWriter } from '../file/records';
import type { LockObject } from '../locks/lockObject';
import type { Holder, HolderProof } from '../locks/lockWatch';
import { ProcessEyes } from '../locks/processEyes';
import type { SampledThread } from './sampledThread';

/** More locks than this are waited for without being told apart. */
const MAX_LOCKS = 5000;
/** A wait is looked into again when it is this old, and then whenever it has become twice as old. */
const LOOK_AGAIN_NS = 5e6;
/** The share of the time that looking for holders may take, and how much of it may be saved up. */
const SHARE = 0.05;
const MAX_SAVED_NS = 10e6;

/** How it is known who holds a lock, as rows tell it. */
const PROOFS: Readonly<Record<HolderProof, number>> = { owner: 1, with: 2, given: 3 };
const NOT_KNOWN = -1;
const NOT_ASKED = -2;

export interface LockSinks {
  readonly clock: () => number;
  readonly batch: BatchWriter;
  readonly counters: { lock: number };
}

interface KnownLock {
  readonly object: LockObject;
  readonly index: number;
}

interface Wait {
  readonly futex: number;
  readonly lock: KnownLock | undefined;
  readonly sinceNs: number;
  askNs: number;
}

/** Owns a view of the process's memory until `close`. */
export class SampledLocks {
  readonly #process: number;
  readonly #sinks: LockSinks;
  readonly #eyes: ProcessEyes;
  readonly #locks = new Map<number, KnownLock>();
  readonly #waits = new Map<SampledThread, Wait>();
  #savedNs = MAX_SAVED_NS;
  #lastNs = 0;

  /** Throws the errors of opening /proc/PID/mem. */
  constructor(runtime: LocatedRuntime, process: number, sinks: LockSinks) {
    this.#process = process;
    this.#sinks = sinks;
    this.#eyes = new ProcessEyes(runtime);
  }

  close(): void {
    this.#eyes.close();
  }

  /** After a sweep: what has changed. `between` is called now and then, because GILs want to be read. */
  sweep(threads: ReadonlyMap<number, SampledThread>, between: () => void): void {
    const nowNs = this.#sinks.clock();
    this.#savedNs = Math.min(MAX_SAVED_NS, this.#savedNs + SHARE * (nowNs - this.#lastNs));
    this.#lastNs = nowNs;
    const changed = this.#endWaits(nowNs);
    for (const thread of threads.values())
      if (thread.lockFutex !== 0 && !this.#waits.has(thread)) this.#begin(thread, nowNs);
    const due = [...this.#waits].filter(
      ([, { lock, askNs }]) => lock && (askNs <= nowNs || changed.has(lock)),
    );
    if (due.length > 0) this.#tellHolders(due, threads, between);
  }

  /** The locks at which a wait has ended, so that somebody else has them now. */
  #endWaits(nowNs: number): ReadonlySet<KnownLock> {
    const changed = new Set<KnownLock>();
    for (const [thread, { futex, lock }] of this.#waits) {
      if (thread.lockFutex === futex) continue;
      this.#waits.delete(thread);
      if (!lock) continue;
      changed.add(lock);
      this.#sinks.batch.row(RecordKind.lockWaitEnded, nowNs, [thread.place.index, lock.index]);
    }
    return changed;
  }

  #begin(thread: SampledThread, nowNs: number): void {
    const futex = thread.lockFutex;
    const lock = this.#lockAt(thread, futex);
    this.#waits.set(thread, { futex, lock, sinceNs: thread.sleepsSinceNs, askNs: nowNs });
    if (lock) this.#tell(thread, lock, { holder: NOT_ASKED, proof: 0 });
  }

  #lockAt(thread: SampledThread, futex: number): KnownLock | undefined {
    const call = { number: 0, address: futex, hasLimit: false, isFutex: true, stack: 0 };
    const frames = this.#eyes.innermostFrames(thread.place.address);
    const object = this.#eyes.watch.lockAt(call, frames);
    if (!object || object.kind === 'join' || object.kind === 'SimpleQueue') return undefined;
    const known = this.#locks.get(object.address);
    // Locks are freed and their addresses used again: another kind is another lock.
    if (known?.object.kind === object.kind) return known;
    if (this.#locks.size >= MAX_LOCKS) return undefined;
    const index = this.#sinks.counters.lock++;
    const written = this.#eyes.watch.names.nameOf(object.address, frames);
    const name = written ?? `${object.kind} at 0x${object.address.toString(16)}`;
    const { kind: lockKind } = object;
    this.#sinks.batch.define({ kind: 'lock', index, process: this.#process, name, lockKind });
    const lock = { object, index };
    this.#locks.set(object.address, lock);
    return lock;
  }

  #tellHolders(
    due: readonly (readonly [SampledThread, Wait])[],
    threads: ReadonlyMap<number, SampledThread>,
    between: () => void,
  ): void {
    if (this.#savedNs < 0) return;
    const beganNs = this.#sinks.clock();
    if (!this.#eyes.look(between)) return;
    const holders = new Map<KnownLock, { holder: number; proof: number }>();
    for (const [thread, wait] of due) {
      if (!wait.lock) continue;
      let told = holders.get(wait.lock);
      if (!told) {
        told = holderIn(this.#eyes.watch.holderOf(wait.lock.object), threads);
        holders.set(wait.lock, told);
        between();
      }
      wait.askNs = beganNs + Math.max(LOOK_AGAIN_NS, beganNs - wait.sinceNs);
      this.#tell(thread, wait.lock, told);
    }
    this.#savedNs -= this.#sinks.clock() - beganNs;
  }

  #tell(
    thread: SampledThread,
    lock: KnownLock,
    { holder, proof }: { readonly holder: number; readonly proof: number },
  ): void {
    const { clock, batch } = this.#sinks;
    const columns = [thread.place.index, lock.index, holder, proof, thread.sleepsSinceNs];
    batch.row(RecordKind.lockWait, clock(), columns);
  }
}

function holderIn(
  holder: Holder,
  threads: ReadonlyMap<number, SampledThread>,
): { readonly holder: number; readonly proof: number } {
  const thread = holder.kind === 'thread' ? threads.get(holder.thread.address) : undefined;
  if (holder.kind !== 'thread' || !thread?.hasLane) return { holder: NOT_KNOWN, proof: 0 };
  return { holder: thread.place.index, proof: PROOFS[holder.proof] };
}
