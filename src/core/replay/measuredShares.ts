// What a recording's states must be scaled by, so that they agree with the time with a core that the system counted.

import { LANE_STATE_COUNT, LaneState } from '../model/lanes';
import type { CpuReading } from '../model/measured';
import type { Trace } from '../model/trace';
import type { Nanoseconds } from '../units';

/** The figures of one process. All are 1 or 0 where nothing was measured. */
export interface Shares {
  /** Of the time that lanes ran, how much they really had a core; below 1 where other programs took cores. */
  readonly running: number;
  /** Of the time that nobody observed, how much the lanes ran. */
  readonly unknown: number;
  /** How much longer code without the GIL ran than was seen: short calls are missed between two looks. */
  readonly free: number;
}

/** The system counts in hundredths of a second, for the process and for what ran before it was found. */
const COUNT_ERROR_NS = 20_000_000;
/** No more than this is believed to have been missed. */
const MOST_FREE = 3;

/** Per process of a trace, by its number. */
export function measuredShares(trace: Trace): ReadonlyMap<number, Shares> {
  const shares = new Map<number, Shares>();
  for (const process of new Set(trace.lanes.map(lane => lane.process))) {
    const reading = lastReading(trace, process);
    const sums = new Float64Array(LANE_STATE_COUNT);
    trace.lanes.forEach((lane, i) => {
      if (lane.process === process)
        trace.stores[i].addTimePerState(0, reading?.timeNs ?? trace.nowNs, sums);
    });
    shares.set(process, sharesOf(sums, reading?.cpuNs, livedBy(trace, process)));
  }
  return shares;
}

function sharesOf(sums: Float64Array, cpuNs: Nanoseconds | undefined, lanes: number): Shares {
  const unknownNs = sums[LaneState.unknown];
  const freeNs = sums[LaneState.runningWithoutGil];
  const ranNs = sums[LaneState.runningWithGil] + freeNs + sums[LaneState.starting];
  if (cpuNs === undefined || ranNs <= COUNT_ERROR_NS)
    return { running: 1, unknown: 1 / Math.max(1, lanes), free: 1 };
  const missingNs = cpuNs - ranNs;
  if (missingNs <= 0)
    return { running: Math.min(1, (cpuNs + COUNT_ERROR_NS) / ranNs), unknown: 0, free: 1 };
  const unknown = unknownNs > 0 ? Math.min(1, missingNs / unknownNs) : 0;
  const leftNs = missingNs - unknown * unknownNs;
  const free = freeNs > 0 ? Math.min(MOST_FREE, 1 + leftNs / freeNs) : 1;
  return { running: 1, unknown, free };
}

function livedBy(trace: Trace, process: number): number {
  return trace.lanes.filter(lane => lane.process === process).length;
}

/** The last time that the system was asked for the time with a core of a process. */
function lastReading({ cpu = [] }: Pick<Trace, 'cpu'>, process: number): CpuReading | undefined {
  return cpu.filter(reading => reading.process === process).at(-1);
}
