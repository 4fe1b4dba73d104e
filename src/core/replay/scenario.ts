// What a run was, as something that can be run again: its program, its world, and which threads have no end of their own.

import { LaneState } from '../model/lanes';
import { DEFAULT_SWITCH_INTERVAL_NS, type Conditions, type Program } from '../model/program';
import type { Trace } from '../model/trace';
import { Simulation } from '../machine/machine';
import { DEFAULT_COSTS, type Costs } from '../worlds/costs';
import { runtimeNamed } from '../worlds/runtimes';
import type { Nanoseconds } from '../units';
import { recordedProgram, type RecordedProgram } from './recordedProgram';
import { replayOf } from './replay';

export interface Scenario {
  readonly program: Program;
  readonly runtime: string;
  readonly conditions: Conditions;
  readonly costs: Costs;
  /** Threads that run until they are told to stop. */
  readonly elastic: ReadonlySet<number>;
}

/** A scenario with what reading it from a trace had to guess. */
export interface ReadScenario extends Scenario {
  readonly notes: readonly string[];
  readonly recorded: RecordedProgram | undefined;
}

export interface Outcome {
  /** When the last thread ended that has an end of its own. */
  readonly endNs: Nanoseconds;
  readonly trace: Trace;
}

/** How much is simulated at most for one outcome. */
const LIMITS = { records: 2_000_000, events: 3_000_000 };
const RECORDS_AT_ONCE = 2_000;

/** `joinsLate`: see `linksOf`; of a recording only. */
export function scenarioOf(
  trace: Trace,
  costs: Costs = DEFAULT_COSTS,
  joinsLate = false,
): ReadScenario {
  const { header } = trace;
  const conditions: Conditions = {
    cores: header.cores,
    switchIntervalNs:
      header.switchIntervalNs > 0 ? header.switchIntervalNs : DEFAULT_SWITCH_INTERVAL_NS,
    seed: 1,
  };
  const runtime = runtimeNamed(header.runtime)?.name ?? 'gil';
  if (header.engine === 'simulated' || header.engine === 'workers') {
    const { program, notes } = replayOf(trace, costs);
    return { program, runtime, conditions, costs, elastic: new Set(), notes, recorded: undefined };
  }
  const recorded = recordedProgram(trace, joinsLate);
  return {
    program: recorded.program,
    runtime,
    conditions,
    costs,
    elastic: recorded.elastic,
    notes: [],
    recorded,
  };
}

/** Runs a scenario until all threads with an end of their own have ended. Undefined: they never do. */
export function outcomeOf({ elastic, ...request }: Scenario): Outcome | undefined {
  const simulation = new Simulation({ ...request, limits: LIMITS });
  const { trace } = simulation;
  const fixed = request.program.threads.map((_, i) => i).filter(i => !elastic.has(i));
  const isOver = (): boolean => fixed.every(lane => hasFinished(trace, lane));
  while (simulation.advance(RECORDS_AT_ONCE)) if (elastic.size > 0 && isOver()) break;
  if (!isOver()) return undefined;
  simulation.stop('Threads that run until they are told to stop are shown as long as the others.');
  return { endNs: Math.max(...fixed.map(lane => endOf(trace, lane))), trace };
}

function hasFinished({ stores }: Trace, lane: number): boolean {
  const store = stores[lane];
  return store.stateOf(store.count - 1) === LaneState.finished;
}

function endOf({ stores }: Trace, lane: number): Nanoseconds {
  return stores[lane].startOf(stores[lane].count - 1);
}
