// The one binary search, against a search from the beginning.
import { strictEqual } from 'node:assert/strict';
import { Random } from '../../src/core/random';
import { firstIndex } from '../../src/core/search';

describe('the first index at which something holds', () => {
  it('is what a search from the beginning finds, in any list in order', () => {
    const random = new Random(1);
    const below = (limit: number): number => Math.floor(random.next() * limit);
    for (let round = 0; round < 2_000; round++) {
      const values = Array.from({ length: below(40) }, () => below(30)).sort((a, b) => a - b);
      const from = below(values.length + 1);
      const to = from + below(values.length - from + 1);
      const wanted = below(32) - 1;
      let expected = from;
      while (expected < to && values[expected] < wanted) expected++;
      strictEqual(
        firstIndex(from, to, i => values[i] >= wanted),
        expected,
        `${wanted} in ${values.join()} from ${from} to ${to}`,
      );
    }
  });

  it('is the end where it never holds, and the beginning where it always does', () => {
    strictEqual(
      firstIndex(3, 9, () => false),
      9,
    );
    strictEqual(
      firstIndex(3, 9, () => true),
      3,
    );
    strictEqual(
      firstIndex(5, 5, () => true),
      5,
    );
  });

  it('asks about no more places than halving needs', () => {
    let asked = 0;
    firstIndex(0, 1_000_000, i => {
      asked++;
      return i >= 777_777;
    });
    strictEqual(asked <= 20, true);
  });
});
