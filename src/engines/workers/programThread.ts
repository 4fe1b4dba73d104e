// One thread of the program, executed for real: what each step means on a real core, with a real lock.

import { LaneState } from '../../core/model/lanes';
import type { Program, Step } from '../../core/model/program';
import { EventKind, ReleaseReason } from '../../core/model/trace';
import { Life, type Board } from './board';
import type { GilLock } from './gilLock';
import { FIRST_SEED, spin } from './kernel';
import type { LaneWriter } from './laneWriter';
import type { Item, Neighbours } from './neighbours';
import type { TraceNumbers } from './workerTrace';

/** Core time between two evaluation points. CPython has them more densely; a look at a word of memory is the same. */
const POINT_NS = 5_000;
/** At every so many points the thread looks at the clock, to see whether it lost its core meanwhile. */
const POINTS_PER_LOOK = 4;

/** A stretch of shared work, as in the simulator. */
const SHARED_GRAIN_NS = 1_000_000;

/** Sentences for what ends a thread, as CPython says them. A record names one by its index. */
export const THREAD_ERRORS = [
  'RuntimeError: threads can only be started once',
  'RuntimeError: cannot join current thread',
  'RuntimeError: cannot join thread before it is started',
  'RuntimeError: release unlocked lock',
  'RuntimeError: cannot wait on un-acquired lock',
  'RuntimeError: cannot notify on un-acquired lock',
] as const;

class ThreadError extends Error {
  readonly mark: number;
  constructor(mark: number) {
    super(THREAD_ERRORS[mark]);
    this.mark = mark;
  }
}

export interface ThreadSetting {
  readonly program: Program;
  readonly lane: number;
  readonly board: Board;
  readonly writer: LaneWriter;
  /** Undefined where there is none. */
  readonly gil: GilLock | undefined;
  /** Where the program's locks, objects, conditions and queues begin among the locks of the trace. */
  readonly numbers: TraceNumbers;
  readonly turnsPerNs: number;
  readonly neighbours: Neighbours;
}

/** What a thread has to show at its end. */
export interface ThreadResult {
  /** Of all its turns: the same whenever it did the same work. */
  readonly checksum: number;
  readonly turns: number;
}

/** The tasks of the item that ends a `forEach`. */
const CLOSING = -1;

type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

export class ProgramThread {
  readonly #setting: ThreadSetting;
  readonly #running: LaneState;
  readonly #pointTurns: number;
  #checksum = FIRST_SEED;
  #turns = 0;
  #points = 0;

  constructor(setting: ThreadSetting) {
    this.#setting = setting;
    this.#running = setting.gil ? LaneState.runningWithGil : LaneState.runningWithoutGil;
    this.#pointTurns = Math.max(1, Math.round(POINT_NS * setting.turnsPerNs));
  }

  /** Runs the thread to its end. Throws `RunStopped` when the run ends before it does. */
  run(): ThreadResult {
    const { program, lane, writer, gil } = this.#setting;
    const { body } = program.threads[lane];
    if (body.length > 0) writer.moveTo(body[0].at);
    this.#goOn();
    try {
      this.#steps(body);
    } catch (error) {
      if (!(error instanceof ThreadError)) throw error;
      writer.tell(EventKind.mark, 0, error.mark);
    }
    if (gil) gil.releaseAtEnd();
    else writer.tellEnd();
    return { checksum: this.#checksum, turns: this.#turns };
  }

  #steps(steps: readonly Step[]): void {
    for (const step of steps) {
      this.#setting.writer.moveTo(step.at);
      this.#step(step);
    }
  }

