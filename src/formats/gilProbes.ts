// The GIL as probes on CPython's take_gil and drop_gil see it: perf's, per4m's and others' events, to states of threads.
//
// A thread holds the GIL from the return of take_gil to the *entry* of drop_gil: one that is made to let go waits inside
// drop_gil until another has taken it. It waits from the entry of take_gil on; after a forced drop, which asks again at
// once, from that drop on. What a thread does without the GIL, no probe sees.

import { LaneState } from '../core/model/lanes';
import type { ImportedThread } from './importedRun';

export type ProbeKind = 'take' | 'took' | 'drop' | 'dropped';

/** Takes that last no longer found the GIL free. */
const FREE_TAKE_NS = 20_000;
/** Who asks again this soon after a drop was made to let go. */
const AT_ONCE_NS = 20_000;

/** Follows the probes of one thread, in order of time. */
export class GilProbes {
  readonly #thread: ImportedThread;
  #holds = false;
  #askedNs = NaN;
  #droppedNs = NaN;
  #dropEndNs = NaN;
  #lastNs = -Infinity;
  holdCount = 0;

  constructor(thread: ImportedThread) {
    this.#thread = thread;
    thread.hasGil = true;
  }

  see(kind: ProbeKind, ns: number): void {
    if (this.#thread.starts.length === 0) this.#thread.push(ns, LaneState.unknown);
    this.#lastNs = Math.max(ns, this.#lastNs);
    if (kind === 'take') this.#take(ns);
    else if (kind === 'took') this.#took(ns);
    else if (kind === 'drop') this.#drop(ns);
    else this.#dropEndNs = ns;
  }

  /** The file is over: what is open lasts to its end, and of a wait nobody knows how it ends. */
  end(): void {
    if (!Number.isNaN(this.#askedNs) && this.#lastNs > this.#askedNs)
      this.#thread.push(this.#askedNs, LaneState.waitingForGil);
  }

  #take(ns: number): void {
    const wasForced = ns - this.#dropEndNs <= AT_ONCE_NS && this.#droppedNs <= this.#dropEndNs;
    this.#askedNs = wasForced ? this.#droppedNs : ns;
  }

  #took(ns: number): void {
    if (this.#holds) return;
    if (ns - this.#askedNs > FREE_TAKE_NS)
      this.#thread.push(this.#askedNs, LaneState.waitingForGil);
    this.#thread.push(ns, LaneState.runningWithGil);
    this.#askedNs = NaN;
    this.#holds = true;
    this.holdCount++;
  }

  /** A drop without a take is from before the recording began. */
  #drop(ns: number): void {
    if (this.#holds) this.#thread.push(ns, LaneState.unknown);
    this.#holds = false;
    this.#droppedNs = ns;
    this.#dropEndNs = NaN;
  }
}

export const PROBES_TELL_NOT =
  'The probes see the GIL alone: what a thread does without it, and at which line it is, the file does not tell.';
