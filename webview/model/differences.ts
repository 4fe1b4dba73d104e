// Why one run took longer or shorter than another, in the words of a header. Pure.

import { causesOf, timesOf, type Cause, type Measured } from '../../src/core/insight/differences';
import { LaneState } from '../../src/core/model/lanes';
import { COMPUTING } from '../../src/core/model/stateLooks';
import { formatDuration, type Nanoseconds } from '../../src/core/units';
import { matchLanes } from './laneMatch';

/** Computing that differs by less is of the same work: runtimes differ in what the same code costs. */
const SAME_WORK = 0.05;
/** So many threads are named. */
const MOST_NAMES = 3;

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

function namesPart(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
