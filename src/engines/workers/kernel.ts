// Work for a core: a loop whose every turn needs the result of the one before, so that no compiler can drop it.

/** One turn is one step of a linear congruential generator; the result is a checksum of all turns before. */
export function spin(seed: number, turns: number): number {
  let x = seed;
  for (let i = 0; i < turns; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return x;
}

/** Every thread's checksum begins here. */
export const FIRST_SEED = 1;

/** How many samples a calibration takes, and how many turns each has (some 100 µs). */
const SAMPLES = 60;
const SAMPLE_TURNS = 100_000;

/** Has the loop compiled in this thread: call before work whose time matters. Takes about a millisecond. */
export function warmUp(): number {
  let x = FIRST_SEED;
  for (let i = 0; i < 400; i++) x = spin(x, 2_000);
  return x;
}

/**
 * Turns per nanosecond on this machine. The fastest of many short samples: whatever else runs can only slow one down.
 * Takes about ten milliseconds.
 */
export function calibrate(): number {
  let x = warmUp();
  let fastestNs = Infinity;
  for (let i = 0; i < SAMPLES; i++) {
    const before = process.hrtime();
    x = spin(x, SAMPLE_TURNS);
    const [seconds, nanoseconds] = process.hrtime(before);
    fastestNs = Math.min(fastestNs, seconds * 1e9 + nanoseconds);
  }
  // The checksum is never -0: reading it keeps the loop alive.
  return Object.is(x, -0) ? 0 : SAMPLE_TURNS / fastestNs;
}
