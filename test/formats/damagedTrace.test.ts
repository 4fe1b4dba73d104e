// Trace files with bad records: what is good is read, what is not is counted, and nothing is made up.

import { deepStrictEqual, match, ok, strictEqual, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { blameOf } from '../../src/core/insight/blame';
import { UserError } from '../../src/core/errors';
import { LaneState } from '../../src/core/model/lanes';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { wholeTrace } from '../../src/core/model/traceCursor';
import { validateTrace } from '../../src/core/model/validateTrace';
import { verdictOf } from '../../src/core/insight/verdict';
import { figuresMarkdown } from '../../src/editor/drawings/figures';
import { keptInOrder } from '../../src/formats/inOrder';
import { readDamagedTraceJson, writeTraceJson } from '../../src/formats/traceJson';
import { runOf } from '../support/randomPrograms';
import { story } from '../support/stories';
import { contentOf } from '../support/traceContent';
import { EXACT_HEADER } from '../support/traces';
import { pick } from '../support/depth';

const MS = 1e6;
const { runningWithGil: RUN, waitingForGil: WAIT, blocked: BLOCK } = LaneState;

describe('a trace file of lists inside one another', () => {
  it('is refused with a sentence, wherever they are', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const whole = JSON.stringify(file());
    for (const text of [
      `{"format":"gil-scope-trace","version":${deep}}`,
      whole.replace(/"version":\d+/, `"version":${deep}`),
      whole.replace(/"lanes":\[/, `"lanes":[${deep},`),
      whole.replace(/"durationNs":\d+/, `"durationNs":${deep}`),
    ]) {
      ok(text.includes(deep), 'the lists are in the text');
      throws(() => readDamagedTraceJson(text), UserError);
    }
  });
});

interface File {
  durationNs?: number | null | undefined;
  droppedCount: number;
  lanes: unknown[];
  segments: (null | { starts: unknown[]; states: unknown[]; positions: unknown[] })[];
  events: Record<'times' | 'kinds' | 'lanes' | 'locks' | 'arguments', unknown[]>;
}

/** A: run 10 · wait 10 · block 10 · run 10; with an event at the end of each. */
function file(): File {
  const trace = new TraceBuilder(EXACT_HEADER);
  trace.addLock({ name: 'GIL', kind: 'gil' });
  trace.addLane({ name: 'A', process: 0, interpreter: 0, gil: 0, main: true });
  [RUN, WAIT, BLOCK, RUN].forEach((state, i) => {
    trace.setState(0, i * 10 * MS, state, 0);
    trace.addEvent({ timeNs: (i + 1) * 10 * MS, kind: 3, lane: 0, lock: 0, argument: 1 });
  });
  trace.finish(40 * MS);
  return JSON.parse(writeTraceJson(trace)) as File;
}

/** What is read of a file that something was done to. */
function readAfter(damage: (file: File) => void): ReturnType<typeof readDamagedTraceJson> {
  const damaged = file();
  damage(damaged);
  const read = readDamagedTraceJson(JSON.stringify(damaged));
  strictEqual(validateTrace(read.trace), undefined);
  return read;
}

describe('a damaged trace file', () => {
  it('is a whole one if nothing is wrong with it', () => {
    const { trace, leftOut } = readAfter(() => undefined);
    strictEqual(leftOut, '');
    strictEqual(trace.droppedCount, 0);
    strictEqual(story(trace), 'A  run 10 · wait 10 · block 10 · run 10');
  });

  const lanes: readonly (readonly [
    what: string,
    damage: (starts: unknown[], lane: NonNullable<File['segments'][0]>, file: File) => void,
    told: string,
    leftOut: RegExp,
  ])[] = [
    [
      'a clock goes backwards',
      starts => (starts[2] = 5 * MS),
      // When the wait ended is not known, so neither is that it went on.
      'A  run 10 · unknown 20 · run 10',
      /^1 record of it could not be read: time that goes backwards \(segments\[0\]\[2\]\)\.$/,
    ],
    [
      'one time is far ahead of those after it',
      starts => (starts[1] = 39 * MS),
      'A  unknown 20 · block 10 · run 10',
      /^1 record of it .*backwards \(segments\[0\]\[1\]\)/,
    ],
    [
      'a time is no number',
      starts => (starts[3] = null),
      'A  run 10 · wait 10 · unknown 20',
      /no time within the run \(segments\[0\]\[3\]\)/,
    ],
    [
      'times lie after the end',
      starts => starts.splice(2, 2, 41 * MS, 1e300),
      'A  run 10 · unknown 30',
      /^2 records .*: 2 × no time within the run \(from segments\[0\]\[2\] on\)/,
    ],
    [
      'the beginning is missing',
      starts => (starts[0] = 4 * MS),
      'A  unknown 4 · run 6 · wait 10 · block 10 · run 10',
      /^$/,
    ],
    [
      'a state is of a version to come',
      (_, lane) => (lane.states[1] = 77),
      'A  run 10 · unknown 10 · block 10 · run 10',
      /unknown state \(segments\[0\]\[1\]\)/,
    ],
    [
      'a line is not in the table',
      (_, lane) => (lane.positions[1] = 99),
      'A  run 10 · wait 10 · block 10 · run 10',
      /unknown source position \(segments\[0\]\[1\]\)/,
    ],
    [
      'the writer stopped in the middle of a lane',
      (_, lane) => lane.states.pop(),
      'A  run 10 · wait 10 · block 20',
      /record that lacks a part \(segments\[0\]\[3\]\)/,
    ],
    [
      'a lane has no segments at all',
      (_, __, whole) => (whole.segments[0] = null),
      'A  unknown 40',
      /lane without segments \(segments\[0\]\)/,
    ],
    [
      'there are more lanes of segments than lanes',
      (_, lane, whole) => whole.segments.push(lane),
      'A  run 10 · wait 10 · block 10 · run 10',
      /lane without a name \(segments\[1\]\)/,
    ],
    [
      'a span has no length',
      starts => (starts[2] = 10 * MS),
      'A  run 10 · block 20 · run 10',
      /^$/, // nothing is lost with what took no time
    ],
    [
      'times have fractions, as other programs write them',
      starts => (starts[1] = 10 * MS + 0.25),
      'A  run 10 · wait 10 · block 10 · run 10',
      /^$/,
    ],
  ];
  for (const [what, damage, told, expected] of lanes) {
    it(`is read where ${what}`, () => {
      const { trace, leftOut } = readAfter(whole => {
        const [lane] = whole.segments;
        if (lane) damage(lane.starts, lane, whole);
      });
      strictEqual(story(trace), told);
      match(leftOut, expected);
      const count = Number(/^\d+/.exec(leftOut)?.[0] ?? 0);
      strictEqual(trace.droppedCount, count, 'what is missing is counted with the trace');
    });
  }

  it('leaves out the events that cannot be true, and keeps the others', () => {
    const { trace, leftOut } = readAfter(({ events }) => {
      events.kinds[0] = 99;
      events.times[2] = 1 * MS;
    });
    deepStrictEqual([...trace.events.times], [20 * MS, 40 * MS]);
    strictEqual(trace.droppedCount, 2);
    match(
      leftOut,
      /^2 records .*: time that goes backwards \(events\[2\]\), event of an unknown kind \(events\[0\]\)/,
    );
  });

  it('leaves out events that name what is not there', () => {
    const { trace } = readAfter(({ events }) => {
      events.lanes[0] = 5;
      events.locks[1] = 7;
      Object.assign(events, { kinds: [3, 3, 4, 2], arguments: [1, 1, 9, 8] });
    });
    strictEqual(trace.eventCount, 0, 'no lane, no lock, no mark, no holder before');
    strictEqual(trace.droppedCount, 4);
  });

  it('ends with its last record if nothing says when it ended', () => {
    for (const end of [undefined, null]) {
      const { trace, leftOut } = readAfter(whole => {
        whole.durationNs = end;
        whole.events.times[3] = 33 * MS;
      });
      strictEqual(trace.nowNs, 33 * MS);
      match(leftOut, /run without an end/);
    }
  });

  it('adds what is missing to what was lost before', () => {
    const { trace } = readAfter(whole => {
      whole.droppedCount = 10;
      const [lane] = whole.segments;
      if (lane) lane.starts[2] = 5 * MS;
    });
    strictEqual(trace.droppedCount, 11);
    match(verdictOf(trace).sentence, /11 events were lost.* 20 ms, 50 % .*was not observed/);
  });

  it('is refused with a sentence or read and usable, whatever is done to it', function () {
    this.timeout(60_000);
    const { trace: whole } = runOf({
      text: 'A  lock L · compute 7ms · unlock L\nB  lock L · compute 3ms',
      runtime: 'gil',
      cores: 2,
      intervalMs: 5,
      seed: 1,
      ideal: false,
    });
    const text = writeTraceJson(whole);
    const places = [...text.matchAll(/-?\d+(\.\d+)?|true|false|"[^"]*"|[[\]{}]/g)];
    const odd = fc.constantFrom(
      '-1',
      '0',
      '1e308',
      '9007199254740993',
      'null',
      '"x"',
      '[]',
      '{}',
      '2.5',
      '',
    );
    const damage = fc.array(fc.tuple(fc.nat(places.length - 1), odd), {
      minLength: 1,
      maxLength: 3,
    });
    let readCount = 0;
    fc.assert(
      fc.property(damage, changes => {
        let damaged = text;
        for (const [i, by] of [...changes].sort(([a], [b]) => b - a)) {
          const { index, 0: old } = places[i];
          damaged = damaged.slice(0, index) + by + damaged.slice(index + old.length);
        }
        try {
          const { trace } = readDamagedTraceJson(damaged);
          readCount++;
          strictEqual(validateTrace(trace), undefined);
          const copy = new TraceBuilder(trace.header);
          strictEqual(copy.appendChunk(wholeTrace(trace)), undefined);
          deepStrictEqual(contentOf(copy), contentOf(trace));
          blameOf(trace);
          figuresMarkdown({ title: 't', detail: '' }, [{ trace: copy, outcome: 'complete' }]);
        } catch (error) {
          ok(error instanceof UserError, `${String(error)} for ${JSON.stringify(changes)}`);
        }
      }),
      { numRuns: pick(3_000, 300), seed: 5 },
    );
    ok(readCount > pick(300, 30), `only ${readCount} were read`);
  });
});

describe('what is kept of times that go backwards', () => {
  const times = fc.array(fc.nat(30), { maxLength: 12 });

  it('is in order, and as much as can be', () => {
    fc.assert(
      fc.property(times, list => {
        const all = Float64Array.from(list);
        const kept = keptInOrder(all, new Uint8Array(list.length).fill(1));
        const rest = list.filter((_, i) => kept[i] === 1);
        deepStrictEqual(
          rest,
          [...rest].sort((a, b) => a - b),
        );
        strictEqual(rest.length, mostInOrder(list));
      }),
      { numRuns: pick(2_000, 200), seed: 5 },
    );
  });

  /** The same by trying all. */
  function mostInOrder(list: readonly number[], last = -1): number {
    if (list.length === 0) return 0;
    const [first, ...rest] = list;
    const without = mostInOrder(rest, last);
    return first < last ? without : Math.max(without, 1 + mostInOrder(rest, first));
  }
});
