// All waits of a run for the GIL: how long they were, and how those lengths are distributed.

import { LaneState } from '../../src/core/model/lanes';
import type { Trace } from '../../src/core/model/trace';
import type { Nanoseconds } from '../../src/core/units';

/** A histogram with bins of equal width from 0 on; the last one holds everything longer too. */
export interface WaitHistogram {
  readonly binNs: Nanoseconds;
  readonly counts: readonly number[];
  readonly total: number;
  readonly medianNs: Nanoseconds;
  readonly longestNs: Nanoseconds;
}

const BIN_COUNT = 24;
/** One wait in a hundred may be longer than the scale: a single long one must not squeeze all others. */
const SCALE_SHARE = 0.99;

/** Lengths of all waits for the GIL, in ns, ascending. O(segments). */
export function waitLengths(trace: Trace): Float64Array {
  const lengths: number[] = [];
  for (const store of trace.stores) {
    for (let i = 0; i < store.count; i++) {
      if (store.stateOf(i) !== LaneState.waitingForGil) continue;
      const ns = store.endOf(i) - store.startOf(i);
      if (ns > 0) lengths.push(ns);
    }
  }
  return Float64Array.from(lengths).sort();
}

/** Their distribution; undefined if nobody waited. */
export function waitHistogram(lengths: Float64Array): WaitHistogram | undefined {
  const total = lengths.length;
  if (total === 0) return undefined;
  const scaleNs = lengths[Math.floor((total - 1) * SCALE_SHARE)];
  const binNs = roundUp(scaleNs / BIN_COUNT);
  const counts = new Array<number>(BIN_COUNT).fill(0);
  for (const ns of lengths) counts[binOf(ns, binNs)]++;
  return {
    binNs,
    counts,
    total,
    medianNs: lengths[(total - 1) >> 1],
    longestNs: lengths[total - 1],
  };
}

/** The bin of a length. */
export function binOf(ns: Nanoseconds, binNs: Nanoseconds): number {
  return Math.min(BIN_COUNT - 1, Math.floor(ns / binNs));
}

/** Up to a round number, so that the scale has round ends. */
function roundUp(ns: Nanoseconds): Nanoseconds {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, ns)));
  return (
    power * ([1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find(factor => factor * power >= ns) ?? 10)
  );
}
