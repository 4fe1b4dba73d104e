// What a trace tells of at all. Files of other tools may say nothing of the GIL, or not who had a core.

import type { TraceHeader } from './trace';

/** Whether the states of the threads say who held the GIL and who waited for it. */
export function tellsOfGil({ certainty }: Pick<TraceHeader, 'certainty'>): boolean {
  return certainty.states.kind !== 'unknown';
}

/** Whether it is known how many cores there were, and which threads had one. */
export function tellsOfCores({ areCoresTold }: Pick<TraceHeader, 'areCoresTold'>): boolean {
  return areCoresTold !== false;
}
