// The trace of one run while it grows: records go in by lane, chunks come out in order of time.

import { takenShareOf } from '../../core/insight/coreShare';
import { LaneState } from '../../core/model/lanes';
import type { Mark } from '../../core/model/mark';
import { EventKind, type LaneInfo, type TraceChunk } from '../../core/model/trace';
import type { TraceBuilder } from '../../core/model/traceBuilder';
import type { Nanoseconds } from '../../core/units';
import type { RunRequest } from '../engine';
import { firstWord, NO_EVENT, type RecordBatch } from './ring';
import { TraceAssembler } from './traceAssembler';
import { prepareTrace } from './workerTrace';

/** How often a chunk leaves at most. */
const CHUNK_MS = 24;

export class RunTrace {
  readonly #builder: TraceBuilder;
  readonly #assembler: TraceAssembler;
  readonly #send: (chunk: TraceChunk) => void;
  #lastChunkMs = 0;

  constructor(request: RunRequest, send: (chunk: TraceChunk) => void) {
    this.#builder = prepareTrace(request);
    this.#assembler = new TraceAssembler(this.#builder);
    this.#send = send;
  }

  get lanes(): readonly LaneInfo[] {
    return this.#builder.lanes;
  }

  /** Up to when the trace is complete. */
  get nowNs(): Nanoseconds {
    return this.#builder.nowNs;
  }

  /** What other programs took of the core time that the run could have used: 0 to 1. */
  get takenShare(): number {
    return takenShareOf(this.#builder);
  }

  /** Records that have gone into it. */
  get recordCount(): number {
    return this.#assembler.recordCount;
  }

  accept(lane: number, batch: RecordBatch): void {
    this.#assembler.accept(lane, batch);
  }

  /** A process is about to be made for this lane: it cannot stamp that itself. */
  beginsStarting(lane: number, nowNs: Nanoseconds): void {
    this.#assembler.accept(lane, {
      times: Float64Array.of(nowNs),
      words: Int32Array.of(firstWord(LaneState.starting, 0, NO_EVENT), 0),
      floorNs: nowNs,
      droppedCount: 0,
    });
  }

  /** Nothing of this lane will be earlier than this. */
  raiseFloor(lane: number, floorNs: Nanoseconds): void {
    this.#assembler.raiseFloor(lane, floorNs);
  }

  /** Takes in what can no longer be overtaken. */
  advance(): void {
    this.#assembler.advance();
  }

  /** Something to be read beside a lane. */
  mark(timeNs: Nanoseconds, lane: number, mark: Mark): void {
    const argument = this.#builder.addMark(mark);
    this.#builder.addEvent({ timeNs, kind: EventKind.mark, lane, lock: 0, argument });
  }

  /** Hands on what there is, unless that was done a moment ago. */
  sendChunk(now: boolean): void {
    const nowMs = performance.now();
    if (!now && nowMs - this.#lastChunkMs < CHUNK_MS) return;
    this.#lastChunkMs = nowMs;
    for (;;) {
      const chunk = this.#builder.takeChunk();
      this.#send(chunk);
      if (chunk.done || (!this.#builder.done && chunk.nowNs >= this.#builder.nowNs)) return;
    }
  }

  /** Nothing more comes of any lane. What the lost ones did last is not known. */
  close(lostLanes: readonly number[]): void {
    const knownNs = this.lanes.map((_, lane) => this.#assembler.floorOf(lane));
    this.lanes.forEach((_, lane) => this.#assembler.raiseFloor(lane, Infinity));
    this.#assembler.advance();
    for (const lane of lostLanes) {
      this.#builder.setState(lane, knownNs[lane], LaneState.unknown, 0);
    }
  }

  /** Ends the trace and hands on the rest. */
  finish(durationNs: Nanoseconds): void {
    this.#builder.finish(durationNs);
    this.sendChunk(true);
  }
}
