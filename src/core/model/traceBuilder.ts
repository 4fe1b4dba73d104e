// How a trace comes about. The same class grows at both ends of the wire, so that host and page cannot disagree.

import { Column, TimeColumn } from './columns';
import { LaneState } from './lanes';
import { LaneStore } from './laneStore';
import type { Mark } from './mark';
import type { CpuReading, ProcessInfo } from './measured';
import { UNKNOWN_POSITION, type PositionIndex, type SourcePosition } from './program';
import type {
  EventColumns,
  LaneInfo,
  LockEvent,
  LockInfo,
  Trace,
  TraceChunk,
  TraceHeader,
} from './trace';
import { TraceCursor } from './traceCursor';
import type { Nanoseconds } from '../units';
import { isTime, problemOfBlock, problemOfEvents } from './validateTrace';

/** A growing trace. Its maker calls `addLane`, `setState`, `addEvent` in order of time, and `finish` at the end. */
export class TraceBuilder implements Trace {
  readonly lanes: LaneInfo[] = [];
  readonly locks: LockInfo[] = [];
  readonly positions: SourcePosition[] = [UNKNOWN_POSITION];
  readonly marks: Mark[] = [];
  readonly processes: ProcessInfo[] = [];
  readonly cpu: CpuReading[] = [];
  readonly stores: LaneStore[] = [];
  readonly #times = new TimeColumn();
  readonly #kinds = new Column('u8');
  readonly #eventLanes = new Column('index');
  readonly #eventLocks = new Column('index');
  readonly #arguments = new Column('index');
  #nowNs: Nanoseconds = 0;
  #done = false;
  #droppedCount = 0;
  #nextSequence = 0;
  readonly #cursor = new TraceCursor(this);

  readonly header: TraceHeader;

  constructor(header: TraceHeader) {
    this.header = header;
  }

  get nowNs(): Nanoseconds {
    return this.#nowNs;
  }
  get done(): boolean {
    return this.#done;
  }
  get droppedCount(): number {
    return this.#droppedCount;
  }
  get eventCount(): number {
    return this.#times.length;
  }
  get events(): EventColumns {
    return {
      times: this.#times.view(),
      kinds: this.#kinds.view() as Uint8Array,
      lanes: this.#eventLanes.view() as Uint16Array,
      locks: this.#eventLocks.view() as Uint16Array,
      arguments: this.#arguments.view() as Uint16Array,
    };
  }
  /** Bytes behind all columns, slack included. */
  get byteLength(): number {
    const columns = [
      this.#times,
      this.#kinds,
      this.#eventLanes,
      this.#eventLocks,
      this.#arguments,
      ...this.stores,
    ];
    return columns.reduce((sum, column) => sum + column.byteLength, 0);
  }
  get segmentCount(): number {
    return this.stores.reduce((sum, store) => sum + store.count, 0);
  }

  /** Adds a lane; it is `not started` from 0 on. Returns its index. */
  addLane(info: LaneInfo): number {
    this.lanes.push(info);
    const store = new LaneStore();
    store.push(0, LaneState.notStarted, 0);
    this.stores.push(store);
    return this.lanes.length - 1;
  }

  addLock(info: LockInfo): number {
    this.locks.push(info);
    return this.locks.length - 1;
  }

  addPosition(position: SourcePosition): PositionIndex {
    this.positions.push(position);
    return this.positions.length - 1;
  }

  addMark(mark: Mark): number {
    this.marks.push(mark);
    return this.marks.length - 1;
  }

  /** From `timeNs` on the lane is in `state` at `position`. Times must not go backwards within a lane. */
  setState(lane: number, timeNs: Nanoseconds, state: number, position: PositionIndex): void {
    this.stores[lane].push(timeNs, state, position);
    if (timeNs > this.#nowNs) this.#nowNs = timeNs;
  }

  /** Times must not go backwards over all events. */
  addEvent(event: LockEvent): void {
    this.#times.push(event.timeNs);
    this.#kinds.push(event.kind);
    this.#eventLanes.push(event.lane);
    this.#eventLocks.push(event.lock);
    this.#arguments.push(event.argument);
    if (event.timeNs > this.#nowNs) this.#nowNs = event.timeNs;
  }

  /** Everything up to `timeNs` is known now, even if nothing happened. */
  advanceTo(timeNs: Nanoseconds): void {
    if (timeNs > this.#nowNs) this.#nowNs = timeNs;
  }

  countDropped(count: number): void {
    this.#droppedCount += count;
  }

  /** Ends the trace at `durationNs`: every lane is drawn up to there. */
  finish(durationNs: Nanoseconds): void {
    this.advanceTo(durationNs);
    for (const store of this.stores) store.extendTo(this.#nowNs);
    this.#done = true;
  }

  /** All that was gained since the last call, at most one chunk of it. See {@link TraceCursor.take}. */
  takeChunk(): TraceChunk {
    return this.#cursor.take();
  }

  /**
   * Adds what another builder took. Returns a sentence if the chunk does not fit this trace, and leaves the
   * trace as it was; undefined when all is well.
   */
  appendChunk(chunk: TraceChunk): string | undefined {
    const problem = this.#problemOf(chunk);
    if (problem !== undefined) return problem;
    for (const lane of chunk.tables.lanes) this.addLane(lane);
    for (const lock of chunk.tables.locks) this.addLock(lock);
    for (const position of chunk.tables.positions) this.addPosition(position);
    for (const mark of chunk.tables.marks) this.addMark(mark);
    this.processes.push(...(chunk.tables.processes ?? []));
    this.cpu.push(...(chunk.tables.cpu ?? []));
    for (const block of chunk.laneBlocks) {
      this.stores[block.lane].append(block);
      this.advanceTo(block.starts.at(-1) ?? 0);
    }
    this.#times.append(chunk.events.times);
    this.#kinds.append(chunk.events.kinds);
    this.#eventLanes.append(chunk.events.lanes);
    this.#eventLocks.append(chunk.events.locks);
    this.#arguments.append(chunk.events.arguments);
    this.#nextSequence = chunk.sequence + 1;
    this.#droppedCount = chunk.droppedCount;
    this.advanceTo(chunk.nowNs);
    for (const store of this.stores) store.extendTo(this.#nowNs);
    if (chunk.done) this.#done = true;
    return undefined;
  }

  #problemOf(chunk: TraceChunk): string | undefined {
    if (this.#done) return 'the trace is complete, but more of it arrived';
    if (!isTime(chunk.nowNs)) return `it is known up to ${chunk.nowNs} ns, which is no time`;
    if (chunk.sequence !== this.#nextSequence) {
      return `part ${this.#nextSequence} of the trace was expected, part ${chunk.sequence} came`;
    }
    const laneCount = this.lanes.length + chunk.tables.lanes.length;
    const positionCount = this.positions.length + chunk.tables.positions.length;
    for (const block of chunk.laneBlocks) {
      const store = this.stores[block.lane] as LaneStore | undefined;
      const startNs = store && store.count > 0 ? store.startOf(store.count - 1) : 0;
      const problem = problemOfBlock(block, { laneCount, positionCount, startNs });
      if (problem !== undefined) return problem;
    }
    const lockCount = this.locks.length + chunk.tables.locks.length;
    const startNs = this.eventCount > 0 ? this.#times.at(this.eventCount - 1) : 0;
    const markCount = this.marks.length + chunk.tables.marks.length;
    return problemOfEvents(chunk.events, { laneCount, lockCount, markCount, startNs });
  }
}
