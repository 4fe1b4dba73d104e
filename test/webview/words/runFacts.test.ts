// What is found out about runs: the sentence above them, and what stands there until it is known.

import assert from 'node:assert/strict';
import type { ComparisonVerdict } from '../../../src/core/insight/comparisonVerdict';
import { LaneState } from '../../../src/core/model/lanes';
import type { TraceHeader } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import type { ComparisonView } from '../../../webview/model/runView';
import type { RunView } from '../../../webview/model/runView';
import { RunFacts } from '../../../webview/words/runFacts';
import { EXACT_HEADER } from '../../support/traces';

interface Made {
  readonly engine?: TraceHeader['engine'];
  readonly outcome: RunView['outcome'];
}

/** One run of a document whose only thread did nothing but wait for the GIL. */
function comparisonOf(document: string, { engine = 'simulated', outcome }: Made): ComparisonView {
  const header = { ...EXACT_HEADER, engine };
  const trace = new TraceBuilder(header);
  trace.addLane({ name: 'A', process: 0, interpreter: 0, gil: -1, main: true });
  trace.setState(0, 0, LaneState.waitingForGil, 0);
  trace.finish(5e6);
  const head = { comparison: 1, document, title: '', detail: '', show: 'whole' as const };
  const run: RunView = { id: 1, trace, version: 1, outcome, sentence: '' };
  return { head: { ...head, runs: [{ run: 1, header }] }, runs: [run] };
}

/** Stands for the host. */
const ask = (number: number): Promise<ComparisonVerdict> =>
  Promise.resolve({ sentence: `Verdict on comparison ${number}.`, found: [] });

async function verdictOf(facts: RunFacts, comparison: ComparisonView): Promise<string> {
  const isMade = comparison.runs.every(({ outcome }) => outcome === 'complete');
  await new Promise<void>(resolve => {
    facts.verdict(comparison, () => resolve());
    if (!isMade) resolve();
  });
  return facts.verdict(comparison, () => undefined).sentence;
}

describe('the verdict above the runs', () => {
  it('stays while the same document is run again', async () => {
    const facts = new RunFacts(ask);
    const first = await verdictOf(facts, comparisonOf('a.py', { outcome: 'complete' }));
    assert.notEqual(first, '');
    assert.equal(await verdictOf(facts, comparisonOf('a.py', { outcome: 'running' })), first);
  });

  it('is never that of another document', async () => {
    const facts = new RunFacts(ask);
    await verdictOf(facts, comparisonOf('a.py', { outcome: 'complete' }));
    assert.equal(await verdictOf(facts, comparisonOf('b.py', { outcome: 'running' })), '');
  });

  it('comes at the end of a recording, and until then is not that of the recording before', async () => {
    const facts = new RunFacts(ask);
    const recorded = (outcome: RunView['outcome']) =>
      comparisonOf('a.py', { engine: 'recorded', outcome });
    const first = await verdictOf(facts, recorded('complete'));
    const meanwhile = await verdictOf(facts, recorded('running'));
    assert.match(meanwhile, /^Recording\./);
    assert.notEqual(first, meanwhile);
    assert.equal(await verdictOf(facts, recorded('failed')), '');
  });
});
