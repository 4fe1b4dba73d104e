// Asks a worker thread what changes would bring to a run. Whoever loses interest disposes it, whatever it does just then.

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { WhatIf } from '../core/replay/change';
import type { Trace } from '../core/model/trace';
import { wholeTrace } from '../core/model/traceCursor';
import type { PredictedRun, Proposals } from './whatIfAnswers';

export interface WhatIfQuestion {
  readonly kind: 'proposals' | 'run';
  readonly changes: readonly WhatIf[];
}

interface Reply {
  readonly answer?: unknown;
  readonly defect?: string;
}

export class WhatIfPredictor {
  readonly #worker: Worker;
  #last: Promise<unknown> = Promise.resolve();

  /** `bundle`: that of `whatIfWorker.ts`; default: beside the bundle that this is part of. */
  constructor(trace: Trace, bundle = join(__dirname, 'whatIfWorker.js')) {
    const workerData = { header: trace.header, chunk: wholeTrace(trace) };
    this.#worker = new Worker(bundle, { workerData });
    this.#worker.on('error', () => undefined); // told to whoever waits for an answer
  }

  proposals(made: readonly WhatIf[]): Promise<Proposals> {
    return this.#ask({ kind: 'proposals', changes: made }) as Promise<Proposals>;
  }

  run(changes: readonly WhatIf[]): Promise<PredictedRun | string> {
    return this.#ask({ kind: 'run', changes }) as Promise<PredictedRun | string>;
  }

  dispose(): void {
    void this.#worker.terminate();
  }

  /** One question after another: answers come in the order of the questions. */
  #ask(question: WhatIfQuestion): Promise<unknown> {
    const next = this.#last.then(() => this.#answerTo(question));
    this.#last = next.catch(() => undefined);
    return next;
  }

  #answerTo(question: WhatIfQuestion): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        this.#worker.off('message', told).off('error', failed).off('exit', ended);
        act();
      };
      const told = ({ answer, defect }: Reply): void =>
        settle(() => (defect === undefined ? resolve(answer) : reject(new Error(defect))));
      const failed = (error: Error): void => settle(() => reject(error));
      const ended = (): void => settle(() => reject(new Error('the prediction was stopped')));
      this.#worker.on('message', told).on('error', failed).on('exit', ended);
      this.#worker.postMessage(question);
    });
  }
}
