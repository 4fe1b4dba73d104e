// Which lanes run an event loop. Who makes the trace says so by a mark.

import { EventKind, type Trace } from '../../model/trace';

export function loopsOf(trace: Trace): ReadonlySet<number> {
  const loops = new Set<number>();
  const { kinds, lanes, arguments: marks } = trace.events;
  for (let i = 0; i < kinds.length; i++)
    if (kinds[i] === EventKind.mark && trace.marks[marks[i]].kind === 'event-loop')
      loops.add(lanes[i]);
  return loops;
}
