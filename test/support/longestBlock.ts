// How long the thread that runs a test was kept from everything else.

/** The longest time, in milliseconds, in which nothing else could have a turn while an act went on. */
export async function longestBlock(act: () => Promise<void>): Promise<number> {
  let longestMs = 0;
  let lastMs = performance.now();
  let isOver = false;
  const tick = (): void => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  await act();
  isOver = true;
  return Math.max(longestMs, performance.now() - lastMs);
}
