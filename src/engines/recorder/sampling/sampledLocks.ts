// The locks that the threads of one process wait for: each named once, and for each wait which lock it is and who has
// it. What a wait costs to look into is bounded: then it is told without a holder, never with a guessed one.

import { Unseen } from '../../../core/model/trace';
import type { LocatedRuntime } from '../cpython/locateRuntime';
import { LOCK_NOT_ASKED, RecordKind, type BatchWriter } from '../file/records';
import type { Holder, HolderProof } from '../locks/lockWatch';
import { ProcessEyes } from '../locks/processEyes';
import { LockRegister, type KnownLock } from './lockRegister';
import type { SampledThread } from './sampledThread';

/** A wait is looked into again when it is this old, and then whenever it has become twice as old. */
const LOOK_AGAIN_NS = 5e6;
/** The share of the time that looking for holders may take, and how much of it may be saved up. */
const SHARE = 0.05;
const MAX_SAVED_NS = 10e6;

/** How it is known who holds a lock, as rows tell it. */
const PROOFS: Readonly<Record<HolderProof, number>> = { owner: 1, with: 2, given: 3 };
const NOT_KNOWN = -1;
/** Why it is not known, as rows tell it: see `Unseen`. */
const UNSEEN: Readonly<Partial<Record<Holder['kind'], number>>> = {
  takenUnseen: Unseen.byAcquire,
  otherProcess: Unseen.inOtherProcess,
  oneOf: Unseen.oneOfSeveral,
};

export interface LockSinks {
  readonly clock: () => number;
  readonly batch: BatchWriter;
  readonly counters: { lock: number };
}

interface Wait {
  readonly futex: number;
  readonly lock: KnownLock | undefined;
  readonly sinceNs: number;
  askNs: number;
}

/** Owns a view of the process's memory until `close`. */
export class SampledLocks {
  readonly #sinks: LockSinks;
  readonly #eyes: ProcessEyes;
  readonly #register: LockRegister;
  readonly #waits = new Map<SampledThread, Wait>();
  /** When the last wait of a thread was found to be over: the next cannot have begun before. */
  readonly #endedNs = new WeakMap<SampledThread, number>();
  #savedNs = MAX_SAVED_NS;
  #lastNs = 0;

  /** Throws the errors of opening /proc/PID/mem. */
  constructor(runtime: LocatedRuntime, process: number, sinks: LockSinks) {
    this.#sinks = sinks;
    this.#eyes = new ProcessEyes(runtime);
    this.#register = new LockRegister(this.#eyes.watch.names, (name, { kind: lockKind }) => {
      const index = sinks.counters.lock++;
      sinks.batch.define({ kind: 'lock', index, process, name, lockKind });
      return index;
    });
  }

  close(): void {
    this.#eyes.close();
  }

  /** After a sweep: what has changed. `between` is called now and then, because GILs want to be read. */
  sweep(threads: ReadonlyMap<number, SampledThread>, between: () => void): void {
    const nowNs = this.#sinks.clock();
    const beforeNs = this.#lastNs;
    this.#savedNs = Math.min(MAX_SAVED_NS, this.#savedNs + SHARE * (nowNs - beforeNs));
    this.#lastNs = nowNs;
    const changed = this.#endWaits(threads, nowNs, beforeNs);
    for (const thread of threads.values())
      if (futexOf(thread) !== 0 && !this.#waits.has(thread)) this.#begin(thread, nowNs);
    for (const wait of this.#waits.values())
      if (wait.lock && changed.has(wait.lock)) wait.askNs = nowNs;
    const due = [...this.#waits].filter(([, { lock, askNs }]) => lock && askNs <= nowNs);
    if (due.length > 0) this.#tellHolders(due, threads, between);
  }

  /** The locks at which a wait has ended, so that somebody else has them now. */
  #endWaits(
    threads: ReadonlyMap<number, SampledThread>,
    nowNs: number,
    beforeNs: number,
  ): ReadonlySet<KnownLock> {
    const changed = new Set<KnownLock>();
    for (const [thread, { futex, lock }] of this.#waits) {
      const isThere =
        threads.get(thread.place.address) === thread && thread.missingSinceNs === undefined;
      if (
        isThere &&
        thread.lockFutex === futex &&
        (!lock || this.#eyes.watch.isStillFor(lock.object, futex))
      )
        continue;
      this.#waits.delete(thread);
      this.#endedNs.set(thread, nowNs);
      if (!lock) continue;
      changed.add(lock);
      const columns = [thread.place.index, lock.index, beforeNs];
      this.#sinks.batch.row(RecordKind.lockWaitEnded, nowNs, columns);
    }
    return changed;
  }

  #begin(thread: SampledThread, nowNs: number): void {
    const futex = futexOf(thread);
    const lock = this.#lockAt(thread, futex);
    const sinceNs = Math.max(thread.sleepsSinceNs, this.#endedNs.get(thread) ?? 0);
    const wait = { futex, lock, sinceNs, askNs: nowNs };
    this.#waits.set(thread, wait);
    this.#tell(thread, wait, { holder: LOCK_NOT_ASKED, proof: 0 });
  }

  #lockAt(thread: SampledThread, futex: number): KnownLock | undefined {
    const call = { number: 0, address: futex, hasLimit: false, isFutex: true, stack: 0 };
    const frames = this.#eyes.innermostFrames(thread.place.address);
    const object = this.#eyes.watch.lockAt(call, frames);
    if (!object || object.kind === 'join' || object.kind === 'SimpleQueue') return undefined;
    return this.#register.lockOf(object, frames, known => this.#isWaitedFor(known));
  }

  #isWaitedFor(lock: KnownLock): boolean {
    return [...this.#waits.values()].some(wait => wait.lock === lock);
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
      this.#tell(thread, wait, told);
    }
    this.#savedNs -= this.#sinks.clock() - beganNs;
  }

  #tell(
    thread: SampledThread,
    { lock, sinceNs }: Wait,
    { holder, proof }: { readonly holder: number; readonly proof: number },
  ): void {
    if (!lock) return;
    const { clock, batch } = this.#sinks;
    const columns = [thread.place.index, lock.index, holder, proof, sinceNs];
    batch.row(RecordKind.lockWait, clock(), columns);
  }
}

/** Where a thread sleeps for a lock; 0 where it does not, or is not there any more. */
function futexOf(thread: SampledThread): number {
  return thread.missingSinceNs === undefined ? thread.lockFutex : 0;
}

function holderIn(
  holder: Holder,
  threads: ReadonlyMap<number, SampledThread>,
): { readonly holder: number; readonly proof: number } {
  const thread = holder.kind === 'thread' ? threads.get(holder.thread.address) : undefined;
  if (holder.kind !== 'thread' || !thread?.hasLane)
    return { holder: NOT_KNOWN, proof: UNSEEN[holder.kind] ?? 0 };
  return { holder: thread.place.index, proof: PROOFS[holder.proof] };
}
