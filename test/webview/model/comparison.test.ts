import assert from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { encodeChunk } from '../../../src/protocol/batch';
import type { ComparisonHead } from '../../../src/protocol/messages';
import { Comparisons } from '../../../webview/model/comparison';
import { EXACT_HEADER } from '../../support/traces';

describe('the comparisons of a page', () => {
  it('shows the new one from its first chunk on, with the last complete one as its ghost, which stays', () => {
    const comparisons = new Comparisons();
    run(comparisons, 1);
    comparisons.begin(headOf(2));
    assert.equal(comparisons.shown?.head.comparison, 1, 'nothing of the second is there yet');
    comparisons.addChunk(chunkOf(2));
    assert.equal(comparisons.shown.head.comparison, 2);
    assert.equal(comparisons.ghost?.head.comparison, 1);
    comparisons.end({ run: 2, outcome: 'complete', sentence: '' });
    assert.equal(comparisons.ghost.head.comparison, 1);
  });

  it('keeps as the ghost what a person has had the time to look at, not the last digit of an edit', () => {
    let nowMs = 0;
    const comparisons = new Comparisons(() => nowMs);
    const ghostAfter = (comparison: number, passedMs: number): number | undefined => {
      nowMs += passedMs;
      run(comparisons, comparison, comparison);
      return comparisons.ghost?.head.comparison;
    };
    assert.equal(ghostAfter(1, 0), undefined);
    assert.equal(ghostAfter(2, 5000), 1);
    // 10 ms becomes 1, 12 and 120 ms within a second: all of it is one edit.
    assert.equal(ghostAfter(3, 300), 1);
    assert.equal(ghostAfter(4, 300), 1);
    assert.equal(ghostAfter(5, 5000), 4, 'after a look at the fourth');
  });

  it('has the ghost of a run under the same runtime, if it was another', () => {
    const comparisons = new Comparisons();
    run(comparisons, 1, 5);
    run(comparisons, 2, 7);
    const [shown] = comparisons.shown?.runs ?? [];
    assert.equal(comparisons.ghostOf(shown)?.id, 1);
    run(comparisons, 3, 5);
    const [again] = comparisons.shown?.runs ?? [];
    assert.equal(comparisons.ghost?.head.comparison, 1);
    assert.equal(comparisons.ghostOf(again), undefined, 'the edit was undone: it is the same run');
  });

  it('has no ghost where a person has chosen what is compared', () => {
    const comparisons = new Comparisons();
    run(comparisons, 1, 5);
    for (const chosen of [{ pinned: true }, { of: 'work.py, 14:05:12' }]) {
      const head = headOf(2);
      comparisons.begin({ ...head, runs: head.runs.map(one => ({ ...one, ...chosen })) });
      comparisons.addChunk(chunkOf(2, 7));
      comparisons.end({ run: 2, outcome: 'complete', sentence: '' });
      const [shown] = comparisons.shown?.runs ?? [];
      assert.equal(comparisons.ghostOf(shown), undefined);
    }
    run(comparisons, 2, 7);
    const [shown] = comparisons.shown?.runs ?? [];
    assert.equal(comparisons.ghostOf(shown)?.id, 1, 'it is there again when that is over');
  });

  it('has no ghost of another document, nor of the same comparison in another choice of runs', () => {
    const comparisons = new Comparisons();
    run(comparisons, 1, 5);
    comparisons.begin({ ...headOf(2), document: 'other.py' });
    comparisons.addChunk(chunkOf(2));
    assert.equal(comparisons.ghost, undefined);
    comparisons.end({ run: 2, outcome: 'complete', sentence: '' });
    comparisons.begin({ ...headOf(2), document: 'other.py' });
    comparisons.addChunk(chunkOf(2));
    assert.equal(comparisons.ghost, undefined);
  });

  it('has no ghost of another document, and none where a real Python is recorded', () => {
    const comparisons = new Comparisons();
    run(comparisons, 1);
    comparisons.begin({ ...headOf(2), document: 'other.py' });
    comparisons.addChunk(chunkOf(2));
    assert.equal(comparisons.ghost, undefined);
    const recorded = { ...EXACT_HEADER, engine: 'recorded' as const };
    comparisons.begin({ ...headOf(3), runs: [{ run: 3, header: recorded }] });
    comparisons.addChunk(chunkOf(3));
    assert.equal(comparisons.shown?.head.comparison, 3);
    assert.equal(comparisons.ghost, undefined);
  });

  it('keeps the last complete one as the ghost while a person types on', () => {
    const comparisons = new Comparisons();
    run(comparisons, 1);
    for (let comparison = 2; comparison < 200; comparison++) {
      comparisons.begin(headOf(comparison));
      comparisons.addChunk(chunkOf(comparison));
    }
    assert.equal(comparisons.shown?.head.comparison, 199);
    assert.equal(comparisons.ghost?.head.comparison, 1);
  });

  it('takes nothing of a run that it no longer shows', () => {
    const comparisons = new Comparisons();
    comparisons.begin(headOf(1));
    comparisons.addChunk(chunkOf(1));
    comparisons.begin(headOf(2));
    comparisons.addChunk(chunkOf(2));
    assert.equal(comparisons.addChunk({ ...chunkOf(1), run: 1 }), 'stale');
    comparisons.end({ run: 1, outcome: 'failed', sentence: 'no' });
    assert.equal(comparisons.shown?.runs[0].outcome, 'running');
  });

  it('says what is wrong with a chunk that does not fit, and keeps what was there', () => {
    const comparisons = new Comparisons();
    comparisons.begin(headOf(1));
    comparisons.addChunk(chunkOf(1));
    assert.throws(() => comparisons.addChunk(chunkOf(1)), /is broken/);
    assert.equal(comparisons.shown?.runs[0].outcome, 'failed');
    assert.equal(comparisons.shown.runs[0].trace.nowNs, 5);
  });

  it('is busy from the beginning of a comparison to the end of its last run', () => {
    const comparisons = new Comparisons();
    assert.equal(comparisons.busy, false);
    comparisons.begin(headOf(1));
    assert.equal(comparisons.busy, true);
    comparisons.addChunk(chunkOf(1));
    assert.equal(comparisons.busy, true);
    comparisons.end({ run: 1, outcome: 'cancelled', sentence: '' });
    assert.equal(comparisons.busy, false);
  });
});

function headOf(comparison: number): ComparisonHead {
  const runs = [{ run: comparison, header: EXACT_HEADER }];
  return { comparison, document: '', title: '', detail: '', show: 'whole', runs };
}

function chunkOf(run: number, endNs = 5): ReturnType<typeof encodeChunk> & { run: number } {
  const builder = new TraceBuilder(EXACT_HEADER);
  builder.addLane({ name: 'A', process: 0, interpreter: 0, gil: -1, main: true });
  builder.setState(0, 0, LaneState.runningWithoutGil, 0);
  builder.finish(endNs);
  return { run, ...encodeChunk(builder.takeChunk()) };
}

function run(comparisons: Comparisons, number: number, endNs = 5): void {
  comparisons.begin(headOf(number));
  comparisons.addChunk(chunkOf(number, endNs));
  comparisons.end({ run: number, outcome: 'complete', sentence: '' });
}
