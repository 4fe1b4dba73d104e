// What is told of a stretch of a trace: figures, account, verdict, and the lag of an event loop.

import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { accountOf, CAUSES } from '../../../src/core/insight/account';
import { blameOf, forEachBlame } from '../../../src/core/insight/blame';
import { holdsPerLock, type Distribution } from '../../../src/core/insight/distributions';
import { excerptOf } from '../../../src/core/insight/excerpt';
import { figuresOf, type Figures } from '../../../src/core/insight/figures';
import { loopLagsOf } from '../../../src/core/insight/loopLag';
import { threadVerdictOf, verdictWithin } from '../../../src/core/insight/within';
import { verdictOf } from '../../../src/core/insight/verdict';
import { LaneState } from '../../../src/core/model/lanes';
import { EventKind, type Trace } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { pick } from '../../support/depth';
import { anyScenario, runOf } from '../../support/randomPrograms';
import { EXACT_HEADER, storyOf } from '../../support/traces';

const { runningWithGil: held, waitingForGil: waits, blocked, idle } = LaneState;
const MS = 1e6;

/** Two threads that take the GIL in turn: [from, to) in ms, at line 1 and 2 of a file. */
function inTurn(turns: readonly (readonly [lane: number, fromMs: number, toMs: number])[]) {
  const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded', cores: 2 });
  trace.addLock({ name: 'GIL', kind: 'gil' });
  for (const line of [1, 2]) trace.addPosition({ file: '/srv/app.py', line, functionName: 'f' });
  for (const name of ['A', 'B'])
    trace.addLane({ name, process: 0, interpreter: 0, gil: 0, main: name === 'A' });
  for (const [lane, fromMs, toMs] of turns) {
    trace.setState(lane, fromMs * MS, held, lane + 1);
    trace.setState(1 - lane, fromMs * MS, waits, 2 - lane);
    trace.addEvent({ timeNs: fromMs * MS, kind: EventKind.acquire, lane, lock: 0, argument: 0 });
    trace.addEvent({ timeNs: toMs * MS, kind: EventKind.release, lane, lock: 0, argument: 0 });
  }
  trace.finish(Math.max(...turns.map(([, , toMs]) => toMs)) * MS);
  return trace;
}

/** A loop that is busy from a to b (ms) for each of the pairs, and in its selector otherwise, until the end. */
function loop(endMs: number, away: readonly (readonly [number, number])[]): TraceBuilder {
  const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded' });
  trace.addLock({ name: 'GIL', kind: 'gil' });
  trace.addPosition({ file: '/srv/app.py', line: 1, functionName: 'f' });
  trace.addMark({ kind: 'event-loop', text: 'runs an event loop' });
  trace.addLane({ name: 'MainThread', process: 0, interpreter: 0, gil: 0, main: true });
  trace.addEvent({ timeNs: 0, kind: EventKind.mark, lane: 0, lock: 0, argument: 0 });
  trace.setState(0, 0, idle, 0);
  for (const [fromMs, toMs] of away) {
    trace.setState(0, fromMs * MS, held, 1);
    trace.setState(0, toMs * MS, idle, 0);
  }
  trace.finish(endMs * MS);
  return trace;
}

/** A random program's trace, and a stretch of it. */
const traceAndStretch = fc
  .tuple(anyScenario, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }))
  .map(([scenario, a, b]) => {
    const { trace } = runOf(scenario);
    const at = (percent: number): number => Math.floor((trace.nowNs * percent) / 100);
    return {
      text: scenario.text,
      trace,
      stretch: { startNs: at(Math.min(a, b)), endNs: at(Math.max(a, b)) },
    };
  });

function law(check: (trace: Trace, stretch: { startNs: number; endNs: number }) => void): void {
  const tries = fc.property(traceAndStretch, ({ trace, stretch }) => check(trace, stretch));
  fc.assert(tries, { numRuns: pick(2_000, 150), seed: 20261201 });
}

