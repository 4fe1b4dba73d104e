// The wire gives back exactly what was put on it, and says so when it cannot.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LANE_STATE_COUNT } from '../../src/core/model/lanes';
import { EventKind, type Trace } from '../../src/core/model/trace';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { TraceCursor, wholeTrace } from '../../src/core/model/traceCursor';
import { decodeChunk, encodeChunk } from '../../src/protocol/batch';
import { EXACT_HEADER, storyOf } from '../support/traces';

/** Steps of random length, some beyond the 4.3 s that fit 32 bits. */
const step = fc.oneof(fc.nat(1000), fc.nat(5_000_000), fc.constant(5_000_000_000));

const randomTrace = fc
  .record({
    laneCount: fc.integer({ min: 1, max: 4 }),
    wide: fc.boolean(),
    happenings: fc.array(
      fc.record({
        step,
        lane: fc.nat(3),
        state: fc.nat(LANE_STATE_COUNT - 1),
        event: fc.boolean(),
      }),
      { maxLength: 120 },
    ),
  })
  .map(({ laneCount, wide, happenings }) => {
    const trace = new TraceBuilder(EXACT_HEADER);
    const lock = trace.addLock({ name: 'GIL', kind: 'gil' });
    for (let lane = 0; lane < laneCount; lane++) {
      trace.addLane({ name: `T${lane}`, process: 0, interpreter: 0, gil: 0, main: lane === 0 });
    }
    for (let i = 0; i < 3; i++) {
      trace.addPosition({ file: 'a.py', line: i + 1, functionName: 'f' });
    }
    let timeNs = 0;
    for (const { step: stepNs, lane, state, event } of happenings) {
      timeNs += stepNs;
      const which = lane % laneCount;
      trace.setState(which, timeNs, state, state % 3);
      const kind = EventKind.release; // whose argument names nothing of the trace
      if (event) trace.addEvent({ timeNs, kind, lane: which, lock, argument: wide ? 70_000 : 0 });
    }
    trace.finish(timeNs + 1);
    return trace;
  });

/** Sends a trace in pieces over the wire and gives what arrives on the other side. */
function sent(trace: Trace, entries: number): TraceBuilder {
  const cursor = new TraceCursor(trace, entries);
  const received = new TraceBuilder(trace.header);
  while (!cursor.complete) {
    const problem = received.appendChunk(decodeChunk(encodeChunk(cursor.take())));
    assert.equal(problem, undefined);
  }
  return received;
}

describe('a chunk on the wire', () => {
  it('arrives as it was, in one piece or in many, at any step of time and any size of table', () => {
    fc.assert(
      fc.property(randomTrace, fc.integer({ min: 1, max: 200 }), (trace, entries) => {
        assert.deepEqual(storyOf(sent(trace, entries)), storyOf(trace));
        assert.deepEqual(storyOf(sent(trace, Infinity)), storyOf(trace));
      }),
      { numRuns: 300 },
    );
  });

  it('carries more source positions than 16 bits can number', () => {
    const trace = new TraceBuilder(EXACT_HEADER);
    trace.addLane({ name: 'T', process: 0, interpreter: 0, gil: -1, main: true });
    for (let i = 1; i <= 70_000; i++) {
      trace.addPosition({ file: 'a.py', line: i, functionName: 'f' });
      trace.setState(0, i, 2 + (i % 2), i);
    }
    trace.finish(70_001);
    const received = sent(trace, 30_000);
    assert.equal(received.stores[0].positionOf(received.stores[0].segmentAt(69_999)), 69_999);
    assert.equal(received.positions[69_999].line, 69_999);
    assert.equal(received.segmentCount, trace.segmentCount);
  });

  it('is refused with a sentence when it is cut short anywhere', () => {
    fc.assert(
      fc.property(randomTrace, fc.double({ min: 0, max: 0.999, noNaN: true }), (trace, share) => {
        const wire = encodeChunk(wholeTrace(trace));
        const bytes = wire.bytes.slice(0, Math.floor(wire.bytes.byteLength * share) & ~7);
        assert.throws(() => decodeChunk({ ...wire, bytes }), { name: 'UserError' });
      }),
      { numRuns: 200 },
    );
  });

  it('never does worse than a sentence when its bytes are damaged', () => {
    fc.assert(
      fc.property(randomTrace, fc.array(fc.tuple(fc.nat(), fc.nat(255))), (trace, damage) => {
        const wire = encodeChunk(wholeTrace(trace));
        const bytes = new Uint8Array(wire.bytes);
        for (const [at, value] of damage) bytes[at % bytes.length] = value;
        try {
          new TraceBuilder(EXACT_HEADER).appendChunk(decodeChunk(wire));
        } catch (error) {
          assert.equal((error as Error).name, 'UserError');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of another version is refused with what to do', () => {
    const wire = encodeChunk(wholeTrace(new TraceBuilder(EXACT_HEADER)));
    new DataView(wire.bytes).setUint16(4, 9, true);
    assert.throws(() => decodeChunk(wire), /version 9, and version 1 was expected. Reload/);
  });

  it('out of order is refused, and the trace stays as it was', () => {
    const trace = new TraceBuilder(EXACT_HEADER);
    const chunk = { ...wholeTrace(new TraceBuilder(EXACT_HEADER)), sequence: 3 };
    assert.equal(trace.appendChunk(chunk), 'part 0 of the trace was expected, part 3 came');
    assert.equal(trace.eventCount, 0);
  });

  it('costs about ten bytes a segment', () => {
    const trace = new TraceBuilder(EXACT_HEADER);
    trace.addLane({ name: 'T', process: 0, interpreter: 0, gil: -1, main: true });
    for (let i = 1; i < 1000; i++) trace.setState(0, i * 1000, i % 2 === 0 ? 2 : 4, 0);
    trace.finish(1_000_000);
    // 4 bytes of time, 2 of position, 1 of state; 48 of heads and some padding.
    assert.ok(encodeChunk(wholeTrace(trace)).bytes.byteLength < 1000 * 7 + 64);
  });
});
