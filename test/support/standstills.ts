// Recordings of programs that stand still, as they are while they grow.

import { LaneState } from '../../src/core/model/lanes';
import { EventKind } from '../../src/core/model/trace';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { EXACT_HEADER } from './traces';

/** A trace that grows, as its reader has it: every lane reaches up to now. */
export function asRead(made: TraceBuilder): TraceBuilder {
  const read = new TraceBuilder(made.header);
  const problem = read.appendChunk(made.takeChunk());
  if (problem !== undefined) throw new Error(problem);
  return read;
}

/** After a second two threads wait for each other's lock, and a third computes. */
export function twoThatWaitForEachOther(nowNs: number): TraceBuilder {
  const sampled = { kind: 'sampled', intervalNs: 2e6 } as const;
  const trace = new TraceBuilder({
    ...EXACT_HEADER,
    engine: 'recorded',
    title: 'Recorded: app.py',
    certainty: { states: sampled, handOffs: sampled, lines: sampled },
  });
  const gil = trace.addLock({ name: 'GIL', kind: 'gil' });
  const locks = ['lock_a', 'lock_b'].map(name => trace.addLock({ name, kind: 'lock' }));
  const positions = [12, 20].map(line =>
    trace.addPosition({ file: '/srv/app.py', line, functionName: 'move' }),
  );
  for (const name of ['left', 'right', 'computes'])
    trace.addLane({ name, process: 0, interpreter: 0, gil, main: false });
  trace.setState(2, 0, LaneState.runningWithGil, 0);
  for (const lane of [0, 1]) {
    const at = { timeNs: 1e6, lane, argument: 0 };
    trace.addEvent({ ...at, lock: locks[lane], kind: EventKind.acquire });
    trace.setState(lane, 0, LaneState.blocked, positions[lane]);
  }
  for (const lane of [0, 1]) {
    const at = { timeNs: 1e9, lane, argument: 0 };
    trace.addEvent({ ...at, lock: locks[1 - lane], kind: EventKind.request });
    trace.setState(lane, 1e9, LaneState.waitingForLock, positions[lane]);
  }
  trace.advanceTo(nowNs);
  return asRead(trace);
}
