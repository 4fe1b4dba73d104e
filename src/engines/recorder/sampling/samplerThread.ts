// The sampler's thread as the recorder sees it. It takes longer to start than most of what the recorder does before it
// needs it, so it is started first.

import { Worker } from 'node:worker_threads';

import type { SamplerOrder, SamplerReport } from './sampler';

/** What the thread is given at its start. */
export interface SamplerStart {
  /** Counts the orders: the thread sleeps on it while there is nothing to look at. */
  readonly orders: SharedArrayBuffer;
}

export class SamplerThread {
  readonly #worker: Worker;
  readonly #orders = new Int32Array(new SharedArrayBuffer(4));
  /** Reports that came before anybody listened. */
  #early: SamplerReport[] = [];
  #hear: (report: SamplerReport) => void = report => this.#early.push(report);
  #failure: Error | undefined;
  #fail: (error: Error) => void = error => (this.#failure = error);

  /** `file` is the bundle that runs the sampler when it is not the main thread. */
  constructor(file: string) {
    const workerData: SamplerStart = { orders: this.#orders.buffer };
    this.#worker = new Worker(file, { workerData });
    this.#worker.on('message', (report: SamplerReport) => this.#hear(report));
    this.#worker.on('error', error => this.#fail(error));
  }

  /** Hands on all reports, also those from before. Call once. */
  listen(hear: (report: SamplerReport) => void, fail: (error: Error) => void): void {
    this.#hear = hear;
    this.#fail = fail;
    for (const report of this.#early) hear(report);
    this.#early = [];
    if (this.#failure) fail(this.#failure);
  }

  order(order: SamplerOrder): void {
    this.#worker.postMessage(order);
    Atomics.add(this.#orders, 0, 1);
    Atomics.notify(this.#orders, 0);
  }

  end(): void {
    void this.#worker.terminate();
  }
}
