// The story of a hand-off, against the events by hand and against the statistics of the core.

import assert from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import { simulate } from '../../../src/core/machine/machine';
import { statisticsOf } from '../../../src/core/insight/statistics';
import { EventKind, ReleaseReason } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../../src/core/units';
import { HandOffIndex } from '../../../webview/model/handOffs';
import { handOffSentence, handOffStory } from '../../../webview/words/handOffStory';
import { spanOfHandOff } from '../../../webview/model/handOffs';
import { crunchProgram } from '../../support/programs';
import { EXACT_HEADER } from '../../support/traces';

describe('the story of a hand-off', () => {
  it('says who asked, how long the taker waited, for how long nobody had the GIL, and both lines', () => {
    // B and C wait from 1 and 2 ms on. C’s interval runs out first, at 7 ms; A lets go at 8, and B takes it at 8.03.
    const { trace, handOffs } = threeThreads(ReleaseReason.forced);
    assert.deepEqual(handOffStory(trace, handOffs, spanOfHandOff(trace, handOffs, 0)), {
      title: 'A → B',
      why: 'C asked after 5 ms',
      wait: { lane: 1, segment: 1 },
      waited: '7.03 ms',
      gapNs: 30_000,
      releasedAt: 1,
      resumesAt: 2,
    });
  });

  it('is read out as one sentence', () => {
    const { trace, handOffs } = threeThreads(ReleaseReason.blocking);
    assert.equal(
      handOffSentence(trace, handOffs, spanOfHandOff(trace, handOffs, 0)),
      'Hand-off 1, A to B: a call that blocks, waited 7.03 ms',
    );
  });

  it('is not told of a span that was reached in another way, or that is another since the run changed', () => {
    const { trace, handOffs } = threeThreads(ReleaseReason.forced);
    const { lane, segment } = spanOfHandOff(trace, handOffs, 0);
    assert.equal(handOffStory(trace, handOffs, { lane, segment }), undefined);
    assert.equal(handOffStory(trace, handOffs, { lane, segment, handOff: 1 }), undefined);
    assert.equal(handOffStory(trace, handOffs, { lane: 0, segment, handOff: 0 }), undefined);
  });

  it('claims nothing where the release was not seen', () => {
    const { trace, handOffs } = threeThreads(undefined);
    const story = handOffStory(trace, handOffs, spanOfHandOff(trace, handOffs, 0));
    assert.deepEqual(
      [story?.why, story?.gapNs, story?.releasedAt, story?.waited],
      ['not known', undefined, 0, '7.03 ms'],
    );
  });

  it('of all hand-offs of a run agrees with its statistics', () => {
    const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
    const trace = simulate({ program: crunchProgram(), runtime: 'gil', conditions });
    const handOffs = new HandOffIndex(trace);
    let forced = 0;
    for (let i = 0; i < handOffs.count; i++) {
      const span = spanOfHandOff(trace, handOffs, i);
      const story = handOffStory(trace, handOffs, span);
      assert.ok(story?.gapNs !== undefined && story.gapNs >= 0);
      if (story.why.endsWith(' asked after 5 ms')) forced++;
      if (!story.wait) continue;
      // The wait ends at the very moment at which the taker goes on.
      assert.equal(trace.stores[story.wait.lane].endOf(story.wait.segment), handOffs.timeOf(i));
    }
    assert.ok(forced > 100);
    assert.equal(forced, statisticsOf(trace).forcedHandOffCount);
  });
});

function threeThreads(reason: ReleaseReason | undefined): {
  trace: TraceBuilder;
  handOffs: HandOffIndex;
} {
  const trace = new TraceBuilder(EXACT_HEADER);
  const lock = trace.addLock({ name: 'GIL', kind: 'gil' });
  for (const name of 'ABC')
    trace.addLane({ name, process: 0, interpreter: 0, gil: lock, main: false });
  const [ofA, ofB] = [10, 20].map(line =>
    trace.addPosition({ file: 'a.py', line, functionName: 'f' }),
  );
  const event = (timeMs: number, kind: EventKind, lane: number, argument: number): void =>
    trace.addEvent({ timeNs: Math.round(timeMs * NS_PER_MS), kind, lane, lock, argument });
  trace.setState(0, 0, LaneState.runningWithGil, ofA);
  event(0, EventKind.acquire, 0, 0);
  for (const lane of [1, 2]) {
    event(lane, EventKind.request, lane, 0);
    trace.setState(lane, lane * NS_PER_MS, LaneState.waitingForGil, ofB);
  }
  event(7, EventKind.dropRequest, 2, 0);
  if (reason !== undefined) event(8, EventKind.release, 0, reason);
  trace.setState(0, 8 * NS_PER_MS, LaneState.finished, 0);
  event(8.03, EventKind.acquire, 1, 1);
  trace.setState(1, 8_030_000, LaneState.runningWithGil, ofB);
  trace.finish(12 * NS_PER_MS);
  const handOffs = new HandOffIndex(trace);
  assert.equal(handOffs.count, 1);
  return { trace, handOffs };
}
