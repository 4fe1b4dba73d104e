// The ring and what becomes of its records: nothing is invented, nothing is lost without being counted, all in order.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LaneState } from '../../../src/core/model/lanes';
import { EventKind, type TraceHeader } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import {
  allocateRing,
  NO_EVENT,
  firstWord,
  secondWord,
  RingReader,
  RingWriter,
  unpackRecord,
  type LaneRecord,
  type RecordBatch,
} from '../../../src/engines/workers/ring';
import { TraceAssembler } from '../../../src/engines/workers/traceAssembler';
import { EXACT_HEADER } from '../../support/traces';
import { eventsOf } from './realRuns';

const anyRecord: fc.Arbitrary<LaneRecord> = fc.record({
  state: fc.integer({ min: 0, max: 9 }),
  position: fc.integer({ min: 0, max: 0xffffff }),
  event: fc.constantFrom(EventKind.request, EventKind.acquire, EventKind.mark, NO_EVENT),
  lock: fc.integer({ min: 0, max: 0xffff }),
  argument: fc.integer({ min: 0, max: 0xffff }),
});

/** Both words of a record. */
function packRecord({ state, position, event, lock, argument }: LaneRecord): [number, number] {
  return [firstWord(state, position, event), secondWord(lock, argument)];
}

function push(writer: RingWriter, timeNs: number, record: Partial<LaneRecord> = {}, last = false) {
  const [first, second] = packRecord({
    state: LaneState.blocked,
    position: 0,
    event: NO_EVENT,
    lock: 0,
    argument: 0,
    ...record,
  });
  writer.run();
  writer.push(timeNs, first, second, last);
}

describe('a ring', () => {
  it('gives every record back as it was', () => {
    fc.assert(
      fc.property(anyRecord, record => {
        const [first, second] = packRecord(record);
        assert.deepEqual(unpackRecord(first | 0, second | 0), { ...record });
      }),
    );
  });

  it('keeps the order over any number of rounds, however it is read', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 60 }), counts => {
        const memory = allocateRing(16);
        const writer = new RingWriter(memory);
        const reader = new RingReader(memory);
        const read: number[] = [];
        let written = 0;
        for (const count of counts) {
          for (let i = 0; i < count; i++) push(writer, written++);
          read.push(...reader.take(written).times);
        }
        assert.deepEqual(
          read,
          Array.from({ length: written }, (_, i) => i),
        );
        assert.equal(reader.take(written).droppedCount, 0);
      }),
    );
  });

  it('counts what a full ring could not take, and says since when nothing is known', () => {
    const memory = allocateRing(8);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    for (let timeNs = 0; timeNs < 20; timeNs++) push(writer, timeNs);
    const first = reader.take(20);
    // Of 8 places 4 are kept for last words: records 0 to 3 fit, 4 to 19 are lost.
    assert.deepEqual([...first.times], [0, 1, 2, 3]);
    assert.equal(first.droppedCount, 16);
    push(writer, 50);
    const second = reader.take(60);
    assert.deepEqual([...second.times], [4, 50]);
    assert.equal(unpackRecord(second.words[0], second.words[1]).state, LaneState.unknown);
    assert.equal(unpackRecord(second.words[2], second.words[3]).state, LaneState.blocked);
  });

  it('has a place for the last words of a thread even when it is full', () => {
    const memory = allocateRing(8);
    const writer = new RingWriter(memory);
    for (let timeNs = 0; timeNs < 20; timeNs++) push(writer, timeNs);
    push(writer, 20, { state: LaneState.finished }, true);
    const { times, words } = new RingReader(memory).take(21);
    assert.deepEqual([...times], [0, 1, 2, 3, 4, 20]);
    assert.equal(words[10] & 15, LaneState.finished);
  });

  it('tells of what can wait with the next promise, before the promise is made', () => {
    const ring = allocateRing(8);
    const writer = new RingWriter(ring);
    const reader = new RingReader(ring);
    writer.run();
    writer.pushSoon(10_000, 0, 0);
    assert.deepEqual([...reader.take(20_000).times], []);
    writer.promise(30_000);
    assert.deepEqual([...reader.take(40_000).times], [10_000]);
    writer.pushSoon(50_000, 0, 0);
    writer.rest();
    assert.deepEqual([...reader.take(60_000).times], [50_000]);
  });

  it('is read in time although its writer only ever says that more is to come', () => {
    const ring = allocateRing(64);
    const [writer, reader] = [new RingWriter(ring), new RingReader(ring)];
    writer.run();
    for (let i = 1; i <= 40; i++) writer.pushSoon(i * 1_000, 0, 0);
    const { length } = reader.take(50_000).times;
    assert.ok(length > 0 && length % 8 === 0, `${length} of 40 are read, in groups`);
    writer.rest();
    assert.equal(length + reader.take(60_000).times.length, 40);
  });

  it('is read when it is full, so that there is space again', () => {
    const ring = allocateRing(8);
    const [writer, reader] = [new RingWriter(ring), new RingReader(ring)];
    writer.run();
    // Four places are kept free for last words: the fifth record is lost, and counted.
    for (let i = 1; i <= 5; i++) writer.pushSoon(i * 1_000, 0, 0);
    const batch = reader.take(9_000);
    assert.deepEqual([[...batch.times], batch.droppedCount], [[1_000, 2_000, 3_000, 4_000], 1]);
  });

  it('makes no promise over a record that was left while the reader looked', () => {
    const ring = allocateRing(8);
    const writer = new RingWriter(ring);
    const reader = new RingReader(ring);
    writer.run();
    const load = Atomics.load.bind(Atomics);
    let looks = 0;
    // Between the reader's first look and its second the writer leaves a record and promises what comes after it.
    const between = ((array: Int32Array, index: number): number => {
      const found = load(array, index);
      if (looks++ > 0) return found;
      push(writer, 100_000);
      writer.promise(900_000);
      return found;
    }) as typeof Atomics.load; // the ring has words of 32 bits only
    const batch = ((): RecordBatch => {
      Atomics.load = between;
      try {
        return reader.take(0);
      } finally {
        Atomics.load = load;
      }
    })();
    assert.ok(looks > 1);
    assert.ok(batch.times.length === 1 || batch.floorNs <= 100_000, `promised ${batch.floorNs}`);
  });

  it('promises the present when its writer rests, and no more than what it said when it runs', () => {
    const memory = allocateRing(16);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    assert.equal(reader.take(5_000_000).floorNs, 5_000_000);
    push(writer, 6_000_000);
    assert.equal(reader.take(7_000_000).floorNs, 6_000_000); // no later record is earlier than this one
    writer.promise(8_000_000);
    const { floorNs } = reader.take(9_000_000);
    assert.ok(floorNs <= 8_000_000 && floorNs > 8_000_000 - 1024);
    writer.rest();
    assert.equal(reader.take(10_000_000).floorNs, 10_000_000);
    writer.run(); // a stamp is on its way
    assert.ok(reader.take(11_000_000).floorNs <= 10_000_000);
  });
});

