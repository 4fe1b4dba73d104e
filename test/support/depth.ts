// How much a run of the tests does: a sample, which `npm test` takes, or the whole, which `npm test -- --deep` takes.
//
//     fc.assert(property, { numRuns: pick(10_000, 1_000) });   // the whole first, then the sample
//     for (const program of pick(all, someOf(all, 30))) …      // a sample is drawn with a seed: every run draws the same
//     if (!deep) skip(this, 'soak tests run with `npm test -- --deep`');
//
// `npm test -- --deep` sets GIL_SCOPE_DEEP=1; to look at one file in depth, set it yourself.

/** Whether the whole is asked for. */
export const deep = process.env.GIL_SCOPE_DEEP === '1';

/** The first of two values in a deep run, otherwise the second. */
export function pick<T>(full: T, sample: T): T {
  return deep ? full : sample;
}

/** `count` of the items in their order, always the same ones. Any share of them may be among the chosen. */
export function someOf<T>(items: readonly T[], count: number, seed = 13): readonly T[] {
  let state = seed;
  const drawn = items.map((item, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return { item, index, rank: state };
  });
  return drawn
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ item }) => item);
}
