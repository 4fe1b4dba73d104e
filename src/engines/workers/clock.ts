// The one clock of a run: the system's monotonic clock, which all threads and processes of a machine share.

import type { Nanoseconds } from '../../core/units';

/** A point of the monotonic clock: seconds and nanoseconds, as `process.hrtime` gives them. */
export type ClockReading = readonly [seconds: number, nanoseconds: number];

/** Tells the whole nanoseconds since the epoch of a run. */
export type Clock = () => Nanoseconds;

/** A clock that counts from `epoch`; threads and processes that share an epoch share the clock. */
export function clockSince(epoch: ClockReading): Clock {
  const [seconds, nanoseconds] = epoch;
  return () => {
    const now = process.hrtime();
    return (now[0] - seconds) * 1e9 + (now[1] - nanoseconds);
  };
}
