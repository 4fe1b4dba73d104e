// One process under observation: its interpreters, their GILs and threads, found anew at each sweep.

import { isAbsolute, join } from 'node:path';

import type { SourcePosition } from '../../../core/model/program';
import { FrameReader } from '../cpython/frames';
import { THREAD_STATE_BYTES } from '../cpython/layout';
import {
  GIL_IS_ON,
  gilEnabled,
  gilOf,
  nativeIdOf,
  type LocatedRuntime,
} from '../cpython/locateRuntime';
import { readLink, readText } from '../system/processMaps';
import { i32At, makeBlock, ProcessMemory, u64At } from '../system/processMemory';
import { RecordKind, type BatchWriter } from '../file/records';
import { SampledGil, type ChangeBudget, type HandOffCounts } from './sampledGil';
import { CpuWatch } from './cpuWatch';
import { commandOf, processFacts } from './processFacts';
import { EventLoops } from './eventLoops';
import { SampledLocks } from './sampledLocks';
import { SampledThread } from './sampledThread';
import type { ProcessFacts } from './sleepCause';
import { ThreadFiles } from '../system/threadFiles';
import { threadIdsFor, type OurThreadId } from '../system/threadIds';

/** Threads that get a lane of their own; the rest share one, so that a server may run for days. */
export const MAX_THREADS_WITH_LANE = 5000;
/** How often in a row a thread must be missing to be taken for ended. */
const SWEEPS_UNTIL_ENDED = 3;
/** As long as no sweep reaches every thread, one that was found so many sweeps ago counts as alive. */
const SWEEPS_OF_DOUBT = 20;
/** A walk that finds more is walking through freed memory. */
const MAX_THREADS = 20_000;
const MAX_INTERPRETERS = 1000;
/** A thread without a name after this long gets one of ours. */
const NAME_PATIENCE_NS = 1e9;

/** What all processes of a recording share. */
export interface SamplerShared {
  readonly clock: () => number;
  readonly batch: BatchWriter;
  readonly budget: ChangeBudget;
  readonly internPosition: (position: SourcePosition) => number;
  readonly handOffs: HandOffCounts;
  readonly counters: {
    process: number;
    gil: number;
    thread: number;
    native: number;
    lock: number;
    /** The process that was found first, whichever program it runs. */
    rootPid: number | undefined;
  };
}

interface Interpreter {
  readonly address: number;
  readonly id: number;
  readonly gil: SampledGil;
  isCollecting: boolean;
}

/** Owns the memory of one process and the files of its threads until `close`. */
export class SampledProcess {
  readonly pid: number;
  readonly index: number;
  readonly #runtime: LocatedRuntime;
  readonly #shared: SamplerShared;
  readonly #memory: ProcessMemory;
  readonly #frames: FrameReader;
  readonly #loops: EventLoops;
  readonly #gils: SampledGil[] = [];
  readonly #threads = new Map<number, SampledThread>();
  /** The thread state that each thread with several of them used last. */
  readonly #inUse = new Map<number, number>();
  readonly #block = makeBlock(THREAD_STATE_BYTES);
  readonly #field = (offset: number): number => u64At(this.#block, offset);
  readonly #ourId: OurThreadId;
  readonly #facts: ProcessFacts;
  readonly #cpu: CpuWatch;
  readonly #locks: SampledLocks;
  #isGilOn = false;
  #interpreters: Interpreter[] = [];
  #overflow: number | undefined;
  #sweep = 0;
  /** The last sweep that reached every thread. */
  #wholeSweep = 0;
  #lastSweepNs: number;
  #afterSweepNs: number;

