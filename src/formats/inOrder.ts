// Which records to keep of a clock that went backwards.

import { firstIndex } from '../core/search';

/**
 * As many of `times` as can be kept so that what is kept never goes backwards: 1 for those that stay. Those with a 0 in
 * `fit` never do. Of two that cannot both be right the earlier one stays. O(n log n), O(n) where all is in order.
 */
export function keptInOrder(times: Float64Array, fit: Uint8Array): Uint8Array {
  if (isInOrder(times, fit)) return fit;
  // From the end: the first record of the best sequence of each length; `after` leads from each to the one after it.
  const firsts: number[] = [];
  const after = new Int32Array(times.length);
  for (let i = times.length - 1; i >= 0; i--) {
    if (fit[i] === 0) continue;
    const length = lengthFrom(times, firsts, times[i]);
    after[i] = length > 0 ? firsts[length - 1] : -1;
    firsts[length] = i;
  }
  const kept = new Uint8Array(times.length);
  for (let i = firsts.at(-1) ?? -1; i >= 0; i = after[i]) kept[i] = 1;
  return kept;
}

function isInOrder(times: Float64Array, fit: Uint8Array): boolean {
  let last = 0;
  for (let i = 0; i < times.length; i++) {
    if (fit[i] === 0) continue;
    if (times[i] < last) return false;
    last = times[i];
  }
  return true;
}

/** How long the longest sequence is that can follow a record at `timeNs`. */
function lengthFrom(times: Float64Array, firsts: readonly number[], timeNs: number): number {
  return firstIndex(0, firsts.length, i => times[firsts[i]] < timeNs);
}
