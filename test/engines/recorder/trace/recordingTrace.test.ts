// From rows to a trace: what each kind of row does to events, lanes and counts. Times in µs.
import assert from 'node:assert/strict';

import { LANE_STATE_NAMES } from '../../../../src/core/model/lanes';
import { statisticsOf } from '../../../../src/core/insight/statistics';
import { EventKind } from '../../../../src/core/model/trace';
import { validateTrace } from '../../../../src/core/model/validateTrace';
import {
  recordingHeader,
  RecordingTrace,
} from '../../../../src/engines/recorder/trace/recordingTrace';
import { LookState, RECORD_WIDTH, RecordKind } from '../../../../src/engines/recorder/file/records';

const KIND_NAMES = Object.keys(EventKind);

/** A recording of two threads of one GIL, called 0 and 1, known from the start. */
class Rows {
  readonly trace = new RecordingTrace(
    recordingHeader({
      name: 'test',
      cores: 2,
      mode: 'normal',
      pythonVersion: '3.13.0',
      switchIntervalNs: 5e6,
    }),
  );

  constructor(names: readonly string[] = ['A', 'B']) {
    this.trace.define({ kind: 'gil', index: 0, process: 0, interpreter: 0 });
    for (const index of [0, 1]) {
      this.trace.define({
        kind: 'thread',
        index,
        process: 0,
        interpreter: 0,
        gil: 0,
        nativeId: 100 + index,
        isMain: false,
        standsForMany: false,
        sinceNs: 0,
      });
    }
    names.forEach((name, thread) => this.trace.define({ kind: 'name', thread, name }));
  }

  add(kind: number, timeUs: number, ...columns: readonly number[]): this {
    const row = new Float64Array(RECORD_WIDTH);
    row.set([kind, timeUs * 1000, ...columns]);
    this.trace.addRows(row);
    return this;
  }
  /** The GIL as read at `timeUs`, when the read at `beforeUs` was the last that showed it as before. */
  gil(
    reads: [beforeUs: number, timeUs: number],
    ...now: [holder: number, locked: 0 | 1, switches: number]
  ): this {
    const [beforeUs, timeUs] = reads;
    return this.add(RecordKind.gil, timeUs, beforeUs * 1000, 0, ...now);
  }
  look(timeUs: number, thread: number, state: number): this {
    return this.add(RecordKind.look, timeUs, thread, state, 0, 0, 0);
  }
  end(timeUs: number): this {
    this.add(RecordKind.tick, timeUs);
    this.trace.finish();
    assert.equal(validateTrace(this.trace.builder), undefined);
    return this;
  }

  events(): string[] {
    const { times, kinds, lanes } = this.trace.builder.events;
    return [...kinds].map(
      (kind, i) =>
        `${times[i] / 1000} ${KIND_NAMES[kind]} ${this.trace.builder.lanes[lanes[i]].name}`,
    );
  }
  states(lane: number): string[] {
    const store = this.trace.builder.stores[lane];
    return Array.from(
      { length: store.count },
      (_, i) => `${store.startOf(i) / 1000} ${LANE_STATE_NAMES[store.stateOf(i)]}`,
    );
  }
}

