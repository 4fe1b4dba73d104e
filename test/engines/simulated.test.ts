// The simulator as an engine: streams, waits for its reader, stops when it is told to.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { IDEAL_COSTS } from '../../src/core/worlds/costs';
import { simulate } from '../../src/core/machine/machine';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { simulatedEngine } from '../../src/engines/simulated';
import { program } from '../support/stories';
import { contentOf } from '../support/traceContent';

const CONDITIONS = { cores: 2, switchIntervalNs: 5e6, seed: 3 };
const LONG = program`
  A  repeat 20000 (compute 1ms · sleep 1ms)
  B  repeat 20000 (compute 1ms · sleep 1ms)
`;
const request = { program: LONG, runtime: 'gil', conditions: CONDITIONS };

describe('the simulated engine', () => {
  it('streams the trace that the simulator makes, in chunks of bounded size', async () => {
    const { header, chunks } = simulatedEngine().start(request, new AbortController().signal);
    const copy = new TraceBuilder(header);
    let count = 0;
    for await (const chunk of chunks) {
      strictEqual(copy.appendChunk(chunk), undefined);
      ok(chunk.events.times.length <= 70_000, 'about 64 thousand events a chunk');
      count++;
    }
    ok(count > 3, `${count} chunks`);
    deepStrictEqual(contentOf(copy), contentOf(simulate(request)));
  });

  it('works only while its reader asks for more', async () => {
    const { chunks } = simulatedEngine().start(request, new AbortController().signal);
    const seen: { sequence: number; done: boolean }[] = [];
    for await (const { sequence, done } of chunks) {
      seen.push({ sequence, done });
      if (seen.length === 2) break;
      for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve));
    }
    // Had it gone on by itself, the second chunk would not be the next piece but all the rest.
    deepStrictEqual(seen, [
      { sequence: 0, done: false },
      { sequence: 1, done: false },
    ]);
  });

  it('ends with what it has when it is cancelled, and says so', async () => {
    const controller = new AbortController();
    const { header, chunks } = simulatedEngine().start(request, controller.signal);
    const copy = new TraceBuilder(header);
    for await (const chunk of chunks) {
      copy.appendChunk(chunk);
      controller.abort();
    }
    strictEqual(copy.done, true);
    ok(copy.nowNs > 0 && copy.nowNs < 20_000 * 2e6, 'not the whole run');
    const [mark] = copy.marks;
    ok(mark.kind === 'cut-off' && mark.reason === 'cancelled', mark.text);
  });

  it('lets others have their turn between chunks', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    let count = 0;
    const { chunks } = simulatedEngine().start(request, new AbortController().signal);
    for await (const chunk of chunks) count += chunk.done ? 0 : 1;
    clearInterval(timer);
    ok(turns >= count / 2, `${turns} turns in ${count} chunks`);
  });

  it('takes the constants of a calibrated machine', async () => {
    const two = program`
      A  compute 12ms
      B  compute 3ms
    `;
    const { header, chunks } = simulatedEngine(() => IDEAL_COSTS).start(
      { ...request, program: two },
      new AbortController().signal,
    );
    const copy = new TraceBuilder(header);
    for await (const chunk of chunks) copy.appendChunk(chunk);
    strictEqual(copy.nowNs, 15e6); // 12 + 3 ms and no friction
  });
});
