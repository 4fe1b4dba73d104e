// What was lost is said in the same words everywhere.
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { lossClause, lossRows, lossText } from '../../../src/core/insight/losses';
import type { TraceHeader } from '../../../src/core/model/trace';
import { EXACT_HEADER } from '../../support/traces';

function losing(engine: TraceHeader['engine'], droppedCount: number) {
  return { header: { ...EXACT_HEADER, engine }, droppedCount };
}

describe('what was lost', () => {
  it('of a recording are hand-offs that were counted but not seen, in each place', () => {
    const trace = losing('recorded', 1234);
    strictEqual(lossClause(trace), '1,234 hand-offs were counted but not seen');
    strictEqual(lossText(trace), '1,234 more hand-offs counted but not seen');
    deepStrictEqual(lossRows(trace), [['hand-offs not seen', '1,234']]);
  });

  it('of any other trace are events', () => {
    const trace = losing('workers', 1234);
    strictEqual(lossClause(trace), '1,234 events were lost');
    strictEqual(lossText(trace), '1,234 events lost');
    deepStrictEqual(lossRows(trace), [['events lost', '1,234']]);
  });

  it('has a singular', () => {
    strictEqual(lossClause(losing('recorded', 1)), '1 hand-off was counted but not seen');
    strictEqual(lossText(losing('recorded', 1)), '1 more hand-off counted but not seen');
    strictEqual(lossText(losing('simulated', 1)), '1 event lost');
  });

  it('is not mentioned where nothing was lost', () => {
    strictEqual(lossClause(losing('recorded', 0)), '');
    strictEqual(lossText(losing('recorded', 0)), '');
    deepStrictEqual(lossRows(losing('recorded', 0)), []);
  });
});
