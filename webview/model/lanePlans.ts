// The rows of each run as the person wants them, made anew only when they may have changed.

import { timePerState } from '../../src/core/model/timePerState';
import type { LaneInfo } from '../../src/core/model/trace';
import { NO_LOCK } from '../../src/core/model/trace';
import { LaneState } from '../../src/core/model/lanes';
import type { RunView } from './runView';
import { matchLanes } from './laneMatch';
import {
  alignRows,
  canAlign,
  laneTimes,
  planLanes,
  type LaneTimes,
  type LaneWishes,
  type PlannedRow,
} from './lanePlan';
import { shortName } from '../../src/core/names';

/** The lanes of a run and the rows they make. */
export interface RunPlan {
  readonly lanes: readonly LaneInfo[];
  readonly rows: readonly PlannedRow[];
}

interface Made extends RunPlan {
  readonly key: readonly unknown[];
  readonly times: readonly LaneTimes[] | undefined;
}

export class LanePlans {
  #own: readonly RunPlan[] = [];
  #aligned: readonly RunPlan[] = [];

  /** Those of runs that stand one below the other: the same threads in the same order, once all are complete. */
  beside(runs: readonly RunView[], wishes: LaneWishes): readonly RunPlan[] {
    const own = runs.map(run => this.of(run, wishes));
    const whole = runs.length > 1 && runs.every(({ trace }) => trace.done);
    if (!whole || !own.every(({ rows }) => canAlign(rows))) return own;
    if (own.length !== this.#own.length || own.some((plan, i) => plan !== this.#own[i])) {
      const { seats, names } = seatLanes(own);
      const seated = own.map(({ rows }, i) => ({ rows, seats: seats[i] }));
      this.#aligned = alignRows(seated, names).map((rows, i) => ({ lanes: own[i].lanes, rows }));
      this.#own = own;
    }
    return this.#aligned;
  }

  readonly #made = new WeakMap<RunView, Made>();

  of(run: RunView, wishes: LaneWishes): RunPlan {
    const { trace } = run;
    const key = [trace, trace.lanes.length, trace.done, wishes];
    const before = this.#made.get(run);
    if (before && key.every((part, i) => part === before.key[i])) return before;
    const known = before?.key[0] === trace && before.key[2] === true ? before.times : undefined;
    const times = trace.done ? (known ?? laneTimes(trace)) : undefined;
    const rows = planLanes(trace.lanes, times, wishes);
    const made = { key, times, rows, lanes: withUsedLocks(trace) };
    this.#made.set(run, made);
    return made;
  }
}

/** For each run, the seat of each of its lanes: the same thread has the same in all of them. */
function seatLanes(plans: readonly RunPlan[]): { seats: number[][]; names: string[] } {
  const names: { name: string }[] = [];
  const seats = plans.map(({ lanes }) => {
    const { laneBefore } = matchLanes([...names], lanes);
    return lanes.map(({ name }, lane) =>
      laneBefore[lane] >= 0 ? laneBefore[lane] : names.push({ name }) - 1,
    );
  });
  return { seats, names: names.map(({ name }) => shortName(name)) };
}

/** The lanes of a complete run in which no GIL was ever held or waited for: they compete for none. */
function withUsedLocks({ lanes, stores, done, nowNs }: RunView['trace']): readonly LaneInfo[] {
  if (!done) return lanes;
  const time = timePerState(stores, 0, nowNs);
  const used = time[LaneState.runningWithGil] + time[LaneState.waitingForGil] > 0;
  return used ? lanes : lanes.map(lane => ({ ...lane, gil: NO_LOCK }));
}
