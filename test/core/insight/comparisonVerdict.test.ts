// The sentence above the runs.

import assert from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import { simulate } from '../../../src/core/machine/machine';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { comparisonVerdict } from '../../../src/core/insight/comparisonVerdict';
import { program } from '../../support/stories';
import { EXACT_HEADER } from '../../support/traces';

/** What is said of runs that are called as their runtimes are. */
function verdictText(runs: readonly { readonly trace: TraceBuilder; readonly of?: string }[]) {
  return comparisonVerdict(runs.map(run => ({ ...run, title: run.trace.header.title }))).sentence;
}

/** What is said of a program under several runtimes, the first of which is the baseline. */
function textOf(text: string, ...runtimes: readonly string[]): string {
  const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
  const limits = { durationNs: 10e9 };
  return verdictText(
    runtimes.map(runtime => ({
      trace: simulate({ program: program(text), runtime, conditions, limits }),
    })),
  );
}

describe('the sentence above the runs', () => {
  it('compares how long the same work took', () => {
    const text = textOf('A  compute 900ms\nB  compute 900ms', 'gil', 'processes');
    assert.match(text, /Multiprocessing does the same work in 9\d\d ms, 1\.9\d?× faster\.$/);
  });

  it('says what a slower run loses its time with', () => {
    const text = 'A  compute 900ms\nB  compute 900ms';
    // Two threads share one GIL: each waits while the other computes, for 0.9 s.
    assert.match(
      textOf(text, 'processes', 'gil'),
      /Threads \+ GIL takes 1\.8\d? s, 1\.9\d?× as long: its threads spend 1\.8\d? s more waiting for the GIL\.$/,
    );
    assert.match(
      textOf('A  compute 5ms', 'gil', 'processes'),
      /Multiprocessing takes .*× as long: its threads spend .* more starting, pickling\.$/,
    );
  });

  it('does not say that another program does the same work', () => {
    const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
    const [long, short] = [900, 600]
      .map(ms => `A  compute ${ms}ms\nB  compute ${ms}ms`)
      .map(text => ({
        trace: simulate({ program: program(text), runtime: 'gil', conditions }),
      }));
    assert.match(
      verdictText([{ ...long, of: 'before.py at 12:00:00' }, short]),
      // They wait less for each other, too, but only because there is less to do.
      /Threads \+ GIL takes 1\.2\d? s, 1\.5× faster: its threads spend 600 ms less computing\.$/,
    );
  });

  it('does not blame a runtime for what other programs took from its run', () => {
    const of = (id: number, state: number, wallNs: number) => {
      const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'workers', title: `R${id}` });
      trace.addLane({ name: 'T1', process: 0, interpreter: 0, gil: -1, main: false });
      trace.setState(0, 0, LaneState.runningWithoutGil, 0);
      trace.setState(0, 1e6, state, 0);
      trace.finish(wallNs);
      return { trace };
    };
    // The second has 1 ms of work and waits 9 ms for a core, of which three are free of the run itself.
    const text = verdictText([of(1, LaneState.blocked, 5e6), of(2, LaneState.ready, 10e6)]);
    assert.match(text, /R2 takes 10 ms, but other programs had 90 % of the core time/);
    assert.match(text, /no fair comparison/);
    assert.doesNotMatch(text, /what it costs/);
    // Nor is the other one praised for it.
    const praised = verdictText([of(2, LaneState.ready, 10e6), of(1, LaneState.blocked, 5e6)]);
    assert.match(praised, /R1 takes 5 ms, but other programs had the cores while R2 ran/);
    assert.doesNotMatch(praised, /faster/);
  });

  it('does not compare the duration of runs that got stuck or were cut off', () => {
    const stuck = 'A  lock L · compute 20ms · lock M\nB  lock M · compute 20ms · lock L';
    const text = textOf(stuck, 'gil', 'processes');
    assert.match(text, /^Deadlock: .* Multiprocessing does not come to its end either\. /);
    const endless = textOf('A  repeat Infinity (sleep 1s)', 'gil', 'free-threaded');
    assert.match(endless, /Free-threaded does not come to its end either\.$/);
  });
});
