// Measures what a process takes of the machine: its time with a core, and each of its threads that Python did not make
// (BLAS, OpenMP, Rust): those have lanes of their own.

import { RecordKind, type BatchWriter } from '../file/records';
import { CpuLimit } from '../system/cpuLimit';
import { readText, threadIdsOf } from '../system/processMaps';
import { ThreadFiles } from '../system/threadFiles';

/** How often native threads are asked for their time with a core … */
const NATIVE_NS = 20e6;
/** … and how often the process is asked, and which threads it has. */
const PROCESS_NS = 250e6;
const LIST_NS = 100e6;
/** A list of more threads than this takes long to read: it is read less often. */
const MANY_THREADS = 300;
const MANY_THREADS_NS = 1e9;
/** A thread that Python is just starting, or that is just ending, looks native for a moment. */
const LISTS_UNTIL_NATIVE = 5;
/** A thread that never did anything gets no lane. */
const WORTH_A_LANE_NS = 2e6;
const MAX_NATIVE_LANES = 64;
/** The system counts the time of a process in hundredths of a second, on every Linux. */
const TICK_NS = 10e6;

interface NativeThread {
  readonly id: number;
  /** How many lists in a row it was in without being Python's. */
  lists: number;
  files: ThreadFiles | undefined;
  index: number | undefined;
  cpuNs: number;
  askedNs: number;
  /** It did nothing when it was asked last, and that is written down. */
  isQuiet: boolean;
}

export interface CpuWatchShared {
  readonly clock: () => number;
  readonly batch: BatchWriter;
  readonly counters: { native: number };
}

/** Owns open files of native threads until `close`. */
export class CpuWatch {
  readonly #pid: number;
  readonly #process: number;
  readonly #shared: CpuWatchShared;
  readonly #limit: CpuLimit;
  readonly #native = new Map<number, NativeThread>();
  readonly #next = { processNs: 0, nativeNs: 0, listNs: 0 };
  readonly #startTicks: number;
  #lanes = 0;
  #nativeNs = 0;

  constructor(place: { pid: number; process: number }, shared: CpuWatchShared) {
    this.#pid = place.pid;
    this.#process = place.process;
    this.#shared = shared;
    this.#limit = new CpuLimit(place.pid);
    this.#startTicks = ticksOf(place.pid) ?? 0;
    this.#tell(shared.clock(), this.#startTicks);
  }

  /** To be called often; mostly it does nothing. `isPython` says of a thread's kernel id whether Python knows it. */
  measure(isPython: (id: number) => boolean): void {
    const nowNs = this.#shared.clock();
    if (nowNs < this.#next.nativeNs) return;
    this.#next.nativeNs = nowNs + NATIVE_NS;
    if (nowNs >= this.#next.listNs) this.#list(nowNs, isPython);
    for (const thread of this.#native.values()) this.#ask(thread);
    if (nowNs >= this.#next.processNs) {
      this.#next.processNs = nowNs + PROCESS_NS;
      this.#tell(nowNs, ticksOf(this.#pid));
    }
  }

  close(): void {
    for (const thread of this.#native.values()) {
      this.#ask(thread);
      thread.files?.close();
    }
    this.#native.clear();
    this.#tell(this.#shared.clock(), ticksOf(this.#pid));
  }

  #tell(nowNs: number, ticks: number | undefined): void {
    if (ticks === undefined) return; // gone
    const cpuNs = (ticks - this.#startTicks) * TICK_NS;
    const columns = [this.#process, cpuNs, this.#nativeNs, this.#limit.throttledNs()];
    this.#shared.batch.row(RecordKind.cpu, nowNs, columns);
  }

  #list(nowNs: number, isPython: (id: number) => boolean): void {
    const ids = threadIdsOf(this.#pid);
    this.#next.listNs = nowNs + (ids.length > MANY_THREADS ? MANY_THREADS_NS : LIST_NS);
    const foreign = new Set(ids.filter(id => id !== this.#pid && !isPython(id)));
    for (const thread of this.#native.values()) if (!foreign.has(thread.id)) this.#end(thread);
    for (const id of foreign) this.#meet(id);
  }

  #meet(id: number): void {
    const askedNs = this.#shared.clock();
    const known = this.#native.get(id);
    const thread = known ?? {
      id,
      lists: 0,
      files: undefined,
      index: undefined,
      cpuNs: 0,
      askedNs,
      isQuiet: false,
    };
    this.#native.set(id, thread);
    thread.lists++;
    if (thread.lists !== LISTS_UNTIL_NATIVE) return;
    thread.files = new ThreadFiles(this.#pid, id);
    thread.files.ranSince();
    thread.askedNs = askedNs;
  }

  #ask(thread: NativeThread): void {
    if (!thread.files) return;
    const sinceNs = thread.askedNs;
    const ranNs = Math.max(0, thread.files.ranSince());
    thread.askedNs = this.#shared.clock();
    thread.cpuNs += ranNs;
    this.#nativeNs += ranNs;
    if (thread.index === undefined && thread.cpuNs >= WORTH_A_LANE_NS) this.#define(thread);
    const wasQuiet = thread.isQuiet;
    thread.isQuiet = ranNs === 0;
    if (thread.index === undefined || (wasQuiet && ranNs === 0)) return;
    const columns = [thread.index, Math.min(ranNs, thread.askedNs - sinceNs), sinceNs];
    this.#shared.batch.row(RecordKind.native, thread.askedNs, columns);
  }

  #define(thread: NativeThread): void {
    if (this.#lanes >= MAX_NATIVE_LANES) return;
    this.#lanes++;
    const { batch, counters } = this.#shared;
    thread.index = counters.native++;
    const told = readText(`/proc/${this.#pid}/task/${thread.id}/comm`)?.trim() ?? '';
    const name = `${told === '' ? 'native' : told} (native thread ${thread.id})`;
    batch.define({ kind: 'native', index: thread.index, process: this.#process, name });
  }

  #end(thread: NativeThread): void {
    this.#native.delete(thread.id);
    thread.files?.close();
    if (thread.index === undefined) return;
    this.#shared.batch.row(RecordKind.nativeEnded, this.#shared.clock(), [thread.index]);
  }
}

/** Time with a core of all threads of a process, in hundredths of a second. */
function ticksOf(pid: number): number | undefined {
  const status = readText(`/proc/${pid}/stat`);
  // The name in brackets may hold blanks and brackets itself.
  const fields = status?.slice(status.lastIndexOf(')') + 2).split(' ');
  return fields && Number(fields[11]) + Number(fields[12]);
}
