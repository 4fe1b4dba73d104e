// A trace grows the same at both ends of the wire, and refuses what does not fit.

import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { EventKind, type TraceChunk } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { validateTrace } from '../../../src/core/model/validateTrace';
import { anyScenario, checkLaw, simulationOf } from '../../support/randomPrograms';
import { contentOf } from '../../support/traceContent';

function chunks(): { header: TraceBuilder['header']; list: TraceChunk[] } {
  const simulation = simulationOf({
    text: 'A  compute 12ms\nB  compute 3ms',
    runtime: 'gil',
    cores: 2,
    intervalMs: 5,
    seed: 1,
    ideal: true,
  });
  const list: TraceChunk[] = [];
  for (let more = true; more;) {
    more = simulation.advance(10);
    list.push(simulation.trace.takeChunk());
  }
  return { header: simulation.trace.header, list };
}

describe('a growing trace', () => {
  it('refuses a chunk that is not the next one, and stays as it was', () => {
    const { header, list } = chunks();
    const copy = new TraceBuilder(header);
    strictEqual(copy.appendChunk(list[0]), undefined);
    const before = contentOf(copy);
    strictEqual(copy.appendChunk(list[0]), 'part 1 of the trace was expected, part 0 came');
    deepStrictEqual(contentOf(copy), before);
  });

  it('refuses what names a lane, a lock or a place that is not there', () => {
    const { header, list } = chunks();
    const [first] = list;
    const refusal = (events: Partial<TraceChunk['events']>): string | undefined =>
      new TraceBuilder(header).appendChunk({ ...first, events: { ...first.events, ...events } });
    const same = (value: number): Uint16Array => Uint16Array.from(first.events.times, () => value);
    strictEqual(refusal({ lanes: same(99) }), 'an event names a lane that does not exist');
    strictEqual(refusal({ locks: same(99) }), 'an event names a lock that does not exist');
    strictEqual(
      refusal({ arguments: same(9).subarray(1) }),
      'the columns of the events differ in length',
    );
    const started = Uint8Array.from(first.events.times, () => EventKind.start);
    strictEqual(
      refusal({ kinds: started, arguments: same(99) }),
      'an event names a lane that does not exist',
    );
  });

  it('takes nothing more when it is done', () => {
    const { header, list } = chunks();
    const copy = new TraceBuilder(header);
    for (const chunk of list) strictEqual(copy.appendChunk(chunk), undefined);
    strictEqual(copy.appendChunk(list[0]), 'the trace is complete, but more of it arrived');
  });

  it('is valid at every step of the way', function () {
    this.timeout(60_000);
    checkLaw(
      anyScenario,
      scenario => {
        const simulation = simulationOf(scenario);
        const copy = new TraceBuilder(simulation.trace.header);
        for (let more = true; more;) {
          more = simulation.advance(20);
          copy.appendChunk(simulation.trace.takeChunk());
          strictEqual(validateTrace(copy), undefined);
        }
      },
      2_000,
    );
  });
});
