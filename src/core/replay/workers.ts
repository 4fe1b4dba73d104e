// The same work, shared by more or by fewer workers.

import type { Program, Step, ThreadPlan } from '../model/program';
import type { Scenario } from './scenario';
import { kindOfWorker } from './workerNames';

/** Threads of a program that do the same kind of work, by their names: a pool, or threads of one function. */
export function workersOf({ threads }: Program): readonly number[] {
  const groups = new Map<string, number[]>();
  threads.forEach(({ name }, thread) => {
    const key = kindOfWorker(name);
    if (thread === 0 || key === undefined) return;
    groups.set(key, [...(groups.get(key) ?? []), thread]);
  });
  const workOf = (group: readonly number[]): number =>
    group.reduce((sum, thread) => sum + lengthOf(threads[thread].body), 0);
  return [...groups.values()].sort((a, b) => workOf(b) - workOf(a)).at(0) ?? [];
}

/** Shares the tasks of the workers out anew: each goes to the one that has the least to do by then. */
export function withWorkers(scenario: Scenario, count: number): Scenario {
  const { program } = scenario;
  const workers = workersOf(program);
  if (workers.length === 0) return scenario;
  const { tasks, own } = tasksOf(program, workers);
  const bodies = shared(tasks, count);
  const others = program.threads.map((_, i) => i).filter(i => !workers.includes(i));
  const numbers = new Map(others.map((thread, i) => [thread, i]));
  const names = workers.map(worker => program.threads[worker].name);
  const isWorker = (thread: number): boolean => workers.includes(thread);
  const rest = others.map((thread): ThreadPlan => {
    const body = manned(
      withoutTies(program.threads[thread].body, own),
      isWorker,
      others.length,
      count,
    );
    return {
      name: program.threads[thread].name,
      body: body.map(step => renumbered(step, numbers)),
    };
  });
  const plans = bodies.map((body, i): ThreadPlan => ({
    name: names.at(i) ?? `${names[0]} (${i + 1})`,
    body,
  }));
  const elastic = new Set([...scenario.elastic].flatMap(thread => numbers.get(thread) ?? []));
  return { ...scenario, program: { ...program, threads: [...rest, ...plans] }, elastic };
}

/** What workers do, cut where one thing ends and another begins, in turn from each; and the queues that they waited at. */
function tasksOf(
  { threads }: Program,
  workers: readonly number[],
): { readonly tasks: readonly (readonly Step[])[]; readonly own: ReadonlySet<number> } {
  const own = new Set<number>();
  const cut = workers.map(worker => {
    const tasks: Step[][] = [[]];
    let held = 0;
    for (const step of threads[worker].body) {
      if (step.kind === 'get') own.add(step.queue);
      if (step.kind === 'lock') held++;
      if (step.kind === 'unlock') held--;
      // A task begins with a wait for it, or with the I/O that the one before began with.
      const isIo = step.kind === 'block' && tasks[tasks.length - 1].length > 0;
      const begins = held === 0 && (step.kind === 'get' || isIo);
      if (begins) tasks.push([]);
      if (step.kind !== 'get') tasks[tasks.length - 1].push(step);
    }
    return tasks.filter(task => task.length > 0).flatMap(task => finer(task, workers.length));
  });
  const most = Math.max(...cut.map(({ length }) => length));
  const tasks = Array.from({ length: most }, (_, i) =>
    cut.flatMap(list => (i < list.length ? [list[i]] : [])),
  );
  return { tasks: tasks.flat(), own };
}

/** Long computing that nothing cuts is taken to be many tasks. */
const LONG_TASK_NS = 10_000_000;

function finer(task: readonly Step[], workers: number): readonly (readonly Step[])[] {
  const only = task.at(0);
  if (task.length !== 1 || only?.kind !== 'compute' || only.ns <= LONG_TASK_NS || workers < 1)
    return [task];
  const parts = Math.ceil(only.ns / LONG_TASK_NS);
  return Array.from({ length: parts }, () => [{ ...only, ns: Math.round(only.ns / parts) }]);
}

function shared(tasks: readonly (readonly Step[])[], count: number): Step[][] {
  const bodies = Array.from({ length: count }, () => ({ ns: 0, steps: [] as Step[] }));
  for (const task of tasks) {
    const body = bodies.reduce((least, other) => (other.ns < least.ns ? other : least));
    for (const step of task) body.steps.push(step);
    body.ns += lengthOf(task);
  }
  return bodies.map(({ steps }) => steps);
}

function lengthOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + ('ns' in step ? step.ns : 0), 0);
}

function withoutTies(body: readonly Step[], queues: ReadonlySet<number>): readonly Step[] {
  return body.filter(step => step.kind !== 'put' || !queues.has(step.queue));
}

/** Where the first worker was started all are, and where the last was waited for, all are. */
function manned(
  body: readonly Step[],
  isWorker: (thread: number) => boolean,
  from: number,
  count: number,
): Step[] {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  const isOf = (step: Step, kind: 'start' | 'join'): boolean =>
    step.kind === kind && isWorker(step.thread);
  const firstStart = body.findIndex(step => isOf(step, 'start'));
  const lastJoin = body.length - 1 - [...body].reverse().findIndex(step => isOf(step, 'join'));
  return body.flatMap((step, i): Step[] => {
    if (!isOf(step, 'start') && !isOf(step, 'join')) return [step];
    const kind = step.kind === 'start' ? 'start' : 'join';
    const isPlace = i === (kind === 'start' ? firstStart : lastJoin);
    // Negative numbers are workers already, and are told from the old ones by that.
    return isPlace ? numbers.map(thread => ({ kind, thread: -1 - thread, at: step.at })) : [];
  });
}

function renumbered(step: Step, numbers: ReadonlyMap<number, number>): Step {
  if (step.kind !== 'start' && step.kind !== 'join') return step;
  const thread = step.thread < 0 ? -1 - step.thread : (numbers.get(step.thread) ?? 0);
  return { ...step, thread };
}