describe('an excerpt of a trace', function () {
  this.timeout(60_000);

  it('of the whole is the trace', () => {
    law(trace => {
      const excerpt = excerptOf(trace, { startNs: 0, endNs: trace.nowNs + 1 });
      deepStrictEqual(storyOf(excerpt), storyOf(trace));
    });
  });

  it('has for every thread what the trace has in the stretch, and for two halves the sum', () => {
    law((trace, { startNs }) => {
      const first = accountOf(excerptOf(trace, { startNs: 0, endNs: startNs }));
      const second = accountOf(excerptOf(trace, { startNs, endNs: trace.nowNs }));
      const whole = accountOf(trace);
      for (const { lane, times } of whole.threads)
        for (const cause of CAUSES)
          strictEqual(
            first.threads[lane].times[cause] + second.threads[lane].times[cause],
            times[cause],
          );
    });
  });

  it('blames for each wait within it whom the trace blames', () => {
    law((trace, stretch) => {
      const inExcerpt = blameOf(excerptOf(trace, stretch)).filter(({ culprit }) => culprit >= 0);
      const sums = new Map<string, number>();
      forEachBlame(trace, ({ lock, victim, culprit, position, startNs, endNs }) => {
        const ns = Math.min(endNs, stretch.endNs) - Math.max(startNs, stretch.startNs);
        const key = [lock, victim, culprit, position].join(' ');
        if (culprit >= 0 && ns > 0) sums.set(key, (sums.get(key) ?? 0) + ns);
      });
      const told = inExcerpt.map(row => [
        [row.lock, row.victim, row.culprit, row.position].join(' '),
        row.ns,
      ]);
      deepStrictEqual(new Map(told as [string, number][]), sums);
    });
  });
});

describe('figures of waits and holds', function () {
  this.timeout(60_000);

  it('are those of the story, for threads, lines and a stretch', () => {
    const trace = inTurn([
      [0, 0, 10],
      [1, 10, 12],
      [0, 12, 16],
    ]);
    const { lanes, lines } = figuresOf(trace);
    const msOf = ({ count, p50Ns, p95Ns, p99Ns, maxNs }: Distribution): number[] => [
      count,
      ...[p50Ns, p95Ns, p99Ns, maxNs].map(ns => ns / MS),
    ];
    deepStrictEqual(msOf(lanes[0].holds), [2, 4, 10, 10, 10]);
    deepStrictEqual(msOf(lanes[1].waits), [2, 4, 10, 10, 10]);
    deepStrictEqual(
      lines.map(({ position, holds }) => [position, holds.count, holds.totalNs / MS]),
      [
        [1, 2, 14],
        [2, 1, 2],
      ],
    );
    const within = figuresOf(trace, { startNs: 8 * MS, endNs: 13 * MS });
    deepStrictEqual(msOf(within.lanes[1].waits), [2, 1, 2, 2, 2]);
    deepStrictEqual(msOf(within.all.holds), [3, 2, 2, 2, 2]);
  });

  it('sum to what the account has, in any stretch', () => {
    law((trace, stretch) => {
      const { lanes, lines } = figuresOf(trace, stretch);
      const { threads } = accountOf(excerptOf(trace, stretch));
      for (const { lane, waits: ofGil, lockWaits, holds } of lanes) {
        const { times } = threads[lane];
        strictEqual(ofGil.totalNs, times.waitingForGil);
        strictEqual(lockWaits.totalNs, times.waitingForLock);
        ok(ofGil.p50Ns <= ofGil.p95Ns && ofGil.p95Ns <= ofGil.p99Ns && ofGil.p99Ns <= ofGil.maxNs);
        ok(holds.totalNs <= stretch.endNs - stretch.startNs);
      }
      for (const kind of ['waits', 'lockWaits', 'holds'] as const) {
        const total = (all: readonly Figures[]): number =>
          all.reduce((sum, one) => sum + one[kind].totalNs, 0);
        strictEqual(total(lines), total(lanes));
      }
    });
  });

  it('of holds are those of the locks', () => {
    law(trace => {
      const ofLocks = holdsPerLock(trace).filter((_, lock) => trace.locks[lock].kind === 'gil');
      strictEqual(
        figuresOf(trace).all.holds.maxNs,
        ofLocks.reduce((most, { maxNs }) => Math.max(most, maxNs), 0),
      );
    });
  });
});

