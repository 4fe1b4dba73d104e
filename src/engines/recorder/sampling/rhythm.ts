// When the next hand-off is likely. Turns of a program have few lengths: the switch interval, or what its threads do
// between two waits. So those of late tell how long the one that goes on now will probably last.

/** How many turns are remembered. */
const REMEMBERED = 32;
/** Shorter ones come in bursts, which need no telling. */
const SHORTEST_TURN_NS = 500e3;
/** A turn may end this much earlier or later than one of those before. */
const EARLIER_NS = 200e3;
const LATER_NS = 200e3;
/** Of the turns that lasted as long as this one, so many must have ended about now, and at least two. */
const LIKELY = 0.25;
const STEP_NS = 100e3;

/** The turns of one GIL. */
export class Rhythm {
  readonly #lengths = new Float64Array(REMEMBERED);
  #count = 0;
  #turnNs = 0;

  /** The GIL was seen to have come to another thread. */
  handedOn(nowNs: number): void {
    const lengthNs = nowNs - this.#turnNs;
    this.#turnNs = nowNs;
    if (lengthNs < SHORTEST_TURN_NS) return;
    this.#lengths[this.#count % REMEMBERED] = lengthNs;
    this.#count++;
  }

  /** In how many ns it becomes likely that it is handed on: 0 now, `withinNs` if not before that. */
  dueIn(nowNs: number, withinNs: number): number {
    const lastedNs = nowNs - this.#turnNs;
    for (let aheadNs = 0; aheadNs < withinNs; aheadNs += STEP_NS) {
      if (this.#endsAbout(lastedNs + aheadNs)) return aheadNs;
    }
    return withinNs;
  }

  #endsAbout(lastedNs: number): boolean {
    let asLong = 0;
    let about = 0;
    for (let i = Math.min(this.#count, REMEMBERED) - 1; i >= 0; i--) {
      if (this.#lengths[i] < lastedNs - EARLIER_NS) continue;
      asLong++;
      if (this.#lengths[i] < lastedNs + LATER_NS) about++;
    }
    return about >= 2 && about >= LIKELY * asLong;
  }
}
