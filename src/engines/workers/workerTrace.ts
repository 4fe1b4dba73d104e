// What a trace of the workers says of itself before its first event: header, lanes, locks.

import { availableParallelism } from 'node:os';
import { UserError } from '../../core/errors';
import type { Program, Step } from '../../core/model/program';
import { problemOfConditions, problemOfProgram } from '../../core/model/programProblem';
import { laneName, runtimeNamed } from '../../core/worlds/runtimes';
import { NO_LOCK, type TraceHeader } from '../../core/model/trace';
import { TraceBuilder } from '../../core/model/traceBuilder';
import type { RunRequest } from '../engine';
import { OFF_CORE_NS } from './laneWriter';
import { MAX_RECORD_OPERAND, MAX_RECORD_POSITION } from './ring';
import { formatDuration } from '../../core/units';

/** Each thread of a program is a real thread, with a few megabytes of memory; each process has some 40. */
export const MAX_WORKER_THREADS = 64;
export const MAX_WORKER_PROCESSES = 32;

/** An object that is sent to another process: it is in memory several times on its way. */
const MAX_MESSAGE_BYTES = 2 ** 26;

/** The runtimes that exist for real here: rows of core/runtimes. */
export const WORKER_RUNTIMES = ['gil', 'processes', 'free-threaded'] as const;
export type WorkerRuntime = (typeof WORKER_RUNTIMES)[number];

/** The steps that are executed for real. */
const STEPS: ReadonlySet<string> = new Set<Step['kind']>([
  'compute',
  'native',
  'collect',
  'block',
  'repeat',
  'start',
  'join',
  'lock',
  'unlock',
  'wait',
  'notify',
  'put',
  'get',
  'close',
  'forEach',
]);

/** What is in the way of any real threads here; undefined if nothing is. */
export function problemOfMemory(): UserError | undefined {
  if (typeof SharedArrayBuffer !== 'undefined') return undefined;
  return new UserError(
    'Real threads need memory that they share (SharedArrayBuffer), which is switched off here. Use the simulation.',
  );
}

/** The runtime of a request that can be run. Throws a `UserError` that says why it cannot. */
export function checkedRuntime(request: RunRequest): WorkerRuntime {
  const missing = problemOfMemory();
  if (missing) throw missing;
  const { program, conditions } = request;
  const runtime = WORKER_RUNTIMES.find(name => name === request.runtime);
  if (runtime === undefined) {
    const title = runtimeNamed(request.runtime)?.title ?? request.runtime;
    throw new UserError(
      `Real threads cannot run “${title}”: they have threads with and without a GIL, and processes. Use the simulation.`,
    );
  }
  const problem =
    problemOfProgram(program) ?? problemOfConditions(conditions) ?? problemHere(program, runtime);
  if (problem !== undefined)
    throw new UserError(`This program cannot be run for real: ${problem}.`);
  return runtime;
}

function problemHere(program: Program, runtime: WorkerRuntime): string | undefined {
  const count = program.threads.length;
  const [limit, what] =
    runtime === 'processes' ? [MAX_WORKER_PROCESSES, 'processes'] : [MAX_WORKER_THREADS, 'threads'];
  if (count > limit) return `expected at most ${limit} ${what}, got ${count}`;
  if (program.positions.length > MAX_RECORD_POSITION) return 'it names too many source lines';
  const numbers = traceNumbers(program, runtime);
  if (numbers.firstQueue + (program.queues?.length ?? 0) > MAX_RECORD_OPERAND) {
    return 'it has too many locks and queues';
  }
  for (const thread of program.threads) {
    const problem = problemOfSteps(thread.body, runtime);
    if (problem !== undefined) return `${thread.name} ${problem}`;
  }
  return undefined;
}

