// From the futex that a thread sleeps at to the object that it waits for.
//
// Two ways lead there, and memory decides which, because the layout changed within 3.13: a lock that is one byte parks
// its waiters in CPython's parking lot (Python/parking_lot.c), whose entry on the waiter's own stack tells the byte's
// address; a lock that points to a semaphore is found among the words of the waiter's frames. Either way the object
// itself must confirm it.

import type { FrameFacts } from '../cpython/frames';
import type { SleepingCall } from './systemCall';
import type { LiveStacks } from './liveStack';
import { mayBeObject, type ObjectReader } from './objects';

export type LockKind =
  | 'Lock'
  | 'RLock'
  | 'SimpleQueue'
  /** The handle of a thread that somebody joins (3.13 and later). */
  | 'join'
  /** A Lock, RLock or Semaphore of `multiprocessing`: the processes that have it open share it. */
  | 'processLock'
  /** A `pthread_mutex_t` of C code. */
  | 'mutex';

export interface LockObject {
  readonly kind: LockKind;
  /** The object; of a mutex the mutex itself. */
  readonly address: number;
  /** How the lock tells that it is taken: a semaphore's count, or the lowest bit of a byte. */
  readonly form: 'semaphore' | 'byte';
  /** Where it tells so. */
  readonly word: number;
}

/** Types of the objects that a thread can wait for, by what they call themselves. */
const KINDS: Readonly<Partial<Record<string, LockKind>>> = {
  '_thread.lock': 'Lock',
  '_thread.RLock': 'RLock',
  '_queue.SimpleQueue': 'SimpleQueue',
  '_multiprocessing.SemLock': 'processLock',
};

/** An entry of the parking lot: the address waited at stands this much before its semaphore, which is the futex. */
const PARKED_AT = 8;
/** The handle of a thread: its mutex, and the ident of the thread. */
const HANDLE_EVENT = 0x39;
const HANDLE_IDENT = 32;
/** glibc's mutex: its owner's kernel id, and its kind. */
const MUTEX_OWNER = 8;
const MUTEX_KIND = 16;
const MAX_MUTEX_KIND = 1024;
/** Frames of a waiter that are searched for the lock. */
const FRAMES_SEARCHED = 3;
const MAX_KNOWN = 20_000;

/** Which threads there are, by the ids that locks name them by. */
export interface KnownThreads {
  hasIdent(ident: number): boolean;
  /** `id`: as the program knows its thread. */
  hasNativeId(id: number): boolean;
}

/** What a type is, if threads wait for its objects. */
export function lockKindOf(objects: ObjectReader, object: number): LockKind | undefined {
  return KINDS[objects.typeName(object)];
}

/** Finds the objects that threads of one process wait for. Remembers which semaphore belongs to which object. */
export class LockFinder {
  readonly #objects: ObjectReader;
  readonly #stacks: LiveStacks;
  readonly #bySemaphore = new Map<number, number>();

  constructor(objects: ObjectReader, stacks: LiveStacks) {
    this.#objects = objects;
    this.#stacks = stacks;
  }

  /** The object that the futex belongs to; undefined when none confirms it. `frames`: the waiter's, innermost first. */
  find(
    call: SleepingCall,
    frames: readonly FrameFacts[],
    threads: KnownThreads,
  ): LockObject | undefined {
    return (
      this.#parked(call.address, threads) ??
      this.#remembered(call.address) ??
      this.#inFrames(call.address, frames) ??
      this.#mutex(call.address, threads)
    );
  }

  /** Whether a futex belongs to a lock: those in the parking lot lie on the waiters' stacks, where other waits put theirs. */
  isFor(lock: LockObject, futex: number): boolean {
    if (lock.kind === 'mutex') return futex === lock.address;
    if (lock.form === 'byte') return this.#objects.memory.u64(futex - PARKED_AT) === lock.word;
    return this.#withSemaphore(lock.address, futex) !== undefined;
  }

