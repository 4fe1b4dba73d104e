// What a process does right now, as plain data: a few looks over half a second, every thread with its stack, what it
// waits for and who has that. The names in it are stable: `gilscope dump --json` prints it as it is.

import type { LocatedRuntime } from '../cpython/locateRuntime';
import { callNamed } from './callNames';
import type { LockKind } from './lockObject';
import type { Holder, HolderProof, LockWait } from './lockWatch';
import { ProcessEyes, type SeenThread } from './processEyes';
import { standstillOf, type Standstill } from './standstill';

export interface DumpLine {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

/** Who holds what a thread waits for. Threads are named by the kernel's id. */
export type DumpHolder =
  | {
      readonly kind: 'thread';
      readonly thread: number;
      /** `owner`: the lock names it; `with`: a `with` body keeps it; `given`: it has the lock and waits for the GIL. */
      readonly proof: HolderProof;
      /** The line of the `with` body that keeps the lock. */
      readonly at: DumpLine | null;
    }
  | { readonly kind: 'one-of'; readonly threads: readonly number[] }
  | { readonly kind: 'other-process' }
  | { readonly kind: 'free' }
  | { readonly kind: 'unknown' };

/** What a thread does. */
export type DumpState =
  /** `call`: it sleeps in this system call and keeps the GIL. */
  | { readonly kind: 'holds-gil'; readonly call: string | null }
  | { readonly kind: 'waits-for-gil' }
  | {
      readonly kind: 'waits-for-lock';
      /** Index into the dump's locks. */
      readonly lock: number;
      readonly holder: DumpHolder;
      /** Whether it gives up after a time. */
      readonly limited: boolean;
    }
  /** For the end of a thread; null if it is not known which. */
  | { readonly kind: 'joins'; readonly thread: number | null; readonly limited: boolean }
  /** Nobody holds what it waits for. */
  | {
      readonly kind: 'idle';
      readonly what: string;
      readonly until: string;
      readonly limited: boolean;
    }
  /** In a system call, without the GIL. */
  | { readonly kind: 'in-call'; readonly call: string; readonly doing: string }
  /** It runs or could run, without the GIL. */
  | { readonly kind: 'runs' }
  /** It sleeps at a lock that nothing in its memory explains. */
  | { readonly kind: 'waits-for-unknown'; readonly limited: boolean };

export interface DumpThread {
  readonly id: number;
  readonly name: string;
  readonly main: boolean;
  readonly interpreter: number;
  readonly state: DumpState;
  /** Whether every look found it in the same wait at the same line. */
  readonly steady: boolean;
  /** In how many looks it had the GIL, and in how many it waited for it. */
  readonly heldGil: number;
  readonly waitedForGil: number;
  /** Innermost first. */
  readonly stack: readonly DumpLine[];
}

export interface DumpLock {
  /** As the waiting line calls it; null if no line does. */
  readonly name: string | null;
  readonly kind: LockKind | 'owned';
  readonly address: number;
}

export interface Dump {
  readonly pid: number;
  readonly python: string;
  readonly freeThreaded: boolean;
  readonly looks: number;
  /** As the program made them, the main thread first. */
  readonly threads: readonly DumpThread[];
  readonly locks: readonly DumpLock[];
  /** A circle of waits, or threads of which none is left to wake the others; null if there is neither. */
  readonly standstill: Standstill | null;
}

/** How many looks a dump takes, and how long it waits between two. */
const LOOKS = 6;
const BETWEEN_MS = 90;

/** Looks at a process for half a second. Undefined when it ended meanwhile. Throws the errors of opening its memory. */
export async function dumpProcess(runtime: LocatedRuntime): Promise<Dump | undefined> {
  const eyes = new ProcessEyes(runtime);
  try {
    const collector = new DumpCollector(eyes);
    for (let look = 0; look < LOOKS; look++) {
      if (look > 0) await new Promise(resolve => setTimeout(resolve, BETWEEN_MS));
      if (!collector.look()) return undefined;
    }
    return collector.dump(runtime);
  } finally {
    eyes.close();
  }
}

interface Tally {
  heldGil: number;
  waitedForGil: number;
  looks: number;
  /** What all looks so far found; empty once two of them differ. */
  same: string | undefined;
}

/** Takes looks and makes a dump of them. */
export class DumpCollector {
  readonly #eyes: ProcessEyes;
  readonly #tallies = new Map<number, Tally>();
  readonly #locks: DumpLock[] = [];
  readonly #lockIndices = new Map<number, number>();
  #threads: readonly { readonly seen: SeenThread; readonly state: DumpState }[] = [];
  #looks = 0;

  constructor(eyes: ProcessEyes) {
    this.#eyes = eyes;
  }

  /** False when the process is gone. */
  look(): boolean {
    const seen = this.#eyes.look();
    if (!seen || seen.length === 0) return false;
    this.#looks++;
    // Waits first: where threads are parked tells which others were given a lock.
    const waits = seen.map(thread => (thread.isSteady ? this.#eyes.watch.waitOf(thread) : undefined));
    this.#threads = seen.map((thread, index) => {
      const state = this.#stateOf(thread, waits[index]);
      this.#count(thread, state);
      return { seen: thread, state };
    });
    return true;
  }

