// What a sample of the tests is.
import assert from 'node:assert/strict';
import { pick, someOf } from './depth';

describe('the depth of a run', () => {
  const items = Array.from({ length: 173 }, (_, index) => index);

  it('draws the same sample every time, in order and without repeats', () => {
    const sample = someOf(items, 30);
    assert.deepEqual(someOf(items, 30), sample);
    assert.equal(new Set(sample).size, 30);
    assert.deepEqual(
      sample,
      [...sample].sort((a, b) => a - b),
    );
  });

  it('draws from the whole range, and another sample for another seed', () => {
    const sample = someOf(items, 30);
    assert.ok(sample.some(item => item < 60) && sample.some(item => item > 110));
    assert.notDeepEqual(someOf(items, 30, 14), sample);
  });

  it('takes all when there are no more', () => {
    assert.deepEqual(someOf([3, 1, 2], 5), [3, 1, 2]);
  });

  it('is deep if the environment says so', () => {
    assert.equal(pick('all', 'some'), process.env.GIL_SCOPE_DEEP === '1' ? 'all' : 'some');
  });
});
