// The locks of one process: for a thread that sleeps at a futex which object it waits for, and who holds that.
//
// A holder is told only where memory proves it: by an owner's field, by the live stack of a `with` body, or because a
// thread that was given the lock stands at the acquire of it and waits for the GIL. All else is unknown.

import type { FrameFacts, FrameReader } from '../cpython/frames';
import type { Layout } from '../cpython/layout';
import type { ProcessMemory } from '../system/processMemory';
import {
  isTaken,
  joinedIdent,
  LockFinder,
  mutexOwner,
  selfOfMethod,
  type LockObject,
} from './lockObject';
import { FrameVariables } from './frameVariables';
import { LiveStacks } from './liveStack';
import { LockNames } from './lockNames';
import { ObjectReader } from './objects';
import { hasBeenHandedOver } from './parkedEntry';
import { Pools } from './pools';
import type { SleepingCall } from './systemCall';
import { WaitKinds, type FrameWait } from './waitKinds';
import { WithBodies, type Held } from './withBodies';

/** What is known of a thread when locks are looked for. */
export interface WatchedThread {
  /** Address of its thread state. */
  readonly address: number;
  /** By which `threading` and locks know it. */
  readonly ident: number;
  /** The kernel's id, as we know it. */
  readonly nativeId: number;
  /** The kernel's id, as the program knows it. */
  readonly ownId: number;
  /** Innermost first. */
  readonly frames: readonly FrameFacts[];
  /** What it sleeps in; undefined while it runs. */
  readonly call: SleepingCall | undefined;
  readonly waitsForGil: boolean;
}

/** What a thread that sleeps at a futex waits for. */
export type LockWait =
  | { readonly kind: 'lock'; readonly lock: LockObject }
  /** The owner's ident stands in an object written in Python. */
  | Extract<FrameWait, { kind: 'owned' }>
  | Extract<FrameWait, { kind: 'notify' }>
  /** For an item of a SimpleQueue: how a pool's worker waits for work. */
  | { readonly kind: 'work'; readonly queue: number }
  /** For the end of a thread; undefined when it is not known which. */
  | { readonly kind: 'join'; readonly thread: WatchedThread | undefined }
  /** For the result of a future: from a thread that makes it, or from whichever of these gets free first. */
  | {
      readonly kind: 'result';
      readonly thread: WatchedThread | undefined;
      readonly workers: readonly WatchedThread[];
    }
  /** A futex that no object confirms. */
  | { readonly kind: 'unknown' };

/** How it is known who holds a lock. */
export type HolderProof =
  /** The lock names its owner. */
  | 'owner'
  /** A `with` body keeps it: sure, unless that calls `release()` by hand. */
  | 'with'
  /** It was given the lock and waits for the GIL before it can go on. */
  | 'given';

export type Holder =
  | {
      readonly kind: 'thread';
      readonly thread: WatchedThread;
      readonly proof: HolderProof;
      /** The line of the body that keeps it. */
      readonly at: Held | undefined;
    }
  | { readonly kind: 'oneOf'; readonly threads: readonly WatchedThread[] }
  /** A lock of `multiprocessing` that no thread of this process has. */
  | { readonly kind: 'otherProcess' }
  /** It is free at this moment: somebody lets go, or takes it next. */
  | { readonly kind: 'free' }
  /** Taken by `acquire()` and not by `with`: no thread has a body that keeps it, and nothing else in memory tells. */
  | { readonly kind: 'takenUnseen' }
  /** Nothing was found, but threads moved meanwhile. */
  | { readonly kind: 'unknown' };

const UNKNOWN: Holder = { kind: 'unknown' };
const TAKEN_UNSEEN: Holder = { kind: 'takenUnseen' };
const FREE: Holder = { kind: 'free' };
/** Behind the head: owner of an RLock; of a SemLock the thread that took it last, how often, and how many may. */
const OWNER = 8;
const SEMAPHORE = { lastThread: 8, count: 16, most: 20, kind: 24 };
const MAX_SITES = 20_000;

/** Looks at the locks of one process. Keeps what is constant; knows the threads of one look at a time. */
export class LockWatch {
  readonly objects: ObjectReader;
  readonly names: LockNames;
  readonly #stacks: LiveStacks;
  readonly #finder: LockFinder;
  readonly #kinds: WaitKinds;
  readonly #bodies: WithBodies;
  readonly #pools: Pools;
  /** Where threads were seen parked for a lock: its address, and the instruction. */
  readonly #sites = new Set<string>();
  #threads: readonly WatchedThread[] = [];
  #between: (() => void) | undefined;
  #held: ReadonlyMap<number, readonly { thread: WatchedThread; at: Held }[]> | undefined;

