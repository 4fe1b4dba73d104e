// What is said while runs grow: on a clock of the test's own.

import { deepStrictEqual } from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import type { RunView } from '../../../webview/model/runView';
import { HandOffIndex } from '../../../webview/model/handOffs';
import { LiveNews } from '../../../webview/words/liveNews';
import { EXACT_HEADER } from '../../support/traces';

/** A run that grows: A waits for half of each second and B runs. */
class GrowingRun implements RunView {
  readonly id = 1;
  readonly trace: TraceBuilder;
  version = 0;
  outcome: RunView['outcome'] = 'running';
  sentence = '';
  #second = 0;

  constructor(engine: 'workers' | 'recorded' | 'simulated' = 'recorded') {
    this.trace = new TraceBuilder({ ...EXACT_HEADER, engine, title: 'app.py' });
    this.trace.addLock({ name: 'GIL', kind: 'gil' });
    this.trace.addLane({ name: 'A', process: 0, interpreter: 0, gil: 0, main: true });
  }

  growASecond(): void {
    const startNs = this.#second++ * 1e9;
    this.trace.setState(0, startNs, LaneState.waitingForGil, 0);
    this.trace.setState(0, startNs + 5e8, LaneState.runningWithGil, 0);
    this.trace.advanceTo(startNs + 1e9);
    for (const store of this.trace.stores) store.extendTo(this.trace.nowNs);
  }
}

/** News, and what was heard of them since the last look. */
class Listener {
  readonly #said: string[] = [];
  readonly news = new LiveNews(
    { handOffsOf: run => new HandOffIndex(run.trace) },
    { say: sentence => this.#said.push(sentence) },
  );

  get heard(): string[] {
    return this.#said.splice(0);
  }

  /** So many seconds in which the run grows, of 60 frames each. */
  watch(run: GrowingRun, seconds: number, fromS = 0): string[] {
    for (let frame = 0; frame < seconds * 60; frame++) {
      if (frame % 60 === 0) run.growASecond();
      this.news.tell([run], (fromS + frame / 60) * 1000);
    }
    return this.heard;
  }
}

describe('the news of a run that grows', () => {
  it('come after five seconds and then every ten, and say how far it is', () => {
    deepStrictEqual(new Listener().watch(new GrowingRun(), 30), [
      'app.py: 6 s so far, 50 % waiting for the GIL, hand-offs: 0.',
      'app.py: 16 s so far, 50 % waiting for the GIL, hand-offs: 0.',
      'app.py: 26 s so far, 50 % waiting for the GIL, hand-offs: 0.',
    ]);
  });

  it('are none for a run that is over before, or that is only computed', () => {
    deepStrictEqual(new Listener().watch(new GrowingRun(), 4), []);
    deepStrictEqual(new Listener().watch(new GrowingRun('simulated'), 30), []);
  });

  it('are none while nothing is new', () => {
    const listener = new Listener();
    const run = new GrowingRun();
    listener.watch(run, 6);
    run.growASecond = () => undefined;
    deepStrictEqual(listener.watch(run, 60, 6), []);
  });

  it('say once that it failed or was cancelled, and why', () => {
    const listener = new Listener();
    const run = new GrowingRun();
    listener.watch(run, 2);
    run.outcome = 'failed';
    run.sentence = 'Python was killed.';
    for (const nowMs of [2_000, 2_016, 60_000]) listener.news.tell([run], nowMs);
    deepStrictEqual(listener.heard, ['app.py: failed after 2 s. Python was killed.']);
    const other = new GrowingRun();
    other.outcome = 'cancelled';
    listener.news.tell([run, other], 60_000);
    deepStrictEqual(listener.heard, ['app.py: cancelled after 0 ns.']);
  });

  it('begin anew with the next run', () => {
    const listener = new Listener();
    const first = new GrowingRun();
    listener.watch(first, 6);
    first.outcome = 'complete';
    listener.news.tell([first], 6_000);
    deepStrictEqual(listener.watch(new GrowingRun(), 5, 7), []);
  });
});
