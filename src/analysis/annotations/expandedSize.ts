// How large a program is once its repetitions are written out: turns at the lock, and time.

import type { Step } from '../../core/model/program';
import type { Nanoseconds } from '../../core/units';

export interface ExpandedSize {
  readonly steps: number;
  readonly workNs: Nanoseconds;
}

/** Adds up steps and times with all repetitions; may exceed 2^53 (then it is only good for comparing). */
export function expandedSize(steps: readonly Step[]): ExpandedSize {
  let count = 0;
  let workNs = 0;
  for (const step of steps) {
    count++;
    if (step.kind === 'repeat') {
      const body = expandedSize(step.body);
      count += step.times * body.steps;
      workNs += step.times * body.workNs;
    } else if (step.kind === 'compute' || step.kind === 'native' || step.kind === 'block') {
      workNs += step.ns;
    }
  }
  return { steps: count, workNs };
}
