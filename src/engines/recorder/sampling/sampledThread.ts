// One thread under observation: what it does at a look, and whether that is worth writing down.

import type { FrameReader } from '../cpython/frames';
import { LookState, RecordKind, type BatchWriter } from '../file/records';
import type { SampledGil } from './sampledGil';
import { causeOfSleep, type ProcessFacts } from './sleepCause';
import { FUTEX_CALL } from '../system/systemCalls';
import type { SystemState, ThreadFiles } from '../system/threadFiles';
import { DID_NOT_RUN } from '../system/threadFiles';

export interface ThreadPlace {
  readonly index: number;
  /** Address of its thread state. */
  readonly address: number;
  readonly interpreter: number;
  readonly nativeId: number;
  readonly gil: SampledGil;
}

/** What a look needs of the world around the thread. */
export interface LookContext {
  readonly clock: () => number;
  readonly batch: BatchWriter;
  readonly frames: FrameReader;
  readonly process: ProcessFacts;
  /** All GILs of the process: a thread may wait for that of another interpreter. */
  readonly gils: readonly SampledGil[];
  /** 3.15: what the thread says of itself; undefined before. */
  readonly gilFlags: { readonly holds: boolean; readonly requested: boolean } | undefined;
  /** Whether this is the state that the thread last used: a thread may have one in several interpreters. */
  readonly isInUse: boolean;
}

/** The system counts the time of a thread that runs at each of its ticks, the rarest of which are 10 ms apart. */
const STOPPED_NS = 25e6;

const HOLDING: ReadonlySet<number> = new Set([
  LookState.holding,
  LookState.holdingBlocked,
  LookState.holdingStopped,
]);

const SLEEPING: ReadonlySet<number> = new Set([
  LookState.waiting,
  LookState.lock,
  LookState.blocked,
  LookState.idle,
  LookState.process,
]);

/** What is kept of a thread from look to look. */
export class SampledThread {
  readonly place: ThreadPlace;
  lastLookNs: number;
  /** The GIL changed hands from or to it: the next look is written down whatever it finds. */
  mustTell = true;
  name: string | undefined;
  /** The sweep that found it last. */
  sweep = 0;
  /** When a sweep did not find it for the first time since it was found last. */
  missingSinceNs: number | undefined;
  readonly firstSeenNs: number;
  readonly #files: ThreadFiles | undefined;
  #outermost = '';
  #sightings = 0;
  #state = 0;
  #position = 0;
  #sinceNs: number;
  #call: SystemState | undefined;
  /** The last look that found that it had had a core, or that it did not hold the GIL. */
  #ranAtNs: number;

  constructor(place: ThreadPlace, sinceNs: number, files: ThreadFiles | undefined) {
    this.place = place;
    this.firstSeenNs = sinceNs;
    this.lastLookNs = sinceNs;
    this.#ranAtNs = sinceNs;
    this.#sinceNs = sinceNs;
    this.#files = files;
  }

  /** Whether the last look found it holding or waiting for a GIL. */
  get concernsGil(): boolean {
    return HOLDING.has(this.#state) || this.#state === LookState.waiting;
  }

  /** The futex that it sleeps at for somebody's lock; 0 if it does not. */
  get lockFutex(): number {
    const call = this.#call;
    return this.#state === LookState.lock && call?.kind === 'call' ? call.argument : 0;
  }

  /** The last look that found it in another state, or elsewhere. */
  get sleepsSinceNs(): number {
    return this.#sinceNs;
  }

  get hasLane(): boolean {
    return this.#files !== undefined;
  }

  /** Whether its outermost function was found to be this several times in a row: one look may be torn. */
  isCalledAgain(functionName: string): boolean {
    this.#sightings = functionName === this.#outermost ? this.#sightings + 1 : 1;
    this.#outermost = functionName;
    return this.#sightings >= 4;
  }

  close(): void {
    this.#files?.close();
  }

  /** Looks at the thread and writes down what is new. */
  look(context: LookContext): void {
    if (!this.#files) return;
    const ranNs = this.#files.ranSince();
    const isAsleep = SLEEPING.has(this.#state);
    // A thread that sleeps without a known line is asked again: it may have been read between two frames.
    if (ranNs === DID_NOT_RUN && isAsleep && this.#position !== 0) {
      this.#tell(context, context.clock(), ranNs);
      return;
    }
    const state = this.#observe(context, this.#files);
    const nowNs = context.clock();
    // The frame is read after the state: of a thread that sleeps now, it is the one that it sleeps in.
    const position = context.frames.positionOf(this.place.address);
    if (ranNs !== DID_NOT_RUN || !HOLDING.has(state)) this.#ranAtNs = nowNs;
    const found = this.#refine(context, state, nowNs);
    if (HOLDING.has(found)) this.place.gil.isTurnSeen = true;
    const isNew = found !== this.#state || position !== this.#position;
    const isOpen = found === LookState.running || found === LookState.runningSurely;
    if (isNew) this.#sinceNs = this.lastLookNs;
    this.#state = found;
    this.#position = position;
    if (isNew || isOpen) this.mustTell = true;
    this.#tell(context, nowNs, ranNs);
  }

  /** What the state and the call alone do not tell: why it sleeps, or that it holds the GIL without a core. */
  #refine(context: LookContext, state: number, nowNs: number): number {
    if (state === LookState.lock || state === LookState.blocked) return this.#cause(context, state);
    const isStopped =
      context.process.isLimited &&
      state === LookState.holding &&
      nowNs - this.#ranAtNs >= STOPPED_NS;
    return isStopped ? LookState.holdingStopped : state;
  }

  /** Its frames were just read: why it sleeps. */
  #cause({ frames, process }: LookContext, state: number): number {
    const call = this.#call;
    if (call?.kind !== 'call' || call.number < 0) return state;
    const { number, argument } = call;
    return causeOfSleep({ call: number, argument, frames: frames.stack }, process);
  }

  #tell(context: LookContext, nowNs: number, ranNs: number): void {
    if (this.mustTell && this.#state !== 0) {
      const { index } = this.place;
      const isStopped = this.#state === LookState.holdingStopped;
      const sinceNs = isStopped ? this.#ranAtNs : this.lastLookNs;
      const columns = [index, this.#state, this.#position, sinceNs, ranNs];
      context.batch.row(RecordKind.look, nowNs, columns);
      this.mustTell = false;
    }
    this.lastLookNs = nowNs;
  }

  /**
   * Around the look at the system call the GIL is read again: without that, a thread that just took it would be
   * told as running without it.
   */
  #observe(context: LookContext, files: ThreadFiles): number {
    const { gil, address } = this.place;
    this.#call = undefined;
    if (!context.isInUse && gil.holder !== address) return LookState.blocked;
    const held = gil.isLocked && gil.holder === address;
    const system = files.systemState();
    gil.read(context.clock);
    this.#call = system;
    const isFutex = system.kind === 'call' && system.number === FUTEX_CALL;
    if (isFutex && context.gils.some(other => other.contains(system.argument))) {
      return LookState.waiting;
    }
    const holdsNow = gil.isLocked && gil.holder === address;
    const isCall = system.kind === 'call';
    if (holdsNow) return held && isCall ? LookState.holdingBlocked : LookState.holding;
    const { gilFlags } = context;
    const isKnownCall = isCall && system.number >= 0;
    if (gilFlags?.requested === true && !isKnownCall) return LookState.waiting;
    if (isCall) return isFutex ? LookState.lock : LookState.blocked;
    return gilFlags && !gilFlags.holds ? LookState.runningSurely : LookState.running;
  }
}
