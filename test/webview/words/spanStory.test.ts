import assert from 'node:assert/strict';
import { blameOf, holdsOf } from '../../../src/core/insight/blame';
import { LaneState } from '../../../src/core/model/lanes';
import { simulate } from '../../../src/core/machine/machine';
import { statisticsOf } from '../../../src/core/insight/statistics';
import { NO_LOCK } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../../src/core/units';
import { figuresUpTo, metricsOf } from '../../../webview/words/figures';
import { HandOffIndex } from '../../../webview/model/handOffs';
import { rangeRows } from '../../../webview/words/rangeText';
import { blameOfWait, intervalCount, whyEnded } from '../../../webview/words/spanStory';
import { binOf, waitHistogram, waitLengths } from '../../../webview/model/waits';
import { crunchProgram } from '../../support/programs';

const { waitingForGil, runningWithGil } = LaneState;

describe('the story of a span', () => {
  const trace = crunch();
  const holds = holdsOf(trace);

  it('blames the lanes and lines that the core blames, for the same time', () => {
    const sums = new Map<string, number>();
    forEachSpan(trace, (lane, segment) => {
      for (const part of blameOfWait(trace, holds, { lane, segment })) {
        const key = `${lane} ${part.lane} ${part.position}`;
        sums.set(key, (sums.get(key) ?? 0) + part.ns);
      }
    });
    const rows = blameOf(trace).filter(({ culprit }) => culprit >= 0);
    assert.ok(rows.length > 10);
    const expected = rows.map(({ victim, culprit, position, ns }) => [
      `${victim} ${culprit} ${position}`,
      ns,
    ]);
    assert.deepEqual([...sums].sort(), expected.sort());
  });

  it('says for every span with the GIL that did not end with the trace why it ended', () => {
    const reasons = new Map<string, number>();
    forEachSpan(trace, (lane, segment) => {
      const store = trace.stores[lane];
      if (
        store.stateOf(segment) !== runningWithGil ||
        store.stateOf(segment + 1) === runningWithGil
      )
        return;
      const why = whyEnded(trace, { lane, segment }) ?? 'unknown';
      reasons.set(why, (reasons.get(why) ?? 0) + 1);
    });
    assert.equal(reasons.get('unknown'), undefined, [...reasons.keys()].join());
    const { forcedHandOffCount } = statisticsOf(trace);
    assert.ok((reasons.get('asked to let go after a switch interval') ?? 0) >= forcedHandOffCount);
    // Each of 12 rounds of each of 4 workers calls compress() once.
    assert.equal(reasons.get('C code that computes without the GIL'), 48);
  });

  it('counts at most as many intervals in a wait as fit into it', () => {
    let all = 0;
    forEachSpan(trace, (lane, segment) => {
      const store = trace.stores[lane];
      if (store.stateOf(segment) !== waitingForGil) return;
      const count = intervalCount(trace, { lane, segment });
      assert.ok(count <= (store.endOf(segment) - store.startOf(segment)) / (5 * NS_PER_MS));
      all += count;
    });
    assert.ok(all > 50);
  });
});

describe('the figures of a run', () => {
  const trace = crunch();
  const handOffs = new HandOffIndex(trace);

  it('are those of the core at the end', () => {
    const { waitingShare, handOffCount, effectiveCores, wallNs } = statisticsOf(trace);
    const figures = figuresUpTo(trace, handOffs, Infinity);
    assert.equal(figures.wallNs, wallNs);
    assert.equal(figures.handOffs, handOffCount);
    assert.ok(Math.abs((figures.waitingShare ?? -1) - waitingShare) < 1e-12);
    assert.ok(Math.abs((figures.effectiveCores ?? -1) - effectiveCores) < 1e-12);
  });

  it('are none where a file of another tool tells nothing of the GIL', () => {
    const why = { kind: 'unknown', why: 'calls only' } as const;
    const silent = new TraceBuilder({
      ...trace.header,
      certainty: { ...trace.header.certainty, states: why, handOffs: why },
    });
    silent.addLane({ name: 'A', process: 0, interpreter: 0, gil: NO_LOCK, main: true });
    silent.setState(0, 0, LaneState.unknown, 0);
    silent.finish(5e6);
    const figures = figuresUpTo(silent, new HandOffIndex(silent), Infinity);
    const compared = { isBaseline: true, speedUp: 1, incomparable: '', longestNs: 5e6 };
    const values = metricsOf(figures, compared).map(({ name, value }) => `${name} ${value}`);
    assert.deepEqual(values, ['wall 5.00', 'speedUp 1.0×', 'waiting –', 'handOffs –', 'cores –']);
  });

  it('of a stretch and of the rest add up to those of the whole', () => {
    const middle = trace.nowNs / 3;
    const of = (fromNs: number, toNs: number): number =>
      Number(new Map(rangeRows(trace, handOffs, { fromNs, toNs })).get('hand-offs'));
    assert.equal(of(0, middle) + of(middle, trace.nowNs + 1), handOffs.count);
  });
});

describe('the distribution of waits', () => {
  it('has every wait in a bin, and the median in the middle', () => {
    const lengths = waitLengths(crunch());
    const histogram = waitHistogram(lengths);
    assert.ok(histogram);
    assert.equal(
      histogram.counts.reduce((sum, count) => sum + count, 0),
      lengths.length,
    );
    assert.equal(histogram.longestNs, Math.max(...lengths));
    assert.ok(lengths.filter(ns => ns <= histogram.medianNs).length >= lengths.length / 2);
  });

  it('puts what is longer than the scale into the last bin, and is not there without waits', () => {
    assert.equal(binOf(1e15, 10), 23);
    assert.equal(waitHistogram(new Float64Array(0)), undefined);
  });
});

function crunch(): TraceBuilder {
  const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
  return simulate({ program: crunchProgram(), runtime: 'gil', conditions });
}

function forEachSpan(trace: TraceBuilder, see: (lane: number, segment: number) => void): void {
  trace.stores.forEach((store, lane) => {
    for (let segment = 0; segment < store.count; segment++) see(lane, segment);
  });
}