  /** Throws the errors of opening /proc/PID/mem. */
  constructor(runtime: LocatedRuntime, shared: SamplerShared) {
    this.pid = runtime.pid;
    this.#runtime = runtime;
    this.#shared = shared;
    this.#memory = new ProcessMemory(runtime.pid);
    this.index = shared.counters.process++; // only now: it may have been gone
    this.#ourId = threadIdsFor(runtime.pid);
    shared.counters.rootPid ??= runtime.pid;
    const isChild = runtime.pid !== shared.counters.rootPid;
    this.#facts = processFacts(runtime.pid, isChild, shared.clock);
    const folder = readLink(`/proc/${runtime.pid}/cwd`) ?? '/';
    this.#frames = new FrameReader(this.#memory, runtime.layout, {
      intern: shared.internPosition,
      readSource: file => readText(`/proc/${runtime.pid}/root${file}`),
      resolveFile: file => (isAbsolute(file) || file.startsWith('<') ? file : join(folder, file)),
    });
    this.#loops = new EventLoops(this.#frames, shared.batch);
    this.#locks = new SampledLocks(runtime, this.index, shared);
    this.#lastSweepNs = this.#afterSweepNs = shared.clock();
    shared.batch.define({
      kind: 'process',
      index: this.index,
      pid: this.pid,
      version: runtime.layout.version.text,
      switchIntervalNs: runtime.switchIntervalNs,
      ...(runtime.layout.freeThreaded ? { freeThreaded: true } : {}),
      ...commandOf(runtime.pid),
    });
    this.#cpu = new CpuWatch({ pid: this.pid, process: this.index }, shared);
  }

  /** Reads every GIL once. False when the process is gone. */
  readGils(): boolean {
    const { clock } = this.#shared;
    for (let i = this.#gils.length - 1; i >= 0; i--) {
      if (this.#gils[i].read(clock)) continue;
      if (i === 0) return false; // the main interpreter's
      this.#gils.splice(i, 1);
    }
    return true;
  }

  /** Between two sweeps: each turn of some length gets a look, so that its line is that of the turn. */
  lookAtHolders(): void {
    const nowNs = this.#shared.clock();
    for (const gil of this.#gils) {
      const holder = this.#threads.get(gil.unseenHolder(nowNs));
      if (!holder) continue;
      gil.isTurnSeen = true; // whatever the look finds: one is enough
      if (this.#memory.readInto(this.#block, holder.place.address, THREAD_STATE_BYTES)) {
        this.#lookAt(holder);
      }
    }
  }

  /** Measures what the process takes of the machine, when it is time to. */
  measure(): void {
    this.#cpu.measure(id => this.#inUse.has(id));
  }

  /** In how many ns a hand-off of any of its GILs is likely; `withinNs` if not before that. */
  dueIn(nowNs: number, withinNs: number): number {
    let dueNs = withinNs;
    for (const gil of this.#gils) dueNs = gil.dueIn(nowNs, dueNs);
    return dueNs;
  }

  /** Looks at every thread, reading the GILs in between. False when the process is gone. */
  sweep(): boolean {
    this.#sweep++;
    this.#lastSweepNs = this.#afterSweepNs;
    const { interpretersHead } = this.#runtime.layout;
    const head = this.#memory.u64(this.#runtime.address + interpretersHead);
    if (head === undefined) return false;
    const isComplete = this.#findInterpreters(head) && this.#interpreters.every(i => this.#walk(i));
    this.#lookForCollections();
    this.#afterSweepNs = this.#shared.clock();
    // A walk that met freed memory proves nothing about the threads that it did not reach.
    if (isComplete && head !== 0) {
      this.#endMissing();
      this.#wholeSweep = this.#sweep;
    }
    this.#locks.sweep(this.#threads, () => void this.readGils());
    if (this.#runtime.layout.freeThreaded && !this.#isGilOn) this.#lookWhetherGilIsOn();
    return true;
  }

  /** An extension that does not support running without the GIL turns it on when it is imported. */
  #lookWhetherGilIsOn(): void {
    const gil = this.#gils.at(0);
    if (!gil || gilEnabled(this.#memory, this.#runtime.layout, gil.address) !== GIL_IS_ON) return;
    this.#isGilOn = true;
    const columns = [gil.index, this.#sweep === 1 ? 1 : 0];
    this.#shared.batch.row(RecordKind.gilIsOn, this.#shared.clock(), columns);
  }

  /** Told once for each collection that lasts until a sweep meets it; the collecting thread keeps the GIL meanwhile. */
  #lookForCollections(): void {
    const { collecting } = this.#runtime.layout.interpreter;
    if (collecting === undefined || this.#runtime.layout.freeThreaded) return;
    for (const interpreter of this.#interpreters) {
      const was = interpreter.isCollecting;
      interpreter.isCollecting = this.#memory.i32(interpreter.address + collecting) === 1;
      if (was === interpreter.isCollecting) continue;
      const columns = [interpreter.gil.index, was ? 1 : 0];
      this.#shared.batch.row(RecordKind.collecting, this.#shared.clock(), columns);
    }
  }

  /** Every thread tells its state at its next look, for example because the sampler saw nothing for a while. */
  tellAll(): void {
    for (const thread of this.#threads.values()) thread.mustTell = true;
  }

  /** The process is gone: so are its threads. */
  end(): void {
    const nowNs = this.#shared.clock();
    for (const thread of this.#threads.values())
      this.#endAt(thread, thread.missingSinceNs ?? nowNs);
    this.#cpu.close();
    this.#shared.batch.row(RecordKind.processEnded, nowNs, [this.index]);
    this.#locks.close();
    this.#memory.close();
  }

  /** The recording is over, the process runs on. */
  close(): void {
    for (const thread of this.#threads.values()) {
      this.#nameAtLast(thread);
      thread.close();
    }
    this.#cpu.close();
    this.#locks.close();
    this.#memory.close();
  }

  #findInterpreters(head: number): boolean {
    const { interpreter: places } = this.#runtime.layout;
    const found: Interpreter[] = [];
    let address: number | undefined = head;
    while (address !== 0) {
      if (address === undefined || found.length >= MAX_INTERPRETERS) return false;
      const next = this.#memory.u64(address + places.next);
      const interpreter = this.#interpreterAt(address);
      if (interpreter) found.push(interpreter);
      address = next;
    }
    const hasNew = found.some(interpreter => !this.#interpreters.includes(interpreter));
    this.#interpreters = found.reverse(); // the main interpreter is the oldest and stands last in the list
    // Only now can the holder of a GIL that was just found be told from its address.
    if (hasNew) this.readGils();
    return true;
  }

  /** One that is just being made has no GIL yet, and gets it a moment later: undefined until then. */
  #interpreterAt(address: number): Interpreter | undefined {
    const gilAddress = gilOf(this.#memory, this.#runtime, address);
    if (gilAddress === undefined) return undefined;
    const known = this.#interpreters.find(other => other.address === address);
    const gil = this.#gils.find(other => other.address === gilAddress);
    if (known && known.gil === gil) return known;
    const id = this.#memory.u64(address + this.#runtime.layout.interpreter.id) ?? 0;
    return { address, id, gil: gil ?? this.#newGil(gilAddress, id), isCollecting: false };
  }

  #newGil(address: number, interpreter: number): SampledGil {
    const { clock, batch, budget, handOffs, counters } = this.#shared;
    const index = counters.gil++;
    batch.define({ kind: 'gil', index, process: this.index, interpreter });
    const place = { index, address, sinceNs: clock() };
    const threadAt = (state: number, mayBeNew: boolean): number => this.#threadAt(state, mayBeNew);
    const gil = new SampledGil(place, this.#memory, { batch, budget, handOffs, threadAt });
    this.#gils.push(gil);
    return gil;
  }

  #walk(interpreter: Interpreter): boolean {
    const { thread: places, interpreter: interpreterPlaces } = this.#runtime.layout;
    let address = this.#memory.u64(interpreter.address + interpreterPlaces.threadsHead);
    for (let i = 0; address !== 0; i++) {
      if (address === undefined || i > MAX_THREADS) return false;
      const thread = this.#readThread(address, interpreter);
      if (thread === 'torn') return false;
      const next = this.#field(places.next);
      if (thread) {
        thread.sweep = this.#sweep;
        thread.missingSinceNs = undefined;
        this.#lookAt(thread);
        this.readGils();
      }
      address = next;
    }
    return true;
  }

  /** Reads a thread state into the block. Undefined for one that has no thread of the system yet. */
  #readThread(address: number, interpreter: Interpreter): SampledThread | 'torn' | undefined {
    const { thread: places } = this.#runtime.layout;
    if (!this.#memory.readInto(this.#block, address, THREAD_STATE_BYTES)) return 'torn';
    if (this.#field(places.interpreter) !== interpreter.address) return 'torn';
    const nativeId = this.#ourId(nativeIdOf(this.#memory, this.#field, this.#runtime));
    if (nativeId === 0) return undefined;
    const known = this.#threads.get(address);
    if (known?.place.nativeId === nativeId && known.place.gil === interpreter.gil) return known;
    // Short threads get the places of those before them.
    if (known) this.#endAt(known, this.#shared.clock());
    if (this.#isTaken(nativeId, interpreter)) return undefined;
    return this.#newThread(address, nativeId, interpreter);
  }

  /** Before 3.11 a thread that is just being started still has the id of the one that starts it. */
  #isTaken(nativeId: number, interpreter: Interpreter): boolean {
    const known = Math.max(this.#wholeSweep, this.#sweep - SWEEPS_OF_DOUBT);
    for (const { place, sweep } of this.#threads.values()) {
      const isAlive = place.nativeId === nativeId && sweep >= known;
      if (isAlive && place.interpreter === interpreter.id) return true;
    }
    return false;
  }

  #newThread(address: number, nativeId: number, interpreter: Interpreter): SampledThread {
    const { clock, counters } = this.#shared;
    const nowNs = clock();
    const { gil } = interpreter;
    const hasLane = counters.thread < MAX_THREADS_WITH_LANE;
    const sinceNs = Math.round((this.#lastSweepNs + nowNs) / 2);
    const index = hasLane
      ? this.#defineThread(interpreter, { nativeId, sinceNs, standsForMany: false })
      : (this.#overflow ??= this.#defineThread(interpreter, {
          nativeId,
          sinceNs,
          standsForMany: true,
        }));
    const place = { index, address, interpreter: interpreter.id, nativeId, gil };
    const files = hasLane ? new ThreadFiles(this.pid, nativeId) : undefined;
    const thread = new SampledThread(place, sinceNs, files);
    this.#threads.set(address, thread);
    this.#inUse.set(nativeId, address);
    return thread;
  }

  #defineThread(
    interpreter: Interpreter,
    facts: { nativeId: number; sinceNs: number; standsForMany: boolean },
  ): number {
    const { batch, counters } = this.#shared;
    const index = counters.thread++;
    batch.define({
      kind: 'thread',
      index,
      process: this.index,
      interpreter: interpreter.id,
      gil: interpreter.gil.index,
      isMain: facts.nativeId === this.pid && interpreter.id === 0,
      ...facts,
    });
    if (facts.standsForMany) batch.define({ kind: 'name', thread: index, name: 'more threads' });
    return index;
  }

  #lookAt(thread: SampledThread): void {
    const { clock, batch } = this.#shared;
    const { nativeId, address } = thread.place;
    const flags = this.#runtime.layout.thread.gilFlags;
    thread.look({
      clock,
      batch,
      frames: this.#frames,
      process: this.#facts,
      gils: this.#gils,
      gilFlags: flags && {
        holds: i32At(this.#block, flags.holds) === 1,
        requested: i32At(this.#block, flags.requested) === 1,
      },
      isInUse: this.#inUse.get(nativeId) === address,
    });
    if (thread.place.gil.isLocked && thread.place.gil.holder === address) {
      this.#inUse.set(nativeId, address);
    }
    this.#loops.looked(thread);
    if (thread.hasLane && thread.name === undefined) this.#tryToName(thread);
  }

  #tryToName(thread: SampledThread): void {
    const { nativeId, interpreter } = thread.place;
    if (interpreter !== 0) {
      const same = [...this.#threads.values()].find(
        other => other.place.nativeId === nativeId && other.place.interpreter === 0,
      );
      if (same?.name !== undefined)
        this.#name(thread, `${same.name} in interpreter ${interpreter}`);
      else if (this.#hasWaitedLong(thread)) this.#name(thread, this.#madeUpName(thread));
      return;
    }
    if (nativeId === this.pid) {
      this.#name(thread, 'MainThread');
      return;
    }
    const found = this.#frames.threadName(this.#frames.innermost(thread.place.address));
    if (found.kind === 'given') this.#name(thread, found.name);
    else if (found.kind === 'function' && thread.isCalledAgain(found.name))
      this.#name(thread, `${found.name} (thread ${nativeId})`);
    else if (this.#hasWaitedLong(thread)) this.#name(thread, this.#madeUpName(thread));
  }

  #hasWaitedLong(thread: SampledThread): boolean {
    return this.#shared.clock() - thread.firstSeenNs > NAME_PATIENCE_NS;
  }

  /** CPython 3.14 and later tell the system a thread's name; before, all are called like the program. */
  #madeUpName(thread: SampledThread): string {
    const { nativeId, interpreter } = thread.place;
    const told = readText(`/proc/${this.pid}/task/${nativeId}/comm`)?.trim() ?? '';
    const program = readText(`/proc/${this.pid}/comm`)?.trim() ?? '';
    const name = told === '' || told === program ? `thread ${nativeId}` : told;
    return interpreter === 0 ? name : `${name} in interpreter ${interpreter}`;
  }

  #nameAtLast(thread: SampledThread): void {
    if (thread.hasLane && thread.name === undefined) this.#name(thread, this.#madeUpName(thread));
  }

  #name(thread: SampledThread, name: string): void {
    thread.name = name;
    this.#shared.batch.define({ kind: 'name', thread: thread.place.index, name });
  }

  /** Index of the thread whose state is at an address, or -1. A thread that no sweep has met yet is met here. */
  #threadAt(address: number, mayBeNew: boolean): number {
    if (address === 0) return -1;
    const known = this.#threads.get(address);
    if (known) {
      known.mustTell = true;
      return known.place.index;
    }
    const state = mayBeNew ? this.#memory.copy(address, THREAD_STATE_BYTES) : undefined;
    if (!state) return -1;
    const owner = u64At(state, this.#runtime.layout.thread.interpreter);
    const interpreter = this.#interpreters.find(i => i.address === owner);
    const field = (offset: number): number => u64At(state, offset);
    const nativeId = interpreter ? this.#ourId(nativeIdOf(this.#memory, field, this.#runtime)) : 0;
    if (!interpreter || nativeId === 0 || this.#isTaken(nativeId, interpreter)) return -1;
    const thread = this.#newThread(address, nativeId, interpreter);
    if (thread.hasLane) this.#tryToName(thread);
    return thread.place.index;
  }

  /**
   * Threads whose state is no longer in the list. A list that is being changed may look shorter than it is, so one
   * that is missing once may come back.
   */
  #endMissing(): void {
    for (const thread of this.#threads.values()) {
      if (thread.sweep === this.#sweep || thread.firstSeenNs > this.#lastSweepNs) continue;
      thread.missingSinceNs ??= this.#shared.clock();
      if (this.#sweep - thread.sweep >= SWEEPS_UNTIL_ENDED)
        this.#endAt(thread, thread.missingSinceNs);
    }
  }

  #endAt(thread: SampledThread, missingNs: number): void {
    const { nativeId, address, index } = thread.place;
    this.#threads.delete(address);
    if (this.#inUse.get(nativeId) === address) this.#inUse.delete(nativeId);
    thread.close();
    if (!thread.hasLane) return;
    this.#nameAtLast(thread);
    const columns = [index, thread.lastLookNs, missingNs];
    this.#shared.batch.row(RecordKind.threadEnded, this.#shared.clock(), columns);
  }
}
