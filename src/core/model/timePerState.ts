// The time that lanes spent in each of their states.

import type { Nanoseconds } from '../units';
import { LANE_STATE_COUNT, LaneState } from './lanes';
import type { LaneStore } from './laneStore';

/** The time in each state within `[fromNs, toNs)`, in ns, over all these lanes. Its index is the state. */
export function timePerState(
  stores: readonly LaneStore[],
  fromNs: Nanoseconds,
  toNs: Nanoseconds,
): Float64Array {
  const time = new Float64Array(LANE_STATE_COUNT);
  for (const store of stores) store.addTimePerState(fromNs, toNs, time);
  return time;
}

/** How much of such a time the lanes lived: from their start to their end. */
export function livedIn(time: Float64Array): Nanoseconds {
  const all = time.reduce((sum, ns) => sum + ns, 0);
  return all - time[LaneState.notStarted] - time[LaneState.finished];
}