  constructor(pid: number, memory: ProcessMemory, layout: Layout, frames: FrameReader) {
    this.objects = new ObjectReader(memory, layout);
    this.#stacks = new LiveStacks(this.objects);
    this.#finder = new LockFinder(this.objects, this.#stacks);
    this.#bodies = new WithBodies(this.objects, this.#stacks, frames);
    const variables = new FrameVariables(this.objects, this.#stacks);
    this.#kinds = new WaitKinds(this.objects, this.#stacks, variables);
    this.names = new LockNames(pid, this.objects, variables);
    this.#pools = new Pools(this.objects, this.#stacks, variables);
  }

  /** The threads as they are now: what {@link waitOf} and {@link holderOf} speak of from here on. */
  begin(threads: readonly WatchedThread[], between?: () => void): void {
    this.#threads = threads;
    this.#between = between;
    this.#held = undefined;
  }

  /** What a thread that sleeps at a futex waits for; undefined if it sleeps elsewhere or runs. */
  waitOf(thread: WatchedThread): LockWait | undefined {
    const { call, frames } = thread;
    if (call?.isFutex !== true) return undefined;
    const told = this.#kinds.of(frames);
    if (told?.kind === 'owned') return told;
    const lock = this.#finder.find(call, frames, this);
    // Once notified, a thread waits for the lock of its condition.
    if (told && told.kind !== 'join' && told.lock !== lock?.address)
      return told.kind === 'notify' ? told : this.#result(told.future);
    if (told?.kind === 'join' || lock?.kind === 'join')
      return { kind: 'join', thread: this.#joined(told?.kind === 'join' ? told.thread : 0, lock) };
    if (!lock) return { kind: 'unknown' };
    if (lock.kind === 'SimpleQueue') return { kind: 'work', queue: lock.address };
    if (!call.hasLimit) this.#remember(lock, frames);
    return { kind: 'lock', lock };
  }

  /** The object that a futex belongs to; undefined when none confirms it. */
  lockAt(call: SleepingCall, frames: readonly FrameFacts[]): LockObject | undefined {
    const lock = this.#finder.find(call, frames, this);
    if (lock && !call.hasLimit) this.#remember(lock, frames);
    return lock;
  }

  /** Who holds a lock now. */
  holderOf(lock: LockObject): Holder {
    switch (lock.kind) {
      case 'RLock':
        return this.#owner(this.objects.field(lock.address, OWNER));
      case 'processLock':
        return this.#ofProcesses(lock);
      case 'mutex':
        return this.#ofNativeId(mutexOwner(this.objects, lock.address));
      case 'Lock':
        return this.#ofPlainLock(lock);
      case 'SimpleQueue':
      case 'join':
        return UNKNOWN;
    }
  }

  /** The owner whose ident a lock names. */
  ownerOf(ident: number): Holder {
    return this.#owner(ident);
  }

  hasIdent(ident: number): boolean {
    return this.#threads.some(thread => thread.ident === ident);
  }

  hasNativeId(id: number): boolean {
    return this.#threads.some(thread => thread.ownId === id);
  }

  /** The `Thread` object of a thread that `threading` made: the first variable of its outermost frames. */
  threadObject({ frames }: WatchedThread): number {
    const isStart = ({ code }: FrameFacts): boolean =>
      /(^|\.)_bootstrap$/.test(code?.functionName ?? '');
    const first = frames.filter(isStart).at(-1);
    return first ? this.#stacks.firstVariable(first) : 0;
  }

  #result(future: number): LockWait {
    const stacks = this.#threads.map(({ frames }) => frames);
    const maker = future === 0 ? undefined : this.#pools.makerOf(future, stacks);
    const makers = maker?.kind === 'queuedFor' ? maker.stacks : [];
    return {
      kind: 'result',
      thread: maker?.kind === 'ranBy' ? this.#threads[maker.stack] : undefined,
      workers: makers.map(index => this.#threads[index]),
    };
  }

  #remember(lock: LockObject, frames: readonly FrameFacts[]): void {
    if (this.#sites.size >= MAX_SITES) this.#sites.clear();
    const site = siteOf(lock, frames);
    if (site !== undefined) this.#sites.add(site);
  }

  #owner(ident: number): Holder {
    if (ident === 0) return FREE;
    const thread = this.#threads.find(other => other.ident === ident);
    return thread ? { kind: 'thread', thread, proof: 'owner', at: undefined } : UNKNOWN;
  }

  #ofNativeId(id: number): Holder {
    if (id === 0) return FREE;
    const thread = this.#threads.find(other => other.ownId === id);
    return thread ? { kind: 'thread', thread, proof: 'owner', at: undefined } : UNKNOWN;
  }

