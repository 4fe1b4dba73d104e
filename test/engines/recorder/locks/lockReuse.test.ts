// The name of a lock that is gone is never given to another one that came to lie at its address.
import assert from 'node:assert/strict';

import { blameOf } from '../../../../src/core/insight/blame';
import type { Trace } from '../../../../src/core/model/trace';
import { unlessDisturbed } from '../../../support/onABusyMachine';
import { skip } from '../../../support/skip';
import { findInterpreters } from '../interpreters';
import { buildRecorder, recordProgram } from '../recordings';

describe('the name of a lock', function () {
  this.timeout(180_000);
  const interpreters = findInterpreters();
  let recorder = '';
  before(function () {
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found on this machine');
    recorder = buildRecorder();
  });

  it('is asked of every interpreter that was found', () => {
    assert.ok(interpreters.length > 0);
  });

  for (const { path: python, version } of interpreters)
    it(`in CPython ${version} is that of the lock that lies there now`, () =>
      unlessDisturbed(async () => {
        const { trace } = await recordProgram(recorder, python, 'lockReuse.py');
        assert.deepEqual(namesFor(trace, 'alpha'), ['alpha']);
        assert.deepEqual(namesFor(trace, 'beta'), ['beta']);
        // Two names lead to one lock: it keeps the one that it was seen under first.
        assert.deepEqual(namesFor(trace, 'want_one'), ['one']);
        assert.deepEqual(namesFor(trace, 'want_two'), ['one']);
        assert.equal(trace.locks.filter(({ name }) => name === 'one').length, 1);
        assert.deepEqual(namesFor(trace, 'walker'), ['far', 'near']);
      }));
});

/** The names of the locks that threads of this name waited for; those of the library have none. */
function namesFor(trace: Trace, thread: string): readonly string[] {
  const rows = blameOf(trace).filter(
    ({ victim, lock }) =>
      lock >= 0 &&
      trace.locks[lock].kind === 'lock' &&
      trace.lanes[victim].name.replace(/ .*$/, '') === thread,
  );
  const names = rows.map(({ lock }) => trace.locks[lock].name);
  return [...new Set(names)].filter(name => !name.includes(' at 0x')).sort();
}
