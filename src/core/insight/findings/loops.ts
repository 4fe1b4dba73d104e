// Which lanes run an event loop. Who makes the trace says so by a mark.

import { EventKind, type Trace } from '../../model/trace';

const RUNS_LOOP = /^runs an event loop/;

export function loopsOf(trace: Trace): ReadonlySet<number> {
  const loops = new Set<number>();
  const { kinds, lanes, arguments: texts } = trace.events;
  for (let i = 0; i < kinds.length; i++)
    if (kinds[i] === EventKind.mark && RUNS_LOOP.test(trace.marks[texts[i]])) loops.add(lanes[i]);
  return loops;
}
