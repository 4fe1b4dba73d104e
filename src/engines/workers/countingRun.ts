// The real part of the race lesson: every way to protect a count, one after the other, on the same threads.

import { availableParallelism } from 'node:os';
import {
  COUNTING_METHODS,
  type CountingMethodName,
  type CountingResult,
  type CountingRun,
} from '../../core/refcounts/refcounts';
import {
  allocateCounting,
  type CountingAssignment,
  type CountingFindings,
  type CountingSizes,
} from './countingThread';
import type { Runner, RunnerPool } from './runnerPool';

/**
 * How many times the usual number of updates a way does: the cheap ones need more of them to last as long, so that
 * the threads meet.
 */
const EFFORT: Readonly<Record<CountingMethodName, number>> = {
  none: 8,
  gil: 4,
  atomic: 1,
  'object-lock': 1,
  biased: 2,
};

/** Time for the borrowing of objects: more where some may be freed in use, for on few or busy cores threads seldom meet. */
const BORROWING_MS = { safe: 250, unsafe: 900 };
/** And each of them is borrowed so many times as often: some milliseconds, as long as it may take to wake a thread. */
const LONGER_UNSAFE = 2;

/** Runs all methods. Rejects if a thread is lost or the signal aborts; the threads are then gone. */
export async function runCounting(
  pool: RunnerPool,
  plan: { readonly threadCount: number; readonly sizes: CountingSizes },
  signal: AbortSignal,
): Promise<CountingRun> {
  const runners = await pool.take(plan.threadCount);
  const end = (): void => {
    for (const runner of runners) void runner.terminate();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted) end();
    const results: CountingResult[] = [];
    for (const { name, safe } of COUNTING_METHODS) {
      const shared = allocateCounting(plan.threadCount);
      const { updates, objects, borrows } = plan.sizes;
      const effort = EFFORT[name];
      const longer = safe ? 1 : LONGER_UNSAFE;
      const sizes = { updates: updates * effort, objects, borrows: borrows * effort * longer };
      const findings = await Promise.all(
        runners.map((runner, thread) =>
          findingsOf(runner, {
            ...sizes,
            ...shared,
            method: name,
            borrowingMs: safe ? BORROWING_MS.safe : BORROWING_MS.unsafe,
            thread,
            threadCount: plan.threadCount,
          }),
        ),
      );
      results.push(resultOf(name, sizes, findings));
    }
    for (const runner of runners) await pool.giveBack(runner);
    return { threadCount: plan.threadCount, cores: availableParallelism(), results };
  } catch (error) {
    end();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function findingsOf(runner: Runner, assignment: CountingAssignment): Promise<CountingFindings> {
  return new Promise((resolve, reject) => {
    runner.listener = {
      heard: message => {
        if (message.kind === 'counted') resolve(message.findings);
      },
      lost: reason => reject(new Error(reason)),
    };
    if (runner.lostBecause === undefined) runner.post({ kind: 'count', assignment });
    else reject(new Error(runner.lostBecause));
  });
}

function resultOf(
  method: CountingResult['method'],
  sizes: CountingSizes,
  findings: readonly CountingFindings[],
): CountingResult {
  const [first] = findings;
  const together = findings.reduce((sum, { nsPerUpdateTogether }) => sum + nsPerUpdateTogether, 0);
  return {
    method,
    threadCount: findings.length,
    updateCount: sizes.updates * findings.length,
    lostCount: first.lostCount,
    objectCount: first.objectCount,
    freedInUseCount: first.freedInUseCount,
    neverFreedCount: first.neverFreedCount,
    nsPerUpdateAlone: first.nsPerUpdateAlone ?? 0,
    nsPerUpdateTogether: together / findings.length,
  };
}
