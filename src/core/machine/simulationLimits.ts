// Where a simulation is cut off that would not end, or not soon.

import { NS_PER_S, type Nanoseconds } from '../units';

export interface SimulationLimits {
  readonly durationNs: Nanoseconds;
  /** Lock events and changes of lanes together. */
  readonly records: number;
  /** Timers that go off. They take the computer's time also where they change nothing that is recorded. */
  readonly events: number;
}

export const DEFAULT_LIMITS: SimulationLimits = {
  durationNs: 3600 * NS_PER_S,
  records: 5_000_000,
  events: 10_000_000,
};
