// The race on a reference count: what single schedules do, and what all schedules together do.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findBadSchedule } from '../../../src/core/refcounts/interleavings';
import {
  beginning,
  nextInstruction,
  replay,
  type RaceState,
} from '../../../src/core/refcounts/refcountRace';
import { tellMoment } from '../../../src/core/refcounts/raceStory';
import { raceScenario, type RaceSetting } from '../../../src/core/refcounts/raceScenario';
import {
  COUNTING_METHODS,
  countingMethod,
  describeCounting,
  PYTHON_LOST_UPDATES,
  PYTHON_VERSIONS,
  type CountingResult,
} from '../../../src/core/refcounts/refcounts';

const BORROW: RaceSetting = { work: 'borrow', protection: 'none', threads: 2 };

/** `count/references`, an `f` if freed, and what went wrong. */
function show({ count, references, freed, problem }: RaceState): string {
  return `${count}/${references}${freed ? 'f' : ''}${problem === undefined ? '' : ` ${problem}`}`;
}

describe('two threads and one reference count', () => {
  it('are right when one comes after the other', () => {
    const scenario = raceScenario({ ...BORROW, work: 'countUp' });
    // 1 at the beginning; load, add, store of one thread make 2, of the other 3.
    assert.deepEqual(replay(scenario, [0, 0, 0, 1, 1, 1]).map(show), [
      '1/1',
      '1/1',
      '1/1',
      '2/2',
      '2/2',
      '2/2',
      '3/3',
    ]);
  });

  it('lose an update when both load before either stores', () => {
    const scenario = raceScenario({ ...BORROW, work: 'countUp' });
    // Both load 1, both store 2: two references more, one counted.
    assert.deepEqual(replay(scenario, [0, 1, 0, 1, 0, 1]).map(show), [
      '1/1',
      '1/1',
      '1/1',
      '1/1',
      '1/1',
      '2/2',
      '2/3 wrong count',
    ]);
  });

  it('can be stepped back: a shorter schedule gives the same states', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 16 }), schedule => {
        const scenario = raceScenario(BORROW);
        const states = replay(scenario, schedule);
        for (let length = 0; length < states.length; length++) {
          assert.deepEqual(
            replay(scenario, schedule.slice(0, length)),
            states.slice(0, length + 1),
          );
        }
      }),
    );
  });

  it('cannot take a lock that the other has, nor go on after their end', () => {
    const scenario = raceScenario({ ...BORROW, work: 'countUp', protection: 'object-lock' });
    const [, taken] = replay(scenario, [0]);
    assert.equal(nextInstruction(scenario, taken, 1), undefined);
    assert.equal(nextInstruction(scenario, taken, 0)?.kind, 'load');
    assert.equal(replay(scenario, [0, 1, 0]).length, 2); // the second entry is not possible
    const atEnd = replay(scenario, [0, 0, 0, 0, 0, 0]).at(-1) ?? beginning(scenario);
    assert.equal(atEnd.threads[0].next, 5); // take, load, add, store, give
  });
});

