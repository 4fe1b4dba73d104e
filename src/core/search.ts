// Binary search, once.

/**
 * The first index of `from` to `to` at which `holds` is true; `to` if there is none. Once true it must stay true.
 * In lists that are in order: `firstIndex(0, times.length, i => times[i] > now)`.
 */
export function firstIndex(from: number, to: number, holds: (index: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
