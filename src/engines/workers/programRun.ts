// One run of one program: sets the threads up, empties their rings while they run, stops them, and leaves nothing
// of them behind. Lives in the coordinator, so that neither the editor nor the threads wait for one another.

import { describeTaken } from '../../core/insight/coreShare';
import type { Mark } from '../../core/model/mark';
import type { TraceChunk } from '../../core/model/trace';
import type { Nanoseconds } from '../../core/units';
import { formatDuration } from '../../core/units';
import type { RunRequest } from '../engine';
import { Board, Life } from './board';
import { clockSince, type Clock, type ClockReading } from './clock';
import { ClockProbe, describeAgreement, worstAgreement } from './clockAgreement';
import { DeadlockWatch } from './deadlockWatch';
import { Exchange } from './exchange';
import { switchNumberOf } from './gilLock';
import type { Payload } from './neighbours';
import type { Assignment, ClockAgreement, FromCoordinator, Outcome, RunOptions } from './messages';
import {
  processParticipant,
  runnerParticipant,
  type Participant,
  type ParticipantListener,
} from './participants';
import type { ThreadResult } from './programThread';
import { Pause } from './pause';
import { QuestionDesk } from './questionDesk';
import { allocateRing, MAX_RING_NS, RingReader } from './ring';
import type { Runner, RunnerPool } from './runnerPool';
import { RunTrace } from './runTrace';
import { describeCrowd, traceNumbers } from './workerTrace';

/** How often the rings are emptied. */
const TICK_MS = 4;
/** How long threads may take to stop by themselves, and how often they are told. */
const GRACE_MS = 50;
const NUDGE_MS = 4;
/** Where a program that does not end is cut off, as in the simulator. */
const MAX_RECORDS = 5_000_000;
const MAX_RUN_NS: Nanoseconds = Math.min(3600e9, MAX_RING_NS);

/** What a run needs of the coordinator. */
export interface RunHost {
  readonly bundle: string;
  readonly pool: RunnerPool;
  readonly turnsPerNs: number;
  /** When it was the run's turn. */
  readonly begunAt: ClockReading;
  readonly send: (message: FromCoordinator) => void;
}

export interface RunStart {
  readonly run: number;
  readonly request: RunRequest;
  readonly options: RunOptions;
}

/** What is known of one thread of the program. */
interface LaneEnd {
  participant: Participant | undefined;
  runner: Runner | undefined;
  probe: ClockProbe | undefined;
  standing: boolean;
  /** Set when it has ended, in whatever way, or is gone. */
  ended: boolean;
  /** Set when it is gone without having ended: nobody knows what it did last. */
  lost: boolean;
  /** Set when its code broke: its runner is not used again. */
  failed: boolean;
  result: ThreadResult | undefined;
}

/** For threads that could not be made, and are not needed. */
function ignore(): void {
  return;
}

export class ProgramRun {
  readonly #host: RunHost;
  readonly #start: RunStart;
  readonly #signal: AbortSignal;
  readonly #trace: RunTrace;
  readonly #assignment: Omit<Assignment, 'lane' | 'gil'>;
  readonly #board: Board;
  readonly #exchange: Exchange;
  readonly #desk: QuestionDesk;
  readonly #watch: DeadlockWatch;
  readonly #lanes: readonly LaneEnd[];
  readonly #rings: SharedArrayBuffer[] = [];
  #epoch = process.hrtime();
  #clock: Clock = () => 0;
  #startUpNs = 0;
  /** Why the run cannot go on, as a sentence. */
  #failure: string | undefined;
  /** Why it was stopped although nothing failed: a deadlock, a program without end. */
  #cutOff: { readonly lane: number; readonly mark: Mark } | undefined;
  #stopping = false;
  readonly #news = new Pause();

