// Traces that were made to be slow: small files, each of which asks some analysis for a square of what is in it.

import { LaneState } from '../../src/core/model/lanes';
import { EventKind, NO_LOCK, type TraceHeader } from '../../src/core/model/trace';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { EXACT_HEADER } from './traces';

const LANES = 20_000;
const LOCKS = 100_000;

function traceOf(header: Partial<TraceHeader>, lanes: number, locks: number): TraceBuilder {
  const trace = new TraceBuilder({ ...EXACT_HEADER, ...header });
  trace.addLock({ name: 'GIL', kind: 'gil' });
  for (let lock = 1; lock < locks; lock++) trace.addLock({ name: `L${lock}`, kind: 'lock' });
  for (let lane = 0; lane < lanes; lane++) {
    trace.addLane({
      name: `T${lane}`,
      process: 0,
      interpreter: 0,
      gil: locks > 0 ? 0 : NO_LOCK,
      main: lane === 0,
    });
  }
  for (let line = 1; line <= 1_000; line++)
    trace.addPosition({ file: 'a.py', line: (line % 10) + 1, functionName: `f${line}` });
  return trace;
}

/** Every lane waits for the GIL once, and for a lock of its own. */
export function manyLanesAndLocks(): TraceBuilder {
  const trace = traceOf({}, LANES, LOCKS);
  for (let lane = 0; lane < LANES; lane++) {
    trace.setState(lane, 0, LaneState.waitingForGil, 1);
    trace.setState(lane, 10 + lane, LaneState.waitingForLock, 2);
  }
  for (let lane = 0; lane < LANES; lane++) {
    const timeNs = 5 + lane;
    trace.addEvent({ timeNs, kind: EventKind.request, lane, lock: 1 + lane, argument: 0 });
  }
  trace.finish(LANES * 2);
  return trace;
}

/** Real threads, by what the file says: each changes its state when no other does. */
export function manyLanesOfWorkers(): TraceBuilder {
  const trace = traceOf({ engine: 'workers' }, LANES, 1);
  for (let turn = 0; turn < 10; turn++) {
    for (let lane = 0; lane < LANES; lane++) {
      const state = turn % 2 === 0 ? LaneState.runningWithGil : LaneState.ready;
      trace.setState(lane, turn === 0 ? 0 : turn * LANES + lane, state, 1 + (lane % 1_000));
    }
  }
  trace.finish(LANES * 10);
  return trace;
}

/** All lanes but one wait to the end, and that one has the GIL a hundred thousand times, each time somewhere else. */
export function longWaitsThroughManyHolds(): TraceBuilder {
  const trace = traceOf({}, LANES, 1);
  for (let lane = 1; lane < LANES; lane++) trace.setState(lane, 0, LaneState.waitingForGil, 1);
  for (let hold = 0; hold < LOCKS; hold++) {
    const timeNs = hold * 10;
    trace.setState(0, timeNs, LaneState.runningWithGil, 1 + (hold % 1_000));
    trace.addEvent({ timeNs, kind: EventKind.acquire, lane: 0, lock: 0, argument: 0 });
    trace.addEvent({ timeNs: timeNs + 9, kind: EventKind.release, lane: 0, lock: 0, argument: 0 });
  }
  trace.finish(LOCKS * 10);
  return trace;
}

/** One lane takes a hundred thousand locks and goes through as many lines; another waits for each lock in turn. */
export function manyLocksAtOnce(): TraceBuilder {
  const trace = traceOf({}, 2, LOCKS);
  for (let lock = 1; lock < LOCKS; lock++)
    trace.addEvent({ timeNs: 0, kind: EventKind.acquire, lane: 0, lock, argument: 0 });
  for (let turn = 0; turn < LOCKS; turn++) {
    const timeNs = turn * 10;
    trace.setState(0, timeNs, LaneState.runningWithoutGil, 1 + (turn % 1_000));
    trace.addEvent({
      timeNs,
      kind: EventKind.request,
      lane: 1,
      lock: Math.max(1, turn),
      argument: 0,
    });
    trace.setState(1, timeNs, LaneState.waitingForLock, 1 + (turn % 1_000));
    trace.setState(1, timeNs + 5, LaneState.runningWithoutGil, 1);
  }
  trace.finish(LOCKS * 10);
  return trace;
}
