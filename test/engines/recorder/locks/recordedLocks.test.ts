// Locks of the program in recordings of real interpreters: their names, who had them, and what that means.
import assert from 'node:assert/strict';

import { blameOf, NOBODY } from '../../../../src/core/insight/blame';
import { lockChainsOf } from '../../../../src/core/insight/chain';
import { deadlocksOf } from '../../../../src/core/insight/deadlock';
import { findingsOf } from '../../../../src/core/insight/findings/findings';
import { findingText } from '../../../../src/core/insight/findings/findingText';
import { LaneState } from '../../../../src/core/model/lanes';
import { skip } from '../../../support/skip';
import { findInterpreters } from '../interpreters';
import { buildRecorder, laneNamed, recordProgram } from '../recordings';
import { unlessDisturbed } from '../../../support/onABusyMachine';

describe('locks in a recording', function () {
  this.timeout(120_000);
  const interpreters = findInterpreters();
  let recorder = '';
  before(function () {
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found on this machine');
    recorder = buildRecorder();
  });

  it('are recorded with every interpreter that was found', () => {
    assert.ok(interpreters.length > 0);
  });

  for (const { path: python, version } of interpreters) {
    it(`of CPython ${version} have their names, and their holders where memory tells of them`, async () => {
      await unlessDisturbed(async () => {
        const { trace } = await recordProgram(recorder, python, 'heldLock.py');
        const rows = blameOf(trace).filter(
          ({ lock }) => lock >= 0 && trace.locks[lock].kind === 'lock',
        );
        const of = (lock: string, victim: string) =>
          rows.filter(
            row => trace.locks[row.lock].name === lock && row.victim === laneNamed(trace, victim),
          );
        const shared = of('shared', 'quick');
        const sum = (some: typeof rows): number => some.reduce((ns, row) => ns + row.ns, 0);
        assert.ok(sum(shared) > 0, 'nobody waited for the lock');
        // On a busy machine not every wait is looked into; those that are know who it was.
        const known = shared.filter(row => row.culprit !== NOBODY);
        assert.equal(known.at(0)?.culprit, laneNamed(trace, 'slow'));
        // A lock that was taken by acquire() is waited for, and nobody is accused.
        const hidden = of('hidden', 'hopeful');
        assert.ok(sum(hidden) > 0);
        assert.deepEqual([...new Set(hidden.map(row => row.culprit))], [NOBODY]);
        // The holder slept meanwhile: that is where the chain ends.
        const chain = lockChainsOf(trace).find(({ links }) => links.length > 0);
        assert.equal(chain?.links[0].state, LaneState.blocked);
      });
    });

    it(`of CPython ${version} that two threads take in two orders are a deadlock`, async () => {
      const { trace } = await recordProgram(recorder, python, 'deadlock.py');
      const deadlock = deadlocksOf(trace).at(0);
      assert.ok(deadlock, 'no deadlock was found');
      const edges = deadlock.circle.map(
        ({ lane, next, lock }) =>
          `${trace.lanes[lane].name} ${trace.locks[lock].name} ${trace.lanes[next].name}`,
      );
      assert.deepEqual(edges.sort(), ['one second other', 'other first one']);
      const [headline] = findingsOf(trace);
      assert.equal(headline.kind, 'deadlock');
      assert.match(findingText(headline, trace), /^A deadlock, almost surely: /);
    });
  }
});
