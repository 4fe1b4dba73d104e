// When the sampler reads without pause for a moment: after a hand-off, because the next one is likely to come at once.
// A thread that wakes from I/O takes the GIL for some microseconds and gives it back; others wake beside it.

/** Share of the time that bursts may take, so that a program that switches all the time costs no whole core. */
const MOST = 0.15;
/** What may be saved up for a busy stretch. */
const MOST_SAVED_NS = 10e6;

export class Burst {
  #untilNs = 0;
  #lastNs = 0;
  #leftNs = 0;
  #handOffs = 0;

  /** Whether to read again at once. `handOffs` is how many were counted so far. */
  goesOn(nowNs: number, handOffs: number, burstNs: number): boolean {
    const isBurst = this.#lastNs < this.#untilNs;
    const passedNs = Math.max(0, nowNs - this.#lastNs);
    const spentNs = isBurst ? passedNs : 0;
    this.#leftNs = Math.min(MOST_SAVED_NS, this.#leftNs + MOST * passedNs - spentNs);
    this.#lastNs = nowNs;
    if (handOffs !== this.#handOffs && this.#leftNs > 0) this.#untilNs = nowNs + burstNs;
    if (this.#leftNs <= 0) this.#untilNs = 0;
    this.#handOffs = handOffs;
    return nowNs < this.#untilNs;
  }
}
