// Skipping a test, which has to say why.
import Mocha from 'mocha';

/**
 * Skips this test, or from a `before` hook all tests of its suite, and notes why for the summary. A test that is
 * skipped in any other way counts as failed.
 */
export function skip(context: Mocha.Context, reason: string): never {
  const runnable = context.test;
  const owner = runnable instanceof Mocha.Hook ? runnable.parent : runnable;
  Object.assign(owner ?? {}, { skipReason: reason });
  return context.skip();
}
