// Which threads run an event loop: those that are found inside of asyncio's, or inside of another one that asyncio runs.

import type { FrameReader } from '../cpython/frames';
import type { BatchWriter } from '../file/records';
import type { SampledThread } from './sampledThread';

/** A thread is asked at the looks of these numbers, and then at every so many: to walk a whole stack takes a while. */
const FIRST_LOOKS = [8, 16, 32, 64, 128];
const EVERY_LOOKS = 200;

/** Asks the threads of a process now and then, until it is known of one. */
export class EventLoops {
  readonly #frames: FrameReader;
  readonly #batch: BatchWriter;
  readonly #looks = new WeakMap<SampledThread, number>();
  readonly #known = new WeakSet<SampledThread>();

  constructor(frames: FrameReader, batch: BatchWriter) {
    this.#frames = frames;
    this.#batch = batch;
  }

  /** To be called after each look at a thread. */
  looked(thread: SampledThread): void {
    if (!thread.hasLane || this.#known.has(thread)) return;
    const looks = (this.#looks.get(thread) ?? 0) + 1;
    this.#looks.set(thread, looks);
    if (!FIRST_LOOKS.includes(looks) && looks % EVERY_LOOKS !== 0) return;
    const { address, index } = thread.place;
    if (!this.#frames.runsEventLoop(this.#frames.innermost(address))) return;
    this.#known.add(thread);
    this.#batch.define({ kind: 'loop', thread: index });
  }
}