describe('the search over all schedules', () => {
  it('finds the shortest way to free an object that is in use', () => {
    const scenario = raceScenario(BORROW);
    const found = findBadSchedule(scenario);
    assert.ok(found.kind === 'found' && found.problem === 'freed in use');
    // Both make a reference, 3 steps each, with an update lost: the count is 2, the references are 3. Both use the
    // object (1 + 1) and drop theirs: load, add, store of the one (3) make the count 1, those of the other make it 0,
    // and its check (3 + 1) frees what somebody else still has: 3 + 3 + 1 + 1 + 3 + 4 = 15.
    assert.equal(found.schedule.length, 15);
    assert.equal(replay(scenario, found.schedule).at(-1)?.problem, found.problem);
  });

  it('finds a lost decrement that keeps an object for ever', () => {
    const scenario = raceScenario({ ...BORROW, work: 'giveBack' });
    const found = findBadSchedule(scenario);
    // Both load 2, both store 1, neither finds 0: 4 steps each.
    assert.ok(found.kind === 'found' && found.problem === 'never freed');
    assert.equal(found.schedule.length, 8);
  });

  it('finds a schedule with as few switches as its length allows', () => {
    const found = findBadSchedule(raceScenario({ ...BORROW, work: 'countUp' }));
    assert.ok(found.kind === 'found');
    // Six steps; one thread in the middle of the other: two switches do.
    assert.equal(found.schedule.length, 6);
    const switches = found.schedule.filter(
      (thread, i) => i > 0 && thread !== found.schedule[i - 1],
    );
    assert.equal(switches.length, 2);
  });

  for (const protection of ['gil', 'object-lock', 'atomic', 'biased', 'around'] as const) {
    for (const work of ['borrow', 'giveBack', 'countUp'] as const) {
      it(`shows that there is no bad schedule (${protection}, ${work}), with two threads up to three rounds, with three up to two`, () => {
        for (const [threads, rounds] of [
          [2, 1],
          [2, 3],
          [3, 1],
          [3, 2],
        ]) {
          const found = findBadSchedule(raceScenario({ work, protection, threads, rounds }));
          assert.ok(found.kind === 'none', `${threads} threads, ${rounds} rounds`);
          assert.ok(found.scheduleCount > 1);
        }
      });
    }
  }

  it('counts every schedule once', () => {
    // Two atomic additions have 2 orders; two programs of three steps have 6! / (3! 3!) = 20.
    const atomic = findBadSchedule(
      raceScenario({ ...BORROW, work: 'countUp', protection: 'atomic' }),
    );
    assert.ok(atomic.kind === 'none');
    assert.equal(atomic.scheduleCount, 2);
    const locked = findBadSchedule(
      raceScenario({ ...BORROW, work: 'countUp', protection: 'object-lock' }),
    );
    // Who takes the lock first keeps it for its five steps; the other has none it could take meanwhile.
    assert.ok(locked.kind === 'none');
    assert.equal(locked.scheduleCount, 2);
  });

  it('finds that x += 1 loses an addition up to 3.9 and without a GIL, and none since 3.10', () => {
    const searched = (protection: 'none' | 'gil' | 'gil-up-to-3.9') =>
      findBadSchedule(raceScenario({ ...BORROW, work: 'plainAdd', protection }));
    assert.equal(searched('gil').kind, 'none');
    for (const protection of ['none', 'gil-up-to-3.9'] as const) {
      const found = searched(protection);
      assert.ok(found.kind === 'found' && found.problem === 'wrong count');
      // load, add, store in each of two threads; up to 3.9 the GIL is taken and given back around each.
      assert.equal(found.schedule.length, protection === 'none' ? 6 : 18);
    }
  });

  it('names the store that loses the addition, also where the lock was given away before it', () => {
    const scenario = raceScenario({ ...BORROW, work: 'plainAdd', protection: 'gil-up-to-3.9' });
    // Thread 2 loads (take, load, give), thread 1 does all of its nine steps, thread 2 adds and stores.
    const schedule = [1, 1, 1, ...Array.from({ length: 9 }, () => 0), 1, 1, 1, 1, 1];
    const { kind, sentence } = tellMoment(scenario, schedule, replay(scenario, schedule));
    assert.equal(kind, 'lost');
    assert.match(sentence, /^Thread 2 stores 2\. Lost update/);
  });

  it('finds that a lock around each half does not protect the whole', () => {
    const found = findBadSchedule(
      raceScenario({ ...BORROW, work: 'callBetween', protection: 'object-lock' }),
    );
    assert.ok(found.kind === 'found' && found.problem === 'wrong count');
    // take, load, give and take, add, store, give: 7 steps each, all of them, since only the end shows it.
    assert.equal(found.schedule.length, 14);
  });

  it('agrees with trying every schedule of two short programs by hand', () => {
    const scenario = raceScenario({ ...BORROW, work: 'giveBack' });
    const found = findBadSchedule(scenario);
    let shortest = Infinity;
    for (let bits = 0; bits < 1 << 8; bits++) {
      const schedule = Array.from({ length: 8 }, (_, i) => (bits >> i) & 1);
      const at = replay(scenario, schedule).findIndex(({ problem }) => problem !== undefined);
      if (at >= 0) shortest = Math.min(shortest, at);
    }
    assert.ok(found.kind === 'found');
    assert.equal(found.schedule.length, shortest);
  });

  it('says so when there are too many states to look at', () => {
    const setting = { work: 'borrow', protection: 'object-lock', threads: 3, rounds: 3 } as const;
    assert.equal(findBadSchedule(raceScenario(setting), 100).kind, 'cut off');
  });
});

describe('the words of the lesson', () => {
  const lucky: CountingResult = {
    method: 'none',
    threadCount: 2,
    updateCount: 1_000,
    lostCount: 0,
    objectCount: 10,
    freedInUseCount: 0,
    neverFreedCount: 0,
    nsPerUpdateAlone: 2,
    nsPerUpdateTogether: 9,
  };

  it('do not call a lucky run without a lock safe', () => {
    assert.match(describeCounting(lucky), /None of 1,000 updates was lost\. That proves nothing/);
    assert.doesNotMatch(describeCounting({ ...lucky, method: 'atomic' }), /proves nothing/);
  });

  it('say what was lost, freed and kept', () => {
    assert.equal(
      describeCounting({ ...lucky, lostCount: 400, freedInUseCount: 3, neverFreedCount: 5 }),
      '400 of 1,000 updates were lost. Of 10 objects 3 were freed while in use and 5 were never freed. ' +
        'One update took 2 ns alone and 9 ns with 2 threads at it.',
    );
  });

  it('know every method, and only one that is not safe', () => {
    assert.deepEqual(
      COUNTING_METHODS.filter(({ safe }) => !safe).map(({ name }) => name),
      ['none'],
    );
    for (const { name } of COUNTING_METHODS) assert.equal(countingMethod(name).name, name);
  });

  it('do not repeat the book: a plain x += 1 was not seen to lose anything since 3.10', () => {
    const losing = (statement: string): readonly string[] => {
      const row = PYTHON_LOST_UPDATES.find(one => one.statement === statement);
      return PYTHON_VERSIONS.filter((_, i) => (row?.lost[i][1] ?? 0) > 0);
    };
    assert.deepEqual(losing('x += 1'), ['2.7', '3.8, 3.9']);
    assert.deepEqual(losing('c.v = c.get() + 1'), ['2.7', '3.8, 3.9', '3.10']);
    assert.deepEqual(losing('v = c.v; f(); c.v = v + 1'), PYTHON_VERSIONS);
  });
});