  constructor(host: RunHost, start: RunStart, signal: AbortSignal) {
    const { program, runtime, conditions } = start.request;
    this.#host = host;
    this.#start = start;
    this.#signal = signal;
    const send = (chunk: TraceChunk): void => host.send({ kind: 'chunk', run: start.run, chunk });
    this.#trace = new RunTrace(start.request, send);
    const numbers = traceNumbers(program, runtime);
    const locks = program.locks.length + numbers.objectCount;
    const boardSize = { threads: program.threads.length, locks };
    this.#board = new Board(boardSize);
    this.#exchange = new Exchange(program, this.#board);
    this.#assignment = {
      program,
      numbers,
      switchIntervalNs: conditions.switchIntervalNs,
      turnsPerNs: host.turnsPerNs,
      boardSize,
      asks: runtime === 'processes',
    };
    this.#desk = new QuestionDesk(
      {
        launch: (thread, payload) => this.#fork(thread, payload),
        answer: (question, value, payload) =>
          this.#lanes[question.lane].participant?.answer(question, value, payload),
      },
      program,
    );
    this.#watch = new DeadlockWatch(
      { program, laneNames: this.#trace.lanes.map(({ name }) => name), lockCount: locks },
      this.#assignment.asks ? this.#desk : this.#board,
    );
    this.#lanes = program.threads.map(() => ({
      participant: undefined,
      runner: undefined,
      probe: undefined,
      standing: false,
      ended: false,
      lost: false,
      failed: false,
      result: undefined,
    }));
  }

  /** Runs to the end, to an abort or to a failure. Sends every chunk, a report, and a sentence if it failed. */
  async run(): Promise<void> {
    this.#signal.addEventListener('abort', () => this.#news.wake());
    await this.#setUp();
    if (!this.#mustEnd()) this.#go();
    while (!this.#mustEnd()) {
      await this.#news.wait(TICK_MS);
      this.#collect();
      this.#cutOffIfTooLong();
      this.#trace.sendChunk(false);
    }
    await this.#stopAll();
    await this.#giveBack();
    this.#finish();
  }

  // ---- beginning

  async #setUp(): Promise<void> {
    if (this.#mustEnd()) return; // cancelled before its turn
    const runners = await this.#takeRunners();
    if (!runners) return;
    runners.forEach((runner, lane) => this.#seat(runner, lane));
    const probes = this.#lanes.flatMap(({ probe }) => (probe ? [probe] : []));
    for (const probe of probes) probe.ask();
    await this.#news.waitFor(Promise.all(probes.map(({ done }) => done)), () => this.#mustEnd());
    runners.forEach((runner, lane) => this.#assign(runner, lane));
    while (!this.#mustEnd() && this.#lanes.some(({ runner, standing }) => runner && !standing)) {
      await this.#news.wait(TICK_MS);
    }
  }

  /** Undefined if they cannot be made, or are not needed any more: whoever cancels does not wait for threads to begin. */
  async #takeRunners(): Promise<Runner[] | undefined> {
    const { pool } = this.#host;
    const taking = pool.take(this.#assignment.asks ? 1 : this.#lanes.length);
    await this.#news.waitFor(taking, () => this.#mustEnd());
    if (this.#mustEnd()) {
      taking.then(late => late.map(runner => pool.giveBack(runner)), ignore);
      return undefined;
    }
    try {
      return await taking;
    } catch (error) {
      this.#fail(`The threads could not be made: ${error instanceof Error ? error.message : ''}`);
      return undefined;
    }
  }

  /** Gives a runner its lane. */
  #seat(runner: Runner, lane: number): void {
    const ring = allocateRing(this.#start.options.ringCapacity);
    const end = this.#lanes[lane];
    end.runner = runner;
    this.#rings[lane] = ring;
    const parts = {
      runner,
      board: this.#board,
      exchange: this.#exchange,
      reader: new RingReader(ring),
      clock: () => this.#clock(),
    };
    end.participant = runnerParticipant(parts, this.#listener(lane));
    end.probe = new ClockProbe(end.participant.ping);
  }

  #assign(runner: Runner, lane: number): void {
    const memories = {
      ring: this.#rings[lane],
      board: this.#board.memory,
      exchange: this.#exchange.memory,
    };
    runner.post({ kind: 'run', assignment: this.#assignmentOf(lane), memories });
  }

  #assignmentOf(lane: number): Assignment {
    return { ...this.#assignment, lane, gil: this.#trace.lanes[lane].gil };
  }

  #go(): void {
    if (!this.#assignment.asks) this.#markClock(0);
    const crowd = describeCrowd(this.#start.request);
    if (crowd !== '') this.#trace.mark(0, 0, { kind: 'few-cores', text: crowd });
    this.#startUpNs = clockSince(this.#host.begunAt)();
    this.#epoch = process.hrtime();
    this.#clock = clockSince(this.#epoch);
    this.#board.setEpoch(this.#epoch);
    this.#board.changeLife(0, Life.notStarted, Life.started);
  }

  #fork(thread: number, payload: Payload | undefined): void {
    if (this.#stopping) return; // nobody would stop it any more
    const end = this.#lanes[thread];
    const { bundle } = this.#host;
    const nowNs = this.#clock();
    this.#trace.beginsStarting(thread, nowNs);
    const begin = {
      kind: 'run',
      assignment: this.#assignmentOf(thread),
      epoch: this.#epoch,
      ringCapacity: this.#start.options.ringCapacity,
      ...(payload === undefined ? {} : { payload }),
    } as const;
    const participant = processParticipant(bundle, begin, this.#listener(thread));
    end.participant = participant;
    end.probe = new ClockProbe(participant.ping);
  }

  // ---- news

  #listener(lane: number): ParticipantListener {
    const end = this.#lanes[lane];
    const { name } = this.#trace.lanes[lane];
    return {
      standing: () => {
        end.standing = true;
        if (!end.runner) end.probe?.ask(); // a process: it runs by now
        this.#news.wake();
      },
      asked: question => this.#desk.ask(question),
      pong: (_number, clock) => end.probe?.heard(clock),
      records: batch => this.#trace.accept(lane, batch),
      ended: outcome => this.#ended(lane, outcome),
      lost: reason => {
        if (end.ended) return;
        end.ended = true;
        end.lost = true;
        if (this.#stopping) return;
        this.#fail(`${name} was ended from outside: ${reason}. What it did until then is shown.`);
      },
    };
  }

  #ended(lane: number, outcome: Outcome): void {
    const end = this.#lanes[lane];
    end.ended = true;
    this.#trace.raiseFloor(lane, Infinity);
    this.#desk.ended(lane);
    if (outcome.kind === 'finished') end.result = outcome.result;
    if (outcome.kind === 'failed') {
      end.failed = true;
      const { name } = this.#trace.lanes[lane];
      this.#fail(`${name} failed: ${outcome.message}. What was recorded until then is shown.`);
    }
    this.#news.wake();
  }

  #fail(sentence: string): void {
    this.#failure ??= sentence;
    this.#news.wake();
  }

  // ---- while it runs

  #lifeOf(lane: number): Life {
    return this.#assignment.asks ? this.#desk.lifeOf(lane) : this.#board.lifeOf(lane);
  }

  #mustEnd(): boolean {
    return (
      this.#signal.aborted ||
      this.#failure !== undefined ||
      this.#cutOff !== undefined ||
      this.#allEnded()
    );
  }

  /** Whether every thread that was started has ended. */
  #allEnded(): boolean {
    return this.#lanes.every(
      ({ ended }, lane) => ended || (lane > 0 && this.#lifeOf(lane) === Life.notStarted),
    );
  }

  #collect(): void {
    const nowNs = this.#clock();
    this.#lanes.forEach(({ participant, ended }, lane) => {
      if (!participant) this.#trace.raiseFloor(lane, nowNs);
      else if (!ended) participant.collect();
    });
    this.#trace.advance();
  }

  #cutOffIfTooLong(): void {
    const nowNs = this.#clock();
    const live = this.#lanes.flatMap((end, lane) =>
      !end.ended && this.#lifeOf(lane) === Life.started ? [lane] : [],
    );
    const deadlock = this.#watch.look(nowNs, live);
    this.#cutOff ??= deadlock;
    if (nowNs > MAX_RUN_NS) this.#stopAtLimit(nowNs, 'it goes on after an hour');
    if (this.#trace.recordCount > MAX_RECORDS) {
      this.#stopAtLimit(nowNs, `it would take more than ${MAX_RECORDS} records`);
    }
  }

  #stopAtLimit(nowNs: Nanoseconds, why: string): void {
    const text = `Stopped after ${formatDuration(nowNs)}: ${why}.`;
    this.#cutOff ??= { lane: 0, mark: { kind: 'cut-off', reason: 'limit', text } };
  }

  // ---- the end

  async #stopAll(): Promise<void> {
    this.#stopping = true;
    const untilMs = performance.now() + GRACE_MS;
    const left = (): Participant[] =>
      this.#lanes.flatMap(({ participant, ended }) => (participant && !ended ? [participant] : []));
    while (left().length > 0 && performance.now() < untilMs) {
      for (const participant of left()) participant.stop();
      await this.#news.wait(NUDGE_MS);
      this.#collect();
    }
    for (const participant of left()) participant.kill();
  }

  async #giveBack(): Promise<void> {
    for (const { runner, ended, failed } of this.#lanes) {
      if (!runner || !ended) continue;
      if (failed) await runner.terminate();
      else await this.#host.pool.giveBack(runner);
    }
  }

  #finish(): void {
    this.#collect();
    this.#trace.close(this.#lanes.flatMap(({ lost }, lane) => (lost ? [lane] : [])));
    const { nowNs } = this.#trace;
    const whole = this.#lanes.every(
      ({ result }, lane) => result !== undefined || this.#lifeOf(lane) === Life.notStarted,
    );
    const durationNs = whole ? nowNs : Math.max(nowNs, this.#clock());
    this.#markEnd(durationNs);
    this.#trace.finish(durationNs);
    this.#report();
  }

  #markEnd(timeNs: Nanoseconds): void {
    // Processes could be asked for their clocks only once they ran.
    if (this.#assignment.asks) this.#markClock(timeNs);
    const taken = describeTaken(this.#trace.takenShare);
    if (taken !== '') this.#trace.mark(timeNs, 0, { kind: 'crowded', text: taken });
    if (this.#cutOff) this.#trace.mark(timeNs, this.#cutOff.lane, this.#cutOff.mark);
    if (this.#failure !== undefined)
      this.#trace.mark(timeNs, 0, { kind: 'failed', text: this.#failure });
    if (this.#signal.aborted || this.#failure !== undefined) return;
    this.#trace.lanes.forEach(({ name }, lane) => {
      if (this.#lifeOf(lane) === Life.notStarted) {
        this.#trace.mark(timeNs, lane, {
          kind: 'never-started',
          text: `${name} is never started.`,
        });
      }
    });
  }

  #markClock(timeNs: Nanoseconds): void {
    const text = describeAgreement(this.#clockAgreement());
    this.#trace.mark(timeNs, 0, { kind: 'clock', text });
  }

  #clockAgreement(): ClockAgreement {
    return worstAgreement(this.#lanes.flatMap(({ probe }) => (probe ? [probe.agreement] : [])));
  }

  #report(): void {
    const { run, request } = this.#start;
    if (this.#failure !== undefined) {
      this.#host.send({ kind: 'failed', run, sentence: this.#failure });
    }
    this.#host.send({
      kind: 'report',
      run,
      report: {
        results: this.#lanes.map(({ result }) => result),
        handOffCount: request.runtime === 'gil' ? switchNumberOf(this.#board) : undefined,
        clock: this.#clockAgreement(),
        startUpNs: this.#startUpNs,
      },
    });
  }
}
