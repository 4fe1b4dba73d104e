// What the system counted for the processes of a recording, on its way into the trace; and whether a CPU limit is what
// keeps a thread from running.

import { LaneState } from '../../../core/model/lanes';
import type { TraceBuilder } from '../../../core/model/traceBuilder';
import type { Definition } from '../file/records';

type ProcessDefinition = Extract<Definition, { kind: 'process' }>;

/** A limit that stops a process for less of the time than this is not why its threads have no core. */
const THROTTLED_SHARE = 0.1;

/** Keeps the last reading of each process. */
export class MeasuredProcesses {
  readonly #builder: TraceBuilder;
  readonly #last = new Map<number, { readonly timeNs: number; readonly throttledNs: number }>();
  readonly #throttled = new Set<number>();

  constructor(builder: TraceBuilder) {
    this.#builder = builder;
  }

  define({ index, pid, command, role }: ProcessDefinition): void {
    if (command === undefined) return;
    const info = { process: index, pid, command };
    this.#builder.processes.push(role === undefined ? info : { ...info, role });
  }

  /** A row of kind `cpu`. */
  measured(row: Float64Array): void {
    const [, timeNs, process, cpuNs, nativeNs, throttledNs] = row;
    const last = this.#last.get(process);
    this.#builder.cpu.push({ timeNs, process, cpuNs, nativeNs, throttledNs });
    this.#last.set(process, { timeNs, throttledNs });
    const grownNs = last ? throttledNs - last.throttledNs : 0;
    const isThrottled = last && grownNs > THROTTLED_SHARE * (timeNs - last.timeNs);
    if (isThrottled === true) this.#throttled.add(process);
    else this.#throttled.delete(process);
  }

  /** While a limit stops a process again and again, it is why a thread of it that could run has no core. */
  causeOf(state: LaneState, process: number): LaneState {
    return state === LaneState.ready && this.#throttled.has(process) ? LaneState.throttled : state;
  }
}
