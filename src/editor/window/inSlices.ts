// Long work on the extension host: some milliseconds at a time, between which everything else has its turn.

/** How long one turn may take. */
const TURN_MS = 8;

/** Pulls slices to their end; undefined if what they were for is gone by then. */
export async function inSlices<Result>(
  slices: Generator<undefined, Result>,
  isStale: () => boolean,
): Promise<Result | undefined> {
  for (;;) {
    const untilMs = performance.now() + TURN_MS;
    let slice = slices.next();
    while (slice.done !== true && performance.now() < untilMs) slice = slices.next();
    if (slice.done === true) return isStale() ? undefined : slice.value;
    await nextTurn();
    if (isStale()) return undefined;
  }
}

/** Lets everything else have its turn. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
