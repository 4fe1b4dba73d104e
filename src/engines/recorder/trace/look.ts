// What the sampler saw of one thread at one instant.

import type { PositionIndex } from '../../../core/model/program';
import type { Nanoseconds } from '../../../core/units';

export interface Look {
  readonly timeNs: Nanoseconds;
  /** A `LookState` of the recording's rows. */
  readonly state: number;
  readonly position: PositionIndex;
  readonly previousNs: Nanoseconds;
  /** Time with a core since the look before; negative: none, or not told. */
  readonly ranNs: Nanoseconds;
  /** Hand-offs of its GIL that were only counted since the look before. */
  readonly missedHandOffs: number;
}
