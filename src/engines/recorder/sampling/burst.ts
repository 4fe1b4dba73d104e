// When the sampler reads without pause for a moment: after a hand-off, because the next one is likely to come at once
// (a thread that wakes from I/O takes the GIL for some microseconds and gives it back; others wake beside it), and when
// the rhythm of the program says that one is due.

/** What may be saved up for a busy stretch. */
const MOST_SAVED_NS = 10e6;
/** How long one that is due is waited for, before its time is asked for again. */
const DUE_NS = 200e3;

export interface BurstPacing {
  /** How long a burst lasts after a hand-off. */
  readonly burstNs: number;
  /** Share of the time that bursts may take, so that a program that switches all the time costs no whole core. */
  readonly burstShare: number;
}

export class Burst {
  #untilNs = 0;
  #lastNs = 0;
  #leftNs = 0;
  #handOffs = 0;

  /** Whether to read again at once. `handOffs` is how many were counted so far. */
  goesOn(nowNs: number, handOffs: number, { burstNs, burstShare }: BurstPacing): boolean {
    const isBurst = this.#lastNs < this.#untilNs;
    const passedNs = Math.max(0, nowNs - this.#lastNs);
    const spentNs = isBurst ? passedNs : 0;
    this.#leftNs = Math.min(MOST_SAVED_NS, this.#leftNs + burstShare * passedNs - spentNs);
    this.#lastNs = nowNs;
    if (handOffs !== this.#handOffs && this.#leftNs > 0) this.#untilNs = nowNs + burstNs;
    if (this.#leftNs <= 0) this.#untilNs = 0;
    this.#handOffs = handOffs;
    return nowNs < this.#untilNs;
  }

  /** How long to sleep when a hand-off is due in `dueNs`: not at all, until then, or for `periodNs`. */
  pauseNs(nowNs: number, dueNs: number, periodNs: number): number {
    if (this.#leftNs <= 0) return periodNs;
    if (dueNs === 0) this.#untilNs = nowNs + DUE_NS;
    return Math.min(dueNs, periodNs);
  }
}
