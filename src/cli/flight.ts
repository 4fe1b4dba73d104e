// The flight recorder: of a recording without an end only the last part is kept, and saved when something stands still.

import { KeptTrace } from '../core/insight/keptTrace';
import { excerptOf } from '../core/insight/excerpt';
import { standstillIn } from '../core/insight/standstill';
import { LaneState } from '../core/model/lanes';
import type { Trace, TraceChunk, TraceHeader } from '../core/model/trace';
import { shortName } from '../core/names';
import { formatDuration, NS_PER_S, parseDuration, type Nanoseconds } from '../core/units';
import { writeTraceJson } from '../formats/traceJson';
import { OutputFile } from './outputFile';

/** What to keep, and what to save. */
export interface Flight {
  readonly keepNs: Nanoseconds;
  /** A standstill of this length is saved; undefined: none is. */
  readonly stallNs: Nanoseconds | undefined;
  /** The files are called like this one, with a number before `.json`. */
  readonly file: string;
}

const DEFAULT_KEEP_NS = 30 * NS_PER_S;
const DEFAULT_FILE = 'gilscope-stall.json';
/** So many files are written; who needs more has seen enough. */
const MOST_FILES = 20;
/** A standstill that does not end is saved after this many times the limit. */
const LONG_ENOUGH = 10;

type Options = ReadonlyMap<string, string | undefined>;

/** What `--keep` and `--on-stall` ask for; a sentence if that cannot be understood; undefined if they are not there. */
export function flightOf(options: Options): Flight | string | undefined {
  if (!options.has('--keep') && !options.has('--on-stall')) return undefined;
  const keepNs = timeOf(options, '--keep') ?? DEFAULT_KEEP_NS;
  const stallNs = timeOf(options, '--on-stall');
  if (typeof keepNs === 'string') return keepNs;
  if (typeof stallNs === 'string') return stallNs;
  if (keepNs < NS_PER_S) return 'expected at least 1s after --keep';
  if (stallNs === 0) return 'expected more than 0 after --on-stall';
  return { keepNs, stallNs, file: options.get('--trace') ?? DEFAULT_FILE };
}

function timeOf(options: Options, name: string): Nanoseconds | string | undefined {
  if (!options.has(name)) return undefined;
  const parsed = parseDuration(options.get(name) ?? '');
  return parsed.ok ? parsed.ns : `${parsed.problem} after ${name}`;
}

/** Takes the chunks of a recording, and saves what is worth it. */
export class FlightRecorder {
  readonly #flight: Flight;
  readonly #kept: KeptTrace;
  readonly #tell: (text: string) => void;
  /** Up to when standstills have been saved, in the times of the whole. */
  #savedUntilNs: Nanoseconds = 0;
  #files = 0;

  constructor(flight: Flight, header: TraceHeader, tell: (text: string) => void) {
    this.#flight = flight;
    this.#kept = new KeptTrace(header, flight.keepNs);
    this.#tell = tell;
  }

  /** The last part, as a trace of its own. */
  get trace(): Trace {
    return this.#lastPart();
  }

  append(chunk: TraceChunk): string | undefined {
    const problem = this.#kept.append(chunk);
    if (problem === undefined) this.#look(chunk.done);
    return problem;
  }

  #look(isEnd: boolean): void {
    const { stallNs } = this.#flight;
    if (stallNs === undefined || this.#files >= MOST_FILES) return;
    const { trace, startNs } = this.#kept;
    const sinceNs = Math.max(0, this.#savedUntilNs - startNs);
    const worst = standstillIn(trace, { leastNs: stallNs, sinceNs });
    if (!worst) return;
    const lastedNs = worst.endNs - worst.startNs;
    if (!worst.isOver && !isEnd && lastedNs < LONG_ENOUGH * stallNs) return;
    this.#savedUntilNs = startNs + trace.nowNs;
    this.#save(sentenceOf(trace, worst.lane, worst.startNs, lastedNs));
  }

  #save(what: string): void {
    const file = this.#flight.file.replace(/(\.json)?$/, `-${++this.#files}.json`);
    const problem = new OutputFile('trace', file).write(() => writeTraceJson(this.#lastPart()));
    this.#tell(
      problem ?? `${what} The last ${formatDuration(this.#flight.keepNs)} are in ${file}.`,
    );
  }

  #lastPart(): Trace {
    const { trace } = this.#kept;
    const startNs = Math.max(0, trace.nowNs - this.#flight.keepNs);
    return excerptOf(trace, { startNs, endNs: trace.nowNs });
  }
}

function sentenceOf(
  trace: Trace,
  lane: number,
  startNs: Nanoseconds,
  lastedNs: Nanoseconds,
): string {
  const store = trace.stores[lane];
  const state = store.stateOf(store.segmentAt(startNs));
  const name = shortName(trace.lanes[lane].name);
  const time = formatDuration(lastedNs);
  if (state === LaneState.waitingForGil) return `${name} waited ${time} for the GIL.`;
  if (state === LaneState.waitingForLock) return `${name} waited ${time} for a lock.`;
  return `The event loop of ${name} stood still for ${time}.`;
}
