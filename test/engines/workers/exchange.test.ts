// Queues, conditions and objects between real threads and processes.

import assert from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import type { Program, Step } from '../../../src/core/model/program';
import { EventKind } from '../../../src/core/model/trace';
import { validateTrace } from '../../../src/core/model/validateTrace';
import {
  block,
  compute,
  eventsOf,
  lock,
  marksOf,
  programOf,
  repeat,
  runReally,
  startAndJoin,
  timesOf,
  unlock,
} from './realRuns';
import { makeEngine } from './workersBundle';

const RUNTIMES = ['gil', 'processes', 'free-threaded'];

const put = (queue: number, tasks = 1, bytes = 0): Step => ({
  kind: 'put',
  queue,
  tasks,
  at: 1,
  ...(bytes > 0 ? { sends: { bytes, content: 'bytes' } } : {}),
});
const get = (queue: number): Step => ({ kind: 'get', queue, at: 2 });
const close = (queue: number): Step => ({ kind: 'close', queue, at: 1 });
const forEach = (queue: number, ...body: Step[]): Step => ({ kind: 'forEach', queue, body, at: 2 });
const wait = (condition: number): Step => ({ kind: 'wait', condition, at: 3 });
const notify = (condition: number, all = false): Step => ({
  kind: 'notify',
  condition,
  all,
  at: 3,
});

function withTools(program: Program): Program {
  return {
    ...program,
    conditions: [{ name: 'changed', lock: 0 }],
    queues: [
      { name: 'tasks', capacity: 0 },
      { name: 'narrow', capacity: 1 },
    ],
    objects: ['total'],
  };
}

describe('real threads that hand things to one another', function () {
  this.timeout(20_000);
  let made: Awaited<ReturnType<typeof makeEngine>>;
  before(async () => {
    made = await makeEngine();
  });
  after(() => made.dispose());

  for (const runtime of RUNTIMES) {
    it(`do every task of a queue once (${runtime})`, async () => {
      const worker = [forEach(0, compute(1))];
      const producer = [put(0, 5), put(0, 3, 100_000), put(0, 4), close(0), close(0)];
      const { trace, report, sentence } = await runReally(
        made.engine,
        withTools(startAndJoin(worker, worker, producer)),
        { runtime },
      );
      assert.equal(sentence, '');
      assert.equal(validateTrace(trace), undefined);
      assert.deepEqual(marksOf(trace), []);
      // 5 + 3 + 4 tasks of 1 ms, however the two workers share them.
      const turns = report?.results.map(result => result?.turns ?? NaN) ?? [];
      const oneTask = await runReally(made.engine, programOf([compute(1)]));
      assert.equal(turns[1] + turns[2], 12 * (oneTask.report?.results[0]?.turns ?? 0));
    });

    it(`wait for space and for items, and show it (${runtime})`, async () => {
      const { trace, sentence } = await runReally(
        made.engine,
        withTools(
          startAndJoin([repeat(4, put(1)), block(5), put(1)], [repeat(5, block(2), get(1))]),
        ),
        { runtime },
      );
      assert.equal(sentence, '');
      assert.equal(trace.done, true);
      const narrow = trace.locks.findIndex(({ name }) => name === 'narrow');
      const asked = eventsOf(trace).filter(
        ({ kind, lock: index }) => kind === EventKind.request && index === narrow,
      );
      assert.ok(asked.length > 0, 'four items do not fit into a queue for one');
      const waitedNs = [1, 2].reduce(
        (sum, lane) => sum + timesOf(trace, lane)[LaneState.waitingForLock],
        0,
      );
      assert.ok(waitedNs > 0);
    });

    it(`go on when they are notified, with the lock in their hands again (${runtime})`, async () => {
      const waiter = [lock(0), wait(0), compute(1), unlock(0)];
      // Both waiters begin long before the notifier has slept; a late one would wait for ever.
      const pauseMs = runtime === 'processes' ? 2_500 : 300;
      const notifier = [block(pauseMs), lock(0), notify(0, true), unlock(0)];
      const { trace, sentence } = await runReally(
        made.engine,
        withTools(startAndJoin(waiter, waiter, notifier)),
        { runtime },
      );
      assert.equal(sentence, '');
      assert.deepEqual(marksOf(trace), []);
      const first = trace.locks.findIndex(({ name }) => name === 'first');
      let holder = -1;
      for (const { kind, lane, lock: index } of eventsOf(trace)) {
        if (index !== first || kind > EventKind.release) continue;
        if (kind === EventKind.acquire) {
          assert.equal(holder, -1);
          holder = lane;
        } else if (kind === EventKind.release) {
          assert.equal(lane, holder);
          holder = -1;
        }
      }
      // Each waiter takes the lock twice, the notifier once.
      const taken = eventsOf(trace).filter(
        ({ kind, lock: index }) => kind === EventKind.acquire && index === first,
      );
      assert.equal(taken.length, 5);
    });

    it(`end with Python's error when they have no right to wait or notify (${runtime})`, async () => {
      const { trace } = await runReally(
        made.engine,
        withTools(startAndJoin([wait(0)], [notify(0)])),
        { runtime },
      );
      assert.deepEqual(marksOf(trace).sort(), [
        'RuntimeError: cannot notify on un-acquired lock',
        'RuntimeError: cannot wait on un-acquired lock',
      ]);
    });
  }

  it('say what they wait for when nothing can come any more', async () => {
    const { trace } = await runReally(made.engine, withTools(startAndJoin([get(0)])));
    assert.match(marksOf(trace).at(-1) ?? '', /T1 waits for tasks\.$/);
  });

  it('contend for a shared object only where there is no GIL', async () => {
    const shared: Step = { kind: 'compute', ns: 10e6, at: 1, touches: { object: 0, share: 0.5 } };
    const program = withTools(startAndJoin([shared], [shared]));
    const free = await runReally(made.engine, program, { runtime: 'free-threaded' });
    const object = free.trace.locks.findIndex(({ name }) => name === 'total');
    // 10 ms in grains of 1 ms, each with one turn at the object, in two threads.
    const turns = eventsOf(free.trace).filter(
      ({ kind, lock: index }) => kind === EventKind.acquire && index === object,
    );
    assert.equal(turns.length, 20);
    const gil = await runReally(made.engine, program);
    assert.equal(
      gil.trace.locks.findIndex(({ name }) => name === 'total'),
      -1,
    );
    assert.equal(gil.report?.results[1]?.turns, gil.report?.results[2]?.turns);
  });

  it('refuse to send more than fits', () => {
    const program = withTools(startAndJoin([put(0, 1, 2 ** 27)]));
    const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
    assert.throws(
      () =>
        made.engine.start(
          { program, runtime: 'processes', conditions },
          new AbortController().signal,
        ),
      /sends 134217728 bytes at once/,
    );
  });
});
