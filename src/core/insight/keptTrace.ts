// The last part of a trace that has no end: it grows by chunks, and forgets what is older than one wants to keep.

import { TraceBuilder } from '../model/traceBuilder';
import type { LaneBlock, Trace, TraceChunk, TraceHeader } from '../model/trace';
import type { Nanoseconds } from '../units';
import { growingExcerptOf } from './excerpt';

/** It forgets only when it has this many times what is to be kept: forgetting costs a copy. */
const SLACK = 2;

/** Keeps at least the last `keepNs` and at most twice that. Names of lanes, locks and lines are all kept. */
export class KeptTrace {
  readonly #keepNs: Nanoseconds;
  #trace: TraceBuilder;
  #sequence = 0;
  /** Where the kept part begins, in the times of the whole. */
  #startNs: Nanoseconds = 0;

  constructor(header: TraceHeader, keepNs: Nanoseconds) {
    this.#keepNs = keepNs;
    this.#trace = new TraceBuilder(header);
  }

  /** What is kept; its time 0 is `startNs` of the whole. */
  get trace(): Trace {
    return this.#trace;
  }

  get startNs(): Nanoseconds {
    return this.#startNs;
  }

  /** Adds what came. Returns a sentence if it does not fit. */
  append(chunk: TraceChunk): string | undefined {
    const moved = movedBy(chunk, this.#startNs, this.#sequence);
    const problem = this.#trace.appendChunk(moved);
    if (problem !== undefined) return problem;
    this.#sequence++;
    if (this.#trace.nowNs > SLACK * this.#keepNs && !chunk.done) this.#forget();
    return undefined;
  }

  #forget(): void {
    const { nowNs, droppedCount } = this.#trace;
    const startNs = nowNs - this.#keepNs;
    this.#trace = growingExcerptOf(this.#trace, { startNs, endNs: nowNs });
    this.#trace.countDropped(droppedCount);
    this.#startNs += startNs;
    this.#sequence = 0;
  }
}

function movedBy(chunk: TraceChunk, byNs: Nanoseconds, sequence: number): TraceChunk {
  const earlier = (times: Float64Array): Float64Array => times.map(timeNs => timeNs - byNs);
  return {
    ...chunk,
    sequence,
    nowNs: chunk.nowNs - byNs,
    tables: {
      ...chunk.tables,
      cpu: (chunk.tables.cpu ?? []).map(one => ({ ...one, timeNs: one.timeNs - byNs })),
    },
    laneBlocks: chunk.laneBlocks.map((block): LaneBlock => {
      const starts = earlier(block.starts);
      // A lane that is new has not been there since the start of the whole.
      return { ...block, starts: starts.map(startNs => Math.max(0, startNs)) };
    }),
    events: { ...chunk.events, times: earlier(chunk.events.times) },
  };
}
