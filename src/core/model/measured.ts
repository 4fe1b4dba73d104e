// What the system itself counted while a program was recorded: time with a core, and time stopped by a limit. Nothing
// here is worked out from states.

import type { Nanoseconds } from '../units';

/** A process of the trace; lanes name it by `process`. */
export interface ProcessInfo {
  readonly process: number;
  readonly pid: number;
  /** Its command line, word for word; a few words about itself where it is known what it is for. */
  readonly command: string;
  /** What it does for the program, where that is known: `pool worker`, `resource tracker`. */
  readonly role?: string;
}

/** Sums of one process since it was found, as they stood at `timeNs`. Each process has many, in order of time. */
export interface CpuReading {
  readonly timeNs: Nanoseconds;
  readonly process: number;
  /** Time with a core of all its threads, ended ones included; exact to a hundredth of a second. */
  readonly cpuNs: Nanoseconds;
  /** How much of it threads took that Python did not make. */
  readonly nativeNs: Nanoseconds;
  /** How long a CPU limit (a cgroup's quota) kept it or others under the same limit from running, summed over cores. */
  readonly throttledNs: Nanoseconds;
}

interface Measured {
  readonly cpu?: readonly CpuReading[] | undefined;
}

/** Cores busy on average in a stretch of time, as far as it was measured; undefined where nothing was. */
export function measuredCores(
  trace: Measured,
  fromNs: Nanoseconds,
  toNs: Nanoseconds,
): number | undefined {
  const byProcess = new Map<number, { first: CpuReading; last: CpuReading }>();
  for (const reading of trace.cpu ?? []) {
    if (reading.timeNs < fromNs || reading.timeNs > toNs) continue;
    const known = byProcess.get(reading.process);
    if (known) known.last = reading;
    else byProcess.set(reading.process, { first: reading, last: reading });
  }
  const all = [...byProcess.values()];
  const startNs = Math.min(...all.map(({ first }) => first.timeNs));
  const endNs = Math.max(...all.map(({ last }) => last.timeNs));
  if (all.length === 0 || endNs <= startNs) return undefined;
  return (
    all.reduce((sum, { first, last }) => sum + last.cpuNs - first.cpuNs, 0) / (endNs - startNs)
  );
}