  dump({ pid, layout }: LocatedRuntime): Dump {
    const threads = this.#threads.map(({ seen, state }) => this.#threadOf(seen, state));
    return {
      pid,
      python: layout.version.text,
      freeThreaded: layout.freeThreaded,
      looks: this.#looks,
      threads,
      locks: this.#locks,
      standstill: standstillOf(threads, this.#locks),
    };
  }

  #count(thread: SeenThread, state: DumpState): void {
    const known = this.#tallies.get(thread.nativeId);
    const found = `${JSON.stringify(state)} ${JSON.stringify(linesOf(thread).at(0))}`;
    const tally = known ?? { heldGil: 0, waitedForGil: 0, looks: 0, same: found };
    tally.looks++;
    if (tally.same !== found) tally.same = undefined;
    if (thread.holdsGil) tally.heldGil++;
    if (thread.waitsForGil) tally.waitedForGil++;
    this.#tallies.set(thread.nativeId, tally);
  }

  #threadOf(seen: SeenThread, state: DumpState): DumpThread {
    const { nativeId: id, isMain: main, interpreter } = seen;
    const tally = this.#tallies.get(id);
    return {
      id,
      name: this.#nameOf(seen),
      main,
      interpreter,
      state,
      steady: tally?.same !== undefined && tally.looks === this.#looks,
      heldGil: tally?.heldGil ?? 0,
      waitedForGil: tally?.waitedForGil ?? 0,
      stack: linesOf(seen),
    };
  }

  #nameOf(seen: SeenThread): string {
    if (seen.isMain) return 'MainThread';
    const { objects } = this.#eyes.watch;
    const given = objects.textAttribute(this.#eyes.watch.threadObject(seen), '_name');
    if (given !== undefined) return given;
    const outermost = linesOf(seen).at(-1)?.function;
    return outermost === undefined
      ? `thread ${seen.nativeId}`
      : `${outermost} (thread ${seen.nativeId})`;
  }

  #stateOf(thread: SeenThread, wait: LockWait | undefined): DumpState {
    const { call } = thread;
    if (thread.holdsGil) return { kind: 'holds-gil', call: call ? callNamed(call.number, call.address).name : null };
    if (thread.waitsForGil) return { kind: 'waits-for-gil' };
    if (!call) return { kind: 'runs' };
    if (!call.isFutex) return this.#inCall(thread);
    if (!wait || !this.#eyes.stillSleeps(thread)) return { kind: 'waits-for-unknown', limited: call.hasLimit };
    return this.#waits(thread, wait, call.hasLimit);
  }

  #waits(thread: SeenThread, wait: LockWait, limited: boolean): DumpState {
    const { watch } = this.#eyes;
    switch (wait.kind) {
      case 'lock': {
        const { kind, address } = wait.lock;
        const lock = this.#indexOf({ kind, address }, thread);
        return { kind: 'waits-for-lock', lock, holder: holderIn(watch.holderOf(wait.lock)), limited };
      }
      case 'owned': {
        const lock = this.#indexOf({ kind: 'owned', address: wait.object }, thread, wait.what);
        return { kind: 'waits-for-lock', lock, holder: holderIn(watch.ownerOf(wait.owner)), limited };
      }
      case 'join':
        return { kind: 'joins', thread: wait.thread?.nativeId ?? null, limited };
      case 'notify':
        return { kind: 'idle', what: wait.what, until: wait.until, limited };
      case 'work':
        return { kind: 'idle', ...workOf(thread), limited };
      case 'unknown':
        return { kind: 'waits-for-unknown', limited };
    }
  }

  #inCall({ call, frames }: SeenThread): DumpState {
    const { name, doing } = callNamed(call?.number ?? -1, call?.address ?? 0);
    const inner = frames.find(({ code }) => code)?.code;
    // An event loop that has nothing to do.
    if (inner && /\/selectors\.py$/.test(inner.file) && frames.some(({ code }) => /\/asyncio\/base_events\.py$/.test(code?.file ?? '')))
      return { kind: 'idle', what: 'an event loop', until: 'a timer or a socket is ready', limited: true };
    return { kind: 'in-call', call: name, doing };
  }

  #indexOf(
    lock: Pick<DumpLock, 'kind' | 'address'>,
    thread: SeenThread,
    what?: string,
  ): number {
    const known = this.#lockIndices.get(lock.address);
    if (known !== undefined && this.#locks[known].kind === lock.kind) return known;
    const name = what ?? this.#eyes.watch.names.nameOf(lock.address, thread.frames) ?? null;
    const index = this.#locks.push({ ...lock, name }) - 1;
    this.#lockIndices.set(lock.address, index);
    return index;
  }
}

function holderIn(holder: Holder): DumpHolder {
  switch (holder.kind) {
    case 'thread': {
      const { at, proof } = holder;
      const line = at && { file: at.file, line: at.line, function: at.functionName };
      return { kind: 'thread', thread: holder.thread.nativeId, proof, at: line ?? null };
    }
    case 'oneOf':
      return { kind: 'one-of', threads: holder.threads.map(({ nativeId }) => nativeId) };
    case 'otherProcess':
      return { kind: 'other-process' };
    case 'free':
    case 'unknown':
      return holder;
  }
}

function workOf({ frames }: SeenThread): { readonly what: string; readonly until: string } {
  const inner = frames.find(({ code }) => code)?.code;
  const isPool = inner?.functionName === '_worker' && /\/concurrent\/futures\/thread\.py$/.test(inner.file);
  return isPool
    ? { what: 'a worker of a ThreadPoolExecutor', until: 'somebody submits work' }
    : { what: 'SimpleQueue.get', until: 'somebody puts an item' };
}

function linesOf({ frames }: SeenThread): readonly DumpLine[] {
  return frames.flatMap(({ code }) =>
    code ? [{ file: code.file, line: code.line, function: code.functionName }] : [],
  );
}