  #parked(futex: number, threads: KnownThreads): LockObject | undefined {
    const { memory, layout } = this.#objects;
    const word = memory.u64(futex - PARKED_AT) ?? 0;
    if (word === 0) return undefined;
    const address = word - layout.objectHead;
    const kind = lockKindOf(this.#objects, address);
    if (kind !== undefined) return { kind, address, form: 'byte', word };
    const handle = word - HANDLE_EVENT;
    const ident = mayBeObject(handle) ? (memory.u64(handle + HANDLE_IDENT) ?? 0) : 0;
    if (ident === 0 || !threads.hasIdent(ident)) return undefined;
    return { kind: 'join', address: handle, form: 'byte', word };
  }

  #remembered(futex: number): LockObject | undefined {
    const object = this.#bySemaphore.get(futex);
    const found = object === undefined ? undefined : this.#withSemaphore(object, futex);
    if (object !== undefined && !found) this.#bySemaphore.delete(futex);
    return found;
  }

  #inFrames(futex: number, frames: readonly FrameFacts[]): LockObject | undefined {
    for (const frame of frames.filter(({ code }) => code !== undefined).slice(0, FRAMES_SEARCHED))
      for (const word of this.#stacks.allWords(frame)) {
        const found =
          this.#withSemaphore(word, futex) ?? this.#withSemaphore(this.#selfOf(word), futex);
        if (!found) continue;
        if (this.#bySemaphore.size >= MAX_KNOWN) this.#bySemaphore.clear();
        this.#bySemaphore.set(futex, found.address);
        return found;
      }
    return undefined;
  }

  #selfOf(word: number): number {
    return selfOfMethod(this.#objects, word);
  }

  /** The object, if it is a lock whose semaphore this is. */
  #withSemaphore(address: number, futex: number): LockObject | undefined {
    if (!mayBeObject(address) || this.#objects.field(address, 0) !== futex) return undefined;
    const kind = lockKindOf(this.#objects, address);
    // A semaphore is freed with its lock and may serve another one, while the dead lock still points to it.
    if (!kind || !this.#objects.isAlive(address)) return undefined;
    return { kind, address, form: 'semaphore', word: futex };
  }

  #mutex(futex: number, threads: KnownThreads): LockObject | undefined {
    const block = this.#objects.memory.copy(futex, 24);
    if (!block) return undefined;
    const [state, owner, kind] = [0, MUTEX_OWNER, MUTEX_KIND].map(at =>
      block.view.getInt32(at, true),
    );
    const isTaken = state === 1 || state === 2;
    if (!isTaken || owner <= 0 || kind < 0 || kind >= MAX_MUTEX_KIND) return undefined;
    if (!threads.hasNativeId(owner)) return undefined;
    return { kind: 'mutex', address: futex, form: 'semaphore', word: futex };
  }
}

/** The object that a bound method belongs to, of C code or of Python; 0 for anything else. */
export function selfOfMethod(objects: ObjectReader, word: number): number {
  const type = objects.typeName(word);
  return type === 'builtin_function_or_method' || type === 'method' ? objects.field(word, 8) : 0;
}

/** Whether a lock is taken now; undefined when it cannot be read. */
export function isTaken(objects: ObjectReader, { form, word }: LockObject): boolean | undefined {
  const block = objects.memory.copy(word - (word % 4), 8);
  if (!block) return undefined;
  if (form === 'semaphore') return block.view.getUint32(word % 4, true) === 0;
  return (block.bytes[word % 4] & 1) === 1;
}

/** The ident of the thread that a join waits for. */
export function joinedIdent(objects: ObjectReader, handle: number): number {
  return objects.memory.u64(handle + HANDLE_IDENT) ?? 0;
}

/** The kernel's id, as the program knows it, of the owner of a mutex. */
export function mutexOwner(objects: ObjectReader, mutex: number): number {
  return objects.memory.i32(mutex + MUTEX_OWNER) ?? 0;
}
