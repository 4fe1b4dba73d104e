// One lane of a trace read back as the steps that it must have taken.

import { timePerState } from '../model/timePerState';
import { isResting, LaneState } from '../model/lanes';
import type { LaneStore } from '../model/laneStore';
import type { Message, Step } from '../model/program';
import type { World } from './replayWorld';
import type { SendCosts } from '../worlds/runtimes';
import { EventKind, ReleaseReason, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';

/** How long after a request C code is told from bytecode, in core time, where times were measured. */
const MEASURED_DELAY_NS = 50_000;

/** A blocked lane that wakes up so shortly after another has ended was waiting for that end. */
const JOIN_WITHIN_NS = 1_000_000;

const NO_CONTENT: Message = { bytes: 0, content: 'bytes' };
const NO_COST: SendCosts = { sendNs: 0, receiveNs: 0 };

/** What a lane that let go of its GIL did meanwhile. */
type Away = 'no' | 'blocked' | 'free' | 'known';

/** Reads one lane from left to right. */
export class LaneReader {
  readonly #trace: Trace;
  readonly #lane: number;
  readonly #world: World;
  readonly #notes: Set<string>;
  readonly #store: LaneStore;
  readonly #steps: Step[] = [];
  readonly #slowdown: number;
  /** Whether the lane takes its GIL at all: in a build without one, running free is computing. */
  readonly #takesGil: boolean;
  #segment = 0;
  #readToNs: Nanoseconds = 0;
  /** Time not yet made into a step. */
  #runNs = 0;
  #awayNs = 0;
  #at = 0;
  #away: Away = 'no';
  /** The next blocking release belongs to the start or join step just read. */
  #expectsRelease = false;
  #requestedNs = -1;
  /** The lock of the condition that the lane waits at, until it has it again; else -1. */
  #regains = -1;
  /** Start-up of this lane that still has to be taken off its first computations. */
  #allowanceNs: Nanoseconds;

  constructor(trace: Trace, lane: number, world: World, notes: Set<string>) {
    this.#trace = trace;
    this.#lane = lane;
    this.#world = world;
    this.#notes = notes;
    this.#store = trace.stores[lane];
    const { main, gil } = trace.lanes[lane];
    this.#takesGil = world.events[lane].some(
      i => trace.events.kinds[i] === EventKind.acquire && trace.events.locks[i] === gil,
    );
    this.#slowdown = world.runtime?.slowdown(world.costs) ?? 1;
    const start = world.runtime?.start(world.costs);
    this.#allowanceNs = main ? 0 : (start?.bootstrapNs ?? 0);
    if (this.#slowdown !== 1)
      notes.add('Computing was scaled back to the speed of the default build.');
  }

  read(): Step[] {
    const { times } = this.#trace.events;
    if (!this.#world.knowsStarts && this.#trace.lanes[this.#lane].main) this.#readWithStarts();
    for (const event of this.#world.events[this.#lane]) {
      this.#readTo(times[event]);
      this.#see(event);
    }
    this.#readTo(this.#store.endNs);
    this.#endRun();
    const last = this.#store.count - 1;
    if (this.#store.stateOf(last) === LaneState.finished) this.#comeBack();
    this.#keepPlaces(this.#store.positionOf(last));
    return this.#steps;
  }

  /** Where a thread comes to life and where it ends are steps of their own if nothing else is there. */
  #keepPlaces(lastAt: number): void {
    const firstAt = this.#store.count > 1 ? this.#store.positionOf(1) : 0;
    if (firstAt > 0 && this.#world.knowsStarts && this.#steps.at(0)?.at !== firstAt) {
      this.#steps.unshift({ kind: 'compute', ns: 0, at: firstAt });
    }
    if (lastAt > 0 && this.#steps.at(-1)?.at !== lastAt) {
      this.#steps.push({ kind: 'compute', ns: 0, at: lastAt });
    }
  }

  /** Without start events the main thread is taken to start and join everybody, and to do nothing else that matters. */
  #readWithStarts(): void {
    this.#notes.add(
      'Who started whom was not recorded: the main thread starts all others at the beginning.',
    );
    this.#trace.lanes.forEach((_, lane) => {
      if (lane !== this.#lane) this.#steps.push({ kind: 'start', thread: lane, at: 0 });
    });
  }

  /** Adds up what the lane did until `timeNs`. */
  #readTo(timeNs: Nanoseconds): void {
    const store = this.#store;
    while (this.#readToNs < timeNs && this.#segment < store.count) {
      const endNs = Math.min(store.endOf(this.#segment), timeNs);
      this.#add(
        store.stateOf(this.#segment),
        endNs - this.#readToNs,
        store.positionOf(this.#segment),
      );
      this.#readToNs = endNs;
      if (endNs < store.endOf(this.#segment)) return;
      this.#segment++;
    }
  }

  #add(state: number, ns: Nanoseconds, position: number): void {
    const isFreeCall = state === LaneState.runningWithoutGil && this.#takesGil;
    const isRun = state === LaneState.runningWithGil || state === LaneState.runningWithoutGil;
    if (isRun && !isFreeCall) {
      if (position !== this.#at) this.#endRun();
      this.#at = position;
      if (!this.#takesGil) this.#comeBack();
      this.#runNs += ns;
    } else if (isFreeCall) {
      this.#at = position;
      if (this.#away === 'no') this.#leave('free');
      this.#awayNs += ns;
    } else if (isResting(state) || state === LaneState.unknown) {
      if (!this.#takesGil && this.#away === 'no') this.#leave('blocked');
      this.#at = position;
      this.#awayNs += ns;
    } else if (state === LaneState.waitingForLock && this.#away === 'blocked') {
      this.#notes.add('Waits for queues and conditions became waits of the same length.');
      this.#awayNs += ns;
    }
  }

  #see(event: number): void {
    const { kinds, locks, arguments: operands } = this.#trace.events;
    const isGil = locks[event] === this.#trace.lanes[this.#lane].gil;
    // Without a GIL nothing tells that a pause is over but what comes after it.
    if (!this.#takesGil && this.#away === 'blocked') this.#comeBack();
    switch (kinds[event]) {
      case EventKind.dropRequest:
        if (this.#requestedNs < 0) this.#requestedNs = this.#trace.events.times[event];
        return;
      case EventKind.start:
        this.#start(operands[event]);
        return;
      case EventKind.join:
        this.#endRun();
        this.#steps.push({ kind: 'join', thread: operands[event], at: this.#position() });
        if (!this.#hasEnded(operands[event])) this.#expectWait();
        return;
      case EventKind.put:
      case EventKind.get:
        this.#queueStep(kinds[event] === EventKind.put ? 'put' : 'get', locks[event]);
        return;
      case EventKind.wait:
        this.#waitStep(locks[event]);
        return;
      case EventKind.notify:
        this.#notifyStep(locks[event], operands[event] === 1);
        return;
      case EventKind.release:
        if (isGil) this.#releaseGil(operands[event]);
        else if (this.#regains !== locks[event]) this.#lockStep('unlock', locks[event]);
        return;
      case EventKind.acquire:
      case EventKind.request:
        if (isGil) this.#comeBack();
        else this.#wantLock(kinds[event], locks[event]);
        return;
    }
  }

  #releaseGil(reason: number): void {
    const isForced = reason === ReleaseReason.forced;
    if (isForced) this.#endNative(this.#ranSinceRequest(this.#readToNs));
    else if (reason !== ReleaseReason.tick) this.#endRun();
    this.#requestedNs = -1;
    if (reason === ReleaseReason.blocking) this.#leave(this.#expectsRelease ? 'known' : 'blocked');
    if (reason === ReleaseReason.call) this.#leave('free');
    this.#expectsRelease = false;
  }

  /** Core time since the holder was asked to drop the GIL. */
  #ranSinceRequest(nowNs: Nanoseconds): Nanoseconds {
    if (this.#requestedNs < 0) return 0;
    const sums = timePerState([this.#store], this.#requestedNs, nowNs);
    return sums[LaneState.runningWithGil];
  }

  /**
   * Bytecode drops the GIL at once when it is asked to and goes on later: no step ends. C code drops it when it ends,
   * and must have begun before it was asked: a nanosecond will do.
   */
  #endNative(lateNs: Nanoseconds): void {
    const isExact = this.#trace.header.engine === 'simulated';
    if (lateNs <= (isExact ? this.#world.costs.evaluationPointNs : MEASURED_DELAY_NS)) return;
    const ns = Math.min(this.#runNs, lateNs + 1);
    this.#runNs -= ns;
    this.#endRun();
    this.#steps.push({ kind: 'native', gil: 'holds', ns, at: this.#at });
  }

  #wantLock(kind: number, lock: number): void {
    if (!this.#world.taken.has(lock)) {
      // A queue or condition: nobody takes it. Where the engine tells what happens to those, the step is told too.
      if (this.#world.knowsQueues) this.#away = 'known';
      return;
    }
    if (this.#regains === lock) {
      if (kind === EventKind.request) return;
      this.#regains = -1;
      if (!this.#takesGil) this.#away = 'no';
    } else if (kind === EventKind.request) {
      this.#lockStep('lock', lock);
      this.#away = 'known';
      this.#awayNs = 0;
    } else if (this.#away !== 'known') {
      this.#lockStep('lock', lock);
    } else if (!this.#takesGil) {
      this.#away = 'no';
    }
  }

  #lockStep(kind: 'lock' | 'unlock', lock: number): void {
    this.#endRun();
    this.#steps.push({ kind, lock: this.#world.locks.indexOf(lock), at: this.#position() });
  }

  /** An item put or taken: what a message without content costs is the runtime's, as at a start. */
  #queueStep(kind: 'put' | 'get', row: number): void {
    const { runtime, costs, queues } = this.#world;
    this.#endRun();
    const { sendNs, receiveNs } = runtime?.send(costs, NO_CONTENT) ?? NO_COST;
    if (kind === 'put') this.#takeOff(sendNs);
    this.#steps.push({ kind, queue: queues.indexOf(row), at: this.#position() });
    if (kind === 'get') this.#allowanceNs += receiveNs;
    if (this.#away !== 'no') this.#away = this.#takesGil ? 'known' : 'no';
  }

  #waitStep(row: number): void {
    this.#endRun();
    const condition = this.#world.conditions.findIndex(known => known.row === row);
    this.#steps.push({ kind: 'wait', condition, at: this.#position() });
    this.#regains = this.#world.conditions[condition].guard;
    this.#expectWait();
  }

  #notifyStep(row: number, all: boolean): void {
    this.#endRun();
    const condition = this.#world.conditions.findIndex(known => known.row === row);
    this.#steps.push({ kind: 'notify', condition, all, at: this.#position() });
  }

  /** The step just read is what the lane is about to wait for. */
  #expectWait(): void {
    if (this.#takesGil) this.#expectsRelease = true;
    else this.#away = 'known';
  }

  #start(thread: number): void {
    this.#endRun();
    const start = this.#world.runtime?.start(this.#world.costs);
    this.#takeOff(start?.parentNs ?? 0);
    this.#steps.push({ kind: 'start', thread, at: this.#position() });
    if (start?.waits === true) this.#expectWait();
  }

  /** Takes what starting cost off the steps just read. */
  #takeOff(ns: Nanoseconds): void {
    let leftNs = ns;
    for (
      let last = this.#steps.at(-1);
      leftNs > 0 && last?.kind === 'compute';
      last = this.#steps.at(-1)
    ) {
      this.#steps.pop();
      const ranNs = Math.round(last.ns * this.#slowdown);
      if (ranNs > leftNs) this.#pushCompute(ranNs - leftNs, last.at);
      leftNs -= Math.min(leftNs, ranNs);
    }
  }

  #leave(away: Away): void {
    this.#endRun();
    this.#away = away;
    this.#awayNs = 0;
  }

  /** What the lane did while it was away becomes a step. */
  #comeBack(): void {
    const away = this.#away;
    this.#away = 'no';
    if (away === 'blocked' && !this.#wasJoin()) {
      this.#steps.push({ kind: 'block', ns: this.#awayNs, why: 'io', at: this.#position() });
    } else if (away === 'free') {
      this.#steps.push({ kind: 'native', gil: 'releases', ns: this.#awayNs, at: this.#position() });
    }
  }

  /** In a trace without join events: a lane that wakes up just after another has ended. */
  #wasJoin(): boolean {
    if (this.#world.knowsStarts) return false;
    const nowNs = this.#readToNs;
    const ended = this.#trace.stores.findIndex((store, lane) => {
      const endNs = store.startOf(store.count - 1);
      const isOver = store.stateOf(store.count - 1) === LaneState.finished;
      const isNew = !this.#steps.some(step => step.kind === 'join' && step.thread === lane);
      const isNear =
        endNs <= nowNs && nowNs - endNs <= JOIN_WITHIN_NS && endNs > nowNs - this.#awayNs;
      return lane !== this.#lane && isOver && isNew && isNear;
    });
    if (ended >= 0) this.#steps.push({ kind: 'join', thread: ended, at: this.#position() });
    return ended >= 0;
  }

  /** What the lane computed becomes a step. */
  #endRun(): void {
    const spent = Math.min(this.#allowanceNs, this.#runNs);
    this.#allowanceNs -= spent;
    const ranNs = this.#runNs - spent;
    this.#runNs = 0;
    if (ranNs > 0) this.#pushCompute(ranNs, this.#at);
  }

  /** Not every time is a whole number of ns times the slow-down, but that less 1 ns is: then in two steps. */
  #pushCompute(ranNs: Nanoseconds, at: number): void {
    const ns = Math.round(ranNs / this.#slowdown);
    const isExact = Math.round(ns * this.#slowdown) === ranNs;
    if (!isExact) this.#steps.push({ kind: 'compute', ns: 1, at });
    const restNs = isExact ? ns : Math.round((ranNs - 1) / this.#slowdown);
    if (restNs > 0) this.#steps.push({ kind: 'compute', ns: restNs, at });
  }

  #hasEnded(lane: number): boolean {
    const store = this.#trace.stores[lane];
    const last = store.count - 1;
    return store.stateOf(last) === LaneState.finished && store.startOf(last) <= this.#readToNs;
  }

  /** Where the lane is right now. */
  #position(): number {
    const segment = this.#store.segmentAt(Math.max(0, this.#readToNs - 1));
    return segment < 0 ? 0 : this.#store.positionOf(segment);
  }
}
