// The coordinator: the one worker thread that the extension talks to. It owns the runners, starts the child
// processes and builds the traces, so that the extension host's event loop never waits for any of it. Runs come one
// after the other: side by side they would take each other's cores and the picture would lie.

import { parentPort } from 'node:worker_threads';
import { assert, messageOf } from '../../core/errors';
import { runCounting } from './countingRun';
import { isMessage, type FromCoordinator, type ToCoordinator } from './messages';
import { ProgramRun, type RunStart } from './programRun';
import { RunnerPool, type Runner } from './runnerPool';

/** Makes this worker thread the coordinator; `bundle` is the file that runs here. */
export function serveAsCoordinator(bundle: string): void {
  const port = parentPort;
  assert(port !== null, 'the coordinator is a worker thread');
  const coordinator = new Coordinator(bundle, message => port.postMessage(message));
  port.on('message', (message: unknown) => {
    if (isMessage<ToCoordinator>(message)) coordinator.hear(message);
  });
}

class Coordinator {
  readonly #bundle: string;
  readonly #send: (message: FromCoordinator) => void;
  readonly #pool: RunnerPool;
  readonly #aborts = new Map<number, AbortController>();
  #turnsPerNs: Promise<number> | undefined;
  /** Resolves when all that was asked for so far is over. */
  #idle: Promise<void> = Promise.resolve();

  constructor(bundle: string, send: (message: FromCoordinator) => void) {
    this.#bundle = bundle;
    this.#send = send;
    this.#pool = new RunnerPool(bundle);
  }

  hear(message: ToCoordinator): void {
    switch (message.kind) {
      case 'warmUp':
        this.#enqueue(() => this.#warmUp(message.runners));
        return;
      case 'start': {
        const signal = this.#signalOf(message.run);
        if (message.options.cancelled) this.#aborts.get(message.run)?.abort();
        this.#enqueue(() => this.#run(message, signal));
        return;
      }
      case 'count': {
        const signal = this.#signalOf(message.run);
        this.#enqueue(() => this.#count(message, signal));
        return;
      }
      case 'cancel':
        this.#aborts.get(message.run)?.abort();
    }
  }

  #signalOf(run: number): AbortSignal {
    const abort = new AbortController();
    this.#aborts.set(run, abort);
    return abort.signal;
  }

  #enqueue(job: () => Promise<void>): void {
    // What goes wrong in a job is thrown where it ends this thread: the extension hears of that and says so.
    this.#idle = this.#idle.then(job);
  }

  async #warmUp(count: number): Promise<void> {
    const runners = await this.#pool.take(count);
    await this.#calibrated();
    for (const runner of runners) await this.#pool.giveBack(runner);
    this.#send({ kind: 'warm' });
  }

  async #run(start: RunStart, signal: AbortSignal): Promise<void> {
    const begunAt = process.hrtime();
    const turnsPerNs = await Promise.race([this.#calibrated(), aborted(signal)]);
    const host = { bundle: this.#bundle, pool: this.#pool, turnsPerNs, begunAt, send: this.#send };
    await new ProgramRun(host, start, signal).run();
    this.#aborts.delete(start.run);
  }

  async #count(
    message: Extract<ToCoordinator, { kind: 'count' }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { run } = message;
    try {
      const counting = await runCounting(this.#pool, message, signal);
      this.#send({ kind: 'counted', run, counting });
    } catch (error) {
      const reason = messageOf(error);
      const sentence = signal.aborted
        ? 'The threads were stopped before they had counted.'
        : `The threads could not count: ${reason}.`;
      this.#send({ kind: 'failed', run, sentence });
    }
    this.#aborts.delete(run);
  }

  /** How fast this machine is: measured once, so that every run does the same work. */
  #calibrated(): Promise<number> {
    this.#turnsPerNs ??= this.#calibrate();
    return this.#turnsPerNs;
  }

  async #calibrate(): Promise<number> {
    const [runner] = await this.#pool.take(1);
    const turnsPerNs = await askForSpeed(runner);
    await this.#pool.giveBack(runner);
    return turnsPerNs;
  }
}

/** Some speed for a run that is cancelled before the machine's is known: it does not begin. */
function aborted(signal: AbortSignal): Promise<number> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(1);
    else signal.addEventListener('abort', () => resolve(1), { once: true });
  });
}

function askForSpeed(runner: Runner): Promise<number> {
  return new Promise((resolve, reject) => {
    runner.listener = {
      heard: message => {
        if (message.kind === 'calibrated') resolve(message.turnsPerNs);
      },
      lost: reason => reject(new Error(reason)),
    };
    runner.post({ kind: 'calibrate' });
  });
}
