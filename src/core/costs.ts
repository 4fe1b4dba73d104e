// What things cost: every constant of the simulator, with its unit, its default and where the default comes from.
//
// Unless another source is named, a default was measured in November 2026 on two virtual cores (Intel Xeon under
// Firecracker, Linux 6.18, HZ 250, glibc 2.36) with CPython 3.13.0, in runs during which other work took at most
// 12 % of the cores. The figures are in test/golden/gilMeasurements.json.

import type { Spread } from './random';

/** One constant: a value in `unit`, what it means, and where its default comes from. */
export interface Cost<Value> {
  readonly unit: 'ns' | 'ns/MB' | 'factor' | 'share' | 'yes/no';
  readonly value: Value;
  readonly meaning: string;
  readonly source: string;
}

function cost<Value>(
  unit: Cost<Value>['unit'],
  value: Value,
  meaning: string,
  source: string,
): Cost<Value> {
  return { unit, value, meaning, source };
}

const US = 1_000;
const MS = 1_000_000;
const MEASURED = 'measured, see the head of this file';

function spread(p10: number, p50: number, p90: number): Spread {
  return { p10, p50, p90 };
}

/** The table of constants. Keys are stable names: settings and calibrations refer to them. */
export const COSTS = {
  timerSlackNs: cost<number>(
    'ns',
    50 * US,
    'how late the kernel may let a timed wait end',
    'Linux: timer_slack_ns of an ordinary thread is 50 µs (man 2 prctl, PR_SET_TIMERSLACK)',
  ),
  timeoutWake: cost<Spread>(
    'ns',
    spread(36 * US, 44 * US, 57 * US),
    'from the end of a timed wait to the waiter running',
    `${MEASURED}: a wait of 5000 µs lasts 5092 to 5130 µs, 50 of which are slack`,
  ),
  wakeLatency: cost<Spread>(
    'ns',
    spread(11 * US, 55 * US, 118 * US),
    'from the signal of a lock, queue or thread end to the woken thread running',
    `${MEASURED}: hand-off gap p10 10 to 17, p50 50 to 67, p90 104 to 147 µs`,
  ),
  evaluationPointNs: cost<number>(
    'ns',
    60,
    'time between two points at which bytecode looks at the eval breaker',
    'one backward jump per turn of a small loop; a countdown of 10 million turns took 0.6 s',
  ),
  timeSliceNs: cost<number>(
    'ns',
    4 * MS,
    'how long a thread keeps a core that others want',
    'one tick at HZ 250; Linux hands out slices of about 3 ms and looks at each tick',
  ),
  threadStartNs: cost<number>(
    'ns',
    25 * US,
    'what Thread.start() costs the parent before the new thread exists',
    `${MEASURED}: start and join together 50 to 140 µs`,
  ),
  threadBootstrapNs: cost<number>(
    'ns',
    15 * US,
    'what a new thread does with the GIL before its target function runs',
    `${MEASURED}: start and join together 50 to 140 µs`,
  ),
  threadStartWaits: cost<boolean>(
    'yes/no',
    true,
    'whether start() waits until the new thread has run its first lines',
    'Lib/threading.py, Thread.start: self._started.wait() (3.2 to 3.15)',
  ),
  processStartParentNs: cost<number>(
    'ns',
    1.5 * MS,
    'what Process.start() costs the parent under spawn and forkserver',
    'estimate: fork and exec of a small interpreter, writing the preparation data',
  ),
  processStartChildNs: cost<number>(
    'ns',
    30 * MS,
    'from Process.start() to the first line of the target in the child (forkserver)',
    `${MEASURED}: start and join of an empty process 31 ms (3.12: 25 ms)`,
  ),
} as const;

/** The value of every constant. */
export type Costs = {
  readonly [Name in keyof typeof COSTS]: (typeof COSTS)[Name]['value'];
};

/** The defaults of the table. */
export const DEFAULT_COSTS: Costs = {
  timerSlackNs: COSTS.timerSlackNs.value,
  timeoutWake: COSTS.timeoutWake.value,
  wakeLatency: COSTS.wakeLatency.value,
  evaluationPointNs: COSTS.evaluationPointNs.value,
  timeSliceNs: COSTS.timeSliceNs.value,
  threadStartNs: COSTS.threadStartNs.value,
  threadBootstrapNs: COSTS.threadBootstrapNs.value,
  threadStartWaits: COSTS.threadStartWaits.value,
  processStartParentNs: COSTS.processStartParentNs.value,
  processStartChildNs: COSTS.processStartChildNs.value,
};

const NO_SPREAD = spread(0, 0, 0);

/** A frictionless machine for textbook figures: nothing costs anything but the steps themselves. */
export const IDEAL_COSTS: Costs = {
  ...DEFAULT_COSTS,
  timerSlackNs: 0,
  timeoutWake: NO_SPREAD,
  wakeLatency: NO_SPREAD,
  evaluationPointNs: 0,
  threadStartNs: 0,
  threadBootstrapNs: 0,
  threadStartWaits: false,
  processStartParentNs: 0,
  processStartChildNs: 0,
};
