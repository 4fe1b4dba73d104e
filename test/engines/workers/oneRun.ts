// A program of its own, for tests that choose where it runs: one real run, told in a line of JSON. Arguments: the
// workers' bundle, a runtime.

import { WorkersEngine } from '../../../src/engines/workers';
import { block, compute, handOffsOf, repeat, runReally, startAndJoin } from './realRuns';
import { validateTrace } from '../../../src/core/model/validateTrace';

/** What the test reads. */
export interface OneRun {
  readonly cores: number;
  readonly done: boolean;
  readonly problem: string | null;
  readonly sentence: string;
  readonly finished: number;
  readonly handOffs: number;
  readonly counted: number | null;
  readonly marks: readonly string[];
}

async function main(bundle: string, runtime: string): Promise<void> {
  const engine = new WorkersEngine({ bundle });
  const busy = [compute(25), block(1), compute(5)];
  const program = startAndJoin(busy, busy, [repeat(3, compute(1), block(1))]);
  const { trace, report, sentence } = await runReally(engine, program, { runtime });
  const told: OneRun = {
    cores: trace.header.cores,
    done: trace.done,
    problem: validateTrace(trace) ?? null,
    sentence,
    finished: report?.results.filter(result => result !== undefined).length ?? 0,
    handOffs: handOffsOf(trace),
    counted: report?.handOffCount ?? null,
    marks: trace.marks.map(({ text }) => text),
  };
  console.log(JSON.stringify(told));
  await engine.dispose();
}

void main(process.argv[2], process.argv[3]);
