// Stretches of time: when a lane was in some states, and when several lanes were at once.

import type { LaneStore } from '../model/laneStore';
import type { Nanoseconds } from '../units';

export interface Stretch {
  readonly startNs: Nanoseconds;
  readonly endNs: Nanoseconds;
}

/** When a lane was in a state that passes, in order of time; neighbours are one. */
export function stretchesOf(store: LaneStore, passes: (state: number) => boolean): Stretch[] {
  const found: Stretch[] = [];
  let startNs = -1;
  for (let i = 0; i < store.count; i++) {
    const isIn = passes(store.stateOf(i));
    if (isIn && startNs < 0) startNs = store.startOf(i);
    if (!isIn && startNs >= 0) {
      found.push({ startNs, endNs: store.startOf(i) });
      startNs = -1;
    }
  }
  if (startNs >= 0) found.push({ startNs, endNs: store.endNs });
  return found.filter(({ startNs: from, endNs }) => endNs > from);
}

/** When at least `count` of the stretches were going on, in order of time; neighbours are one. */
export function whenAtLeast(count: number, stretches: readonly Stretch[]): Stretch[] {
  const starts = Float64Array.from(stretches, ({ startNs }) => startNs).sort();
  const ends = Float64Array.from(stretches, ({ endNs }) => endNs).sort();
  const found: Stretch[] = [];
  let begun = 0;
  let startNs = -1;
  for (let ended = 0; ended < ends.length;) {
    // What begins at the moment at which another ends follows it without a gap.
    const begins = begun < starts.length && starts[begun] <= ends[ended];
    const timeNs = begins ? starts[begun++] : ends[ended++];
    const depth = begun - ended;
    if (begins && depth === count && startNs < 0) startNs = timeNs;
    if (!begins && depth === count - 1 && startNs >= 0) {
      if (timeNs > startNs) found.push({ startNs, endNs: timeNs });
      startNs = -1;
    }
  }
  return found;
}

/** What the stretches come to. */
export function lengthOf(stretches: readonly Stretch[]): Nanoseconds {
  return stretches.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0);
}

/** The longest stretches, at most so many, the longest first. */
export function longestOf<Found extends Stretch>(
  stretches: readonly Found[],
  most: number,
): Found[] {
  return [...stretches].sort((a, b) => b.endNs - b.startNs - (a.endNs - a.startNs)).slice(0, most);
}

/** What lies both in one and in another list of stretches; each list in order of time, without overlaps. */
export function inBoth(some: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  const found: Stretch[] = [];
  let at = 0;
  for (const { startNs, endNs } of some) {
    while (at > 0 && others[at - 1].endNs > startNs) at--;
    while (at < others.length && others[at].endNs <= startNs) at++;
    for (; at < others.length && others[at].startNs < endNs; at++) {
      found.push({
        startNs: Math.max(startNs, others[at].startNs),
        endNs: Math.min(endNs, others[at].endNs),
      });
    }
  }
  return found;
}
