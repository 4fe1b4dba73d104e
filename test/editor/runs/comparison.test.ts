// Runs side by side and the page that follows them, with an engine that does what the test says.

import assert from 'node:assert/strict';
import { UserError } from '../../../src/core/errors';
import type { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { Comparison } from '../../../src/editor/runs/comparison';
import type { Engine } from '../../../src/engines/engine';
import { Feed } from '../../../src/editor/panel/feed';
import { decodeChunk } from '../../../src/protocol/batch';
import type { NoticesToPage } from '../../../src/protocol/messages';
import { ScriptedEngine, settled, type Script } from '../../support/scriptedEngine';

const PROGRAM = { name: 'a.py', threads: [], locks: [], positions: [] };
const CONDITIONS = { cores: 4, switchIntervalNs: 5e6, seed: 1 };
const TITLE = {
  comparison: 7,
  document: 'file:///a.py',
  title: 'a.py',
  detail: '',
  show: 'play' as const,
};

function begin(trace: TraceBuilder): void {
  trace.addLane({ name: 'T', process: 0, interpreter: 0, gil: -1, main: true });
}
function runFor(ns: number) {
  return (trace: TraceBuilder) =>
    trace.setState(0, trace.nowNs + ns, trace.nowNs % 2 === 0 ? 2 : 4, 0);
}

function compare(script: Script, runtimes = ['gil', 'processes'], name?: Engine['name']) {
  const engine = new ScriptedEngine(script, name);
  const defects: unknown[] = [];
  let changes = 0;
  const plan = { program: PROGRAM, conditions: CONDITIONS, runtimes, engine };
  const comparison = new Comparison(TITLE, plan, {
    changed: () => {
      changes++;
    },
    reportDefect: error => defects.push(error),
  });
  return { engine, comparison, defects, changes: () => changes };
}

/** A page that writes down what it is told, in short. */
class ListeningPage {
  readonly heard: string[] = [];
  readonly chunks: NoticesToPage['chunk'][] = [];

  tell<Name extends keyof NoticesToPage>(name: Name, body: NoticesToPage[Name]): void {
    this.heard.push(`${name} ${'run' in body ? body.run : ''}`.trim());
    if (name === 'chunk') this.chunks.push(body as NoticesToPage['chunk']);
  }
}

describe('a comparison', () => {
  it('starts every runtime at once and is over when each run is', async () => {
    const { engine, comparison } = compare([begin, runFor(3)]);
    assert.deepEqual(
      engine.started.map(run => run.runtime),
      ['gil', 'processes'],
    );
    assert.deepEqual(
      comparison.head.runs.map(run => run.run),
      [700, 701],
    );
    assert.equal(comparison.running, true);
    await engine.release(2);
    await comparison.ended;
    assert.deepEqual(
      comparison.runs.map(run => [run.outcome, run.trace.done]),
      [
        ['complete', true],
        ['complete', true],
      ],
    );
  });

  it('keeps what is known when it is cancelled', async () => {
    const { engine, comparison } = compare([begin, runFor(3), runFor(5)], ['gil']);
    await engine.release(2);
    comparison.cancel();
    await comparison.ended;
    assert.equal(comparison.runs[0].outcome, 'cancelled');
    assert.equal(comparison.runs[0].trace.nowNs, 3);
  });

  it('is whole when it is a recording that is stopped', async () => {
    const { engine, comparison } = compare([begin, runFor(3), runFor(5)], ['gil'], 'recorded');
    await engine.release(2);
    comparison.cancel();
    await comparison.ended;
    assert.equal(comparison.runs[0].outcome, 'complete');
    assert.equal(comparison.runs[0].trace.nowNs, 3);
  });

  it('ends one run with its sentence and lets the other go on', async () => {
    const fails = (trace: TraceBuilder) => {
      if (trace.header.runtime === 'gil') throw new UserError('No Python here.');
    };
    const { engine, comparison, defects } = compare([begin, fails]);
    await engine.release(2);
    await comparison.ended;
    assert.deepEqual(
      comparison.runs.map(run => [run.outcome, run.sentence]),
      [
        ['failed', 'No Python here.'],
        ['complete', ''],
      ],
    );
    assert.equal(defects.length, 0);
  });

  it('tells nobody but the log what went wrong inside', async () => {
    const fails = () => {
      throw new Error('secret');
    };
    const { engine, comparison, defects } = compare([fails], ['gil']);
    await engine.release();
    await comparison.ended;
    assert.equal(comparison.runs[0].sentence, 'Internal error; see the log.');
    assert.equal(defects.length, 1);
  });
});

describe('a feed', () => {
  it('never has more than four chunks of a run under way, and what waits becomes one larger chunk', async () => {
    const { engine, comparison } = compare(
      [begin, ...Array.from({ length: 9 }, () => runFor(3))],
      ['gil'],
    );
    const page = new ListeningPage();
    const feed = new Feed(comparison, page, 'play');
    for (let i = 0; i < 10; i++) {
      await engine.release();
      feed.pump();
    }
    await comparison.ended;
    feed.pump();
    assert.deepEqual(page.heard, ['begin', ...Array<string>(4).fill('chunk 700')]);
    feed.acknowledge(700);
    // All that was still waiting comes at once, and then the end.
    assert.deepEqual(page.heard.slice(5), ['chunk 700', 'ended 700']);
    const last = decodeChunk(page.chunks[4]);
    assert.equal(last.done, true);
    assert.equal(last.nowNs, comparison.runs[0].trace.nowNs);
  });

  it('gives a page that comes late everything from the start', async () => {
    const { engine, comparison } = compare([begin, runFor(3), runFor(5)]);
    await engine.release(3);
    await comparison.ended;
    const page = new ListeningPage();
    new Feed(comparison, page, 'whole');
    assert.deepEqual(page.heard, ['begin', 'chunk 700', 'ended 700', 'chunk 701', 'ended 701']);
    assert.equal(decodeChunk(page.chunks[0]).sequence, 0);
  });

  it('ignores acknowledgements of runs it does not know', async () => {
    const { comparison } = compare([begin]);
    const page = new ListeningPage();
    const feed = new Feed(comparison, page, 'play');
    feed.acknowledge(12345);
    await settled();
    assert.deepEqual(page.heard, ['begin']);
  });
});
