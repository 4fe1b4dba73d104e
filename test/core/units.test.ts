// Times as people write and read them.

import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatShare,
  parseDuration,
} from '../../src/core/units';

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

  it('prints how long ago something was in the unit in which people say it', () => {
    const seconds = [0, 4.9, 5, 59, 61, 3599, 3600, 86_399, 86_400, 400_000];
    deepStrictEqual(
      seconds.map(s => formatAgo(s * 1e9)),
      [
        ...['just now', 'just now', '5 s ago', '59 s ago', '1 min ago', '59 min ago'],
        ...['1 h ago', '23 h ago', '1 day ago', '4 days ago'],
      ],
    );
  });

  it('prints sizes of files in three digits', () => {
    deepStrictEqual([0, 999, 64_000, 1_440_000, 2 ** 31, 5e13].map(formatBytes), [
      ...['0 B', '999 B', '64 kB', '1.44 MB', '2.15 GB', '50000 GB'],
    ]);
  });
});
