// Marks of a trace that say that it is not the whole story.

import type { Trace } from './trace';

/** So many stand behind a verdict. */
const MOST_NOTICES = 3;

/** What else makes the picture incomplete: the run was cut off, a thread never started, others had the cores. */
export function noticesOf({ marks }: Trace, said: string): readonly string[] {
  const notices = marks.filter(mark =>
    /^Stopped after |^.+ is never started\.$|^Other programs /.test(mark),
  );
  return notices.filter(notice => !said.includes(notice)).slice(0, MOST_NOTICES);
}

/** Whether the run ended before its work was done: stuck, or cut off. Its duration says nothing then. */
export function isCutShort({ marks }: Pick<Trace, 'marks'>): boolean {
  return marks.some(mark => /^(Deadlock|Stopped after)/.test(mark));
}
