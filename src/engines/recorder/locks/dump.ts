// Takes a dump: a few looks at a process over half a second, and what they have in common.

import type { LocatedRuntime } from '../cpython/locateRuntime';
import { callNamed } from './callNames';
import type { Holder, LockWait } from './lockWatch';
import type { Dump, DumpHolder, DumpLine, DumpLock, DumpState, DumpThread } from './dumpModel';
import { ProcessEyes, type SeenThread } from './processEyes';
import { standstillsOf } from './standstill';

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
    const waits = seen.map(thread =>
      thread.isSteady ? this.#eyes.watch.waitOf(thread) : undefined,
    );
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
      standstills: standstillsOf(threads, this.#locks),
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
    if (thread.holdsGil)
      return { kind: 'holds-gil', call: call ? callNamed(call.number, call.address).name : null };
    if (thread.waitsForGil) return { kind: 'waits-for-gil' };
    if (!call) return { kind: 'runs' };
    if (!call.isFutex) return this.#inCall(thread);
    if (!wait || !this.#eyes.stillSleeps(thread))
      return { kind: 'waits-for-unknown', limited: call.hasLimit };
    return this.#waits(thread, wait, call.hasLimit);
  }

  #waits(thread: SeenThread, wait: LockWait, limited: boolean): DumpState {
    const { watch } = this.#eyes;
    switch (wait.kind) {
      case 'lock': {
        const { kind, address } = wait.lock;
        const lock = this.#indexOf({ kind, address }, thread);
        return {
          kind: 'waits-for-lock',
          lock,
          holder: holderIn(watch.holderOf(wait.lock)),
          limited,
        };
      }
      case 'owned': {
        const lock = this.#indexOf({ kind: 'owned', address: wait.object }, thread, wait.what);
        return {
          kind: 'waits-for-lock',
          lock,
          holder: holderIn(watch.ownerOf(wait.owner)),
          limited,
        };
      }
      case 'join':
        return { kind: 'joins', thread: wait.thread?.nativeId ?? null, limited };
      case 'result': {
        const workers = wait.workers.map(({ nativeId }) => nativeId);
        return {
          kind: 'waits-for-result',
          thread: wait.thread?.nativeId ?? null,
          workers,
          limited,
        };
      }
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
    if (
      inner &&
      inner.file.endsWith('/selectors.py') &&
      frames.some(({ code }) => (code?.file ?? '').endsWith('/asyncio/base_events.py'))
    )
      return {
        kind: 'idle',
        what: 'an event loop',
        until: 'a timer or a socket is ready',
        limited: true,
      };
    return { kind: 'in-call', call: name, doing };
  }

  #indexOf(lock: Pick<DumpLock, 'kind' | 'address'>, thread: SeenThread, what?: string): number {
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
    case 'takenUnseen':
      return { kind: 'taken-unseen' };
    case 'free':
    case 'unknown':
      return holder;
  }
}

function workOf({ frames }: SeenThread): { readonly what: string; readonly until: string } {
  const inner = frames.find(({ code }) => code)?.code;
  const isPool =
    inner?.functionName === '_worker' && inner.file.endsWith('/concurrent/futures/thread.py');
  return isPool
    ? { what: 'a worker of a ThreadPoolExecutor', until: 'somebody submits work' }
    : { what: 'SimpleQueue.get', until: 'somebody puts an item' };
}

function linesOf({ frames }: SeenThread): readonly DumpLine[] {
  return frames.flatMap(({ code }) =>
    code ? [{ file: code.file, line: code.line, function: code.functionName }] : [],
  );
}
