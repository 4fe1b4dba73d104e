// The simulator: a program run by a machine under a runtime.
//
//   const simulation = new Simulation({ program, runtime, conditions });
//   while (simulation.advance(65_536)) { … takeChunk … }     a part at a time, for whoever streams
//   simulate({ program, runtime, conditions })                the whole trace at once
//
// The machine owns the threads, the agenda (what happens next), the cores and the locks. Its loop takes the first
// timer off the agenda, moves the clock there, and lets the thread go on: `runSteps` interprets instructions until
// one takes time, waits, or ends the thread. Nothing is allocated per event. Rules that keep it right:
//   a thread that interprets steps is on a core and holds its GIL (if its runtime has one);
//   what a thread is about to wait for is checked after it has let go of the GIL, not before;
//   every change of what a thread does goes through `show`, so the lanes cannot disagree with the machine.

import { Agenda } from './agenda';
import { Cores, type CoresHost } from './cores';
import { DEFAULT_COSTS, type Costs } from '../worlds/costs';
import { explainDeadlock } from './deadlock';
import { UserError } from '../errors';
import { needsGil } from './freeThreadedGil';
import type { Gil } from './gil';
import { LaneState } from '../model/lanes';
import type { CutReason, MarkOf } from '../model/mark';
import type { Conditions, Program } from '../model/program';
import { ProgramCondition, ProgramLock } from './programLock';
import { ProgramQueue } from './programQueue';
import { problemOfConditions, problemOfProgram } from '../model/programProblem';
import { Random, drawFrom } from '../random';
import { laneName, runtimeNamed, type Runtime, type StartCosts } from '../worlds/runtimes';
import { makeGil } from './makeGil';
import { AfterRelease, Phase, SimThread } from './simThread';
import { DEFAULT_LIMITS, type SimulationLimits } from './simulationLimits';
import { compileProgram } from './stepCode';
import { goOn, reachPoint } from './runSteps';
import { afterRelease, type StepHost } from './letGo';
import { EventKind, NO_LOCK, type TraceHeader } from '../model/trace';
import { TraceBuilder } from '../model/traceBuilder';
import { formatDuration, type Nanoseconds } from '../units';
import { WaitLinks } from './waitQueue';

/** What to simulate. */
export interface SimulationRequest {
  readonly program: Program;
  /** Name of a row of `RUNTIMES`. */
  readonly runtime: string;
  readonly conditions: Conditions;
  /** Constants that differ from the defaults: a calibration, or {@link IDEAL_COSTS}. */
  readonly costs?: Partial<Costs>;
  /** Where a program that does not end is cut off; an hour, 5 million records, 10 million decisions unless told otherwise. */
  readonly limits?: Partial<SimulationLimits>;
}

/** So many steps in a row without any time passing mean that the program never gets on; files hold up to 5 million. */
const MAX_STEPS_WITHOUT_TIME = 10_000_000;

/** The marks that say what went wrong in a run. */
type ProblemMark =
  MarkOf<'deadlock'> | MarkOf<'error'> | MarkOf<'never-started'> | MarkOf<'cut-off'>;

/** Something about the run that its reader must know; it is also a mark on the lane. */
export interface RunProblem {
  readonly kind: ProblemMark['kind'];
  readonly lane: number;
  readonly timeNs: Nanoseconds;
  readonly message: string;
}

/** Runs a program to its end and returns the whole trace. Throws a `UserError` if it cannot start. */
export function simulate(request: SimulationRequest): TraceBuilder {
  const simulation = new Simulation(request);
  while (simulation.advance(Infinity));
  return simulation.trace;
}

export class Simulation implements CoresHost, StepHost {
  readonly trace: TraceBuilder;
  readonly problems: RunProblem[] = [];
  readonly random: Random;
  readonly costs: Costs;
  readonly threads: readonly SimThread[];
  readonly agenda: Agenda;
  readonly waitLinks: WaitLinks;
  readonly startCosts: StartCosts;
  readonly #limits: SimulationLimits;
  readonly #program: Program;
  readonly #cores: Cores;
  readonly locks: readonly ProgramLock[];
  readonly conditions: readonly ProgramCondition[];
  readonly queues: readonly ProgramQueue[];
  /** Ticks of the operating system fall where they fall. */
  readonly #tickPhaseNs: Nanoseconds;
  readonly #event = { timeNs: 0, kind: 0 as EventKind, lane: 0, lock: 0, argument: 0 };
  #nowNs: Nanoseconds = 0;
  #recordCount = 0;
  #eventCount = 0;
  #stepsWithoutTime = 0;
  #unfinished = 0;

