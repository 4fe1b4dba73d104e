// How many times as fast one run is as another, and how that is written.

import type { Nanoseconds } from '../units';

/** `2.5` for 2.5 times as fast; undefined if either has no length. */
export function speedUpOf(baselineNs: Nanoseconds, wallNs: Nanoseconds): number | undefined {
  return baselineNs > 0 && wallNs > 0 ? baselineNs / wallNs : undefined;
}

/** `2.5×`; two digits below 10, none above 100. */
export function formatTimes(factor: number): string {
  if (factor >= 99.5) return `${Math.round(factor)}×`;
  return `${factor >= 9.95 || factor >= 1.05 || factor > 0.95 ? factor.toFixed(1) : factor.toFixed(2)}×`;
}
