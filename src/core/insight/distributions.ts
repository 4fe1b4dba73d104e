// How long holds and waits lasted: not only their sum, for one long hold and a hundred short ones sum up alike.
//
//   holdsPerLock(trace)        for each lock of the trace, how long it was held at a time
//   waitsPerLane(trace)        for each lane, how long it waited for its GIL at a time

import { holdsOf } from './blame';
import { LaneState } from '../model/lanes';
import type { Trace } from '../model/trace';
import type { Nanoseconds } from '../units';

/** A set of durations. All 0 when it is empty. A quantile is the smallest duration that so many do not exceed. */
export interface Distribution {
  readonly count: number;
  readonly totalNs: Nanoseconds;
  readonly p10Ns: Nanoseconds;
  readonly p50Ns: Nanoseconds;
  readonly p90Ns: Nanoseconds;
  readonly p95Ns: Nanoseconds;
  readonly p99Ns: Nanoseconds;
  readonly maxNs: Nanoseconds;
}

/** The distribution of some durations, in any order. */
export function distributionOf(durations: readonly Nanoseconds[]): Distribution {
  const sorted = Float64Array.from(durations).sort();
  const at = (share: number): number =>
    sorted.length === 0 ? 0 : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return {
    count: sorted.length,
    totalNs: durations.reduce((sum, ns) => sum + ns, 0),
    p10Ns: at(0.1),
    p50Ns: at(0.5),
    p90Ns: at(0.9),
    p95Ns: at(0.95),
    p99Ns: at(0.99),
    maxNs: at(1),
  };
}

/** How long each lock was held at a time, by index of the lock. */
export function holdsPerLock(trace: Trace): Distribution[] {
  return holdsOf(trace).map(({ starts, ends }) =>
    distributionOf(starts.map((startNs, i) => ends[i] - startNs)),
  );
}

/** How long each lane waited for its GIL at a time, by index of the lane. */
export function waitsPerLane(trace: Trace): Distribution[] {
  return trace.stores.map(store => {
    const waits: number[] = [];
    for (let i = 0; i < store.count; i++) {
      const ns = store.endOf(i) - store.startOf(i);
      if (store.stateOf(i) === LaneState.waitingForGil && ns > 0) waits.push(ns);
    }
    return distributionOf(waits);
  });
}
