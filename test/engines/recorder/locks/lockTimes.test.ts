// How long a lock was waited for and held, against what the program itself wrote down.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { holdsOf } from '../../../../src/core/insight/blame';
import { lockAccountsOf } from '../../../../src/core/insight/lockAccount';
import { unlessDisturbed } from '../../../support/onABusyMachine';
import { skip } from '../../../support/skip';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';
import { findInterpreters, someInterpreters } from '../interpreters';
import { buildRecorder, recordProgram } from '../recordings';

/** Of the waits that the program wrote down: a quiet machine stays within 5 %. */
const SLACK = 0.15;
/**
 * Of the holds: what was not seen is not claimed, so there may be less, never more. With CPython 3.8 a fifth is missing on a
 * machine with other work.
 */
const LEAST_HELD = 0.5;
const MOST_HELD = 1.05;
/** Where the recorder does not get to look, nobody can say who had a lock. */
const MOST_BLIND = 0.05;

describe('the times of a lock', function () {
  this.timeout(180_000);
  const interpreters = findInterpreters();
  const temporary = makeTemporaryFolder();
  let recorder = '';
  before(function () {
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found on this machine');
    recorder = buildRecorder();
  });
  after(() => temporary.dispose());

  it('are measured with some of the interpreters that were found', () => {
    assert.ok(someInterpreters(interpreters).length > 0);
  });

  for (const { path: python, version } of someInterpreters(interpreters))
    it(`in a recording of CPython ${version} are those that the program measures`, async function () {
      await unlessDisturbed(async () => {
        const file = path.join(temporary.folder, 'times');
        const { trace, result } = await recordProgram(recorder, python, 'lockTimes.py', {
          moreArgs: [file],
        });
        const [waited, held] = fs.readFileSync(file, 'utf8').split(' ').map(Number);
        const account = lockAccountsOf(trace).find(
          ({ lock }) => trace.locks[lock].name === 'shared',
        );
        assert.ok(account, 'nobody waited for the lock');
        const holds = holdsOf(trace)[account.lock];
        const heldNs = holds.starts.reduce((sum, start, i) => sum + holds.ends[i] - start, 0);
        const ratios = { waited: account.waitedNs / 1e9 / waited, held: heldNs / 1e9 / held };
        if (process.env.GIL_SCOPE_LOCK_LOOKS !== undefined)
          console.log(`      ${JSON.stringify(ratios)} ${result.blindShare}`);
        if (result.blindShare > MOST_BLIND)
          skip(
            this,
            `the recorder was kept from looking ${Math.round(100 * result.blindShare)} % of the time`,
          );
        const { waited: ofWaits, held: ofHolds } = ratios;
        assert.ok(Math.abs(ofWaits - 1) <= SLACK, `waited: ${ofWaits} of what was written down`);
        const isHeld = ofHolds >= LEAST_HELD && ofHolds <= MOST_HELD;
        assert.ok(isHeld, `held: ${ofHolds} of what was written down`);
      });
    });
});
