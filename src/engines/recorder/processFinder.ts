// Which processes of a program are to be recorded: the first one and all that came of it, found again and again.

import type { Located, LocatedRuntime } from './locateRuntime';
import { childrenOf, isAlive } from './processMaps';
import { sentenceFor } from './sentences';

/** A process without CPython is asked again this often: it may be a shell that is about to become one. */
const TRIES_EACH_TIME = 50;
const TRIES_LATER_EACH = 50;
/** What fails this often in a row is not just starting. */
const HOPELESS_TRIES = 50;

interface Found {
  isAttached: boolean;
  tries: number;
  /** How often in a row there was a CPython that could not be read. */
  failures: number;
  problem: string | undefined;
}

/** Follows a tree of processes. Call `search` from time to time. */
export class ProcessFinder {
  readonly #root: number;
  readonly #locate: (pid: number) => Located;
  readonly #attach: (runtime: LocatedRuntime) => void;
  readonly #found = new Map<number, Found>();
  #attachedCount = 0;

  constructor(
    root: number,
    does: { locate: (pid: number) => Located; attach: (runtime: LocatedRuntime) => void },
  ) {
    this.#root = root;
    this.#locate = does.locate;
    this.#attach = does.attach;
    this.#found.set(root, { isAttached: false, tries: 0, failures: 0, problem: undefined });
  }

  /** How many processes were ever attached to. */
  get attachedCount(): number {
    return this.#attachedCount;
  }

  /** Why the first process cannot be recorded, once that is certain. */
  get rootProblem(): string | undefined {
    return this.#found.get(this.#root)?.problem;
  }

  /** The memory of this process is gone. If it still lives it runs another program now, perhaps another Python. */
  detached(pid: number): void {
    const found = this.#found.get(pid);
    if (found) Object.assign(found, { isAttached: false, tries: 0, failures: 0 });
  }

  search(): void {
    for (const [pid, found] of this.#found) {
      if (pid !== this.#root && !isAlive(pid)) {
        this.#found.delete(pid);
        continue;
      }
      if (!found.isAttached) this.#try(pid, found);
      for (const child of childrenOf(pid)) {
        if (this.#found.has(child)) continue;
        this.#found.set(child, { isAttached: false, tries: 0, failures: 0, problem: undefined });
      }
    }
  }

  #try(pid: number, found: Found): void {
    found.tries++;
    if (found.problem !== undefined) return;
    if (
      found.tries > TRIES_EACH_TIME &&
      found.tries % TRIES_LATER_EACH !== 0 &&
      found.failures === 0
    )
      return;
    const located = this.#locate(pid);
    if (located.kind === 'found') {
      found.isAttached = true;
      this.#attachedCount++;
      this.#attach(located.runtime);
      return;
    }
    // Half-started interpreters look like builds that we do not know: only what lasts is told.
    const isFinal = located.kind === 'pyPy' || located.kind === 'freeThreaded';
    const isFailure = located.kind === 'unsupported' || located.kind === 'noPermission';
    found.failures = isFailure ? found.failures + 1 : 0;
    if (isFinal || found.failures >= HOPELESS_TRIES) found.problem = sentenceFor(located, pid);
  }
}
