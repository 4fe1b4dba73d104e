// What the findings look at: a trace with all that is worked out of it once.

import type { Trace } from '../../model/trace';
import { accountOf, type ThreadAccount, type TraceAccount } from '../account';
import { blameTableOf, NOBODY, type BlameRow } from '../blame';
import { statisticsOf, type TraceStatistics } from '../statistics';
import { gilWaitsOf, type GilWaits } from './gilWaits';
import { loopsOf } from '../loopLag';

/** Facts of a run that its trace does not have. */
export interface RunFacts {
  /** Exit code of the program; null if it is not known or a signal ended it. */
  readonly exitCode?: number | null;
}

export interface Subject {
  readonly trace: Trace;
  readonly facts: RunFacts;
  readonly account: TraceAccount;
  readonly statistics: TraceStatistics;
  /** Without what nobody held. */
  readonly blame: readonly BlameRow[];
  /** Whether all waits are blamed in full. */
  readonly isBlameWhole: boolean;
  /** All threads but those that only wait, and a main thread that only starts and waits. */
  readonly workers: readonly ThreadAccount[];
  /** Lanes that run an event loop. */
  readonly loops: ReadonlySet<number>;
  /** The waits for each GIL, by index of the lock. */
  readonly gilWaits: ReadonlyMap<number, GilWaits>;
}

export function subjectOf(trace: Trace, facts: RunFacts): Subject {
  const account = accountOf(trace);
  const { rows, isWhole } = blameTableOf(trace);
  return {
    trace,
    facts,
    account,
    statistics: statisticsOf(trace),
    blame: rows.filter(row => row.culprit !== NOBODY),
    isBlameWhole: isWhole,
    workers: workersOf(account),
    loops: loopsOf(trace),
    gilWaits: gilWaitsOf(trace),
  };
}

function workersOf({ threads }: TraceAccount): readonly ThreadAccount[] {
  const alive = threads.filter(({ lifeNs }) => lifeNs > 0);
  const workers = alive.filter(({ role }) => role === 'worker');
  return workers.length > 0 ? workers : alive;
}
