// What the threads of two runs spent more or less time on, and whether the runs can be compared at all. Pure.

import { isResting, LANE_STATE_COUNT, LaneState } from '../model/lanes';
import { LEGEND, type StateLook } from '../model/stateLooks';
import type { Trace } from '../model/trace';
import { formatShare, type Nanoseconds } from '../units';
import { isCrowdedOut, takenShareOf } from './coreShare';
import { isCutShort } from './notices';

/** Less of the longer wall time than this is no difference. */
const NOTICED = 0.02;
/** What threads can lose time with, and the states in which they do. What was not observed is no cause. */
const CAUSES: ReadonlyMap<string, readonly number[]> = causesFrom(
  LEGEND.filter(({ state }) => state !== LaneState.unknown),
);

function causesFrom(looks: readonly StateLook[]): ReadonlyMap<string, readonly number[]> {
  const causes = new Map<string, number[]>();
  for (const { cause, state } of looks) causes.set(cause, [...(causes.get(cause) ?? []), state]);
  return causes;
}

/** How long the threads of two runs did one thing, all together. */
export interface Cause {
  readonly name: string;
  readonly beforeNs: Nanoseconds;
  readonly nowNs: Nanoseconds;
}

export type Measured = Pick<Trace, 'header' | 'lanes' | 'marks' | 'nowNs' | 'stores'>;

/** What two runs spent noticeably more or less time on, the largest difference first. */
export function causesOf(before: Measured, now: Measured): readonly Cause[] {
  const [a, b] = [timesOf(before), timesOf(now)];
  const least = NOTICED * Math.max(before.nowNs, now.nowNs);
  return [...CAUSES]
    .map(([name, states]) => {
      const sum = (time: Float64Array): number => states.reduce((ns, i) => ns + time[i], 0);
      return { name, beforeNs: sum(a), nowNs: sum(b) };
    })
    .filter(cause => Math.abs(differenceOf(cause)) >= least)
    .sort((x, y) => Math.abs(differenceOf(y)) - Math.abs(differenceOf(x)));
}

/** Why a run cannot be compared by its duration with another, though both ended; empty if it can be. */
export function incomparable(
  baseline: Measured,
  run: Measured,
  title = baseline.header.title,
): string {
  if (isCutShort(run)) return 'it stopped before its work was done';
  if (isCutShort(baseline)) return `${title} stopped before its work was done`;
  const taken = takenShareOf(run);
  if (isCrowdedOut(taken)) {
    return `other programs had ${formatShare(taken)} of the core time it could have used: no fair comparison`;
  }
  if (!isCrowdedOut(takenShareOf(baseline))) return '';
  return `other programs had the cores while ${title} ran: no fair comparison`;
}

function differenceOf({ beforeNs, nowNs }: Cause): number {
  return nowNs - beforeNs;
}

/** Time of all lanes in each state. A main thread that is blocked waits for the others, which tells nothing. */
export function timesOf({ lanes, stores, nowNs }: Measured): Float64Array {
  const time = new Float64Array(LANE_STATE_COUNT);
  const own = new Float64Array(LANE_STATE_COUNT);
  stores.forEach((store, lane) => {
    own.fill(0);
    store.addTimePerState(0, nowNs, own);
    const isMain = lanes[lane]?.main;
    own.forEach((ns, state) => {
      if (!isMain || !isResting(state)) time[state] += ns;
    });
  });
  return time;
}
