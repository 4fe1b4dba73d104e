// The race on a reference count, on real threads.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { COUNTING_METHODS } from '../../../src/core/refcounts/refcounts';
import { skip } from '../../support/skip';
import { makeEngine } from './workersBundle';

const SIZES = { updates: 200_000, objects: 40, borrows: 1_000 };

describe('threads that change one reference count', function () {
  this.timeout(30_000);
  let made: Awaited<ReturnType<typeof makeEngine>>;
  const never = new AbortController().signal;
  before(async () => {
    made = await makeEngine();
  });
  after(() => made.dispose());

  for (const threads of [2, 3]) {
    it(`lose nothing and free nothing in use with any protection (${threads} threads)`, async () => {
      const { results, threadCount } = await made.engine.countReferences(threads, never, SIZES);
      assert.equal(threadCount, threads);
      assert.deepEqual(
        results.map(({ method }) => method),
        COUNTING_METHODS.map(({ name }) => name),
      );
      for (const result of results.filter(({ method }) => method !== 'none')) {
        const { method, lostCount, freedInUseCount, neverFreedCount } = result;
        assert.deepEqual([method, lostCount, freedInUseCount, neverFreedCount], [method, 0, 0, 0]);
        assert.ok(result.objectCount > 0 && result.objectCount <= SIZES.objects);
        assert.ok(result.updateCount >= threads * SIZES.updates);
        assert.ok(result.nsPerUpdateAlone > 0 && result.nsPerUpdateTogether > 0);
      }
    });
  }

  it('lose updates without protection', async function () {
    if (availableParallelism() < 2) skip(this, 'on one core the threads hardly meet');
    let lostCount = 0;
    // Each try lasts a few time slices: it is enough that one thread loses its core between load and store.
    for (let i = 0; i < 20 && lostCount === 0; i++) {
      const { results } = await made.engine.countReferences(4, never, {
        ...SIZES,
        updates: 1_000_000,
      });
      const [none] = results;
      assert.equal(none.method, 'none');
      assert.ok(none.lostCount < none.updateCount, 'the last one to write is always counted');
      lostCount += none.lostCount;
    }
    assert.ok(lostCount > 0);
  });

  it('stop with a sentence when they are told to', async () => {
    const abort = new AbortController();
    const endless = { ...SIZES, updates: 1_000_000_000 };
    const counting = made.engine.countReferences(2, abort.signal, endless);
    abort.abort();
    await assert.rejects(counting, {
      name: 'UserError',
      message: 'The threads were stopped before they had counted.',
    });
    const { results } = await made.engine.countReferences(2, never, SIZES);
    assert.equal(results.length, COUNTING_METHODS.length);
  });

  it('are refused with a sentence when there are too few or too many', async () => {
    for (const count of [1, 17, 2.5]) {
      await assert.rejects(made.engine.countReferences(count, never), {
        message: `The race cannot be run: expected 2 to 16 threads, got ${count}.`,
      });
    }
  });
});
