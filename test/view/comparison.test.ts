import assert from 'node:assert/strict';
import { LaneState } from '../../src/core/lanes';
import { TraceBuilder } from '../../src/core/traceBuilder';
import { encodeChunk } from '../../src/protocol/batch';
import type { ComparisonHead } from '../../src/protocol/messages';
import { Comparisons } from '../../webview/comparison';
import { EXACT_HEADER } from '../support/traces';

describe('the comparisons of a page', () => {
  it('shows the new one from its first chunk on, over the ghost of the last complete one', () => {
    const comparisons = new Comparisons();
    run(comparisons, 1);
    comparisons.begin(headOf(2));
    assert.equal(comparisons.shown?.head.comparison, 1, 'nothing of the second is there yet');
    comparisons.addChunk(chunkOf(2));
    assert.equal(comparisons.shown.head.comparison, 2);
    assert.equal(comparisons.ghost?.head.comparison, 1);
    comparisons.end({ run: 2, outcome: 'complete', sentence: '' });
    assert.equal(comparisons.ghost, undefined, 'a complete picture needs no ghost');
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

function chunkOf(run: number): ReturnType<typeof encodeChunk> & { run: number } {
  const builder = new TraceBuilder(EXACT_HEADER);
  builder.addLane({ name: 'A', process: 0, interpreter: 0, gil: -1, main: true });
  builder.setState(0, 0, LaneState.runningWithoutGil, 0);
  builder.finish(5);
  return { run, ...encodeChunk(builder.takeChunk()) };
}

function run(comparisons: Comparisons, number: number): void {
  comparisons.begin(headOf(number));
  comparisons.addChunk(chunkOf(number));
  comparisons.end({ run: number, outcome: 'complete', sentence: '' });
}