  /** Throws a `UserError` if the program, its conditions or the runtime's name make no sense. */
  constructor(request: SimulationRequest) {
    const { program, conditions } = request;
    const runtime = runtimeNamed(request.runtime);
    if (!runtime) throw new UserError(`There is no runtime called “${request.runtime}”.`);
    const problem = problemOfProgram(program) ?? problemOfConditions(conditions);
    if (problem !== undefined) throw new UserError(`This program cannot be simulated: ${problem}.`);
    this.#program = program;
    this.costs = { ...DEFAULT_COSTS, ...request.costs };
    this.#limits = { ...DEFAULT_LIMITS, ...request.limits };
    this.startCosts = runtime.start(this.costs);
    this.random = new Random(conditions.seed);
    this.#tickPhaseNs = this.random.below(this.costs.timeSliceNs);
    this.threads = compileProgram(program, runtime, this.costs).map(
      (code, index) => new SimThread(index, code),
    );
    this.waitLinks = new WaitLinks(this.threads.length);
    this.agenda = new Agenda(this.threads.length + conditions.cores);
    this.#cores = new Cores(this, conditions.cores, this.costs.timeSliceNs);
    this.trace = new TraceBuilder(headerFor(runtime, conditions));
    for (const position of program.positions.slice(1)) this.trace.addPosition(position);
    this.#makeGils(runtime, conditions.switchIntervalNs);
    const names = [
      ...program.locks,
      ...(runtime.objectsAreFoughtFor ? (program.objects ?? []) : []),
    ];
    this.locks = names.map(name => new ProgramLock(this.#addLock(name), this.waitLinks));
    this.conditions = (program.conditions ?? []).map(
      ({ name, lock }) =>
        new ProgramCondition(this.#addLock(name), this.locks[lock], this.waitLinks),
    );
    this.queues = (program.queues ?? []).map(
      ({ name, capacity }) => new ProgramQueue(this.#addLock(name), capacity, this.waitLinks),
    );
    this.#beginMainThread();
  }

  #addLock(name: string): number {
    return this.trace.addLock({ name, kind: 'lock' });
  }

  #beginMainThread(): void {
    const main = this.threads[0];
    main.launched = true;
    this.#unfinished = 1;
    main.at = main.code.positions[0];
    main.gil.arrive(main);
  }

  get nowNs(): Nanoseconds {
    return this.#nowNs;
  }

  /** Lock events and changes of lanes so far. */
  get recordCount(): number {
    return this.#recordCount;
  }

  /** Timers that went off so far: decisions of the simulated machine. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /**
   * Runs until the trace has gained `recordCount` records, so many timers went off, or the program is over. True: there
   * is more to come.
   */
  advance(recordCount: number, eventCount = Infinity): boolean {
    if (this.trace.done) return false;
    const until = Math.min(this.#recordCount + recordCount, this.#limits.records);
    const untilEvent = Math.min(this.#eventCount + eventCount, this.#limits.events);
    while (this.agenda.size > 0) {
      if (this.#eventCount >= untilEvent) {
        if (untilEvent < this.#limits.events) return true;
        return this.#cutOff(
          'limit',
          `it took ${this.#limits.events / 1e6} million decisions of the simulated machine, and no more are made`,
        );
      }
      if (this.#recordCount >= until) {
        if (until < this.#limits.records) return true;
        return this.#cutOff(
          'limit',
          `it has ${this.#limits.records / 1e6} million records, and no more are kept`,
        );
      }
      const timeNs = this.agenda.firstNs;
      if (timeNs > this.#limits.durationNs) {
        this.#nowNs = this.#limits.durationNs;
        return this.#cutOff('limit', 'it goes on, but no longer run is simulated');
      }
      if (timeNs > this.#nowNs) {
        this.#nowNs = timeNs;
        this.#stepsWithoutTime = 0;
      } else if (this.#stepsWithoutTime > MAX_STEPS_WITHOUT_TIME) {
        return this.#cutOff('endless', 'it never gets on: ten million steps in a row took no time');
      }
      this.#eventCount++;
      // The timer stays on the agenda while it is dealt with: mostly it is only set anew, which costs half as much.
      const slot = this.agenda.first;
      const order = this.agenda.orderOf(slot);
      if (slot < this.threads.length) this.#timerOf(this.threads[slot]);
      else this.#cores.sliceEnded(slot - this.threads.length);
      if (this.agenda.orderOf(slot) === order) this.agenda.clear(slot);
    }
    this.#finish();
    return false;
  }

  /** Ends the run where it is; the trace says why. */
  stop(why: string): void {
    if (!this.trace.done) this.#cutOff('cancelled', why);
  }

  // ---- what the lock and the cores ask of the machine

  setTimer(thread: SimThread, timeNs: Nanoseconds): void {
    this.agenda.set(thread.index, timeNs);
  }

  record(kind: EventKind, lane: number, lock: number, argument: number): void {
    const event = this.#event;
    event.timeNs = this.#nowNs;
    event.kind = kind;
    event.lane = lane;
    event.lock = lock;
    event.argument = argument;
    this.trace.addEvent(event);
    this.#recordCount++;
  }

  showWaiting(thread: SimThread): void {
    if (thread.shown !== LaneState.waitingForGil) this.show(thread, LaneState.waitingForGil);
  }

  takeOnCore(thread: SimThread): void {
    thread.phase = Phase.gilNeedsCore;
    this.wantCore(thread);
  }

  leaveCore(thread: SimThread): void {
    if (thread.core >= 0) this.#cores.leave(thread);
  }

  dropRequested(holder: SimThread): void {
    // Elsewhere there is no evaluation point, or no core to reach it on: the end of the activity sees the request.
    if (holder.core < 0 || holder.dispatched || holder.phase !== Phase.computing) return;
    const pointNs = this.#nowNs + Math.round(this.random.next() * this.costs.evaluationPointNs);
    const endNs = holder.activeSinceNs + holder.remainingNs;
    this.setTimer(holder, Math.min(pointNs, endNs));
  }

  onCore(thread: SimThread): void {
    thread.activeSinceNs = this.#nowNs;
    switch (thread.phase) {
      case Phase.gilNeedsCore:
        if (thread.gil.tryTake(thread)) goOn(this, thread);
        return;
      case Phase.starting:
        this.show(thread, LaneState.starting);
        break;
      case Phase.nativeFree:
        this.show(thread, LaneState.runningWithoutGil);
        break;
      default:
        this.show(thread, thread.gil.stateOf(thread));
    }
    this.setTimer(thread, this.#nowNs + thread.remainingNs);
    if (thread.gil.requestedOf(thread)) this.dropRequested(thread);
  }

  dispatched(thread: SimThread): void {
    thread.dispatched = true;
    this.setTimer(thread, this.#nowNs);
  }

  isAtEnd(thread: SimThread): boolean {
    return !thread.dispatched && thread.activeSinceNs + thread.remainingNs <= this.#nowNs;
  }

  preempted(thread: SimThread): void {
    this.agenda.clear(thread.index);
    if (thread.dispatched) thread.dispatched = false;
    else thread.remainingNs -= this.#nowNs - thread.activeSinceNs;
    this.show(thread, LaneState.ready);
  }

  // ---- what running steps asks of the machine

  show(thread: SimThread, state: LaneState): void {
    thread.shown = state;
    this.trace.setState(thread.index, this.#nowNs, state, thread.at);
    this.#recordCount++;
  }

  wantCore(thread: SimThread): void {
    if (thread.core >= 0 || this.#cores.place(thread)) this.onCore(thread);
    else this.show(thread, LaneState.ready);
  }

  wake(thread: SimThread): void {
    thread.phase = Phase.waking;
    this.setTimer(thread, this.#nowNs + this.wakeLatencyOf(thread));
  }

  wakeForGil(thread: SimThread, phase: Phase): void {
    thread.phase = phase;
    const lateNs = phase === Phase.switchWaking && this.hasIdleCore ? this.lateNsOf(thread) : 0;
    const latencyNs = this.wakeLatencyOf(thread);
    this.setTimer(thread, this.#nowNs + Math.max(latencyNs, lateNs));
  }

  /** From the signal to the thread running: less if its core has not had the time to fall asleep. */
  wakeLatencyOf(thread: SimThread): Nanoseconds {
    const isHot = this.#nowNs - thread.leftCoreNs < this.costs.hotSleepNs;
    return drawFrom(this.random, isHot ? this.costs.hotWakeLatency : this.costs.wakeLatency);
  }

  /** Linux wakes a thread on the core it was on. If that is taken it stays there until the next tick, mostly. */
  lateNsOf(thread: SimThread): Nanoseconds {
    if (!this.#cores.lastCoreIsTaken(thread)) return 0;
    const isFound = this.hasIdleCore && this.random.next() < this.costs.idleCoreFoundShare;
    this.#cores.pull(thread);
    if (isFound) return 0;
    const tickNs = this.costs.timeSliceNs;
    return tickNs - ((this.#nowNs + this.#tickPhaseNs) % tickNs);
  }

  get hasIdleCore(): boolean {
    return this.#cores.hasIdleCore;
  }

  requestAll(): void {
    for (const thread of this.threads) {
      if (thread.launched && thread.gil.requestedOf(thread)) this.dropRequested(thread);
    }
  }

  delay(thread: SimThread, ns: Nanoseconds): void {
    thread.remainingNs += ns;
    this.setTimer(thread, thread.activeSinceNs + thread.remainingNs);
  }

  launch(thread: SimThread): void {
    thread.launched = true;
    this.#unfinished++;
    this.#cores.pull(thread); // a new thread is placed while its parent still runs: on another core, if one is idle
    thread.at = thread.code.positions[0];
    thread.announces = true;
    const { childNs, bootstrapNs } = this.startCosts;
    thread.remainingNs = childNs > 0 ? childNs + thread.extraStartNs : bootstrapNs;
    thread.afterRelease = childNs > 0 ? AfterRelease.startUp : AfterRelease.takeGil;
    this.wake(thread);
  }

  ended(thread: SimThread): void {
    this.#unfinished--;
    thread.phase = Phase.finished;
    this.show(thread, LaneState.finished);
    this.leaveCore(thread);
  }

  stepTaken(): boolean {
    return ++this.#stepsWithoutTime <= MAX_STEPS_WITHOUT_TIME;
  }

  report(lane: number, mark: ProblemMark): void {
    const { kind, text } = mark;
    this.problems.push({ kind, lane, timeNs: this.#nowNs, message: text });
    this.record(EventKind.mark, lane, 0, this.trace.addMark(mark));
  }

  // ---- inside

  #timerOf(thread: SimThread): void {
    if (thread.dispatched) {
      thread.dispatched = false;
      this.onCore(thread);
      return;
    }
    switch (thread.phase) {
      case Phase.starting:
        thread.remainingNs = this.startCosts.bootstrapNs;
        thread.gil.arrive(thread);
        return;
      case Phase.nativeFree:
        thread.remainingNs = 0;
        thread.gil.arrive(thread);
        return;
      case Phase.computing:
      case Phase.nativeHolding:
        reachPoint(this, thread);
        return;
      case Phase.blocked:
        this.#comeBack(thread);
        return;
      case Phase.waking:
      case Phase.switchWaking:
        afterRelease(this, thread);
        return;
      case Phase.gilWait:
      case Phase.gilTimedOut:
        thread.gil.timedOut(thread);
        return;
      case Phase.gilWaking:
        thread.gil.woken(thread);
        return;
      default:
        throw new Error(`thread ${thread.index} has a timer in phase ${thread.phase}`);
    }
  }

  /** A system call is over. Linux leaves a thread whose core is taken by the GIL's holder there until the tick. */
  #comeBack(thread: SimThread): void {
    const lateNs = thread.gil.locked && this.hasIdleCore ? this.lateNsOf(thread) : 0;
    if (lateNs === 0) {
      thread.gil.arrive(thread);
      return;
    }
    thread.phase = Phase.waking;
    thread.afterRelease = AfterRelease.takeGil;
    this.show(thread, LaneState.ready);
    this.setTimer(thread, this.#nowNs + lateNs);
  }

  #cutOff(reason: CutReason, why: string): false {
    const text = `Stopped after ${formatDuration(this.#nowNs)}: ${why}.`;
    this.report(0, { kind: 'cut-off', reason, text });
    this.trace.finish(this.#nowNs);
    return false;
  }

  #finish(): void {
    if (this.#unfinished > 0) {
      const { lane, message, waitsForLock } = explainDeadlock(
        this.#program,
        this.threads,
        this.locks,
        this.trace.lanes,
      );
      this.report(lane, { kind: 'deadlock', waitsForLock, text: message });
    }
    for (const thread of this.threads) {
      if (thread.launched) continue;
      const { name } = this.trace.lanes[thread.index];
      this.report(thread.index, { kind: 'never-started', text: `${name} is never started.` });
    }
    this.trace.finish(this.#nowNs);
  }

  #makeGils(runtime: Runtime, intervalNs: Nanoseconds): void {
    const own = runtime.gil === 'own';
    const isFree =
      runtime.protocol === 'off' && !this.#program.threads.some(({ body }) => needsGil(body));
    let gil: Gil | undefined;
    for (const thread of this.threads) {
      const name = laneName(runtime, this.#program.threads[thread.index].name);
      if (gil === undefined || own) {
        const lockName = own ? `GIL of ${name}` : 'GIL';
        const lock = isFree ? NO_LOCK : this.trace.addLock({ name: lockName, kind: 'gil' });
        gil = makeGil(this, runtime, lock, intervalNs);
      }
      thread.gil = gil;
      this.trace.addLane({
        name,
        process: runtime.unit === 'process' ? thread.index : 0,
        interpreter: runtime.unit === 'interpreter' ? thread.index : 0,
        gil: gil.lock,
        main: thread.index === 0,
      });
    }
  }
}

function headerFor(runtime: Runtime, conditions: Conditions): TraceHeader {
  return {
    engine: 'simulated',
    runtime: runtime.name,
    title: runtime.title,
    subtitle: runtime.subtitle,
    cores: conditions.cores,
    switchIntervalNs: conditions.switchIntervalNs,
    certainty: {
      states: { kind: 'exact' },
      handOffs: { kind: 'exact' },
      lines: { kind: 'exact' },
    },
  };
}
