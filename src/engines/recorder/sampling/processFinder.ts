// Which processes of a program are to be recorded: the first one and all that came of it, found again and again.

import type { Located, LocatedRuntime } from '../cpython/locateRuntime';
import { childrenOf, isAlive, startTicksOf } from '../system/processMaps';
import { sentenceFor } from './sentences';

/** A process without CPython may be a shell that is about to become one: it is asked at every search at first … */
const EAGER_TRIES = 50;
/** … and then this often. */
const PATIENT_MS = 100;
/** What fails this often in a row is not just starting. */
const HOPELESS_TRIES = 50;

interface Found {
  /** When it was started: another process may get its id. */
  readonly startTicks: number | undefined;
  /** Whether a Python made it. Children of a shell that is about to become one are the shell's own helpers. */
  readonly isOfPython: boolean;
  isAttached: boolean;
  tries: number;
  lastTryMs: number;
  /** How often in a row there was a CPython that could not be read. */
  failures: number;
  /** Whether anything of it was ever read. */
  wasRead: boolean;
  /** What the last try found. */
  located: Located | undefined;
  /** Why it cannot be recorded, once that is certain. */
  problem: string | undefined;
}

function newlyFound(startTicks: number | undefined, parent?: Found): Found {
  return {
    startTicks,
    isOfPython: parent !== undefined && (parent.isAttached || parent.wasRead),
    isAttached: false,
    tries: 0,
    lastTryMs: 0,
    failures: 0,
    wasRead: false,
    located: undefined,
    problem: undefined,
  };
}

/** Follows a tree of processes. Call `search` from time to time. */
export class ProcessFinder {
  readonly #root: number;
  readonly #locate: (pid: number) => Located;
  readonly #attach: (runtime: LocatedRuntime) => void;
  readonly #found = new Map<number, Found>();
  /** Processes that ended while the sampler had them. */
  readonly #leaving = new Map<number, Found>();
  #attachedCount = 0;
  #missedCount = 0;

  constructor(
    root: { readonly pid: number; readonly startTicks?: number | undefined },
    does: { locate: (pid: number) => Located; attach: (runtime: LocatedRuntime) => void },
  ) {
    this.#root = root.pid;
    this.#locate = does.locate;
    this.#attach = does.attach;
    this.#found.set(root.pid, newlyFound(root.startTicks ?? startTicksOf(root.pid)));
  }

  /** Whether the first process still runs, and not another one that got its id. */
  get isRootAlive(): boolean {
    const root = this.#found.get(this.#root);
    return root !== undefined && isSame(this.#root, root);
  }

  /** How many processes were ever attached to. */
  get attachedCount(): number {
    return this.#attachedCount;
  }

  /** Why the first process cannot be recorded, once that is certain. */
  get rootProblem(): string | undefined {
    return this.#found.get(this.#root)?.problem;
  }

  /** Why any of the processes cannot be recorded: what a wrapper started may be the one that counts. */
  get anyProblem(): string | undefined {
    for (const [pid, { problem, located }] of this.#found) {
      const sentence = problem ?? (located && sentenceFor(located, pid));
      if (sentence !== undefined) return sentence;
    }
    return undefined;
  }

  /** How many children are known to have ended before anything of them was read, as far as they may have been Pythons. */
  get missedCount(): number {
    return this.#missedCount;
  }

  /** The memory of this process is gone. If it still lives it runs another program now, perhaps another Python. */
  detached(pid: number, wasRead: boolean): void {
    const left = this.#leaving.get(pid);
    this.#leaving.delete(pid);
    if (left) {
      if (!wasRead && !left.wasRead) this.#missedCount++;
      return;
    }
    const found = this.#found.get(pid);
    if (!found) return;
    Object.assign(found, { isAttached: false, tries: 0, failures: 0 });
    found.wasRead ||= wasRead;
  }

  /** Counts those that ended since the last search. */
  countEnded(): void {
    for (const [pid, found] of this.#found)
      if (pid !== this.#root && !isSame(pid, found)) this.#ended(pid, found);
  }

  /** A process has ended. */
  #ended(pid: number, found: Found): void {
    this.#found.delete(pid);
    if (found.isAttached) this.#leaving.set(pid, found);
    else if (!found.wasRead && found.isOfPython && mayBePython(found)) this.#missedCount++;
  }

  search(): void {
    for (const [pid, found] of this.#found) {
      if (!isSame(pid, found)) {
        if (pid !== this.#root) this.#ended(pid, found);
        continue;
      }
      if (!found.isAttached) this.#try(pid, found);
      for (const child of childrenOf(pid)) {
        if (this.#found.has(child)) continue;
        this.#found.set(child, newlyFound(startTicksOf(child), found));
      }
    }
  }

  #try(pid: number, found: Found): void {
    found.tries++;
    if (found.problem !== undefined) return;
    const nowMs = performance.now();
    const isPatient = found.tries > EAGER_TRIES && found.failures === 0;
    if (isPatient && nowMs - found.lastTryMs < PATIENT_MS) return;
    found.lastTryMs = nowMs;
    const located = this.#locate(pid);
    found.located = located;
    if (located.kind === 'found') {
      found.isAttached = true;
      this.#attachedCount++;
      this.#attach(located.runtime);
      return;
    }
    // Half-started interpreters look like builds that we do not know: only what lasts is told.
    const isFinal = located.kind === 'pyPy';
    const isFailure = located.kind === 'unsupported' || located.kind === 'noPermission';
    found.failures = isFailure ? found.failures + 1 : 0;
    if (isFinal || found.failures >= HOPELESS_TRIES) found.problem = sentenceFor(located, pid);
  }
}

/** What was never asked, or was just starting. */
function mayBePython({ located }: Found): boolean {
  return located === undefined || located.kind === 'starting' || located.kind === 'gone';
}

/** Whether this process still runs under its id. */
function isSame(pid: number, { startTicks }: Found): boolean {
  return isAlive(pid) && startTicksOf(pid) === startTicks;
}
