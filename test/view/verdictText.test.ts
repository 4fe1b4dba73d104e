// The sentence above the runs.

import assert from 'node:assert/strict';
import { simulate } from '../../src/core/machine';
import { verdictText } from '../../webview/verdictText';
import { program } from '../support/stories';

/** What is said of a program under several runtimes, the first of which is the baseline. */
function textOf(text: string, ...runtimes: readonly string[]): string {
  const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
  const limits = { durationNs: 10e9 };
  return verdictText(
    runtimes.map((runtime, id) => ({
      id,
      trace: simulate({ program: program(text), runtime, conditions, limits }),
      version: 1,
      outcome: 'complete' as const,
      sentence: '',
    })),
  );
}

describe('the sentence above the runs', () => {
  it('compares how long the same work took', () => {
    const text = textOf('A  compute 900ms\nB  compute 900ms', 'gil', 'processes');
    assert.match(text, /Multiprocessing does the same work in 9\d\d ms, 1\.9\d?× faster\.$/);
  });

  it('does not compare the duration of runs that got stuck or were cut off', () => {
    const stuck = 'A  lock L · compute 20ms · lock M\nB  lock M · compute 20ms · lock L';
    const text = textOf(stuck, 'gil', 'processes');
    assert.match(text, /^Deadlock: .* Multiprocessing does not come to its end either\. /);
    const endless = textOf('A  repeat Infinity (sleep 1s)', 'gil', 'free-threaded');
    assert.match(endless, /Free-threaded does not come to its end either\.$/);
  });
});
