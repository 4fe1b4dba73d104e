// What a change would bring: the trace's program, run again with the change.

import { DEFAULT_COSTS, type Costs } from './costs';
import { simulate } from './machine';
import type { Conditions } from './program';
import { replayOf } from './replay';
import type { TraceBuilder } from './traceBuilder';
import type { Trace } from './trace';
import type { Nanoseconds } from './units';
import type { Change } from './verdict';

/** A change, tried: the run before it and the run with it, both simulated from the same program. */
export interface Prediction {
  readonly beforeNs: Nanoseconds;
  readonly afterNs: Nanoseconds;
  readonly after: TraceBuilder;
}

/**
 * Runs the program of a trace again with a verdict's change. Undefined when the change is not one of the world but of
 * the program, or when the trace's runtime is not one that can be simulated.
 */
export function predictGain(
  trace: Trace,
  change: Change,
  costs: Costs = DEFAULT_COSTS,
): Prediction | undefined {
  const { program } = replayOf(trace, costs);
  const conditions: Conditions = {
    cores: trace.header.cores,
    switchIntervalNs: trace.header.switchIntervalNs,
    seed: 1,
  };
  switch (change.kind) {
    case 'none':
    case 'program':
      return undefined;
    case 'runtime':
    case 'interval': {
      const runtime = change.kind === 'runtime' ? change.runtime : 'gil';
      const switchIntervalNs =
        change.kind === 'interval' ? change.switchIntervalNs : conditions.switchIntervalNs;
      const before = simulate({ program, runtime: 'gil', conditions, costs });
      const after = simulate({
        program,
        runtime,
        conditions: { ...conditions, switchIntervalNs },
        costs,
      });
      return { beforeNs: before.nowNs, afterNs: after.nowNs, after };
    }
  }
}
