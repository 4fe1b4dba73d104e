// One look at all threads of a process: the stack of each and what it does. Reading only, a few milliseconds.

import { isAbsolute, join } from 'node:path';

import { FrameReader, type FrameFacts } from '../cpython/frames';
import { GIL_BYTES, GIL_HOLDER, GIL_LOCKED, THREAD_STATE_BYTES } from '../cpython/layout';
import { gilEnabled, gilOf, nativeIdOf, type LocatedRuntime } from '../cpython/locateRuntime';
import { readLink } from '../system/processMaps';
import { ProcessMemory, u64At } from '../system/processMemory';
import { threadIdsFor, type OurThreadId } from '../system/threadIds';
import { LockWatch, type WatchedThread } from './lockWatch';
import { sleepingCall, type SleepingCall } from './systemCall';

const MAX_INTERPRETERS = 1000;
const MAX_THREADS = 20_000;
/** Deeper stacks are cut: recursion may be endless. */
const MAX_FRAMES = 1000;
const INNERMOST = 5;

/** A thread as one look saw it. */
export interface SeenThread extends WatchedThread {
  readonly interpreter: number;
  readonly isMain: boolean;
  readonly holdsGil: boolean;
  /** Whether its GIL is used at all: a free-threaded build has it off. */
  readonly hasGil: boolean;
  /** Whether it slept in the same call before and after its stack was read: then the stack is that of the call. */
  readonly isSteady: boolean;
}

interface Gil {
  readonly address: number;
  readonly isUsed: boolean;
}

/** Owns the memory of one process until `close`. */
export class ProcessEyes {
  readonly pid: number;
  readonly frames: FrameReader;
  readonly watch: LockWatch;
  readonly #runtime: LocatedRuntime;
  readonly #memory: ProcessMemory;
  readonly #ourId: OurThreadId;
  readonly #gils = new Map<number, Gil>();

  /** Throws the errors of opening /proc/PID/mem. */
  constructor(runtime: LocatedRuntime) {
    this.pid = runtime.pid;
    this.#runtime = runtime;
    this.#memory = new ProcessMemory(runtime.pid);
    this.#ourId = threadIdsFor(runtime.pid);
    const folder = readLink(`/proc/${runtime.pid}/cwd`) ?? '/';
    this.frames = new FrameReader(this.#memory, runtime.layout, {
      intern: () => 0,
      resolveFile: file => (isAbsolute(file) || file.startsWith('<') ? file : join(folder, file)),
    });
    this.watch = new LockWatch(runtime.pid, this.#memory, runtime.layout, this.frames);
  }

  close(): void {
    this.#memory.close();
  }

  /**
   * All threads, as they are now; the watch speaks of them from here on. Undefined when the process is gone. `between` is
   * called after each thread, for who has other things to watch: then each is asked only once what it sleeps in, and no
   * look is steady.
   */
  look(between?: () => void): readonly SeenThread[] | undefined {
    const interpreters = this.#interpreters();
    if (!interpreters) return undefined;
    for (const address of interpreters) this.#readGil(address);
    const seen = new Set<number>();
    const threads = interpreters
      .flatMap(address => this.#threadsOf(address, between))
      .filter(({ nativeId }) => !seen.has(nativeId) && seen.add(nativeId));
    this.watch.begin(threads, between);
    return threads;
  }

  /** Whether the thread still sleeps in the same call. */
  stillSleeps({ nativeId, call }: SeenThread): boolean {
    return isSame(call, sleepingCall(this.pid, nativeId));
  }

  /** The oldest interpreter, which is the main one, first. */
  #interpreters(): readonly number[] | undefined {
    const { address, layout } = this.#runtime;
    let next = this.#memory.u64(address + layout.interpretersHead);
    const found: number[] = [];
    while (next !== 0) {
      if (next === undefined || found.length >= MAX_INTERPRETERS) return undefined;
      found.unshift(next);
      next = this.#memory.u64(next + layout.interpreter.next);
    }
    return found;
  }

  #readGil(interpreter: number): void {
    const address = gilOf(this.#memory, this.#runtime, interpreter);
    if (address === undefined) return;
    const isUsed = gilEnabled(this.#memory, this.#runtime.layout, address) !== 0;
    this.#gils.set(interpreter, { address, isUsed });
  }

  #threadsOf(interpreter: number, between: (() => void) | undefined): readonly SeenThread[] {
    const { interpreter: places, thread } = this.#runtime.layout;
    const id = this.#memory.u64(interpreter + places.id) ?? 0;
    const found: SeenThread[] = [];
    let address = this.#memory.u64(interpreter + places.threadsHead) ?? 0;
    for (let i = 0; address !== 0 && i < MAX_THREADS; i++) {
      const seen = this.#threadAt(address, { address: interpreter, id }, between === undefined);
      if (seen) found.push(seen);
      between?.();
      address = this.#memory.u64(address + thread.next) ?? 0;
    }
    return found.reverse(); // the newest stands first in the list
  }

  #threadAt(
    address: number,
    interpreter: { readonly address: number; readonly id: number },
    isAskedTwice: boolean,
  ): SeenThread | undefined {
    const { layout } = this.#runtime;
    const state = this.#memory.copy(address, THREAD_STATE_BYTES);
    if (!state || u64At(state, layout.thread.interpreter) !== interpreter.address) return undefined;
    const ownId = nativeIdOf(this.#memory, offset => u64At(state, offset), this.#runtime);
    const nativeId = ownId === 0 ? 0 : this.#ourId(ownId);
    if (nativeId === 0) return undefined;
    const gil = this.#gils.get(interpreter.address);
    const heldBefore = this.#holds(gil, address);
    const before = isAskedTwice ? sleepingCall(this.pid, nativeId) : undefined;
    const frames = this.#framesOf(address);
    const call = sleepingCall(this.pid, nativeId);
    return {
      address,
      ownId,
      nativeId,
      ident: u64At(state, layout.thread.threadId),
      interpreter: interpreter.id,
      isMain: nativeId === this.pid && interpreter.id === 0,
      frames,
      call,
      isSteady: isSame(before, call),
      hasGil: gil?.isUsed === true,
      holdsGil: heldBefore && this.#holds(gil, address),
      waitsForGil: call?.isFutex === true && this.#isInGil(call.address),
    };
  }

  #holds(gil: Gil | undefined, thread: number): boolean {
    if (gil?.isUsed !== true) return false;
    return (
      this.#memory.i32(gil.address + GIL_LOCKED) === 1 &&
      this.#memory.u64(gil.address + GIL_HOLDER) === thread
    );
  }

  #isInGil(futex: number): boolean {
    for (const { address } of this.#gils.values())
      if (futex >= address && futex < address + GIL_BYTES) return true;
    return false;
  }

  /** The innermost frames of a thread, as many as tell what it waits for. */
  innermostFrames(thread: number): readonly FrameFacts[] {
    return this.#framesOf(thread, INNERMOST);
  }

  #framesOf(thread: number, most = MAX_FRAMES): readonly FrameFacts[] {
    const frames: FrameFacts[] = [];
    let address = this.frames.innermost(thread);
    while (address !== 0 && frames.length < most) {
      const frame = this.frames.frameAt(address);
      if (!frame) break;
      frames.push(frame);
      address = frame.previous;
    }
    return frames;
  }
}

function isSame(a: SleepingCall | undefined, b: SleepingCall | undefined): boolean {
  return a !== undefined && a.number === b?.number && a.address === b.address;
}
