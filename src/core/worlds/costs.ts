// What things cost: every constant of the simulator, with its unit, its default and where the default comes from.
//
// Unless another source is named, a default was measured in November 2026 on two virtual cores (Intel Xeon under
// Firecracker, Linux 6.18, HZ 250, glibc 2.36) with CPython 3.13.0, in runs during which other work took at most
// 12 % of the cores. The figures are in test/golden/gilMeasurements.json.

import type { Spread } from '../random';

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
    spread(45 * US, 85 * US, 108 * US),
    'from the end of a timed wait to the waiter running',
    `${MEASURED}: a wait of 5000 µs lasts 5092 (other core busy) to 5130 µs (idle), 50 of which are slack; holds of two threads have a median of 5150 to 5170 µs`,
  ),
  wakeLatency: cost<Spread>(
    'ns',
    spread(15 * US, 62 * US, 124 * US),
    'from the signal of a lock, queue or thread end to the woken thread running',
    `${MEASURED}: gaps at hand-offs p10 10 to 17, p50 50 to 67, p90 104 to 147 µs, the shortest of which are those of askerTakeOver`,
  ),
  hotWakeLatency: cost<Spread>(
    'ns',
    spread(5 * US, 22 * US, 47 * US),
    'the same for a thread that slept so shortly that its core did not fall asleep with it',
    `${MEASURED}: ping-pong between two threads 2.7 to 34 µs; a thread that writes without pause keeps the GIL 50 µs`,
  ),
  hotSleepNs: cost<number>(
    'ns',
    120 * US,
    'the longest sleep after which a core is still hot',
    'fitted: hand-offs at switch intervals of 1, 10 and 100 µs',
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
    5 * US,
    'what Thread.start() costs the parent before the new thread exists',
    `${MEASURED}: start and join together 138 µs (3.12: 101 µs), most of which are wake-ups`,
  ),
  threadBootstrapNs: cost<number>(
    'ns',
    3 * US,
    'what a new thread does with the GIL before its target function runs',
    `${MEASURED}: start and join together 138 µs (3.12: 101 µs), most of which are wake-ups`,
  ),
  threadStartWaits: cost<boolean>(
    'yes/no',
    true,
    'whether start() waits until the new thread has run its first lines',
    'Lib/threading.py, Thread.start: self._started.wait() (3.2 to 3.15)',
  ),
  idleCoreFoundShare: cost<number>(
    'share',
    0,
    'how often a woken thread whose core is taken moves to an idle one at once, instead of at the next tick',
    `${MEASURED}: with 3 or more threads on 2 cores a tenth of the holds exceed 8 ms, with 2 threads none`,
  ),
  askerTakesShare: cost<number>(
    'share',
    0.35,
    'how often the thread that asked for the GIL, still awake, takes it before a sleeping one can',
    `${MEASURED}: of three counting threads three in a row are different in 56 to 68 % of all turns; 20 to 35 % of the gaps are of the short kind`,
  ),
  askerTakeOver: cost<Spread>(
    'ns',
    spread(6 * US, 11 * US, 17 * US),
    'how long the GIL is free when it goes to such a thread',
    `${MEASURED}: the short kind of gaps, 2 to 17 µs; the long kind begins at 25`,
  ),
  processStartParentNs: cost<number>(
    'ns',
    1.5 * MS,
    'what Process.start() costs the parent under spawn and forkserver',
    'estimate: asking the server or starting an executable, writing the preparation data',
  ),
  forkserverChildNs: cost<number>(
    'ns',
    29 * MS,
    'core time of a new process under forkserver before its target runs',
    `${MEASURED}: start and join of an empty process 31 ms (3.12: 25 ms)`,
  ),
  spawnChildNs: cost<number>(
    'ns',
    89 * MS,
    'core time of a new process under spawn before its target runs: interpreter, imports, main module',
    `${MEASURED}: start and join of an empty process 91 ms (3.12: 87 ms)`,
  ),
  forkParentNs: cost<number>(
    'ns',
    1 * MS,
    'what fork costs the parent: copying page tables',
    `${MEASURED}: start and join of an empty process 2.0 ms (3.12: 2.5 ms), split evenly`,
  ),
  forkChildNs: cost<number>(
    'ns',
    1 * MS,
    'what fork costs the child: first copies of pages, its own bootstrap',
    `${MEASURED}: start and join of an empty process 2.0 ms (3.12: 2.5 ms), split evenly`,
  ),
  interpreterStartNs: cost<number>(
    'ns',
    12.7 * MS,
    'creating a sub-interpreter',
    `${MEASURED}: 12.7 ms with a GIL of its own (3.12: 11.1 ms)`,
  ),
  messageNs: cost<number>(
    'ns',
    55 * US,
    'what a message costs each end, whatever its size',
    `${MEASURED}: a round trip through ProcessPoolExecutor 290 to 400 µs, the rest of which are wake-ups`,
  ),
  pickleNsPerMB: cost<number>(
    'ns/MB',
    4.7 * MS,
    'taking objects to pieces (pickle protocol 5)',
    `${MEASURED}: 369 kB of ints 1.3 to 2.2 ms, 900 kB of floats 1.5 to 2.0 ms, 1.16 MB of dict 16 to 20 ms`,
  ),
  unpickleNsPerMB: cost<number>(
    'ns/MB',
    15 * MS,
    'rebuilding objects from a pickle',
    `${MEASURED}: 369 kB of ints 5 to 6 ms, 900 kB of floats 5 to 6 ms, 1.16 MB of dict 27 to 33 ms`,
  ),
  copyNsPerMB: cost<number>(
    'ns/MB',
    0.6 * MS,
    'pickling or unpickling plain bytes',
    `${MEASURED}: 10 MB of bytes 5 to 7 ms at each end`,
  ),
  pipeNsPerMB: cost<number>(
    'ns/MB',
    1.8 * MS,
    'a pipe, both ends together',
    `${MEASURED}: 10 MB through a pipe 18 ms`,
  ),
  freeThreadedSlowdown: cost<number>(
    'factor',
    1.08,
    'how much longer bytecode takes in a free-threaded build of 3.14 or 3.15',
    'free-threading HOWTO of 3.14 and 3.15: 1 % (macOS aarch64) to 8 % (x86-64 Linux) on pyperformance',
  ),
  freeThreaded313Slowdown: cost<number>(
    'factor',
    1.4,
    'the same for 3.13, whose specialising interpreter is off in that build',
    'free-threading HOWTO of 3.13: about 40 %',
  ),
  contendedObjectFactor: cost<number>(
    'factor',
    4,
    'how much longer an operation on a shared object takes when another core used it last',
    `${MEASURED}: an atomic add 6.6 to 7.7 ns alone, 25 to 40 ns with two cores on one cache line`,
  ),
  tickCheckNs: cost<number>(
    'ns',
    3 * US,
    'Python 2 to 3.1: time between two releases of the GIL, 100 ticks',
    `${MEASURED} with 2.7.18: a turn of a countdown loop takes 55 to 90 ns and about 3 ticks`,
  ),
  tickGapNs: cost<number>(
    'ns',
    0.7 * US,
    'Python 2 to 3.1: how long the GIL is free at such a release',
    `${MEASURED} with 2.7.18: hand-off gap 1 µs, mean hold 0.22 ms`,
  ),
  failedWakeNs: cost<number>(
    'ns',
    18 * US,
    'Python 2 to 3.1: what it costs the holder when a woken thread finds the GIL taken again',
    `${MEASURED} with 2.7.18: two threads take 1.05 to 1.66 times, four 2.3 times as long as serial`,
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
  hotWakeLatency: COSTS.hotWakeLatency.value,
  hotSleepNs: COSTS.hotSleepNs.value,
  evaluationPointNs: COSTS.evaluationPointNs.value,
  timeSliceNs: COSTS.timeSliceNs.value,
  threadStartNs: COSTS.threadStartNs.value,
  threadBootstrapNs: COSTS.threadBootstrapNs.value,
  threadStartWaits: COSTS.threadStartWaits.value,
  idleCoreFoundShare: COSTS.idleCoreFoundShare.value,
  askerTakesShare: COSTS.askerTakesShare.value,
  askerTakeOver: COSTS.askerTakeOver.value,
  processStartParentNs: COSTS.processStartParentNs.value,
  forkserverChildNs: COSTS.forkserverChildNs.value,
  spawnChildNs: COSTS.spawnChildNs.value,
  forkParentNs: COSTS.forkParentNs.value,
  forkChildNs: COSTS.forkChildNs.value,
  interpreterStartNs: COSTS.interpreterStartNs.value,
  messageNs: COSTS.messageNs.value,
  pickleNsPerMB: COSTS.pickleNsPerMB.value,
  unpickleNsPerMB: COSTS.unpickleNsPerMB.value,
  copyNsPerMB: COSTS.copyNsPerMB.value,
  pipeNsPerMB: COSTS.pipeNsPerMB.value,
  freeThreadedSlowdown: COSTS.freeThreadedSlowdown.value,
  freeThreaded313Slowdown: COSTS.freeThreaded313Slowdown.value,
  contendedObjectFactor: COSTS.contendedObjectFactor.value,
  tickCheckNs: COSTS.tickCheckNs.value,
  tickGapNs: COSTS.tickGapNs.value,
  failedWakeNs: COSTS.failedWakeNs.value,
};

const NO_SPREAD = spread(0, 0, 0);

/** A frictionless machine for textbook figures: nothing costs anything but the steps themselves. */
export const IDEAL_COSTS: Costs = {
  ...DEFAULT_COSTS,
  timerSlackNs: 0,
  timeoutWake: NO_SPREAD,
  wakeLatency: NO_SPREAD,
  hotWakeLatency: NO_SPREAD,
  evaluationPointNs: 0,
  idleCoreFoundShare: 1,
  askerTakesShare: 0,
  askerTakeOver: NO_SPREAD,
  threadStartNs: 0,
  threadBootstrapNs: 0,
  threadStartWaits: false,
  processStartParentNs: 0,
  forkserverChildNs: 0,
  spawnChildNs: 0,
  forkParentNs: 0,
  forkChildNs: 0,
  interpreterStartNs: 0,
  messageNs: 0,
  pickleNsPerMB: 0,
  unpickleNsPerMB: 0,
  copyNsPerMB: 0,
  pipeNsPerMB: 0,
  freeThreadedSlowdown: 1,
  freeThreaded313Slowdown: 1,
  contendedObjectFactor: 1,
  failedWakeNs: 0,
};
