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

/** What a run has reached that has made so much, as a part of a sentence; undefined if it may go on. */
export function reachedLimit(
  limits: SimulationLimits,
  made: Pick<SimulationLimits, 'events' | 'records'>,
): string | undefined {
  if (made.events >= limits.events)
    return `it took ${limits.events / 1e6} million decisions of the simulated machine, and no more are made`;
  if (made.records >= limits.records)
    return `it has ${limits.records / 1e6} million records, and no more are kept`;
  return undefined;
}
