// The worlds a program can run in, as rows of one table. The machine asks a row; it never asks for a name.

import type { Costs } from './costs';
import type { Message } from '../model/program';
import type { Nanoseconds } from '../units';

/** A row of the table. */
export interface Runtime {
  /** Stable name, used in settings, on the command line and in traces. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  /** What a `start` step makes. */
  readonly unit: 'thread' | 'process' | 'interpreter';
  /** Who shares a GIL: all threads, or nobody. */
  readonly gil: 'shared' | 'own';
  /** How the GIL is handed over: since 3.2, until 3.1, or not at all (a free-threaded build). */
  readonly protocol: 'interval' | 'ticks' | 'off';
  /** Whether threads get in each other's way at shared objects: reference counts, per-object locks. */
  readonly objectsAreFoughtFor: boolean;
  /** The real builds that behave so, from this version of Python on; undefined: none of its own. */
  readonly builds?: Builds;
  /** How much longer bytecode takes than in the default build. */
  readonly slowdown: (costs: Costs) => number;
  /** What `start` costs, in the parent and before the first line of the child. */
  readonly start: (costs: Costs) => StartCosts;
  /** What it costs to hand over an object, in core time of the sender and of the receiver. */
  readonly send: (costs: Costs, message: Message) => SendCosts;
}

/** Builds of CPython that a row describes, up to the next row that describes the same sort of build. */
interface Builds {
  readonly freeThreaded: boolean;
  readonly since: readonly [major: number, minor: number];
}

export interface StartCosts {
  /** The parent computes this long before the child exists. */
  readonly parentNs: Nanoseconds;
  /** The child needs this much core time before it asks for its GIL (lane state `starting`). */
  readonly childNs: Nanoseconds;
  /** The child then runs this long with its GIL before the first line of its own. */
  readonly bootstrapNs: Nanoseconds;
  /** Whether the parent blocks until the child has done so. */
  readonly waits: boolean;
}

export interface SendCosts {
  readonly sendNs: Nanoseconds;
  readonly receiveNs: Nanoseconds;
}

/** What most rows have in common: threads of one process. */
const THREADS = {
  unit: 'thread',
  gil: 'shared',
  protocol: 'interval',
  objectsAreFoughtFor: false,
  slowdown: (): number => 1,
  start: (costs: Costs): StartCosts => ({
    parentNs: costs.threadStartNs,
    childNs: 0,
    bootstrapNs: costs.threadBootstrapNs,
    waits: costs.threadStartWaits,
  }),
  send: (): SendCosts => ({ sendNs: 0, receiveNs: 0 }),
} as const;

/** A process of its own, hence a GIL of its own; objects go through a pipe, pickled. */
function processes(start: (costs: Costs) => { parentNs: Nanoseconds; childNs: Nanoseconds }) {
  return {
    ...THREADS,
    unit: 'process',
    gil: 'own',
    start: (costs: Costs): StartCosts => ({ ...start(costs), bootstrapNs: 0, waits: false }),
    send: sendPickled,
  } as const;
}

const BYTES_PER_MB = 1e6;

/** To another process: objects in pieces, through a pipe. */
function sendPickled(costs: Costs, message: Message): SendCosts {
  return sendCopied(costs, message, costs.pipeNsPerMB / 2);
}

/** To another interpreter of the process: in pieces too, but nothing has to leave the process. */
function sendToInterpreter(costs: Costs, message: Message): SendCosts {
  return sendCopied(costs, message, 0);
}

function sendCopied(costs: Costs, { bytes, content }: Message, pipeNs: number): SendCosts {
  const megabytes = bytes / BYTES_PER_MB;
  const [dumps, loads] =
    content === 'bytes'
      ? [costs.copyNsPerMB, costs.copyNsPerMB]
      : [costs.pickleNsPerMB, costs.unpickleNsPerMB];
  return {
    sendNs: Math.round(costs.messageNs + megabytes * (dumps + pipeNs)),
    receiveNs: Math.round(costs.messageNs + megabytes * (loads + pipeNs)),
  };
}

const FORK = processes(({ forkParentNs, forkChildNs }) => ({
  parentNs: forkParentNs,
  childNs: forkChildNs,
}));
const FORKSERVER = processes(({ processStartParentNs, forkserverChildNs }) => ({
  parentNs: processStartParentNs,
  childNs: forkserverChildNs,
}));
const SPAWN = processes(({ processStartParentNs, spawnChildNs }) => ({
  parentNs: processStartParentNs,
  childNs: spawnChildNs,
}));

