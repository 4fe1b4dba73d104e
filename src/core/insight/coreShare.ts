// What a real run got of the machine's cores, and what other programs took from it meanwhile.

import { LaneState, usesCore } from '../model/lanes';
import type { Trace } from '../model/trace';
import { formatShare, type Nanoseconds } from '../units';

/** From this share on, what a run took tells more of the machine's other programs than of its own. */
const MUCH_TAKEN = 0.15;

/** Core time of a run, over all its lanes. */
export interface CoreShare {
  readonly usedNs: Nanoseconds;
  /** Lanes were ready for so long although the run itself left cores free: others had them. */
  readonly takenNs: Nanoseconds;
}

type Measured = Pick<Trace, 'header' | 'nowNs' | 'stores'>;

/**
 * Adds up a trace, moment by moment. What was taken is a lower bound: a thread that lost its core so shortly that
 * nobody saw it counts as running, and a wait for a core right after another wait counts as part of that.
 * O(segments × lanes).
 */
export function coreShareOf({ header, nowNs, stores }: Measured): CoreShare {
  const at = new Int32Array(stores.length);
  let usedNs = 0;
  let takenNs = 0;
  for (let fromNs = 0; fromNs < nowNs;) {
    let untilNs = nowNs;
    let busy = 0;
    let ready = 0;
    for (let lane = 0; lane < stores.length; lane++) {
      const store = stores[lane];
      while (at[lane] + 1 < store.count && store.endOf(at[lane]) <= fromNs) at[lane]++;
      const state = store.stateOf(at[lane]);
      if (store.endOf(at[lane]) > fromNs) untilNs = Math.min(untilNs, store.endOf(at[lane]));
      if (usesCore(state)) busy++;
      else if (state === LaneState.ready) ready++;
    }
    usedNs += busy * (untilNs - fromNs);
    takenNs += Math.min(ready, Math.max(0, header.cores - busy)) * (untilNs - fromNs);
    fromNs = untilNs;
  }
  return { usedNs, takenNs };
}

/**
 * The share of the core time it could have used that others took from a run on real threads: 0 to 1. A simulated machine
 * has no others; a recorder only samples who was ready, and what it takes itself would count as others' as well.
 */
export function takenShareOf(trace: Measured): number {
  if (trace.header.engine !== 'workers') return 0;
  const { usedNs, takenNs } = coreShareOf(trace);
  return takenNs > 0 ? takenNs / (usedNs + takenNs) : 0;
}

/** Whether other programs took so much that durations say little. */
export function isCrowdedOut(takenShare: number): boolean {
  return takenShare >= MUCH_TAKEN;
}

/** For a mark at the end of such a run; empty for any other. */
export function describeTaken(takenShare: number): string {
  if (!isCrowdedOut(takenShare)) return '';
  return (
    `Other programs kept this machine’s cores busy: they took ${formatShare(takenShare)} of the core time that this run could have used. ` +
    'Compare shares, not durations, or run it again when the machine is quieter.'
  );
}
