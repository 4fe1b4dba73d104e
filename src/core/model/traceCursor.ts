// Reads a growing trace piece by piece: each `take` gives what came since the one before. Any number of readers
// may follow one trace, each at its own pace; a slow one simply gets larger pieces.

import type { EventColumns, LaneBlock, Trace, TraceChunk } from './trace';
import type { LaneStore } from './laneStore';
import type { Nanoseconds } from '../units';

/** About how many segments and events one chunk holds at most; 64 k of each is some 700 kB on the wire. */
const CHUNK_ENTRIES = 65_536;

/** A place in a trace up to which somebody has read. */
export class TraceCursor {
  readonly #trace: Trace;
  readonly #entries: number;
  #sequence = 0;
  #lanes = 0;
  #locks = 0;
  #positions = 1; // position 0 is the same in every trace
  #marks = 0;
  #processes = 0;
  #cpu = 0;
  #events = 0;
  #complete = false;
  readonly #segments: number[] = [];

  constructor(trace: Trace, entries = CHUNK_ENTRIES) {
    this.#trace = trace;
    this.#entries = entries;
  }

  /** Whether the last chunk, the one with `done`, has been taken. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Whether `take` would give anything new. */
  get behind(): boolean {
    const { lanes, stores, eventCount, done } = this.#trace;
    if (this.#complete) return false;
    if (done || lanes.length > this.#lanes || eventCount > this.#events) return true;
    return stores.some((store, lane) => this.#settled(store) > (this.#segments[lane] ?? 0));
  }

  /**
   * What came since the last call, as copies, at most about as many entries as the cursor was made for.
   * `nowNs` is how far the reader knows the trace with it. A segment that may still change is held back.
   */
  take(): TraceChunk {
    const trace = this.#trace;
    const { lanes, locks, positions, marks, processes = [], cpu = [] } = trace;
    const tables = {
      lanes: lanes.slice(this.#lanes),
      locks: locks.slice(this.#locks),
      positions: positions.slice(this.#positions),
      marks: marks.slice(this.#marks),
      processes: processes.slice(this.#processes),
      cpu: cpu.slice(this.#cpu),
    };
    this.#lanes = lanes.length;
    this.#locks = locks.length;
    this.#positions = positions.length;
    this.#marks = marks.length;
    this.#processes = processes.length;
    this.#cpu = cpu.length;
    const laneBlocks = this.#takeSegments();
    const events = this.#takeEvents();
    const untaken = this.#firstUntakenNs();
    this.#complete = trace.done && untaken === undefined;
    return {
      sequence: this.#sequence++,
      nowNs: untaken ?? trace.nowNs,
      done: this.#complete,
      droppedCount: trace.droppedCount,
      tables,
      laneBlocks,
      events,
    };
  }

  #takeSegments(): LaneBlock[] {
    const blocks: LaneBlock[] = [];
    const share = Math.max(16, Math.ceil(this.#entries / Math.max(1, this.#trace.stores.length)));
    this.#trace.stores.forEach((store, lane) => {
      const from = this.#segments[lane] ?? 0;
      const to = Math.max(from, Math.min(this.#settled(store), from + share));
      if (to > from) blocks.push(copyBlock(lane, store, { from, to }));
      this.#segments[lane] = to;
    });
    return blocks;
  }

  #takeEvents(): EventColumns {
    const from = this.#events;
    this.#events = Math.min(this.#trace.eventCount, from + this.#entries);
    return copyEvents(this.#trace.events, from, this.#events);
  }

  /** How many segments of a lane cannot change any more: a last one without length may still be replaced. */
  #settled(store: LaneStore): number {
    const last = store.count - 1;
    const mayChange = !this.#trace.done && store.startOf(last) >= this.#trace.nowNs;
    return mayChange ? last : store.count;
  }

  /** Start of the earliest entry that did not fit into the chunk, if any. */
  #firstUntakenNs(): Nanoseconds | undefined {
    const starts = this.#trace.stores.flatMap((store, lane) => {
      const next = this.#segments[lane];
      return next < this.#settled(store) ? [store.startOf(next)] : [];
    });
    if (this.#events < this.#trace.eventCount) starts.push(this.#trace.events.times[this.#events]);
    return starts.length === 0 ? undefined : starts.reduce((a, b) => Math.min(a, b));
  }
}

/** The whole trace as it stands, as one chunk. */
export function wholeTrace(trace: Trace): TraceChunk {
  return new TraceCursor(trace, Infinity).take();
}

function copyBlock(lane: number, store: LaneStore, range: { from: number; to: number }): LaneBlock {
  const columns = store.columns(range.from);
  const length = range.to - range.from;
  return {
    lane,
    starts: columns.starts.slice(0, length),
    states: columns.states.slice(0, length),
    positions: columns.positions.slice(0, length),
  };
}

function copyEvents(events: EventColumns, from: number, to: number): EventColumns {
  return {
    times: events.times.slice(from, to),
    kinds: events.kinds.slice(from, to),
    lanes: events.lanes.slice(from, to),
    locks: events.locks.slice(from, to),
    arguments: events.arguments.slice(from, to),
  };
}
