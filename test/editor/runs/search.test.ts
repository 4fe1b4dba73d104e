// What words mean in a trace: from a query to exactly the spans that fit it.

import assert from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import { noteOf } from '../../../src/core/model/mark';
import { simulate } from '../../../src/core/machine/machine';
import { EventKind, type Trace } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../../src/core/units';
import { parseQuery, search } from '../../../src/editor/runs/search';
import type { RunView } from '../../../webview/model/runView';
import { Hits } from '../../../webview/parts/search';
import { crunchProgram } from '../../support/programs';
import { program } from '../../support/stories';
import { EXACT_HEADER } from '../../support/traces';

const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
const gil = simulate({ program: crunchProgram(), runtime: 'gil', conditions });

interface Span {
  readonly lane: string;
  readonly state: number;
  readonly line: number;
  readonly functionName: string;
  readonly ns: number;
}

/** Every span of a trace that does something, as words. */
function spansOf(trace: Trace): Span[] {
  return trace.stores
    .flatMap((store, lane) =>
      Array.from({ length: store.count }, (_, i) => {
        const { line, functionName } = trace.positions[store.positionOf(i)];
        const [state, ns] = [store.stateOf(i), store.endOf(i) - store.startOf(i)];
        return { lane: trace.lanes[lane].name, state, line, functionName, ns };
      }),
    )
    .filter(({ state }) => state !== LaneState.notStarted && state !== LaneState.finished);
}

function hitsOf(query: string, trace: TraceBuilder = gil): Hits {
  const { problem, filters } = search(query, [{ id: 1, trace }]);
  assert.equal(problem, '');
  const run: RunView = { id: 1, trace, version: 1, outcome: 'complete', sentence: '' };
  return new Hits(run, filters[0]);
}

describe('the search', () => {
  it('finds the waits for a lock by its name, and no others', () => {
    const text = 'A  lock cache · sleep 9ms · unlock cache\nB  lock cache · unlock cache';
    const trace = simulate({ program: program(text), runtime: 'gil', conditions });
    const waits = spansOf(trace).filter(({ state }) => state === LaneState.waitingForLock);
    assert.equal(waits.length, 1);
    assert.equal(hitsOf('lock:cache', trace).count, 1);
    assert.equal(hitsOf('lock:cache thread:A', trace).count, 0);
    const { problem } = search('lock:other', [{ id: 1, trace }]);
    assert.equal(problem, 'Nothing here is called “other”.');
  });

  const cases: readonly (readonly [query: string, fits: (span: Span) => boolean])[] = [
    ['Thread-2', ({ lane }) => lane === 'Thread-2'],
    ['thread:thread-2', ({ lane }) => lane === 'Thread-2'],
    ['fn:sieve', ({ functionName }) => functionName === 'sieve'],
    ['line:42', ({ line }) => line === 42],
    ['crunch.py:58', ({ line }) => line === 58],
    ['state:waiting', ({ state }) => state === LaneState.waitingForGil],
    ['"waiting for the GIL"', ({ state }) => state === LaneState.waitingForGil],
    ['waits', ({ state }) => state === LaneState.waitingForGil],
    ['longer than 10ms', ({ ns }) => ns > 10 * NS_PER_MS],
    ['waits > 5 ms', s => s.state === LaneState.waitingForGil && s.ns > 5 * NS_PER_MS],
    ['>5ms <6ms', ({ ns }) => ns > 5 * NS_PER_MS && ns < 6 * NS_PER_MS],
    ['Thread-2 -state:waiting', s => s.lane === 'Thread-2' && s.state !== LaneState.waitingForGil],
    [
      'sieve waits Thread-1',
      s => s.lane === 'Thread-1' && s.functionName === 'sieve' && s.state === 4,
    ],
  ];
  for (const [query, fits] of cases) {
    it(`finds exactly what “${query}” says`, () => {
      const expected = spansOf(gil).filter(fits);
      const hits = hitsOf(query);
      assert.ok(expected.length > 0);
      assert.deepEqual(
        [hits.count, hits.ns],
        [expected.length, expected.reduce((sum, { ns }) => sum + ns, 0)],
      );
    });
  }

  it('finds time before a start only for who asks for that', () => {
    assert.ok(hitsOf('"not started"').count === 0);
    assert.ok(hitsOf('state:"not started"').count > 0);
  });

  it('finds the spans in which a mark lies', () => {
    const trace = new TraceBuilder(EXACT_HEADER);
    const lane = trace.addLane({ name: 'T', process: 0, interpreter: 0, gil: -1, main: true });
    const argument = trace.addMark(noteOf('gc generation 2'));
    trace.setState(lane, 0, LaneState.runningWithGil, 0);
    trace.setState(lane, 10, LaneState.blocked, 0);
    trace.setState(lane, 20, LaneState.runningWithGil, 0);
    trace.addEvent({ timeNs: 12, kind: EventKind.mark, lane, lock: 0, argument });
    trace.finish(30);
    const hits = hitsOf('mark:gc', trace);
    assert.deepEqual([hits.count, hits.has(0, 1)], [1, true]);
  });

  it('steps through hits in order of time, then of lanes, both ways', () => {
    const hits = hitsOf('waits >5ms');
    const walk = (direction: 1 | -1): string[] => {
      const found: string[] = [];
      let [timeNs, lane] = [direction === 1 ? -1 : Infinity, -1];
      for (
        let hit = hits.next(timeNs, lane, direction);
        hit;
        hit = hits.next(timeNs, lane, direction)
      ) {
        [timeNs, lane] = [gil.stores[hit.lane].startOf(hit.segment), hit.lane];
        found.push(`${timeNs} ${lane}`);
      }
      return found;
    };
    const forward = walk(1);
    assert.equal(forward.length, hits.count);
    assert.deepEqual(walk(-1), [...forward].reverse());
    const sorted = [...forward].sort((a, b) => {
      const [[x, i], [y, j]] = [a.split(' ').map(Number), b.split(' ').map(Number)];
      return x - y || i - j;
    });
    assert.deepEqual(forward, sorted);
  });

  it('says what it does not understand and what is not there, and never throws', () => {
    assert.match(parseQuery('longer than 5').problem, /unit/);
    assert.equal(
      search('fn:nosuch', [{ id: 1, trace: gil }]).problem,
      'Nothing here is called “nosuch”.',
    );
    assert.deepEqual(search('  ', [{ id: 1, trace: gil }]), { problem: '', filters: [] });
    for (const odd of ['"', ':', '-', 'a:', '>', '*', '\\', '(((', '"".'])
      search(odd, [{ id: 1, trace: gil }]);
  });
});