function problemOfSteps(steps: readonly Step[], runtime: WorkerRuntime): string | undefined {
  for (const step of steps) {
    if (!STEPS.has(step.kind)) return `has a step (${step.kind}) that only the simulation knows`;
    if (step.kind === 'collect' && runtime === 'free-threaded') {
      return 'runs the garbage collector, which stops all threads; only the simulation does that';
    }
    const sends = 'sends' in step ? step.sends : undefined;
    if (sends && sends.bytes > MAX_MESSAGE_BYTES) {
      return `sends ${sends.bytes} bytes at once; really sent are at most ${MAX_MESSAGE_BYTES}`;
    }
    if (step.kind === 'repeat' || step.kind === 'forEach') {
      const problem = problemOfSteps(step.body, runtime);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

/** A few words beside the title. They speak of this machine's threads, not of a build of Python. */
const SUBTITLES: Readonly<Partial<Record<string, string>>> = {
  gil: 'real threads, one runs at a time',
  processes: 'real processes, parallel after start-up',
  'free-threaded': 'real threads, no lock over all',
};

/** The header of a run. `cores` is what the machine has, whatever the conditions say. */
export function workerHeader({ runtime, conditions }: RunRequest): TraceHeader {
  const row = runtimeNamed(runtime);
  return {
    engine: 'workers',
    runtime,
    title: row?.title ?? runtime,
    subtitle: SUBTITLES[runtime] ?? '',
    cores: availableParallelism(),
    switchIntervalNs: conditions.switchIntervalNs,
    certainty: {
      states: {
        kind: 'estimated',
        how:
          `threads stamp their own states; “ready” is inferred where a computing thread was not seen for ` +
          `${formatDuration(OFF_CORE_NS)}, and a wait for a core right after another wait counts as part of that`,
      },
      handOffs: { kind: 'exact' },
      lines: { kind: 'exact' },
    },
  };
}

/** For the beginning of a trace in which more threads may want to compute than there are cores; else empty. */
export function describeCrowd({ program, runtime }: RunRequest): string {
  const cores = availableParallelism();
  // The main thread, which starts the others, waits for them as a rule.
  const threads = Math.max(1, program.threads.length - 1);
  if (runtime === 'gil' || threads <= cores) return '';
  const what = runtime === 'processes' ? 'processes' : 'threads';
  const has = cores === 1 ? 'one core' : `${cores} cores`;
  return `This machine has ${has} for ${threads} ${what}: where more want to compute, the system decides who does, and the others are ready without a core.`;
}

/** Where what belongs to the program begins among the locks of the trace; the GILs come first. */
export interface TraceNumbers {
  readonly firstLock: number;
  readonly firstObject: number;
  /** Objects that have locks of their own; 0 where there is a GIL. */
  readonly objectCount: number;
  readonly firstCondition: number;
  readonly firstQueue: number;
}

export function traceNumbers(program: Program, runtime: string): TraceNumbers {
  const gils = runtime === 'processes' ? program.threads.length : runtime === 'gil' ? 1 : 0;
  const objectCount = runtime === 'free-threaded' ? (program.objects?.length ?? 0) : 0;
  const firstObject = gils + program.locks.length;
  const firstCondition = firstObject + objectCount;
  const firstQueue = firstCondition + (program.conditions?.length ?? 0);
  return { firstLock: gils, firstObject, objectCount, firstCondition, firstQueue };
}

/** A trace with all lanes and locks, in which nothing has happened yet. */
export function prepareTrace(request: RunRequest): TraceBuilder {
  const { program, runtime } = request;
  const builder = new TraceBuilder(workerHeader(request));
  for (const position of program.positions.slice(1)) builder.addPosition(position);
  const { firstLock, objectCount } = traceNumbers(program, runtime);
  const own = runtime === 'processes';
  const unit = own ? 'process' : 'thread';
  for (let i = 0; i < firstLock; i++) {
    builder.addLock({
      name: own ? `GIL of ${laneName({ unit }, program.threads[i].name)}` : 'GIL',
      kind: 'gil',
    });
  }
  const names = [
    ...program.locks,
    ...(objectCount > 0 ? (program.objects ?? []) : []),
    ...[...(program.conditions ?? []), ...(program.queues ?? [])].map(({ name }) => name),
  ];
  for (const name of names) builder.addLock({ name, kind: 'lock' });
  program.threads.forEach(({ name }, index) => {
    builder.addLane({
      name: laneName({ unit }, name),
      process: own ? index : 0,
      interpreter: 0,
      gil: firstLock === 0 ? NO_LOCK : own ? index : 0,
      main: index === 0,
    });
  });
  return builder;
}
