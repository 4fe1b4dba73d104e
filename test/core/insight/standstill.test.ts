// What is said of a program that stands still, while it runs.

import assert from 'node:assert/strict';
import { standstillOf } from '../../../src/core/insight/standstill';
import { LaneState } from '../../../src/core/model/lanes';
import type { Mark } from '../../../src/core/model/mark';
import { EventKind, type Trace } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { asRead, twoThatWaitForEachOther } from '../../support/standstills';
import { EXACT_HEADER } from '../../support/traces';

const SECOND_NS = 1e9;

/** A recording so far: each lane computes for a second, and is in its state from then on. */
function recording(states: readonly LaneState[], nowNs: number, mark?: Mark): Trace {
  const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded' });
  const lock = trace.addLock({ name: 'GIL', kind: 'gil' });
  const position = trace.addPosition({ file: '/srv/app.py', line: 7, functionName: 'work' });
  states.forEach((state, lane) => {
    const name = lane === 0 ? 'MainThread' : `worker ${lane}`;
    trace.addLane({ name, process: 0, interpreter: 0, gil: lock, main: lane === 0 });
    trace.setState(lane, 0, LaneState.runningWithoutGil, position);
    trace.setState(lane, SECOND_NS, state, position);
  });
  if (mark) {
    const argument = trace.addMark(mark);
    trace.addEvent({ timeNs: 1, lane: 0, lock, kind: EventKind.mark, argument });
  }
  trace.advanceTo(nowNs);
  return asRead(trace);
}

describe('a program that stands still while it runs', () => {
  it('is told after two seconds in which every thread waited, with where each one waits', () => {
    const states = [LaneState.idle, LaneState.waitingForLock];
    assert.equal(standstillOf(recording(states, 2.9 * SECOND_NS)), undefined);
    const said = standstillOf(recording(states, 3.5 * SECOND_NS));
    assert.match(said?.sentence ?? '', /^The program stands still for 2 s: all 2 threads wait/);
    assert.deepEqual(
      said?.threads?.lines.map(({ place }) => place?.line),
      [7, 7],
    );
    assert.match(said.threads.lines[0].sentence, /^MainThread .* at app\.py:7/);
    assert.equal(said.threads.isCircle, false);
  });

  it('is not told while one thread does something, sleeps or waits for I/O', () => {
    for (const state of [
      LaneState.runningWithGil,
      LaneState.blocked,
      LaneState.waitingForProcess,
      LaneState.ready,
      LaneState.waitingForGil,
    ])
      assert.equal(standstillOf(recording([LaneState.idle, state], 9 * SECOND_NS)), undefined);
  });

  it('is not told of an event loop that waits for what may come from outside', () => {
    const loop = { kind: 'event-loop', text: 'event loop' } as const;
    assert.equal(standstillOf(recording([LaneState.idle], 9 * SECOND_NS, loop)), undefined);
  });

  it('is told as a circle where threads wait for each other, though another one computes', () => {
    const said = standstillOf(twoThatWaitForEachOther(3.5 * SECOND_NS));
    assert.match(said?.sentence ?? '', /^A deadlock, almost surely: left waits/);
    assert.equal(said?.threads?.isCircle, true);
    assert.deepEqual(
      said.threads.lines.map(({ sentence }) => sentence),
      ['left waits for lock_b, which right has.', 'right waits for lock_a, which left has.'],
    );
    assert.equal(standstillOf(twoThatWaitForEachOther(2.5 * SECOND_NS)), undefined);
  });
});
