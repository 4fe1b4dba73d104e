// Claims about measurements that other work on the machine can spoil.
import assert from 'node:assert/strict';

/**
 * Measures and checks anew, up to three times, while the claim does not hold: what is wrong in the code comes out every
 * time, what the rest of the machine disturbed does not. Only for what is measured in time; never for counts that are
 * exact. Errors other than failed assertions are passed on at once.
 */
export async function unlessDisturbed<T>(measureAndCheck: () => Promise<T>): Promise<T> {
  for (let attemptsLeft = 2; ; attemptsLeft--) {
    try {
      return await measureAndCheck();
    } catch (error) {
      if (attemptsLeft === 0 || !(error instanceof assert.AssertionError)) throw error;
    }
  }
}
