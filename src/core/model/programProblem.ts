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
  for (const { name, lock } of program.conditions ?? []) {
    if (!isIndex(lock, program.locks.length)) return `condition ${name} has no lock`;
  }
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
    case 'collect':
      return problemOfWork(program, step);
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
    case 'wait':
    case 'notify':
      return isIndex(step.condition, program.conditions?.length ?? 0)
        ? undefined
        : `a ${step.kind} step names condition ${step.condition}, which does not exist`;
    case 'put':
    case 'get':
    case 'close':
    case 'forEach':
      if (!isIndex(step.queue, program.queues?.length ?? 0)) {
        return `a ${step.kind} step names queue ${step.queue}, which does not exist`;
      }
      return step.kind === 'forEach' ? problemOfSteps(program, step.body) : undefined;
    case 'requireGil':
      return undefined;
  }
}

function problemOfWork(program: Program, step: Extract<Step, { ns: number }>): string | undefined {
  if (!isDuration(step.ns)) {
    return `expected a whole number of ns of 0 or more for a ${step.kind} step, got ${step.ns}`;
  }
  if (step.kind !== 'compute' || !step.touches) return undefined;
  const { object, share } = step.touches;
  if (!isIndex(object, program.objects?.length ?? 0)) {
    return `a compute step names object ${object}, which does not exist`;
  }
  return share >= 0 && share <= 1 ? undefined : `expected a share of 0 to 1, got ${share}`;
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}

function isDuration(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
