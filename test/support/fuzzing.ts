// How many damaged inputs a reader is given: enough to notice a slip in the tests, as many as wanted in a long run.

/** Inputs for each reader; the variable GIL_SCOPE_FUZZ asks for another number. */
export function fuzzRuns(usual = 20_000): number {
  const wanted = Number(process.env.GIL_SCOPE_FUZZ ?? '');
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : usual;
}
