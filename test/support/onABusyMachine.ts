// Claims about measurements that other work on the machine can spoil.
import assert from 'node:assert/strict';
import fs from 'node:fs';

/**
 * Measures and checks anew, up to three times, while the claim does not hold: what is wrong in the code comes out every
 * time, what the rest of the machine disturbed does not. Only for what is measured in time; never for counts that are
 * exact. Errors other than failed assertions are passed on at once. The last lines of a run count and name the tests that
 * passed only at a later try.
 */
export async function unlessDisturbed<T>(measureAndCheck: () => Promise<T>): Promise<T> {
  for (let attemptsLeft = 2; ; attemptsLeft--) {
    try {
      return await measureAndCheck();
    } catch (error) {
      if (attemptsLeft === 0 || !(error instanceof assert.AssertionError)) throw error;
      noteSecondTry(error.message);
    }
  }
}

/** Tells the run that the test that runs now tries again, and why. */
export function noteSecondTry(why: string): void {
  const reason = (why.split('\n', 1)[0] ?? '').slice(0, 120);
  console.log(`        tried again: ${reason}`);
  const results = process.env.GIL_SCOPE_RESULTS;
  if (results !== undefined)
    fs.appendFileSync(results, `${JSON.stringify({ kind: 'again', reason })}\n`);
}
