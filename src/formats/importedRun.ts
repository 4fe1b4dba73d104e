// A trace of another program while it is read: threads with their states, in the file's own clock. Built into a trace,
// the clock begins at 0, the lanes of a process stand together, and what happened to the GIL follows from the states.

import { UserError } from '../core/errors';

import { noteOf, type Mark } from '../core/model/mark';
import { UNKNOWN_POSITION, type PositionIndex, type SourcePosition } from '../core/model/program';
import { MAX_LANES, NO_LOCK, type TraceHeader } from '../core/model/trace';
import { TraceBuilder } from '../core/model/traceBuilder';
import { isTime } from '../core/model/validateTrace';
import type { ReadTrace } from './format';
import { addGilEvents } from './gilEvents';
import type { Losses } from './losses';

/** A thread of the file. */
export class ImportedThread {
  readonly name: string;
  readonly process: number;
  isMain = false;
  /** Whether it takes part in the GIL of its process. */
  hasGil = false;
  interpreter = 0;
  readonly starts: number[] = [];
  readonly states: number[] = [];
  readonly positions: PositionIndex[] = [];

  constructor(name: string, process: number) {
    this.name = name;
    this.process = process;
  }

  /** From `ns` on it is in `state` at `position`. */
  push(ns: number, state: number, position: PositionIndex = 0): void {
    this.starts.push(ns);
    this.states.push(state);
    this.positions.push(position);
  }
}

export interface ImportedFacts extends Omit<TraceHeader, 'engine' | 'cores' | 'switchIntervalNs'> {
  /** Where the file says how many there were. */
  readonly cores?: number | undefined;
  /** What the file cannot tell, or what is drawn otherwise than it says: a sentence each. */
  readonly notTold: readonly string[];
}

/** CPython’s default; no file of others tells it. */
const USUAL_INTERVAL_NS = 5e6;

export class ImportedRun {
  readonly threads: ImportedThread[] = [];
  readonly #positions: SourcePosition[] = [UNKNOWN_POSITION];
  readonly #known = new Map<string, PositionIndex>();
  readonly #processes = new Map<string, { readonly index: number; pid: number; command: string }>();

  thread(name: string, process: number): ImportedThread {
    if (this.threads.length >= MAX_LANES)
      throw new UserError(`It has more than ${MAX_LANES.toLocaleString('en')} threads.`);
    const thread = new ImportedThread(name, process);
    this.threads.push(thread);
    return thread;
  }

  /** The number of a process, by what the file calls it. */
  process(key: string, command = ''): number {
    const known = this.#processes.get(key);
    if (known) {
      if (command !== '') known.command = command;
      return known.index;
    }
    const pid = /^\d{1,10}$/.test(key) ? Number(key) : 0;
    const index = this.#processes.size;
    this.#processes.set(key, { index, pid, command });
    return index;
  }

  /** The index of a place; lines that are no lines are 0. */
  position(file: string, line: number, functionName: string): PositionIndex {
    const isLine = Number.isSafeInteger(line) && line > 0;
    const place = { file, line: isLine ? line : 0, functionName };
    const key = JSON.stringify([file, place.line, functionName]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = key === '["",0,""]' ? 0 : this.#positions.push(place) - 1;
    this.#known.set(key, index);
    return index;
  }

  /** The trace. `endNs`: when the file ends, in its own clock, if later than the last change. */
  build(facts: ImportedFacts, losses: Losses, endNs = -Infinity): ReadTrace {
    const threads = this.threads.filter(({ starts }) => starts.some(Number.isFinite));
    if (threads.length === 0)
      throw new UserError('There is no thread in it of which anything is told.');
    const zeroNs = least(threads.flatMap(({ starts }) => least(starts)));
    const { notTold, cores, ...header } = facts;
    const trace = new TraceBuilder({
      ...header,
      engine: 'imported',
      cores: cores ?? 1,
      ...(cores === undefined ? { areCoresTold: false } : {}),
      switchIntervalNs: USUAL_INTERVAL_NS,
    });
    for (const position of this.#positions.slice(1)) trace.addPosition(position);
    const ordered = [...threads].sort(
      (a, b) => a.process - b.process || Number(b.isMain) - Number(a.isMain),
    );
    const gils = addGils(trace, ordered);
    for (const thread of ordered) addLane(trace, thread, gils);
    for (const [lane, thread] of ordered.entries()) fill(trace, { lane, thread, zeroNs }, losses);
    const used = new Set(ordered.map(({ process }) => process));
    for (const { index, pid, command } of this.#processes.values())
      if (used.has(index) && (pid > 0 || command !== ''))
        trace.processes.push({ process: index, pid, command });
    addGilEvents(trace, notTold.map(notToldMark));
    const lengthNs = Math.round(endNs - zeroNs);
    trace.countDropped(losses.count);
    trace.finish(isTime(lengthNs) ? lengthNs : trace.nowNs);
    return { trace, leftOut: losses.sentence };
  }
}

export function notToldMark(text: string): Mark {
  return { ...noteOf(text), kind: 'not-told' };
}

function addGils(trace: TraceBuilder, threads: readonly ImportedThread[]): Map<string, number> {
  const keys = [...new Set(threads.filter(({ hasGil }) => hasGil).map(gilOf))];
  return new Map(
    keys.map((key, i) => {
      const name = keys.length === 1 ? 'GIL' : `GIL ${i + 1}`;
      return [key, trace.addLock({ name, kind: 'gil' })];
    }),
  );
}

/** Interpreters of one process may share a GIL or not: no file tells, and the usual ones share it. */
function gilOf({ process }: ImportedThread): string {
  return String(process);
}

function addLane(trace: TraceBuilder, thread: ImportedThread, gils: Map<string, number>): void {
  const { name, process, interpreter, isMain: main } = thread;
  const gil = thread.hasGil ? (gils.get(gilOf(thread)) ?? NO_LOCK) : NO_LOCK;
  trace.addLane({ name, process, interpreter, gil, main });
}

interface Filled {
  readonly lane: number;
  readonly thread: ImportedThread;
  readonly zeroNs: number;
}

function fill(trace: TraceBuilder, { lane, thread, zeroNs }: Filled, losses: Losses): void {
  let lastNs = 0;
  thread.starts.forEach((start, i) => {
    const ns = Math.round(start - zeroNs);
    if (!isTime(ns)) losses.add('no time within the run', `${thread.name}, record ${i + 1}`);
    else if (ns < lastNs) losses.add('time that goes backwards', `${thread.name}, record ${i + 1}`);
    else trace.setState(lane, (lastNs = ns), thread.states[i], thread.positions[i]);
  });
}

/** The least number of a list that may be long. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => (Number.isFinite(b) && b < a ? b : a), Infinity);
}
