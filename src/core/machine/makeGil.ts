// Which protocol a runtime's GIL follows.

import { FreeThreadedGil } from './freeThreadedGil';
import { IntervalGil, type Gil, type GilHost } from './gil';
import type { Runtime } from '../worlds/runtimes';
import { TickGil } from './tickGil';
import type { Nanoseconds } from '../units';

/** The GIL with that index in the trace's table of locks, free. `intervalNs` is the switch interval, where there is one. */
export function makeGil(
  host: GilHost,
  { protocol }: Runtime,
  lock: number,
  intervalNs: Nanoseconds,
): Gil {
  switch (protocol) {
    case 'interval':
      return new IntervalGil(host, lock, intervalNs);
    case 'ticks':
      return new TickGil(host, lock);
    case 'off':
      return new FreeThreadedGil(host, lock, intervalNs);
  }
}
