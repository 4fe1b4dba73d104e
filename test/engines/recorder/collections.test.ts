// Garbage collections of real interpreters, where their memory tells of them.
import assert from 'node:assert/strict';

import { EventKind, type Trace } from '../../../src/core/model/trace';
import { skip } from '../../support/skip';
import { findInterpreters } from './interpreters';
import { buildRecorder, recordProgram } from './recordings';

/** Names of the lanes with a mark of a collection, one for each mark. */
function collectors(trace: Trace): string[] {
  const { marks, lanes } = trace;
  const { kinds, lanes: actors, arguments: about } = trace.events;
  const found: string[] = [];
  for (let i = 0; i < trace.eventCount; i++) {
    const isMark = kinds[i] === EventKind.mark && marks[about[i]].kind === 'collection';
    if (isMark) found.push(lanes[actors[i]].name);
  }
  return found;
}

describe('garbage collections in a recording', function () {
  this.timeout(60_000);
  const telling = findInterpreters().filter(({ minor }) => minor >= 13);
  let recorder = '';
  before(function () {
    if (telling.length === 0) skip(this, 'no CPython 3.13 to 3.15 with a GIL was found');
    recorder = buildRecorder();
  });

  it('exist where an interpreter tells of them', () => {
    assert.ok(telling.length > 0);
  });

  for (const { path: python, version } of telling) {
    it(`of CPython ${version} are marked once each, at the thread that collects`, async () => {
      const { trace } = await recordProgram(recorder, python, 'collects.py');
      // Three of 0.2 s each, 0.2 s apart; one more, too short to be met as a rule, runs when the program ends.
      const found = collectors(trace);
      assert.equal(found.filter(name => name === 'collector').length, 3, found.join(', '));
      assert.ok(!found.includes('computer'), found.join(', '));
    });
  }
});
