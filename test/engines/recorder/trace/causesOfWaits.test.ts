// Real interpreters: why threads wait, in a program whose threads are named after what they wait for.
import assert from 'node:assert/strict';

import { LaneState } from '../../../../src/core/model/lanes';
import { unlessDisturbed } from '../../../support/onABusyMachine';
import { skip } from '../../../support/skip';
import { findInterpreters } from '../interpreters';
import {
  buildRecorder,
  describeLane,
  recordProgram,
  timePerState,
  type Finished,
} from '../recordings';

const STATES: readonly (readonly [RegExp, number])[] = [
  [/^idle /, LaneState.idle],
  [/^lock /, LaneState.waitingForLock],
  [/^process /, LaneState.waitingForProcess],
  [/^blocked /, LaneState.blocked],
];
/** What a thread can be found to wait for. */
const WAITS = STATES.map(([, state]) => state);

describe('the cause of a wait', function () {
  this.timeout(60_000);
  const interpreters = findInterpreters();
  let recorder = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found');
    recorder = buildRecorder();
  });

  for (const { path: python, version } of interpreters) {
    it(`is told by call and frames (CPython ${version})`, async () => {
      // A thread whose name could not be read on a busy machine, and shares of waits, are measured in time.
      await unlessDisturbed(async () => {
        const finished = await recordProgram(recorder, python, 'waits.py');
        const named = finished.trace.lanes.flatMap(({ name, process }, lane) =>
          STATES.some(([pattern]) => pattern.test(name)) && process === 0 ? [lane] : [],
        );
        assert.equal(named.length, 23, finished.trace.lanes.map(({ name }) => name).join(', '));
        for (const lane of named) assertWaitsAsNamed(finished, lane);
        assertServiceThreadsAreIdle(finished);
        assertChildrenWaitForWork(finished);
      });
    });
  }
});

/** Of all the waits of a lane, nearly all are what its name says. */
function assertWaitsAsNamed({ trace }: Finished, lane: number): void {
  const expected = STATES.find(([pattern]) => pattern.test(trace.lanes[lane].name))?.[1] ?? -1;
  assert.ok(shareOfWaits(trace, lane, expected) > 0.9, describeLane(trace, lane));
}

function shareOfWaits(trace: Finished['trace'], lane: number, state: number): number {
  const times = timePerState(trace, lane);
  const waited = WAITS.reduce((sum, other) => sum + times[other], 0);
  assert.ok(waited > 0, describeLane(trace, lane));
  return times[state] / waited;
}

/** The threads that a pool starts for itself, and its workers. */
function assertServiceThreadsAreIdle({ trace }: Finished): void {
  const service = trace.lanes.flatMap(({ name }, lane) =>
    /_handle_(workers|tasks|results)|^pool_1$/.test(name) ? [lane] : [],
  );
  assert.ok(service.length >= 1, trace.lanes.map(({ name }) => name).join(', '));
  for (const lane of service) {
    assert.ok(shareOfWaits(trace, lane, LaneState.idle) > 0.9, describeLane(trace, lane));
  }
}

/** One child takes from a queue, one from a pipe, one sleeps for a pool. Those that were found in time say so. */
function assertChildrenWaitForWork({ trace }: Finished): void {
  const waits = (state: number): number =>
    trace.lanes.filter(
      ({ process, main }, lane) => process > 0 && main && timePerState(trace, lane)[state] > 1e8,
    ).length;
  const all = trace.lanes.map((_, lane) => describeLane(trace, lane)).join('\n');
  assert.ok(waits(LaneState.idle) >= 1, all);
  const childCount = trace.lanes.filter(({ process, main }) => process > 0 && main).length;
  assert.ok(childCount < 3 || waits(LaneState.waitingForProcess) >= 1, all);
}
