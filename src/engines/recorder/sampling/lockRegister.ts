// The locks of one process that threads have waited for, each under one index for as long as it is the same lock.
//
// Locks are freed, and their addresses are used again for others. Nothing in memory tells the old one from the new, so
// a name belongs to an address only as long as that can be confirmed: threads wait there without a break; or a line
// that calls it so waits for it again; or what kept it under that name still keeps it. Else it is another lock.

import type { FrameFacts } from '../cpython/frames';
import type { LockNames, LockName } from '../locks/lockNames';
import { namingSite } from '../locks/lockNames';
import type { LockObject } from '../locks/lockObject';

export interface KnownLock {
  readonly object: LockObject;
  readonly index: number;
  readonly name: string;
}

interface Entry extends KnownLock {
  readonly called: LockName | undefined;
  /** Where it was waited for under its name, or under another that leads to it, too. */
  readonly sites: Set<string>;
}

/** More locks than this are waited for without being told apart. */
const MAX_LOCKS = 5000;
const MAX_SITES = 100;

/** Numbers the locks of one process. `define` is told each new one and gives it its index. */
export class LockRegister {
  readonly #names: LockNames;
  readonly #define: (name: string, object: LockObject) => number;
  readonly #locks = new Map<number, Entry>();

  constructor(names: LockNames, define: (name: string, object: LockObject) => number) {
    this.#names = names;
    this.#define = define;
  }

  /** The lock that this object is now. `isWatched`: others wait for it, and have since it was asked for last. */
  lockOf(
    object: LockObject,
    frames: readonly FrameFacts[],
    isWatched: (lock: KnownLock) => boolean,
  ): KnownLock | undefined {
    const known = this.#locks.get(object.address);
    if (!known) return this.#locks.size < MAX_LOCKS ? this.#add(object, frames) : undefined;
    if (known.object.kind !== object.kind) return this.#add(object, frames);
    const site = namingSite(frames);
    if (isWatched(known) || (site !== '' && known.sites.has(site))) return known;
    const called = this.#names.describe(object.address, frames);
    const isSame = called?.name === known.called?.name || this.#isKept(known);
    if (!isSame) return this.#add(object, frames);
    if (called?.isWritten === true && known.sites.size < MAX_SITES) known.sites.add(site);
    return known;
  }

  /** Whether the name that the lock was given still leads to it: then another name of it is one more name. */
  #isKept({ object, called }: Entry): boolean {
    const keeper = called?.keeper;
    return keeper !== undefined && this.#names.isKept(object.address, keeper);
  }

  #add(object: LockObject, frames: readonly FrameFacts[]): KnownLock {
    const called = this.#names.describe(object.address, frames);
    const name = called?.name ?? `${object.kind} at 0x${object.address.toString(16)}`;
    const sites = new Set(called?.isWritten === true ? [namingSite(frames)] : []);
    const lock = { object, index: this.#define(name, object), name, called, sites };
    this.#locks.set(object.address, lock);
    return lock;
  }
}
