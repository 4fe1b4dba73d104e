// Chunks on their way from the coordinator to whoever reads them, at the reader's pace.

import type { TraceChunk } from '../../core/model/trace';

/** A reader waits for what was pushed; it hears of the end, or of an error, after everything that came before. */
export class ChunkQueue implements AsyncIterable<TraceChunk> {
  readonly #chunks: TraceChunk[] = [];
  readonly #abandoned: () => void;
  #last: TraceChunk | undefined;
  #ended = false;
  #error: Error | undefined;
  #wake: () => void = () => undefined;

  /** `abandoned` is called when the reader goes away before the end. */
  constructor(abandoned: () => void) {
    this.#abandoned = abandoned;
  }

  push(chunk: TraceChunk): void {
    this.#last = chunk;
    this.#chunks.push(chunk);
    this.#wake();
  }

  end(error: Error | undefined): void {
    this.#ended = true;
    this.#error = error;
    this.#wake();
  }

  /** Ends a trace whose maker is gone, as far as it is known. */
  cutOff(error: Error): void {
    if (this.#last?.done !== true) {
      this.push({
        sequence: (this.#last?.sequence ?? -1) + 1,
        nowNs: this.#last?.nowNs ?? 0,
        done: true,
        droppedCount: this.#last?.droppedCount ?? 0,
        tables: { lanes: [], locks: [], positions: [], marks: [] },
        laneBlocks: [],
        events: {
          times: new Float64Array(),
          kinds: new Uint8Array(),
          lanes: new Uint16Array(),
          locks: new Uint16Array(),
          arguments: new Uint16Array(),
        },
      });
    }
    this.end(error);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TraceChunk, void, void> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) yield chunk;
        else if (this.#ended) break;
        else await new Promise<void>(resolve => (this.#wake = resolve));
      }
    } finally {
      if (!this.#ended) this.#abandoned();
    }
    if (this.#error) throw this.#error;
  }
}
