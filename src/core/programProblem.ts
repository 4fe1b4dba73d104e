// Checks a program before it runs: indices in their tables, times that are times, sizes within the limits.

import type { Conditions, Program, Step } from './program';
import { MAX_LANES } from './trace';

/** More cores than this make no picture; the scheduler would still be right. */
export const MAX_CORES = 1024;

/** The first thing that is wrong with a program, as a sentence; undefined when it can run. */
export function problemOfProgram(program: Program): string | undefined {
  const count = program.threads.length;
  if (count === 0) return 'the program has no threads';
  if (count > MAX_LANES) return `expected at most ${MAX_LANES} threads, got ${count}`;
  for (const thread of program.threads) {
    const problem = problemOfSteps(program, thread.body);
    if (problem !== undefined) return `${thread.name}: ${problem}`;
  }
  return undefined;
}

/** The first thing that is wrong with the conditions, as a sentence. */
export function problemOfConditions(conditions: Conditions): string | undefined {
  const { cores, switchIntervalNs, seed } = conditions;
  if (!Number.isInteger(cores) || cores < 1 || cores > MAX_CORES) {
    return `expected 1 to ${MAX_CORES} cores, got ${cores}`;
  }
  if (!isDuration(switchIntervalNs)) {
    return `expected a switch interval of 0 ns or more, got ${switchIntervalNs}`;
  }
  return Number.isFinite(seed) ? undefined : `expected a number as seed, got ${seed}`;
}

function problemOfSteps(program: Program, steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    const problem = problemOfStep(program, step);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfStep(program: Program, step: Step): string | undefined {
  if (!isIndex(step.at, program.positions.length)) {
    return `a ${step.kind} step names source position ${step.at}, which does not exist`;
  }
  switch (step.kind) {
    case 'compute':
    case 'native':
    case 'block':
      return isDuration(step.ns)
        ? undefined
        : `expected a whole number of ns of 0 or more for a ${step.kind} step, got ${step.ns}`;
    case 'repeat':
      return step.times >= 0
        ? problemOfSteps(program, step.body)
        : `expected 0 or more turns, got ${step.times}`;
    case 'start':
    case 'join':
      return isIndex(step.thread, program.threads.length)
        ? undefined
        : `a ${step.kind} step names thread ${step.thread}, which does not exist`;
    case 'lock':
    case 'unlock':
      return isIndex(step.lock, program.locks.length)
        ? undefined
        : `a ${step.kind} step names lock ${step.lock}, which does not exist`;
  }
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}

function isDuration(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
