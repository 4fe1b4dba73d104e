// The lane of a thread that Python did not make: nothing is known of it but how long it had a core between two looks.

import { LaneState } from '../../../core/model/lanes';
import { NO_LOCK } from '../../../core/model/trace';
import type { TraceBuilder } from '../../../core/model/traceBuilder';
import type { Nanoseconds } from '../../../core/units';
import type { Definition } from '../file/records';

type NativeDefinition = Extract<Definition, { kind: 'native' }>;

/** What is nearly all of a stretch, or nearly nothing of it, is taken for all or nothing. */
const NEARLY = 0.9;

/** Writes its states in order of time. */
export class NativeLane {
  readonly #builder: TraceBuilder;
  readonly #lane: number;
  #startNs: Nanoseconds = -1;
  #state: LaneState = LaneState.notStarted;

  constructor(definition: NativeDefinition, builder: TraceBuilder) {
    const { name, process } = definition;
    this.#builder = builder;
    this.#lane = builder.addLane({
      name,
      process,
      interpreter: 0,
      gil: NO_LOCK,
      main: false,
      native: true,
    });
  }

  /** It had a core for `ranNs` of the time between two looks: at its beginning if it ran before, else at its end. */
  looked(sinceNs: Nanoseconds, nowNs: Nanoseconds, ranNs: Nanoseconds): void {
    const share = ranNs / Math.max(1, nowNs - sinceNs);
    if (share >= NEARLY) this.#set(sinceNs, LaneState.runningWithoutGil);
    else if (share <= 1 - NEARLY) this.#set(sinceNs, LaneState.blocked);
    else if (this.#state === LaneState.runningWithoutGil) {
      this.#set(sinceNs + ranNs, LaneState.blocked);
    } else {
      this.#set(sinceNs, LaneState.blocked);
      this.#set(nowNs - ranNs, LaneState.runningWithoutGil);
    }
  }

  ended(timeNs: Nanoseconds): void {
    this.#set(timeNs, LaneState.finished);
  }

  #set(timeNs: Nanoseconds, state: LaneState): void {
    if (state === this.#state) return;
    this.#startNs = Math.max(Math.round(timeNs), this.#startNs + 1);
    this.#state = state;
    this.#builder.setState(this.#lane, this.#startNs, state, 0);
  }
}
