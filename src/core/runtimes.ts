// The worlds a program can run in, as rows of one table. The machine asks a row; it never asks for a name.

import type { Costs } from './costs';
import type { Nanoseconds } from './units';

/** A row of the table. */
export interface Runtime {
  /** Stable name, used in settings, on the command line and in traces. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  /** What a `start` step makes. Each process and each interpreter of its own has its own GIL. */
  readonly unit: 'thread' | 'process';
  /** What `start` costs, in the parent and before the first line of the child. */
  readonly start: (costs: Costs) => StartCosts;
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

function threadStart(costs: Costs): StartCosts {
  return {
    parentNs: costs.threadStartNs,
    childNs: 0,
    bootstrapNs: costs.threadBootstrapNs,
    waits: costs.threadStartWaits,
  };
}

function processStart(costs: Costs): StartCosts {
  return {
    parentNs: costs.processStartParentNs,
    childNs: costs.processStartChildNs,
    bootstrapNs: 0,
    waits: false,
  };
}

export const RUNTIMES: readonly Runtime[] = [
  {
    name: 'gil',
    title: 'Threads + GIL',
    subtitle: 'one thread runs at a time',
    unit: 'thread',
    start: threadStart,
  },
  {
    name: 'processes',
    title: 'Multiprocessing',
    subtitle: 'parallel, after start-up',
    unit: 'process',
    start: processStart,
  },
];

/** The row of that name, or undefined. */
export function runtimeNamed(name: string): Runtime | undefined {
  return RUNTIMES.find(runtime => runtime.name === name);
}
