// What is missing of a trace is said with its verdict.

import { match, strictEqual } from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import { verdictOf } from '../../../src/core/insight/verdict';
import { lanesOf, partlySeen } from '../../support/oddTraces';

describe('the verdict on a trace that is not whole', () => {
  it('counts the events that were lost, and how much was not observed', () => {
    // A: 5 ms of 20, B: 10 ms of 20, of four lanes in all: 15 of 80 ms.
    match(
      verdictOf(partlySeen()).sentence,
      / 1,234 hand-offs were counted but not seen: there may have been more waits and hand-offs\. 15 ms, 19 % of the threads’ time, was not observed\.$/,
    );
  });

  it('speaks of one event as of one', () => {
    const trace = lanesOf([LaneState.blocked]);
    trace.countDropped(1);
    match(verdictOf(trace).sentence, / 1 event was lost: /);
  });

  it('says nothing of it where nothing is missing', () => {
    strictEqual(/lost|observed/.test(verdictOf(lanesOf([LaneState.blocked])).sentence), false);
  });

  it('claims nothing where nothing happened', () => {
    for (const trace of [lanesOf([]), lanesOf([LaneState.notStarted])])
      strictEqual(verdictOf(trace).sentence, 'No thread did anything in this run.');
  });
});
