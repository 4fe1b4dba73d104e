// Programs executed for real: threads of this machine that contend for a real lock, processes, threads without one.
// This is the near end: it talks to the coordinator (workers/coordinator.ts), which does everything else.

import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../core/errors';
import type { CountingRun } from '../core/refcounts/refcounts';
import type { Engine, EngineRun, RunRequest } from './engine';
import { ChunkQueue } from './workers/chunkQueue';
import type { CountingSizes } from './workers/countingThread';
import {
  isMessage,
  type FromCoordinator,
  type Role,
  type RunReport,
  type ToCoordinator,
} from './workers/messages';
import { checkedRuntime, problemOfMemory, workerHeader } from './workers/workerTrace';

export interface WorkersOptions {
  /** The bundle of workers/worker.ts; without it the one beside the running bundle. */
  readonly bundle?: string;
  /** Records that each thread may be ahead of the reader: a power of two of at least 8. */
  readonly ringCapacity?: number;
  /** So many threads (at most 8) are kept ready once a program was run for real; none before. */
  readonly keepWarm?: number;
}

/** Records of all rings together (64 MB, of which only what is used is ever touched), and the most for one. */
const ALL_RINGS = 2 ** 22;
const LARGEST_RING = 2 ** 20;

/** As much as there is for each of so many threads: a power of two. */
function ringCapacityFor(threads: number): number {
  return Math.min(LARGEST_RING, 2 ** Math.floor(Math.log2(ALL_RINGS / threads)));
}

/** A real run. Besides the chunks there is a report, once the run is over. */
export interface WorkersRun extends EngineRun {
  /** Undefined when the run could not be carried to its end. */
  readonly report: Promise<RunReport | undefined>;
}

/** Enough for threads to meet on two busy cores; about a second for all ways together. */
const COUNTING_SIZES: CountingSizes = { updates: 1_000_000, objects: 200, borrows: 16_000 };
/** More threads than this meet no more often. */
const MAX_COUNTING_THREADS = 16;

interface LiveCounting {
  readonly resolve: (run: CountingRun) => void;
  readonly reject: (error: Error) => void;
}

interface LiveRun {
  readonly chunks: ChunkQueue;
  readonly report: (report: RunReport | undefined) => void;
  sentence: string | undefined;
}

/**
 * Real threads as an engine. Runs wait for one another. Threads are made when first needed and kept warm until
 * `dispose`, which leaves nothing behind; so does the end of this process, however it comes.
 */
export class WorkersEngine implements Engine {
  readonly name = 'workers';
  readonly #bundle: string;
  readonly #ringCapacity: number | undefined;
  readonly #keepWarm: number;
  readonly #runs = new Map<number, LiveRun>();
  readonly #countings = new Map<number, LiveCounting>();
  readonly #whenWarm: (() => void)[] = [];
  #coordinator: Worker | undefined;
  #nextRun = 1;

  constructor(options: WorkersOptions = {}) {
    this.#bundle = options.bundle ?? path.join(__dirname, 'worker.js');
    this.#ringCapacity = options.ringCapacity;
    this.#keepWarm = options.keepWarm ?? 0;
  }

