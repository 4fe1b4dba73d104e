// The same work under several runtimes: runs them side by side, keeps their traces, can be cancelled.

import { UserError } from '../../core/errors';
import type { Conditions, Program } from '../../core/model/program';
import { runtimeNamed } from '../../core/worlds/runtimes';
import type { TraceHeader } from '../../core/model/trace';
import { TraceBuilder } from '../../core/model/traceBuilder';
import type { Engine } from '../../engines/engine';
import type { ComparisonHead, RunId } from '../../protocol/messages';

export type RunOutcome = 'running' | 'complete' | 'cancelled' | 'failed';

/** One run and what is known of it so far. */
export interface ComparedRun {
  readonly id: RunId;
  readonly trace: TraceBuilder;
  readonly outcome: RunOutcome;
  /** Why it failed, as a sentence; else empty. */
  readonly sentence: string;
}

export interface ComparisonPlan {
  readonly program: Program;
  readonly conditions: Conditions;
  /** Names of runtimes, the baseline first. */
  readonly runtimes: readonly string[];
  readonly engine: Engine;
  /** Whether it was opened from a trace file, which may come from anybody. */
  readonly isFromFile?: boolean;
}

/** What a comparison is called, apart from its runs. */
export type ComparisonTitle = Pick<
  ComparisonHead,
  'comparison' | 'document' | 'title' | 'detail' | 'show'
>;

/** Where the rest of the editor hears of a comparison. */
export interface ComparisonListener {
  /** More of some trace is known, or a run ended. */
  readonly changed: () => void;
  /** An error that is our own fault. */
  readonly reportDefect: (error: unknown) => void;
}

const INTERNAL_ERROR = 'Internal error; see the log.';

/** Runs start with the object and go on until each has ended. */
export class Comparison {
  readonly title: ComparisonTitle;
  readonly plan: ComparisonPlan;
  readonly #listener: ComparisonListener;
  readonly #abort = new AbortController();
  readonly #runs: ComparedRun[] = [];
  /** Resolves when every run has ended, however it did. */
  readonly ended: Promise<void>;

  constructor(title: ComparisonTitle, plan: ComparisonPlan, listener: ComparisonListener) {
    this.title = title;
    this.plan = plan;
    this.#listener = listener;
    this.ended = Promise.all(plan.runtimes.map((runtime, i) => this.#run(runtime, i))).then(
      () => undefined,
    );
  }

  get runs(): readonly ComparedRun[] {
    return this.#runs;
  }

  get running(): boolean {
    return this.#runs.some(run => run.outcome === 'running');
  }

  /** What the page is told before the first chunk. */
  get head(): ComparisonHead {
    return {
      ...this.title,
      runs: this.#runs.map(({ id, trace }) => ({ run: id, header: trace.header })),
    };
  }

  /** Stops what still runs; what is known by then stays. */
  cancel(): void {
    this.#abort.abort();
  }

  async #run(runtime: string, index: number): Promise<void> {
    const id = this.title.comparison * 100 + index;
    const signal = this.#abort.signal;
    try {
      const { program, conditions, engine } = this.plan;
      const { header, chunks } = engine.start({ program, runtime, conditions }, signal);
      const trace = new TraceBuilder(header);
      this.#runs[index] = { id, trace, outcome: 'running', sentence: '' };
      for await (const chunk of chunks) {
        const problem = trace.appendChunk(chunk);
        if (problem !== undefined) throw new Error(problem);
        if (!chunk.done) this.#listener.changed();
      }
      // A recording that is stopped is a whole one: it has all that it was to have.
      const isCut = signal.aborted && engine.name !== 'recorded';
      this.#end(index, isCut ? 'cancelled' : 'complete', '');
    } catch (error) {
      // An engine that cannot even start still has its place among the runs.
      const trace = new TraceBuilder(headerOfNothing(runtime, this.plan.conditions));
      this.#runs[index] ??= { id, trace, outcome: 'running', sentence: '' };
      if (!(error instanceof UserError)) this.#listener.reportDefect(error);
      this.#end(index, 'failed', error instanceof UserError ? error.message : INTERNAL_ERROR);
    }
  }

  #end(index: number, outcome: RunOutcome, sentence: string): void {
    this.#runs[index] = { ...this.#runs[index], outcome, sentence };
    this.#listener.changed();
  }
}

/** Stands for a run that never began. */
function headerOfNothing(runtime: string, conditions: Conditions): TraceHeader {
  const exact = { kind: 'exact' } as const;
  return {
    engine: 'simulated',
    runtime,
    title: runtimeNamed(runtime)?.title ?? runtime,
    subtitle: 'did not start',
    cores: conditions.cores,
    switchIntervalNs: conditions.switchIntervalNs,
    certainty: { states: exact, handOffs: exact, lines: exact },
  };
}