  #ofProcesses(lock: LockObject): Holder {
    const { memory } = this.objects;
    const object = lock.address + this.objects.layout.objectHead;
    const count = memory.i32(object + SEMAPHORE.count) ?? 0;
    const isLock = memory.i32(object + SEMAPHORE.most) === 1;
    if (!isLock) return UNKNOWN; // a semaphore has no holder
    if (count > 0) return this.#owner(this.objects.field(lock.address, SEMAPHORE.lastThread));
    return isTaken(this.objects, lock) === true ? { kind: 'otherProcess' } : FREE;
  }

  #ofPlainLock(lock: LockObject): Holder {
    if (isTaken(this.objects, lock) !== true) return FREE;
    this.#held ??= this.#allHeld();
    const bodies = this.#held.get(lock.address) ?? [];
    const inBody = [...new Set(bodies.map(({ thread }) => thread))];
    const found = inBody.length > 0 ? inBody : this.#given(lock);
    if (isTaken(this.objects, lock) !== true) return FREE;
    if (found.length > 1 && inBody.length > 1) return { kind: 'oneOf', threads: found };
    if (found.length !== 1) return this.#mayHide(lock) ? UNKNOWN : TAKEN_UNSEEN;
    const proof = inBody.length > 0 ? 'with' : 'given';
    return { kind: 'thread', thread: found[0], proof, at: bodies.at(0)?.at };
  }

  /** The locks that `with` bodies of all threads keep. */
  #allHeld(): ReadonlyMap<number, readonly { thread: WatchedThread; at: Held }[]> {
    const all = new Map<number, { thread: WatchedThread; at: Held }[]>();
    for (const thread of this.#threads) {
      this.#between?.();
      const given = this.#kinds.givenBackIn(thread.frames);
      for (const at of this.#bodies.heldBy(thread.frames)) {
        if (at.lock === given) continue;
        const list = all.get(at.lock) ?? [];
        list.push({ thread, at });
        all.set(at.lock, list);
      }
    }
    return all;
  }

  /** Threads that stand at an acquire of the lock and wait for the GIL, with the lock in their hands. */
  #given(lock: LockObject): readonly WatchedThread[] {
    return this.#threads.filter(thread => {
      const site = thread.waitsForGil ? siteOf(lock, thread.frames) : undefined;
      if (site === undefined || !this.#sites.has(site)) return false;
      if (!this.#isAtHand(lock, thread.frames)) return false;
      // A thread that is woken from the byte form may find it taken again: only a handed over lock is its own.
      if (lock.form === 'semaphore') return true;
      return hasBeenHandedOver(this.objects.memory, lock.word, thread.call?.stack ?? 0);
    });
  }

  /** Whether somebody may have taken the lock by `with` without being seen. */
  #mayHide(lock: LockObject): boolean {
    return this.#threads.some(({ call, frames, waitsForGil }) => {
      if (frames.length === 0) return false;
      const isRead = frames.at(-1)?.previous === 0;
      if (!isRead || call === undefined || !this.#bodies.isStill(frames[0])) return true;
      // It may have the lock already, and its body not yet.
      return waitsForGil && this.#isAtHand(lock, frames);
    });
  }

  /** Whether a thread that slept at a futex for a lock may still do so: a futex says nothing of which lock it is. */
  isStillFor(lock: LockObject, futex: number): boolean {
    return this.#finder.isFor(lock, futex);
  }

  /** Whether the innermost frame has this lock among its words: the same line may acquire another one. */
  #isAtHand({ address }: LockObject, frames: readonly FrameFacts[]): boolean {
    const inner = frames.find(({ code }) => code !== undefined);
    if (!inner) return false;
    return this.#stacks
      .allWords(inner)
      .some(word => word === address || selfOfMethod(this.objects, word) === address);
  }

  #joined(object: number, lock: LockObject | undefined): WatchedThread | undefined {
    if (lock?.kind === 'join') {
      const ident = joinedIdent(this.objects, lock.address);
      return this.#threads.find(thread => thread.ident === ident);
    }
    if (object !== 0) return this.#threads.find(thread => this.threadObject(thread) === object);
    if (lock?.kind !== 'Lock') return undefined;
    // Up to 3.12 the end of a thread is a lock that its Thread object has.
    return this.#threads.find(
      thread => this.objects.attribute(this.threadObject(thread), '_tstate_lock') === lock.address,
    );
  }
}

/** The innermost Python instruction of a thread together with a lock. */
function siteOf(lock: LockObject, frames: readonly FrameFacts[]): string | undefined {
  const code = frames.find(frame => frame.code !== undefined)?.code;
  return code && `${lock.address} ${code.address} ${code.unit}`;
}
