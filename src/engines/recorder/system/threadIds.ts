// Kernel ids of threads. A program may be started in a namespace of its own for process ids, by a container or a
// sandbox: then it knows its threads by other ids than we do. The system tells both (NSpid in /proc/PID/status).

import { readText, threadIdsOf } from './processMaps';

/** The ids of a thread, from the namespace that we look from to its own. */
function idsOf(status: string): number[] {
  const line = /^NSpid:\s*(.*)$/m.exec(status)?.[1] ?? '';
  return line.split(/\s+/).map(Number);
}

/** By which id the program knows the process `pid`. */
export function ownIdOf(pid: number): number {
  const ids = idsOf(readText(`/proc/${pid}/status`) ?? '');
  return ids.length > 1 ? ids[ids.length - 1] : pid;
}

/** Turns the id by which the program knows one of its threads into ours; 0 for one that is not there (yet, or any more). */
export type OurThreadId = (own: number) => number;

/** For the threads of one process. Asks the system only about threads of other namespaces, once each. */
export function threadIdsFor(pid: number): OurThreadId {
  if (ownIdOf(pid) === pid) return own => own;
  const known = new Map<number, number>();
  return own => {
    const ours = known.get(own);
    if (ours !== undefined && readText(`/proc/${pid}/task/${ours}/comm`) !== undefined) return ours;
    known.clear();
    for (const thread of threadIdsOf(pid)) {
      const ids = idsOf(readText(`/proc/${pid}/task/${thread}/status`) ?? '');
      known.set(ids[ids.length - 1], thread);
    }
    return known.get(own) ?? 0;
  };
}
