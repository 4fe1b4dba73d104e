// Runners that are ready, kept warm between runs. They are gone with the coordinator that owns them.

import { Worker } from 'node:worker_threads';
import { isMessage, type FromRunner, type Role, type ToRunner } from './messages';

/** So many are kept when nobody needs them: each is a thread with a few megabytes of memory. */
const KEPT_RUNNERS = 8;

/** Where a runner's news go. */
export interface RunnerListener {
  readonly heard: (message: FromRunner) => void;
  /** The thread is gone; `reason` is for people. */
  readonly lost: (reason: string) => void;
}

/** A worker thread that executes one thread of a program at a time. */
export class Runner {
  readonly #worker: Worker;
  /** Resolves when it is compiled and waits; rejects if it cannot start. */
  readonly ready: Promise<void>;
  listener: RunnerListener | undefined;
  /** Why it is gone; undefined while it lives. */
  lostBecause: string | undefined;

  constructor(bundle: string) {
    const role: Role = 'runner';
    this.#worker = new Worker(bundle, { workerData: role });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: unknown) => {
        if (!isMessage<FromRunner>(message)) return;
        if (message.kind === 'ready') resolve();
        else this.listener?.heard(message);
      });
      const lose = (reason: string): void => {
        if (this.lostBecause !== undefined) return;
        this.lostBecause = reason;
        reject(new Error(reason));
        this.listener?.lost(reason);
      };
      this.#worker.on('error', (error: Error) => lose(error.message));
      this.#worker.on('exit', code => lose(`it ended with code ${code}`));
    });
    this.ready.catch(() => undefined); // whoever needs the runner awaits it, and hears then
  }

  post(message: ToRunner): void {
    this.#worker.postMessage(message);
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}

export class RunnerPool {
  readonly #bundle: string;
  readonly #idle: Runner[] = [];

  constructor(bundle: string) {
    this.#bundle = bundle;
  }

  /** `count` runners, ready. Those at hand first, new ones for the rest. */
  async take(count: number): Promise<Runner[]> {
    const runners = this.#idle.splice(0, count).filter(runner => runner.lostBecause === undefined);
    while (runners.length < count) runners.push(new Runner(this.#bundle));
    await Promise.all(runners.map(runner => runner.ready));
    return runners;
  }

  /** Takes a runner back that has ended its thread. */
  async giveBack(runner: Runner): Promise<void> {
    runner.listener = undefined;
    if (runner.lostBecause !== undefined) return;
    if (this.#idle.length < KEPT_RUNNERS) this.#idle.push(runner);
    else await runner.terminate();
  }

  /** Ends the runners that wait here. */
  async dispose(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(runner => runner.terminate()));
  }
}
