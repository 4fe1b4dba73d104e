// What a change would bring: the trace's program, run again with the change.

import { DEFAULT_COSTS, type Costs } from '../worlds/costs';
import { LaneState } from '../model/lanes';
import { simulate } from '../machine/machine';
import type { Conditions } from '../model/program';
import { replayOf } from './replay';
import { runtimeNamed } from '../worlds/runtimes';
import type { TraceBuilder } from '../model/traceBuilder';
import type { Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import type { Verdict } from '../insight/verdict';

/** A change, tried: the run before it and the run with it, both simulated from the same program. */
export interface Prediction {
  /** Whose end was looked at: a lane that starves in a convoy, else -1 for the whole run. */
  readonly lane: number;
  readonly beforeNs: Nanoseconds;
  readonly afterNs: Nanoseconds;
  readonly after: TraceBuilder;
}

/**
 * Runs the program of a trace again with a verdict's change. Undefined when the change is not one of the world but of
 * the program. The run before is simulated under the trace's own runtime, or under the GIL if that is not one of ours.
 */
export function predictGain(
  trace: Trace,
  { class: name, change, evidence }: Pick<Verdict, 'class' | 'change' | 'evidence'>,
  costs: Costs = DEFAULT_COSTS,
): Prediction | undefined {
  if (change.kind === 'none' || change.kind === 'program') return undefined;
  const { program } = replayOf(trace, costs);
  const now = runtimeNamed(trace.header.runtime)?.name ?? 'gil';
  const { cores, switchIntervalNs } = trace.header;
  const conditions: Conditions = { cores, switchIntervalNs, seed: 1 };
  const before = simulate({ program, runtime: now, conditions, costs });
  const after = simulate({
    program,
    runtime: change.kind === 'runtime' ? change.runtime : now,
    conditions:
      change.kind === 'interval'
        ? { ...conditions, switchIntervalNs: change.switchIntervalNs }
        : conditions,
    costs,
  });
  // A convoy costs its victim; the run as a whole may well take as long as before.
  const victim = name === 'convoy' ? evidence.at(0)?.victim : undefined;
  const lane = victim === undefined ? -1 : laneNamed(before, trace.lanes[victim].name);
  return { lane, beforeNs: endOf(before, lane), afterNs: endOf(after, lane), after };
}

function laneNamed(trace: Trace, name: string): number {
  return trace.lanes.findIndex(lane => lane.name === name);
}

/** When a lane ended, or the run. */
function endOf(trace: Trace, lane: number): Nanoseconds {
  if (lane < 0) return trace.nowNs;
  const store = trace.stores[lane];
  const last = store.count - 1;
  return store.stateOf(last) === LaneState.finished ? store.startOf(last) : trace.nowNs;
}