const HEADER: TraceHeader = { ...EXACT_HEADER, engine: 'workers' };

function assemblerFor(lanes: number) {
  const builder = new TraceBuilder(HEADER);
  builder.addLock({ name: 'GIL', kind: 'gil' });
  for (let i = 0; i < lanes; i++) {
    builder.addLane({ name: `T${i}`, process: 0, interpreter: 0, gil: 0, main: i === 0 });
  }
  return { builder, assembler: new TraceAssembler(builder) };
}

function batchOf(
  times: readonly number[],
  floorNs: number,
  event: LaneRecord['event'],
): RecordBatch {
  const record = { state: LaneState.blocked, position: 0, event, lock: 0, argument: 0 };
  return {
    times: Float64Array.from(times),
    words: Int32Array.from(times.flatMap(() => packRecord(record))),
    floorNs,
    droppedCount: 0,
  };
}

describe('the records of many lanes', () => {
  it('come into the trace in order of time, all of them, however the lanes are read', () => {
    const anyLane = fc.array(fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 8 }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(anyLane, { minLength: 1, maxLength: 4 }), lanes => {
        const { builder, assembler } = assemblerFor(lanes.length);
        const rounds = Math.max(...lanes.map(batches => batches.length));
        const all: number[] = [];
        const clocks = lanes.map(() => 0);
        for (let round = 0; round < rounds; round++) {
          lanes.forEach((batches, lane) => {
            const times = (batches[round] ?? []).map(gapNs => (clocks[lane] += gapNs));
            all.push(...times);
            assembler.accept(lane, batchOf(times, clocks[lane], EventKind.request));
          });
          assembler.advance();
          assert.ok(builder.nowNs <= Math.min(...clocks), 'nothing beyond what all lanes promise');
        }
        lanes.forEach((_, lane) => assembler.raiseFloor(lane, Infinity));
        assembler.advance();
        assert.deepEqual(
          eventsOf(builder).map(({ timeNs }) => timeNs),
          all.sort((a, b) => a - b),
        );
      }),
    );
  });

  it('tell a release by another thread on the lane that held the lock', () => {
    const { builder, assembler } = assemblerFor(2);
    assembler.accept(0, batchOf([10], Infinity, EventKind.acquire));
    assembler.accept(1, batchOf([20], Infinity, EventKind.release));
    assembler.advance();
    assert.deepEqual(
      eventsOf(builder).map(({ timeNs, lane }) => [timeNs, lane]),
      [
        [10, 0],
        [20, 0],
      ],
    );
  });
});
