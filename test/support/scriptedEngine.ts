// An engine that plays chunks written down by a test, one each time the test lets it.

import { TraceBuilder } from '../../src/core/model/traceBuilder';
import type { TraceChunk } from '../../src/core/model/trace';
import type { Engine, EngineRun, RunRequest } from '../../src/engines/engine';
import { EXACT_HEADER } from './traces';

/** What one run does when it is let go on: builds on its trace, ends it, or throws. */
export type Script = readonly ((trace: TraceBuilder) => void)[];

/** Runs `script`, waiting before each step until `release` is called once more. Ends early when aborted. */
export class ScriptedEngine implements Engine {
  readonly name: Engine['name'];
  readonly started: RunRequest[] = [];
  readonly #script: Script;
  #released = 0;
  #wake: (() => void)[] = [];

  constructor(script: Script, name: Engine['name'] = 'simulated') {
    this.#script = script;
    this.name = name;
  }

  /** Lets every run take `steps` more steps. */
  async release(steps = 1): Promise<void> {
    this.#released += steps;
    this.#wakeAll();
    await settled();
  }

  start(request: RunRequest, signal: AbortSignal): EngineRun {
    this.started.push(request);
    const header = { ...EXACT_HEADER, runtime: request.runtime, title: request.runtime };
    signal.addEventListener('abort', () => this.#wakeAll());
    return { header, chunks: this.#play(new TraceBuilder(header), signal) };
  }

  async *#play(trace: TraceBuilder, signal: AbortSignal): AsyncGenerator<TraceChunk> {
    for (const [step, act] of this.#script.entries()) {
      await this.#mayGoOn(step, signal);
      if (signal.aborted) break;
      act(trace);
      yield trace.takeChunk();
    }
    if (!trace.done) trace.finish(trace.nowNs);
    yield trace.takeChunk();
  }

  async #mayGoOn(step: number, signal: AbortSignal): Promise<void> {
    while (step >= this.#released && !signal.aborted) {
      await new Promise<void>(wake => this.#wake.push(wake));
    }
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** Resolves when everything that could run without us has run. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(() => setImmediate(resolve)));
}
