// The last part of a trace without an end, and what stands still in it.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { accountOf } from '../../../src/core/insight/account';
import { excerptOf } from '../../../src/core/insight/excerpt';
import { KeptTrace } from '../../../src/core/insight/keptTrace';
import { standstillIn } from '../../../src/core/insight/standstill';
import { LaneState } from '../../../src/core/model/lanes';
import { EventKind } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { EXACT_HEADER, storyOf } from '../../support/traces';

const { runningWithGil: held, waitingForGil: waits, idle } = LaneState;
const MS = 1e6;

/** Grows by a turn of two threads at a time, `turnMs` long. */
class Growing {
  readonly trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded' });
  #nowMs = 0;

  constructor() {
    this.trace.addLock({ name: 'GIL', kind: 'gil' });
    this.trace.addPosition({ file: '/srv/app.py', line: 1, functionName: 'f' });
    for (const name of ['A', 'B'])
      this.trace.addLane({ name, process: 0, interpreter: 0, gil: 0, main: name === 'A' });
  }

  turn(lane: number, turnMs: number): void {
    const timeNs = this.#nowMs * MS;
    this.#nowMs += turnMs;
    this.trace.setState(lane, timeNs, held, 1);
    this.trace.setState(1 - lane, timeNs, waits, 1);
    this.trace.addEvent({ timeNs, kind: EventKind.acquire, lane, lock: 0, argument: 2 - lane });
    const endNs = this.#nowMs * MS;
    this.trace.addEvent({ timeNs: endNs, kind: EventKind.release, lane, lock: 0, argument: 0 });
  }
}

describe('a kept trace', () => {
  it('is the end of the whole, and bounded, however long that grows', () => {
    const growing = new Growing();
    const kept = new KeptTrace(growing.trace.header, 1000 * MS);
    let most = 0;
    for (let i = 0; i < 5_000; i++) {
      growing.turn(i % 2, 5);
      if (i % 7 === 0) strictEqual(kept.append(growing.trace.takeChunk()), undefined);
      most = Math.max(most, kept.trace.eventCount);
    }
    growing.trace.finish(growing.trace.nowNs);
    strictEqual(kept.append(growing.trace.takeChunk()), undefined);
    ok(kept.trace.nowNs >= 1000 * MS && kept.trace.nowNs <= 2100 * MS);
    ok(most < 1000, `${most} events were kept`);
    const { nowNs } = growing.trace;
    strictEqual(kept.startNs + kept.trace.nowNs, nowNs);
    // The last second of both is the same, event by event.
    const last = (trace: typeof kept.trace): unknown =>
      storyOf(excerptOf(trace, { startNs: trace.nowNs - 900 * MS, endNs: trace.nowNs }));
    deepStrictEqual(last(kept.trace), last(growing.trace));
    strictEqual(accountOf(kept.trace).threads.length, 2);
  });
});

describe('a standstill', () => {
  it('is the longest wait that goes on after a time', () => {
    const growing = new Growing();
    growing.turn(0, 300);
    growing.turn(1, 120);
    growing.turn(0, 5);
    const { trace } = growing;
    trace.finish(trace.nowNs);
    const found = (sinceMs: number) =>
      standstillIn(trace, { leastNs: 100 * MS, sinceNs: sinceMs * MS });
    deepStrictEqual(found(0), { lane: 1, startNs: 0, endNs: 300 * MS, isOver: true });
    deepStrictEqual(found(310), {
      lane: 0,
      startNs: 300 * MS,
      endNs: 420 * MS,
      isOver: true,
    });
    strictEqual(found(424), undefined);
  });

  it('of an event loop is its time away from the selector, and idling is none', () => {
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded' });
    trace.addLock({ name: 'GIL', kind: 'gil' });
    trace.addMark({ kind: 'event-loop', text: 'runs an event loop' });
    trace.addLane({ name: 'loop', process: 0, interpreter: 0, gil: 0, main: true });
    trace.addEvent({ timeNs: 0, kind: EventKind.mark, lane: 0, lock: 0, argument: 0 });
    trace.setState(0, 0, idle, 0);
    trace.setState(0, 5000 * MS, held, 0);
    trace.finish(5200 * MS);
    deepStrictEqual(standstillIn(trace, { leastNs: 100 * MS, sinceNs: 0 }), {
      lane: 0,
      startNs: 5000 * MS,
      endNs: 5200 * MS,
      isOver: false,
    });
  });
});