describe('the trace of a recording', () => {
  it('puts a hand-off in the middle between the reads before and after it', () => {
    const rows = new Rows().gil([0, 100], 0, 1, 0).gil([900, 1100], 1, 1, 1);
    rows.look(1200, 0, LookState.waiting).end(2000);
    // (0 + 100) / 2; (900 + 1100) / 2
    assert.deepEqual(rows.events(), [
      '50 acquire A',
      '1000 release A',
      '1000 acquire B',
      '1000 request A',
    ]);
    assert.deepEqual(rows.states(0).slice(1), [
      '50 running with the GIL',
      '1000 waiting for the GIL',
    ]);
  });

  it('knows a turn that began and ended between two reads by its holder', () => {
    // What A does after its loss nobody looked at: that somebody else had the GIL makes it a wait.
    const rows = new Rows().gil([0, 100], 0, 1, 0).gil([900, 1100], 1, 0, 1).end(2000);
    assert.deepEqual(rows.events(), [
      '50 acquire A',
      '1000 release A',
      '1000 acquire B',
      '1000 release B',
      '1000 request A',
    ]);
  });

  it('counts the hand-offs that nobody saw as dropped', () => {
    const rows = new Rows().gil([0, 100], 0, 1, 0).gil([900, 1100], 1, 1, 5).end(2000);
    // 5 hand-offs, the last of them seen
    assert.equal(rows.trace.builder.droppedCount, 4);
  });

  it('counts there and back between two reads as two that nobody saw', () => {
    const rows = new Rows().gil([0, 100], 0, 1, 0).gil([900, 1100], 0, 1, 2).end(2000);
    assert.equal(statisticsOf(rows.trace.builder).handOffCount, 0);
    assert.equal(rows.trace.builder.droppedCount, 2);
  });

  it('counts a hand-off once, also when a read meets CPython between writing the holder and counting', () => {
    const rows = new Rows().gil([0, 100], 0, 1, 0).gil([900, 1100], 1, 1, 0);
    rows.gil([1100, 1200], 1, 1, 1).end(2000);
    assert.equal(statisticsOf(rows.trace.builder).handOffCount, 1);
    assert.equal(rows.trace.builder.droppedCount, 0);
  });

  it('ends and begins turns at the edges of a time in which nobody looked', () => {
    const rows = new Rows().gil([0, 100], 0, 1, 0).add(RecordKind.blind, 9000, 1000e3, 0);
    rows.gil([1000, 9000], 1, 1, 3).look(9100, 0, LookState.waiting).end(10_000);
    assert.deepEqual(rows.events().slice(1, 2), ['1000 release A']);
    assert.deepEqual(rows.states(0).slice(2), ['1000 not observed', '9000 waiting for the GIL']);
    assert.deepEqual(rows.states(1).slice(-2), ['1000 not observed', '9000 running with the GIL']);
  });

  it('holds back what a thread did until its name is known, and keeps the order', () => {
    const rows = new Rows(['A']).gil([0, 100], 1, 1, 0).gil([900, 1100], 0, 1, 1);
    rows.add(RecordKind.tick, 200_000);
    assert.deepEqual(rows.events(), []);
    rows.trace.define({ kind: 'name', thread: 1, name: 'late' });
    rows.end(300_000);
    assert.deepEqual(rows.events(), [
      '50 acquire late',
      '1000 release late',
      '1000 acquire A',
      '1000 request late',
    ]);
  });

  it('lets a thread end between the last look that found it and the first sweep that did not', () => {
    const rows = new Rows().look(1000, 1, LookState.blocked);
    rows.add(RecordKind.threadEnded, 9000, 1, 1000e3, 3000e3).end(10_000);
    // (1000 + 3000) / 2, whenever it was told
    assert.equal(rows.states(1).at(-1), '2000 finished');
  });

  it('says that a limit stops a thread that could run, while the limit stops its process', () => {
    const rows = new Rows().look(1000, 0, LookState.blocked);
    const runsWithoutCore = (fromUs: number): void => {
      for (let at = fromUs; at <= fromUs + 12_000; at += 2000) {
        rows.add(RecordKind.look, at, 0, LookState.running, 0, (at - 2000) * 1000, -1);
      }
      rows.look(fromUs + 20_000, 0, LookState.blocked);
    };
    rows.add(RecordKind.cpu, 2000, 0, 0, 0, 0);
    runsWithoutCore(10_000);
    // 50 of 98 ms
    rows.add(RecordKind.cpu, 100_000, 0, 10e6, 0, 50e6);
    runsWithoutCore(110_000);
    rows.add(RecordKind.cpu, 200_000, 0, 20e6, 0, 50e6);
    runsWithoutCore(210_000);
    rows.end(300_000);
    const waits = rows.states(0).filter(state => /no core|limit/.test(state));
    assert.deepEqual(
      waits.map(state => state.replace(/^\S+ /, '').replace(/ @.*/, '')),
      ['ready, no core free', 'stopped by a CPU limit', 'ready, no core free'],
    );
    assert.equal(rows.trace.builder.cpu.length, 3);
  });

  it('tells threads with the same name apart', () => {
    const { lanes } = new Rows(['worker', 'worker']).end(1000).trace.builder;
    assert.deepEqual(
      lanes.map(({ name }) => name),
      ['worker', 'worker (2)'],
    );
  });

  it('draws a thread that Python did not make by the time that it had a core', () => {
    const rows = new Rows();
    rows.trace.define({ kind: 'native', index: 0, process: 0, name: 'blas' });
    rows.add(RecordKind.native, 20_000, 0, 5e6, 0);
    rows.add(RecordKind.native, 40_000, 0, 20e6, 20e6);
    rows.add(RecordKind.native, 60_000, 0, 5e6, 40e6);
    rows.add(RecordKind.nativeEnded, 70_000, 0).end(80_000);
    const lane = rows.trace.builder.lanes.findIndex(({ native }) => native === true);
    const states = rows.states(lane).map(state => state.replace(/ @.*/, ''));
    assert.deepEqual(states, [
      '0 blocked',
      '15000 running without the GIL',
      '45000 blocked',
      '70000 finished',
    ]);
  });

  it('marks once a turn in which C code sleeps with the GIL', () => {
    const rows = new Rows().gil([0, 100], 0, 1, 0);
    rows.look(200, 0, LookState.holdingBlocked).look(300, 0, LookState.holdingBlocked).end(2000);
    assert.deepEqual(rows.events(), ['50 acquire A', '200 mark A']);
  });
});
