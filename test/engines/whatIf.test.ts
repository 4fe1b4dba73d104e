// What-if answers from a worker thread: the list, changes on top of changes, the predicted run, and losing interest.

import { ok, rejects, strictEqual } from 'node:assert/strict';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { simulate } from '../../src/core/machine/machine';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { WhatIfPredictor } from '../../src/engines/whatIf';
import { asRecorded } from '../support/asRecorded';
import { program } from '../support/stories';
import { makeTemporaryFolder } from '../support/temporaryFolder';

describe('what-if answers from a worker thread', () => {
  const temporary = makeTemporaryFolder();
  const bundle = path.join(temporary.folder, 'whatIfWorker.js');
  const text = `
    main  start A · start B · join A · join B
    A  compute 60ms · sleep 5ms
    B  compute 60ms · sleep 5ms
  `;
  const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
  const trace = asRecorded(simulate({ program: program(text), runtime: 'gil', conditions }));

  before(() => {
    buildSync({
      entryPoints: ['src/engines/whatIfWorker.ts'],
      bundle: true,
      platform: 'node',
      outfile: bundle,
    });
  });
  after(() => temporary.dispose());

  it('offers changes, then others on top of the chosen one, and gives the predicted run', async () => {
    const predictor = new WhatIfPredictor(trace, bundle);
    try {
      const { proposals } = await predictor.proposals([]);
      const first = proposals[0];
      ok(first.text.includes('sooner'), first.text);
      const more = await predictor.proposals(first.changes);
      ok(more.proposals.every(({ changes }) => changes.length === first.changes.length + 1));
      const run = await predictor.run(first.changes);
      if (typeof run === 'string') throw new Error(run);
      ok(run.header.title.startsWith('Predicted: '));
      const shown = new TraceBuilder(run.header);
      strictEqual(shown.appendChunk(run.chunk), undefined);
      ok(shown.done && shown.nowNs < trace.nowNs);
    } finally {
      predictor.dispose();
    }
  });

  it('is stopped by whoever loses interest', async () => {
    const predictor = new WhatIfPredictor(trace, bundle);
    const answer = rejects(predictor.proposals([]), /stopped/);
    predictor.dispose();
    await answer;
  });
});
