// The same program with another number of threads: for the command line, and for asking what more threads would bring.

import type { Program, Step } from './program';

/**
 * The program with `count` threads beside the main one. New threads repeat the old ones in turn. Undefined when the
 * main thread does not start all others in steps of its own, one each: then it is not clear what more threads would do.
 */
export function withThreadCount(program: Program, count: number): Program | undefined {
  const workers = program.threads.slice(1);
  const [main] = program.threads;
  const starts = main.body.filter(step => step.kind === 'start');
  const isPlain =
    starts.length === workers.length && !workers.some(worker => startsOrJoins(worker.body));
  if (workers.length === 0 || !isPlain) return undefined;
  const threads = Array.from({ length: count }, (_, i) => ({
    name: i < workers.length ? workers[i].name : `${workers[i % workers.length].name} (${i + 1})`,
    body: workers[i % workers.length].body,
  }));
  const body = repeated(repeated(main.body, 'start', count), 'join', count);
  return { ...program, threads: [{ ...main, body }, ...threads] };
}

function startsOrJoins(steps: readonly Step[]): boolean {
  return steps.some(step => {
    if (step.kind === 'repeat' || step.kind === 'forEach') return startsOrJoins(step.body);
    return step.kind === 'start' || step.kind === 'join';
  });
}

/** All starts (or joins) where the first of them stood, one for each thread. */
function repeated(steps: readonly Step[], kind: 'start' | 'join', count: number): Step[] {
  const first = steps.find(step => step.kind === kind);
  return steps.flatMap(step => {
    if (step.kind !== kind) return [step];
    if (step !== first) return [];
    return Array.from({ length: count }, (_, i) => ({ ...step, thread: i + 1 }));
  });
}