const FREE_THREADED = { ...THREADS, protocol: 'off', objectsAreFoughtFor: true } as const;

export const RUNTIMES: readonly Runtime[] = [
  {
    ...THREADS,
    name: 'gil',
    title: 'Threads + GIL',
    subtitle: 'one thread runs at a time',
    builds: { freeThreaded: false, since: [3, 2] },
  },
  {
    // The default of multiprocessing is forkserver on Linux since 3.14 (spawn on macOS since 3.8 and on Windows).
    ...FORKSERVER,
    name: 'processes',
    title: 'Multiprocessing',
    subtitle: 'parallel, after start-up',
  },
  {
    ...FREE_THREADED,
    name: 'free-threaded',
    title: 'Free-threaded',
    subtitle: 'no GIL: a 3.14 build without one',
    builds: { freeThreaded: true, since: [3, 14] },
    slowdown: costs => costs.freeThreadedSlowdown,
  },
  {
    ...THREADS,
    name: 'subinterpreters',
    title: 'Sub-interpreters',
    subtitle: 'a GIL each, in one process',
    unit: 'interpreter',
    gil: 'own',
    start: costs => ({
      parentNs: costs.threadStartNs,
      childNs: costs.interpreterStartNs,
      bootstrapNs: costs.threadBootstrapNs,
      waits: false,
    }),
    send: sendToInterpreter,
  },
  {
    ...THREADS,
    name: 'subinterpreters-shared',
    title: 'Sub-interpreters, one GIL',
    subtitle: 'isolated, but one runs at a time',
    unit: 'interpreter',
    start: costs => ({
      parentNs: costs.threadStartNs,
      childNs: 0,
      bootstrapNs: costs.interpreterStartNs + costs.threadBootstrapNs,
      waits: false,
    }),
    send: sendToInterpreter,
  },
  {
    ...FORK,
    name: 'processes-fork',
    title: 'Multiprocessing (fork)',
    subtitle: 'quick copies of the process',
  },
  {
    ...FORKSERVER,
    name: 'processes-forkserver',
    title: 'Multiprocessing (forkserver)',
    subtitle: 'copies of a small clean process',
  },
  {
    ...SPAWN,
    name: 'processes-spawn',
    title: 'Multiprocessing (spawn)',
    subtitle: 'fresh interpreters',
  },
  {
    ...FREE_THREADED,
    name: 'free-threaded-3.13',
    title: 'Free-threaded 3.13',
    subtitle: 'no GIL, without the specialising interpreter',
    builds: { freeThreaded: true, since: [3, 13] },
    slowdown: costs => costs.freeThreaded313Slowdown,
  },
  {
    ...THREADS,
    name: 'gil-ticks',
    title: 'Threads + GIL (Python 2)',
    subtitle: 'releases every 100 ticks, asked or not',
    builds: { freeThreaded: false, since: [0, 0] },
    protocol: 'ticks',
  },
];

/** The row that describes a build of CPython; that of the default build if none does. `version`: `3.13.1`. */
export function runtimeOfBuild(version: string, freeThreaded: boolean): Runtime {
  const [major = 0, minor = 0] = version.split('.').map(part => parseInt(part, 10));
  const order = (runtime: Runtime): number => {
    const [since, sinceMinor] = runtime.builds?.since ?? [0, 0];
    return since * 1000 + sinceMinor;
  };
  const fitting = RUNTIMES.filter(
    runtime =>
      runtime.builds?.freeThreaded === freeThreaded && order(runtime) <= major * 1000 + minor,
  );
  return fitting.reduce(
    (best, row) => (order(row) > order(best) ? row : best),
    fitting.at(0) ?? RUNTIMES[0],
  );
}

/** The row of that name, or undefined. */
export function runtimeNamed(name: string): Runtime | undefined {
  return RUNTIMES.find(runtime => runtime.name === name);
}

/**
 * How a thread of a program is called under a runtime: where it becomes a process, as `multiprocessing` calls those
 * (Lib/multiprocessing/process.py: `MainProcess`, `Process-1`). Names that a program gave itself stay.
 */
export function laneName({ unit }: Pick<Runtime, 'unit'>, threadName: string): string {
  if (unit !== 'process') return threadName;
  if (threadName === 'MainThread') return 'MainProcess';
  return threadName.replace(/^Thread-(?=\d+$)/, 'Process-');
}
