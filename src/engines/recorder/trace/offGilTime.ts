// What a thread did without the GIL, as far as its time with a core tells.

import { LaneState } from '../../../core/model/lanes';
import type { Nanoseconds } from '../../../core/units';
import type { Look } from './look';
import { RAN_UNKNOWN } from '../system/threadFiles';

/** The system counts the time with a core of a running thread only this often (CONFIG_HZ=250, as most build it). */
export const TICK_NS = 4e6;

/** Shorter runs are not told from waking up and falling asleep. */
export const SHORTEST_RUN_NS = 300e3;

/** Looks in a row that found a thread ready or running without the GIL. */
export interface Run {
  readonly sinceNs: Nanoseconds;
  readonly lastNs: Nanoseconds;
  /** Time with a core between the first and the last of them. */
  readonly ranNs: Nanoseconds;
}

/** Where the system does not tell, having been seen is taken for having run. */
export function ranIn(look: Look): Nanoseconds {
  return look.ranNs === RAN_UNKNOWN ? look.timeNs - look.previousNs : Math.max(0, look.ranNs);
}

export function stateOfRun(run: Run): LaneState {
  const hadCore = run.ranNs >= (run.lastNs - run.sinceNs) / 2;
  return hadCore ? LaneState.runningWithoutGil : LaneState.ready;
}

/** It slept, woke, and has the GIL now: if it ran for long in between, that was without the GIL; else it was on its way. */
export function stateOfWaking(run: Run): LaneState {
  const isLong = run.lastNs - run.sinceNs >= TICK_NS;
  return isLong ? stateOfRun(run) : LaneState.waitingForGil;
}

/**
 * How long a thread had a core without holding the GIL since it was last found asleep. Between two such looks the
 * system's count is exact; the time it held the GIL is known from the GIL's rows. Turns that were missed between two
 * reads are no longer than the time between them.
 */
export class OffGilTime {
  #ranNs = 0;
  #heldNs = 0;
  #doubtNs = 0;
  #isKnown = false;
  #sinceNs = 0;

  /** 0 for what is not told from waking up, falling asleep, and turns that were longer than they looked. */
  get offGilNs(): Nanoseconds {
    const offNs = this.#isKnown ? this.#ranNs - this.#heldNs : 0;
    return offNs >= SHORTEST_RUN_NS + this.#doubtNs ? offNs : 0;
  }

  /** A turn, and how far it may have been longer. */
  held(turn: { fromNs: Nanoseconds; toNs: Nanoseconds; doubtNs: Nanoseconds }): void {
    const { fromNs, toNs, doubtNs } = turn;
    this.#heldNs += Math.max(0, toNs - Math.max(fromNs, this.#sinceNs));
    this.#doubtNs += doubtNs;
  }

  looked(look: Look): void {
    this.#ranNs += Math.max(0, look.ranNs);
    if (look.ranNs === RAN_UNKNOWN) this.#isKnown = false;
  }

  /** It may have held the GIL for any part of the time. */
  wasBlind(): void {
    this.#isKnown = false;
  }

  asleep(timeNs: Nanoseconds): void {
    this.#ranNs = 0;
    this.#heldNs = 0;
    this.#doubtNs = 0;
    this.#isKnown = true;
    this.#sinceNs = timeNs;
  }
}
