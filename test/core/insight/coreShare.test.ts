// What other programs took of the cores from a real run, and what is said then.

import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { coreShareOf, describeTaken, takenShareOf } from '../../../src/core/insight/coreShare';
import { LaneState } from '../../../src/core/model/lanes';
import { simulate } from '../../../src/core/machine/machine';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { verdictOf } from '../../../src/core/insight/verdict';
import { program } from '../../support/stories';
import { EXACT_HEADER } from '../../support/traces';

type Engine = typeof EXACT_HEADER.engine;
const { ready, runningWithoutGil: runs } = LaneState;

/** A trace of 10 ms on two cores; of each lane its states, one a millisecond. */
function traceOf(engine: Engine, ...lanes: readonly (readonly number[])[]): TraceBuilder {
  const trace = new TraceBuilder({ ...EXACT_HEADER, engine, cores: 2 });
  lanes.forEach((states, lane) => {
    trace.addLane({ name: `T${lane + 1}`, process: 0, interpreter: 0, gil: -1, main: false });
    states.forEach((state, ms) => trace.setState(lane, ms * 1e6, state, 0));
  });
  trace.finish(10e6);
  return trace;
}

const times = (count: number, state: number): number[] =>
  Array.from({ length: count }, () => state);

describe('the core time that other programs took from a run', () => {
  it('is the time in which threads are ready and the run itself leaves cores free', () => {
    // 4 ms: two run. 3 ms: one runs, one is ready, one core is others'. 3 ms: two are ready, both cores are others'.
    const trace = traceOf(
      'workers',
      [...times(7, runs), ...times(3, ready)],
      [...times(4, runs), ...times(6, ready)],
    );
    deepStrictEqual(coreShareOf(trace), { usedNs: 11e6, takenNs: 3e6 + 6e6 });
    strictEqual(takenShareOf(trace), 9 / 20);
  });

  it('is none where the run’s own threads have all cores', () => {
    const trace = traceOf('workers', times(10, runs), times(10, runs), times(10, ready));
    deepStrictEqual(coreShareOf(trace), { usedNs: 20e6, takenNs: 0 });
    strictEqual(verdictOf(trace).class, 'more-threads-than-cores');
  });

  it('is what the verdict tells of, instead of blaming the program’s own threads', () => {
    const trace = traceOf('workers', [...times(4, runs), ...times(6, ready)]);
    const { class: kind, sentence } = verdictOf(trace);
    strictEqual(kind, 'crowded-out');
    // 4 ms used, 6 ms taken
    match(
      sentence,
      /^Other programs kept this machine’s cores busy: they took 60 % of the core time/,
    );
  });

  it('is not spoken of when it is little, nor of simulated and recorded runs', () => {
    strictEqual(describeTaken(0.1), '');
    strictEqual(takenShareOf(traceOf('simulated', times(10, ready))), 0);
    strictEqual(takenShareOf(traceOf('recorded', times(10, ready))), 0);
    const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
    const crowd = program(['A', 'B', 'C', 'D'].map(name => `${name}  compute 20ms`).join('\n'));
    const trace = simulate({ program: crowd, runtime: 'free-threaded', conditions });
    strictEqual(verdictOf(trace).class, 'more-threads-than-cores');
  });
});