describe('the lag of an event loop', () => {
  it('is at worst its longest time away, and its p95 is over instants', () => {
    // Of 100 ms it is away once, for 10: for 5 ms in all the lag is above 5 ms.
    const [lag] = loopLagsOf(loop(100, [[50, 60]]));
    deepStrictEqual([lag.worstNs / MS, lag.p95Ns / MS, lag.away.length], [10, 5, 1]);
  });

  it('is 0 in 95 of 100 cases where the loop is hardly ever away', () => {
    const [lag] = loopLagsOf(
      loop(1000, [
        [50, 60],
        [500, 530],
      ]),
    );
    deepStrictEqual([lag.worstNs / MS, lag.p95Ns], [30, 0]);
  });

  it('takes several times away together', () => {
    // Ten times 8 ms in 100 ms: with the lag x, 10 × (8 - x) = 5.
    const away = Array.from({ length: 10 }, (_, i) => [i * 10 + 1, i * 10 + 9] as const);
    const [lag] = loopLagsOf(loop(100, away));
    strictEqual(lag.p95Ns / MS, 7.5);
  });

  it('of a stretch counts what lies within', () => {
    const trace = loop(100, [
      [10, 50],
      [80, 84],
    ]);
    const [lag] = loopLagsOf(trace, { startNs: 40 * MS, endNs: 100 * MS });
    strictEqual(lag.worstNs / MS, 10);
  });
});

describe('the verdict on a stretch', () => {
  it('knows only what lies within, at the times of the trace', () => {
    const trace = loop(2000, [[1200, 1500]]);
    strictEqual(verdictWithin(trace, { startNs: 0, endNs: 1000 * MS }).findings.length, 0);
    const { class: kind, findings } = verdictWithin(trace, {
      startNs: 1000 * MS,
      endNs: 1600 * MS,
    });
    strictEqual(kind, 'event-loop-stalled');
    deepStrictEqual(findings[0].spans, [{ lane: 0, startNs: 1200 * MS, endNs: 1500 * MS }]);
  });

  it('of the whole is the verdict', () => {
    law(trace => {
      const whole = verdictOf(trace);
      const within = verdictWithin(trace, { startNs: 0, endNs: trace.nowNs });
      if (whole.class !== 'stuck' && whole.class !== 'hang') strictEqual(within.claim, whole.claim);
    });
  });

  it('calls nothing a hang for ever that ends after the stretch', () => {
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded' });
    trace.addLock({ name: 'GIL', kind: 'gil' });
    for (const name of ['MainThread', 'worker']) {
      const lane = trace.addLane({
        name,
        process: 0,
        interpreter: 0,
        gil: 0,
        main: name === 'MainThread',
      });
      trace.setState(lane, 0, idle, 0);
      trace.setState(lane, 5000 * MS, blocked, 0);
    }
    trace.finish(9000 * MS);
    const { findings } = verdictWithin(trace, { startNs: 0, endNs: 5000 * MS });
    deepStrictEqual(findings, []);
  });
});

describe('what is told of one thread', () => {
  it('is where its time went, and for whom it waited', () => {
    const trace = inTurn([
      [0, 0, 60],
      [1, 60, 80],
    ]);
    const { sentence, account, blame } = threadVerdictOf(trace, 1);
    match(
      sentence,
      /^B: of 80 ms, 75 % waiting for the GIL, 25 % computing with the GIL\. It waited longest for the GIL while A had it at app\.py:1 \(f\): 60 ms\.$/,
    );
    strictEqual(account.times.waitingForGil, 60 * MS);
    strictEqual(blame[0].culprit, 0);
    match(
      threadVerdictOf(trace, 1, { startNs: 60 * MS, endNs: 70 * MS }).sentence,
      /100 % computing/,
    );
  });

  it('never exceeds its life, and has only findings that it takes part in', () => {
    law((trace, stretch) => {
      trace.lanes.forEach((_, lane) => {
        const { account, findings } = threadVerdictOf(trace, lane, stretch);
        ok(account.lifeNs <= stretch.endNs - stretch.startNs);
        ok(findings.every(({ threads, culprit }) => threads.includes(lane) || culprit === lane));
      });
    });
  });
});
