// Which runs stand one below the other, and in which order.

import assert from 'node:assert/strict';
import type { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { Comparison } from '../../../src/editor/runs/comparison';
import { lineUp } from '../../../src/editor/runs/lineup';
import { ScriptedEngine } from '../../support/scriptedEngine';

const begin = (trace: TraceBuilder): void => {
  trace.addLane({ name: 'T', process: 0, interpreter: 0, gil: -1, main: true });
};

function comparisonOf(number: number): Comparison {
  const title = {
    comparison: number,
    document: '',
    title: `${number}.py`,
    detail: '',
    show: 'whole' as const,
  };
  const program = { name: 'a.py', threads: [], locks: [], positions: [] };
  const conditions = { cores: 4, switchIntervalNs: 5e6, seed: 1 };
  const plan = {
    program,
    conditions,
    runtimes: ['gil', 'processes'],
    engine: new ScriptedEngine([begin]),
  };
  return new Comparison(title, plan, { changed: () => undefined, reportDefect: () => undefined });
}

describe('the lineup', () => {
  const [before, now] = [comparisonOf(1), comparisonOf(2)];
  const idsOf = (lineup: { runs: readonly { id: number }[] }): number[] =>
    lineup.runs.map(({ id }) => id);

  it('is the comparison, if nothing was chosen', () => {
    assert.deepEqual(idsOf(lineUp(now, { pinned: undefined, only: undefined })), [200, 201]);
  });

  it('begins with the pinned run, which is told apart from those of now', () => {
    const pinned = { run: before.runs[1], of: '1.py' };
    const { head } = lineUp(now, { pinned, only: undefined });
    assert.deepEqual(
      head.runs.map(({ run, pinned: is }) => [run, is]),
      [
        [101, true],
        [200, false],
        [201, false],
      ],
    );
    assert.match(head.runs[0].header.title, / · 1\.py$/);
    assert.doesNotMatch(head.runs[1].header.title, /·/);
  });

  it('only puts a pinned run of its own first, and knows of its end', async () => {
    const pinned = { run: now.runs[1], of: '2.py' };
    const lineup = lineUp(now, { pinned, only: undefined });
    assert.deepEqual(idsOf(lineup), [201, 200]);
    now.cancel();
    await now.ended;
    assert.deepEqual(
      lineup.runs.map(({ outcome }) => outcome),
      now.runs.map(({ outcome }) => outcome),
    );
    assert.notEqual(lineup.runs[0].outcome, 'running');
  });

  it('is just the two that were chosen', () => {
    const only = [
      { run: now.runs[0], of: '2.py' },
      { run: before.runs[0], of: '1.py' },
    ];
    assert.deepEqual(idsOf(lineUp(now, { pinned: undefined, only })), [200, 100]);
  });
});