  /** Has `threads` threads ready, so that the next run begins at once. */
  warmUp(threads: number): Promise<void> {
    const warm = new Promise<void>(resolve => this.#whenWarm.push(resolve));
    this.#post({ kind: 'warmUp', runners: threads });
    return warm;
  }

  /** Throws a `UserError` when this program cannot be run for real, or not here. */
  start(request: RunRequest, signal: AbortSignal): WorkersRun {
    checkedRuntime(request);
    const run = this.#nextRun++;
    let resolveReport: LiveRun['report'] = () => undefined;
    const report = new Promise<RunReport | undefined>(resolve => {
      resolveReport = resolve;
    });
    const cancel = (): void => this.#cancel(run);
    const chunks = new ChunkQueue(cancel);
    this.#runs.set(run, { chunks, report: resolveReport, sentence: undefined });
    const ringCapacity = this.#ringCapacity ?? ringCapacityFor(request.program.threads.length);
    const options = { cancelled: signal.aborted, ringCapacity };
    this.#post({ kind: 'start', run, request, options });
    signal.addEventListener('abort', cancel, { once: true });
    return { header: workerHeader(request), chunks, report };
  }

  /**
   * The race lesson: `threads` threads (2 to 16) change one reference count in each of the ways that
   * `COUNTING_METHODS` names. Rejects with a `UserError` when it is stopped, or cannot be done here.
   */
  countReferences(
    threads: number,
    signal: AbortSignal,
    sizes: CountingSizes = COUNTING_SIZES,
  ): Promise<CountingRun> {
    if (!Number.isInteger(threads) || threads < 2 || threads > MAX_COUNTING_THREADS) {
      const range = `expected 2 to ${MAX_COUNTING_THREADS} threads, got ${threads}`;
      return Promise.reject(new UserError(`The race cannot be run: ${range}.`));
    }
    const missing = problemOfMemory();
    if (missing) return Promise.reject(missing);
    const run = this.#nextRun++;
    const counting = new Promise<CountingRun>((resolve, reject) => {
      this.#countings.set(run, { resolve, reject });
    });
    this.#post({ kind: 'count', run, threadCount: threads, sizes });
    const cancel = (): void => {
      if (this.#countings.has(run)) this.#post({ kind: 'cancel', run });
    };
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    return counting;
  }

  /** Ends every run and every thread. */
  async dispose(): Promise<void> {
    const coordinator = this.#coordinator;
    this.#coordinator = undefined;
    this.#loseAll('The engine was closed while it ran.');
    await coordinator?.terminate();
  }

  /** Does nothing for a run that is over. */
  #cancel(run: number): void {
    if (this.#runs.has(run)) this.#post({ kind: 'cancel', run });
  }

  #post(message: ToCoordinator): void {
    this.#coordinator ??= this.#startCoordinator();
    this.#coordinator.ref();
    this.#coordinator.postMessage(message);
  }

  #startCoordinator(): Worker {
    const role: Role = 'coordinator';
    const worker = new Worker(this.#bundle, { workerData: role });
    worker.on('message', (message: unknown) => {
      if (isMessage<FromCoordinator>(message)) this.#hear(message);
    });
    const lose = (reason: string): void => {
      if (this.#coordinator !== worker) return;
      this.#coordinator = undefined;
      this.#loseAll(`The threads were ended from outside: ${reason}.`);
    };
    worker.on('error', (error: Error) => lose(error.message));
    worker.on('exit', code => lose(`the coordinator ended with code ${code}`));
    return worker;
  }

  #hear(message: FromCoordinator): void {
    if (message.kind === 'warm') {
      this.#whenWarm.shift()?.();
    } else {
      const run = this.#runs.get(message.run);
      if (run) this.#hearOf(message.run, run, message);
      else this.#hearOfCounting(message.run, message);
    }
    const waiting = this.#runs.size + this.#countings.size + this.#whenWarm.length;
    if (waiting === 0) this.#coordinator?.unref();
  }

  #hearOf(id: number, run: LiveRun, message: Exclude<FromCoordinator, { kind: 'warm' }>): void {
    switch (message.kind) {
      case 'chunk':
        run.chunks.push(message.chunk);
        return;
      case 'failed':
        run.sentence = message.sentence;
        return;
      case 'counted':
        return; // never for a run of a program
      case 'report':
        this.#runs.delete(id);
        run.report(message.report);
        run.chunks.end(run.sentence === undefined ? undefined : new UserError(run.sentence));
        if (this.#keepWarm > 0 && this.#runs.size === 0) void this.warmUp(this.#keepWarm);
    }
  }

  #hearOfCounting(id: number, message: Exclude<FromCoordinator, { kind: 'warm' }>): void {
    const counting = this.#countings.get(id);
    this.#countings.delete(id);
    if (message.kind === 'counted') counting?.resolve(message.counting);
    if (message.kind === 'failed') counting?.reject(new UserError(message.sentence));
  }

  #loseAll(sentence: string): void {
    for (const { chunks, report } of this.#runs.values()) {
      report(undefined);
      chunks.cutOff(new UserError(sentence));
    }
    this.#runs.clear();
    for (const { reject } of this.#countings.values()) reject(new UserError(sentence));
    this.#countings.clear();
    for (const resolve of this.#whenWarm.splice(0)) resolve();
  }
}

export type { RunReport };
