// Whether something stands still for too long: a thread that waits for a lock or for the GIL, or an event loop.

import { LaneState } from '../model/lanes';
import type { Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import type { LaneStretch } from './findings/finding';
import { keepsLoop, loopsOf } from './loopLag';
import { longestOf } from './stretches';

/** The longest standstill of at least `leastNs` that goes on after `sinceNs`; `isOver` when it has ended. */
export function standstillIn(
  trace: Trace,
  { leastNs, sinceNs }: { readonly leastNs: Nanoseconds; readonly sinceNs: Nanoseconds },
): (LaneStretch & { readonly isOver: boolean }) | undefined {
  const loops = loopsOf(trace);
  const all = trace.stores.flatMap((_, lane) => {
    const stands = loops.has(lane) ? keepsLoop : isWait;
    return standsOf(trace, lane, sinceNs, stands);
  });
  const [worst] = longestOf(
    all.filter(({ startNs, endNs }) => endNs - startNs >= leastNs),
    1,
  ) as readonly (LaneStretch | undefined)[];
  return worst && { ...worst, isOver: worst.endNs < trace.nowNs };
}

function isWait(state: number): boolean {
  return state === LaneState.waitingForGil || state === LaneState.waitingForLock;
}

/** The stretches of a lane that end after a time; one that begins before it is told whole. */
function standsOf(
  { stores }: Trace,
  lane: number,
  sinceNs: Nanoseconds,
  stands: (state: number) => boolean,
): LaneStretch[] {
  const store = stores[lane];
  const found: LaneStretch[] = [];
  let first = Math.max(0, store.segmentAt(sinceNs));
  while (first > 0 && stands(store.stateOf(first)) && stands(store.stateOf(first - 1))) first--;
  let startNs = -1;
  for (let i = first; i < store.count; i++) {
    const isIn = stands(store.stateOf(i));
    if (isIn && startNs < 0) startNs = store.startOf(i);
    if (!isIn && startNs >= 0) found.push({ lane, startNs, endNs: store.startOf(i) });
    if (!isIn) startNs = -1;
  }
  if (startNs >= 0) found.push({ lane, startNs, endNs: store.endNs });
  return found.filter(({ endNs }) => endNs > sinceNs);
}
