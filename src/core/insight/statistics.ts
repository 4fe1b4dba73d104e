// What a trace comes to: times per lane and per line, hand-offs, effective cores.
//
//   statisticsOf(trace)   everything below, from the columns, for any engine's trace

import { measuredCores } from '../model/measured';
import { LANE_STATE_COUNT, LaneState, usesCore } from '../model/lanes';
import type { PositionIndex } from '../model/program';
import { EventKind, ReleaseReason, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';

/** Time in each kind of state, in ns. `ready` includes waiting for a core while holding the GIL. */
export interface TimeSums {
  /** Running with the GIL. */
  readonly heldNs: Nanoseconds;
  /** Waiting for the GIL. */
  readonly waitedNs: Nanoseconds;
  /** Waiting for a lock of the program. */
  readonly waitedForLockNs: Nanoseconds;
  /** On a core without a GIL. */
  readonly freeNs: Nanoseconds;
  readonly blockedNs: Nanoseconds;
  /** Waiting for work, a notification or a result. */
  readonly idleNs: Nanoseconds;
  readonly waitedForProcessNs: Nanoseconds;
  readonly readyNs: Nanoseconds;
  /** Stopped by a CPU limit. */
  readonly throttledNs: Nanoseconds;
  readonly startingNs: Nanoseconds;
  readonly unknownNs: Nanoseconds;
}

export interface LaneStatistics extends TimeSums {
  readonly lane: number;
  /** From the first state that is not `not started` to `finished`, or to the end of the trace. */
  readonly lifeNs: Nanoseconds;
  /** Hand-offs by which this lane got a GIL from another. */
  readonly handOffCount: number;
}

export interface LineStatistics extends TimeSums {
  readonly position: PositionIndex;
  /** Number of stretches on a core or in a wait that began at this line. */
  readonly visitCount: number;
}

export interface TraceStatistics {
  readonly wallNs: Nanoseconds;
  readonly lanes: readonly LaneStatistics[];
  /** Lines that took any time, by time on a core, most first. */
  readonly lines: readonly LineStatistics[];
  /** Times that a GIL went from one lane to another, as CPython's `switch_number` counts them. */
  readonly handOffCount: number;
  /** Those after which the holder before had been asked to let go. */
  readonly forcedHandOffCount: number;
  readonly voluntaryHandOffCount: number;
  /** How many cores were busy on average: as the system measured it, else the lanes' core time / wall time. */
  readonly effectiveCores: number;
  /** Waiting for the GIL as a share of the lives of all lanes, 0 to 1. */
  readonly waitingShare: number;
}

/** Sums up a trace, or what is known of it so far. O(segments + events). */
export function statisticsOf(trace: Trace): TraceStatistics {
  const handOffs = countHandOffs(trace);
  const lines = new Map<PositionIndex, { sums: Float64Array; visits: number }>();
  const lanes = trace.stores.map((_, lane) => sumLane(trace, lane, lines, handOffs.perLane[lane]));
  const total = (pick: (lane: LaneStatistics) => number): number =>
    lanes.reduce((sum, lane) => sum + pick(lane), 0);
  const busyNs = total(lane => lane.heldNs + lane.freeNs + lane.startingNs);
  const lifeNs = total(lane => lane.lifeNs);
  return {
    wallNs: trace.nowNs,
    lanes,
    lines: [...lines]
      .map(([position, { sums, visits }]) => ({ position, visitCount: visits, ...named(sums) }))
      .sort((a, b) => b.heldNs + b.freeNs - (a.heldNs + a.freeNs) || a.position - b.position),
    handOffCount: handOffs.forced + handOffs.voluntary,
    forcedHandOffCount: handOffs.forced,
    voluntaryHandOffCount: handOffs.voluntary,
    effectiveCores:
      measuredCores(trace, 0, trace.nowNs) ?? (trace.nowNs > 0 ? busyNs / trace.nowNs : 0),
    waitingShare: lifeNs > 0 ? total(lane => lane.waitedNs) / lifeNs : 0,
  };
}

function sumLane(
  trace: Trace,
  lane: number,
  lines: Map<PositionIndex, { sums: Float64Array; visits: number }>,
  handOffCount: number,
): LaneStatistics {
  const store = trace.stores[lane];
  const sums = new Float64Array(LANE_STATE_COUNT);
  for (let i = 0; i < store.count; i++) {
    const state = store.stateOf(i);
    const ns = store.endOf(i) - store.startOf(i);
    sums[state] += ns;
    if (ns === 0 || !belongsToLine(state)) continue;
    let line = lines.get(store.positionOf(i));
    if (line === undefined) {
      line = { sums: new Float64Array(LANE_STATE_COUNT), visits: 0 };
      lines.set(store.positionOf(i), line);
    }
    line.sums[state] += ns;
    if (usesCore(state) || state === LaneState.waitingForGil) line.visits++;
  }
  const lifeNs = store.endNs - sums[LaneState.notStarted] - sums[LaneState.finished];
  return { lane, lifeNs, handOffCount, ...named(sums) };
}

function belongsToLine(state: number): boolean {
  return state !== LaneState.notStarted && state !== LaneState.finished;
}

function named(sums: Float64Array): TimeSums {
  return {
    heldNs: sums[LaneState.runningWithGil],
    waitedNs: sums[LaneState.waitingForGil],
    waitedForLockNs: sums[LaneState.waitingForLock],
    freeNs: sums[LaneState.runningWithoutGil],
    blockedNs: sums[LaneState.blocked],
    idleNs: sums[LaneState.idle],
    waitedForProcessNs: sums[LaneState.waitingForProcess],
    readyNs: sums[LaneState.ready],
    throttledNs: sums[LaneState.throttled],
    startingNs: sums[LaneState.starting],
    unknownNs: sums[LaneState.unknown],
  };
}

interface HandOffs {
  readonly perLane: Float64Array;
  readonly forced: number;
  readonly voluntary: number;
}

/** A hand-off is an acquire whose holder before is another lane; forced if that one's last release was. */
function countHandOffs(trace: Trace): HandOffs {
  const perLane = new Float64Array(trace.lanes.length);
  const lastReason = new Int32Array(trace.locks.length).fill(-1);
  let forced = 0;
  let voluntary = 0;
  const { times, kinds, lanes, locks, arguments: operands } = trace.events;
  for (let i = 0; i < times.length; i++) {
    const isRelease = kinds[i] === EventKind.release;
    if (!isRelease && kinds[i] !== EventKind.acquire) continue;
    if (trace.locks[locks[i]].kind !== 'gil') continue;
    if (isRelease) {
      lastReason[locks[i]] = operands[i];
      continue;
    }
    if (operands[i] === 0 || operands[i] === lanes[i] + 1) continue;
    perLane[lanes[i]]++;
    if (lastReason[locks[i]] === ReleaseReason.forced) forced++;
    else voluntary++;
  }
  return { perLane, forced, voluntary };
}