  #step(step: Step): void {
    switch (step.kind) {
      case 'compute':
        this.#compute(step);
        return;
      case 'native':
        this.#native(step);
        return;
      case 'collect':
        this.#work(step.ns, false);
        return;
      case 'block':
        this.#letGo(ReleaseReason.blocking, LaneState.blocked);
        this.#setting.writer.rest();
        if (step.ns > 0) this.#setting.board.sleep(this.#setting.lane, step.ns / 1e6);
        this.#goOn();
        return;
      case 'repeat':
        for (let i = 0; i < step.times; i++) {
          this.#setting.board.throwIfStopped();
          this.#steps(step.body);
        }
        return;
      case 'start':
        this.#start(step);
        return;
      case 'join':
        this.#join(step.thread);
        return;
      case 'lock':
        this.#lock(step.lock);
        return;
      case 'unlock':
        this.#unlock(step.lock);
        return;
      case 'wait':
        this.#wait(step.condition);
        return;
      case 'notify':
        this.#notify(step);
        return;
      case 'put':
        this.#put(step.queue, { tasks: step.tasks ?? 1, sends: step.sends });
        return;
      case 'close':
        this.#put(step.queue, { tasks: CLOSING, sends: undefined });
        return;
      case 'get':
        this.#get(step.queue);
        return;
      case 'forEach':
        this.#forEach(step);
        return;
      default:
        throw new Error(`real threads have no step called ${step.kind}`);
    }
  }

  /** Where objects have locks of their own, a share of the work goes on with the object's lock held. */
  #compute({ ns, touches }: StepOf<'compute'>): void {
    const { numbers } = this.#setting;
    if (!touches || touches.share === 0 || numbers.objectCount === 0) {
      this.#work(ns, true);
      return;
    }
    const lock = numbers.firstObject - numbers.firstLock + touches.object;
    const times = Math.max(1, Math.round(ns / SHARED_GRAIN_NS));
    for (let i = 0; i < times; i++) {
      this.#work((ns / times) * (1 - touches.share), true);
      this.#lock(lock);
      this.#work((ns / times) * touches.share, true);
      this.#unlock(lock);
    }
  }

  #native(step: StepOf<'native'>): void {
    if (step.gil === 'holds') {
      this.#work(step.ns, false);
      return;
    }
    this.#letGo(ReleaseReason.call, LaneState.runningWithoutGil);
    this.#work(step.ns, false);
    this.#goOn();
  }

  /** Keeps a core busy for as many turns as take `ns` on a free one. */
  #work(ns: number, hasPoints: boolean): void {
    const { writer, board } = this.#setting;
    const gil = hasPoints ? this.#setting.gil : undefined;
    let left = Math.round(ns * this.#setting.turnsPerNs);
    this.#turns += left;
    while (left > 0) {
      const turns = Math.min(left, this.#pointTurns);
      this.#checksum = spin(this.#checksum, turns);
      left -= turns;
      board.throwIfStopped();
      if (gil?.requested === true) {
        writer.lookAtClock();
        gil.dropOnRequest();
      } else if (++this.#points % POINTS_PER_LOOK === 0) {
        writer.lookAtClock();
      }
    }
  }

  #letGo(reason: ReleaseReason, state: LaneState): void {
    const { gil, writer } = this.#setting;
    if (gil) gil.release(reason, state);
    else writer.show(state);
  }

  #goOn(): void {
    const { gil, writer } = this.#setting;
    if (gil) gil.take();
    else writer.show(this.#running);
  }

  #start({ thread, sends }: StepOf<'start'>): void {
    const { neighbours, writer } = this.#setting;
    if (neighbours.startTakesTime) {
      this.#letGo(ReleaseReason.blocking, LaneState.blocked);
      writer.rest();
    }
    const started = neighbours.start(thread, sends);
    if (neighbours.startTakesTime) this.#goOn();
    if (!started) throw new ThreadError(0);
  }

  #join(thread: number): void {
    const { neighbours, lane } = this.#setting;
    if (thread === lane) throw new ThreadError(1);
    const life = neighbours.lifeOf(thread);
    if (life === Life.notStarted) throw new ThreadError(2);
    if (life === Life.ended) return;
    this.#letGo(ReleaseReason.blocking, LaneState.blocked);
    this.#setting.writer.rest();
    neighbours.awaitEnd(thread);
    this.#goOn();
  }

  /** Index in the trace is `firstLock` plus index of the program (objects come after its locks). */
  #lock(lock: number): void {
    const { neighbours, writer, numbers } = this.#setting;
    const inTrace = numbers.firstLock + lock;
    const previous = neighbours.tryLock(lock);
    if (previous >= 0) {
      writer.tell(EventKind.acquire, inTrace, previous);
      return;
    }
    this.#askFor(inTrace);
    writer.tell(EventKind.acquire, inTrace, neighbours.lock(lock));
    this.#goOn();
  }

  #unlock(lock: number): void {
    const { neighbours, writer, numbers } = this.#setting;
    writer.stamp(); // it is ours until now; a moment later it may be another's
    if (!neighbours.unlock(lock)) throw new ThreadError(3);
    writer.tellAgain(EventKind.release, numbers.firstLock + lock, ReleaseReason.call);
  }

  #wait(condition: number): void {
    const { neighbours, writer, numbers } = this.#setting;
    const guard = this.#guardOf(condition);
    if (!neighbours.holds(guard)) throw new ThreadError(4);
    const ticket = neighbours.beginWait(condition);
    this.#unlock(guard);
    this.#askFor(numbers.firstCondition + condition);
    neighbours.awaitNotify(condition, ticket);
    writer.tell(EventKind.acquire, numbers.firstLock + guard, neighbours.lock(guard));
    this.#goOn();
  }

  #notify({ condition, all }: StepOf<'notify'>): void {
    const { neighbours } = this.#setting;
    if (!neighbours.holds(this.#guardOf(condition))) throw new ThreadError(5);
    neighbours.notify(condition, all);
  }

  #guardOf(condition: number): number {
    return this.#setting.program.conditions?.[condition].lock ?? -1;
  }

  #put(queue: number, item: Item): void {
    const { neighbours, numbers } = this.#setting;
    if (neighbours.tryPut(queue, item)) return;
    this.#askFor(numbers.firstQueue + queue);
    neighbours.put(queue, item);
    this.#goOn();
  }

  /** The tasks of the item. */
  #get(queue: number): number {
    const { neighbours, numbers } = this.#setting;
    const tasks = neighbours.tryGet(queue);
    if (tasks !== undefined) return tasks;
    this.#askFor(numbers.firstQueue + queue);
    const later = neighbours.get(queue);
    this.#goOn();
    return later;
  }

  #forEach({ queue, body, at }: StepOf<'forEach'>): void {
    for (;;) {
      this.#setting.board.throwIfStopped();
      const tasks = this.#get(queue);
      if (tasks === CLOSING) return;
      for (let i = 0; i < tasks; i++) this.#steps(body);
      this.#setting.writer.moveTo(at);
    }
  }

  /** Lets go of the GIL to wait for something of the program. */
  #askFor(lockInTrace: number): void {
    const { writer } = this.#setting;
    this.#letGo(ReleaseReason.blocking, LaneState.waitingForLock);
    writer.tell(EventKind.request, lockInTrace, 0);
    writer.rest();
  }
}
