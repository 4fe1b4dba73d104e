// How long a thread usually sleeps after it let go of the GIL, learnt from looks at all distances from such a moment.

import { LaneState } from '../../../core/model/lanes';
import type { Nanoseconds } from '../../../core/units';

/** How far one look moves the estimate. */
const STEP = 0.3;
/** Shorter sleeps are not told from asking at once. */
const SHORTEST_NS = 50e3;

/**
 * Half of the sleeps are longer than the estimate: a look that finds it asleep later than that moves it up, one that
 * finds it waiting again earlier moves it down.
 */
export class UsualSleep {
  #ns: Nanoseconds = 0;
  #state: LaneState = LaneState.blocked;

  /** What it sleeps in. */
  get state(): LaneState {
    return this.#state;
  }

  /** A look found this state so long after the loss. */
  found(state: LaneState, afterNs: Nanoseconds): void {
    const isAsleep = state !== LaneState.waitingForGil;
    if (isAsleep) this.#state = state;
    if (isAsleep === afterNs > this.#ns) this.#ns += STEP * (afterNs - this.#ns);
  }

  /** How long it slept after a loss if it is found waiting so long after it; 0 if it asked at once. */
  before(afterNs: Nanoseconds): Nanoseconds {
    if (this.#ns < SHORTEST_NS) return 0;
    return Math.round(afterNs > this.#ns ? this.#ns : afterNs / 2);
  }
}
