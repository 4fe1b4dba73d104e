// Why one run took longer or shorter than another: what their threads spent their time on, added up. Pure.

import { isCrowdedOut, takenShareOf } from '../../src/core/insight/coreShare';
import { isResting, LANE_STATE_COUNT, LaneState } from '../../src/core/model/lanes';
import { COMPUTING, LEGEND, type StateLook } from '../../src/core/model/stateLooks';
import { isCutShort } from '../../src/core/insight/notices';
import type { Trace } from '../../src/core/model/trace';
import { formatDuration, formatShare, type Nanoseconds } from '../../src/core/units';
import { matchLanes } from './laneMatch';

/** Less of the longer wall time than this is no difference. */
const NOTICED = 0.02;
/** Computing that differs by less is of the same work: runtimes differ in what the same code costs. */
const SAME_WORK = 0.05;
/** So many threads are named. */
const MOST_NAMES = 3;

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

type Measured = Pick<Trace, 'header' | 'lanes' | 'marks' | 'nowNs' | 'stores'>;

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

/** What a run's header cannot say of the difference from another one, in parts that are read one after the other. */
export function differenceParts(before: Measured, now: Measured): readonly string[] {
  const { only, missing } = matchLanes(before.lanes, now.lanes);
  return [
    computingPart(before, now),
    ...causesOf(before, now)
      .filter(({ name }) => name !== COMPUTING)
      .map(changePart),
    ...(only.length > 0 ? [`only here: ${namesPart(only)}`] : []),
    ...(missing.length > 0 ? [`not here: ${namesPart(missing)}`] : []),
  ];
}

/** Why a run cannot be compared by its duration with another, though both ended; empty if it can be. */
export function incomparable(baseline: Measured, run: Measured): string {
  if (isCutShort(run)) return 'it stopped before its work was done';
  if (isCutShort(baseline)) return `${baseline.header.title} stopped before its work was done`;
  const taken = takenShareOf(run);
  if (isCrowdedOut(taken)) {
    return `other programs had ${formatShare(taken)} of the core time it could have used: no fair comparison`;
  }
  if (!isCrowdedOut(takenShareOf(baseline))) return '';
  return `other programs had the cores while ${baseline.header.title} ran: no fair comparison`;
}

/** `1.71 s → 1.28 s`. */
export function changeText(before: string, now: string): string {
  return before === now ? now : `${before} → ${now}`;
}

function computingPart(before: Measured, now: Measured): string {
  const [a, b] = [before, now].map(timesOf).map(computingOf);
  const same = Math.abs(a - b) <= SAME_WORK * Math.max(a, b);
  return same
    ? `the same computing, ${formatDuration(b)}`
    : `${COMPUTING} ${changeText(formatDuration(a), formatDuration(b))}`;
}

function computingOf(time: Float64Array): Nanoseconds {
  return time[LaneState.runningWithGil] + time[LaneState.runningWithoutGil];
}

function changePart({ name, beforeNs, nowNs }: Cause): string {
  return `${name} ${changeText(zeroOr(beforeNs), zeroOr(nowNs))}`;
}

function zeroOr(ns: Nanoseconds): string {
  return ns === 0 ? '0' : formatDuration(ns);
}

function differenceOf({ beforeNs, nowNs }: Cause): number {
  return nowNs - beforeNs;
}

function namesPart(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Time of all lanes in each state. A main thread that is blocked waits for the others, which tells nothing. */
function timesOf({ lanes, stores, nowNs }: Measured): Float64Array {
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
