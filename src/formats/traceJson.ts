// Our own trace file: JSON that a person can read and another program can write.
//
//   {
//     "format": "gil-scope-trace", "version": 2,
//     "header": { engine, runtime, title, subtitle, cores, switchIntervalNs, certainty },   as TraceHeader
//     "durationNs": 12000000, "droppedCount": 0,
//     "stateNames": […], "eventNames": […],       what the numbers below mean; not read back
//     "lanes": [ { name, process, interpreter, gil, main, native } ],  "locks": [ { name, kind, type } ],
//     "positions": [ { file, line, functionName } ],            position 0 is "unknown"
//     "marks": [ { kind, text } ],                              kind as in core/model/mark
//     "processes": [ { process, pid, command, role } ], "cpu": [ { … } ],    may be missing; as in core/model/measured
//     "segments": [ { "starts": [ns …], "states": [n …], "positions": [n …] } ],   one for each lane, in order of time
//     "events": { "times": [ns …], "kinds": [n …], "lanes": [n …], "locks": [n …], "arguments": [n …] }
//   }
//
// Segment i of a lane lasts until segment i+1 starts, the last one until `durationNs`. Numbers of states and kinds are
// those of core/lanes and core/trace; versions that only add some keep the version number. In version 1 a mark was
// only its text. It is read as a note, for no text says for certain what it is about.
//
// A file whose header or tables are wrong is refused. Of one with bad records everything else is read: see
// traceJsonColumns for what becomes of them. Without `durationNs` the run ends with its last record.

import { isRecord } from '../core/checks';
import { UserError } from '../core/errors';
import { LANE_STATE_NAMES } from '../core/model/lanes';
import { EventKind, MAX_LANES, type Trace } from '../core/model/trace';
import { isTime, validateTrace } from '../core/model/validateTrace';
import {
  readCpu,
  readLanes,
  readLocks,
  readMarks,
  readPositions,
  readProcesses,
} from './traceJsonTables';
import type { ReadTrace, TraceFormat } from './format';
import { objectOf, shownOf, wholeNumberOf, type JsonObject } from './json';
import { Losses } from './losses';
import { readEvents, readSegments } from './traceJsonColumns';
import { TraceFile } from './traceFile';
import { readHeader } from './traceJsonHeader';

const FORMAT = 'gil-scope-trace';
const VERSION = 2;
const OLDEST_VERSION = 1;

/** A trace as text. Exact: reading it back gives the same trace. */
export function writeTraceJson(trace: Trace): string {
  return JSON.stringify({
    ...tablesOfTrace(trace),
    segments: trace.stores.map(store => {
      const { starts, states, positions } = store.columns();
      return { starts: [...starts], states: [...states], positions: [...positions] };
    }),
    events: {
      times: [...trace.events.times],
      kinds: [...trace.events.kinds],
      lanes: [...trace.events.lanes],
      locks: [...trace.events.locks],
      arguments: [...trace.events.arguments],
    },
  });
}

/** All of a trace but what happened when: the part of the file above `segments`. */
export function tablesOfTrace(trace: Trace): JsonObject {
  return {
    format: FORMAT,
    version: VERSION,
    header: trace.header,
    durationNs: trace.nowNs,
    droppedCount: trace.droppedCount,
    stateNames: LANE_STATE_NAMES,
    eventNames: Object.keys(EventKind),
    lanes: trace.lanes,
    locks: trace.locks,
    positions: trace.positions,
    marks: trace.marks,
    processes: trace.processes ?? [],
    cpu: trace.cpu ?? [],
  };
}

/** Whether a text looks like one of our traces: enough to choose a reader. */
export function isTraceJson(text: string): boolean {
  return text.slice(0, 200).includes(`"${FORMAT}"`);
}

/** Reads a trace back. Throws a `UserError` that says what is wrong with the file, and where. */
export function readTraceJson(text: string): Trace {
  return readDamagedTraceJson(text).trace;
}

/** The same, and says which records had to be left out; they count as dropped. */
export function readDamagedTraceJson(text: string): ReadTrace {
  return readTraceFile(new TraceFile('the file', text));
}

function readTraceFile(file: TraceFile): ReadTrace {
  const losses = new Losses();
  return traceFromRoot(objectOf(rootOf(file, losses), 'the file'), losses);
}

/** The trace in an object of the shape above. */
export function traceFromRoot(root: JsonObject, losses: Losses): ReadTrace {
  if (root.format !== FORMAT) {
    throw new UserError(`This is not a trace of GIL Scope: expected "format": "${FORMAT}".`);
  }
  const { version } = root;
  if (typeof version !== 'number' || version < OLDEST_VERSION || version > VERSION) {
    throw new UserError(
      `This trace has version ${shownOf(version)}; this program reads versions ${OLDEST_VERSION} to ${VERSION}.`,
    );
  }
  const trace = traceOf(root, losses);
  const problem = validateTrace(trace);
  if (problem !== undefined) throw new UserError(`The trace contradicts itself: ${problem}.`);
  return { trace, leftOut: losses.sentence };
}

export const TRACE_JSON: TraceFormat = {
  name: 'GIL Scope trace',
  extensions: ['json'],
  recognises: file => isTraceJson(file.head),
  read: readTraceFile,
  write: writeTraceJson,
};

/** What the file has; one that ends too early is read as far as its lanes are told. */
function rootOf(file: TraceFile, losses: Losses): unknown {
  const { value, problem, isCut } = file.json;
  if (problem === '') return value;
  if (isCut && isRecord(value) && Array.isArray(value.segments)) {
    losses.add('file that ends too early', 'its end');
    return { ...value, events: value.events ?? {} };
  }
  const hint = isCut ? ' It ends too early, as if it had not been written or copied whole.' : '';
  throw new UserError(`The file is not JSON: ${problem}.${hint}`);
}

function traceOf(root: JsonObject, losses: Losses): Trace {
  const tables = {
    lanes: readLanes(root.lanes),
    locks: readLocks(root.locks),
    positions: readPositions(root.positions),
    marks: readMarks(root.marks),
    processes: readProcesses(root.processes ?? []),
    cpu: readCpu(root.cpu ?? []),
  };
  if (tables.lanes.length > MAX_LANES)
    throw new UserError(`expected "lanes" to be a list of at most ${MAX_LANES}.`);
  const durationNs = durationOf(root, losses);
  const limits = {
    laneCount: tables.lanes.length,
    lockCount: tables.locks.length,
    positionCount: tables.positions.length,
    markCount: tables.marks.length,
    durationNs,
  };
  const header = readHeader(objectOf(root.header, 'header'));
  const stores = readSegments(root.segments, limits, losses);
  const events = readEvents(root.events, limits, losses);
  const droppedCount = root.droppedCount ?? 0;
  return {
    header,
    ...tables,
    stores,
    events,
    eventCount: events.times.length,
    nowNs: durationNs,
    done: true,
    droppedCount: wholeNumberOf(droppedCount, 'droppedCount') + losses.count,
  };
}

/** How long the run took; if the file does not say so, up to the last time that is in it. */
function durationOf({ durationNs, segments, events }: JsonObject, losses: Losses): number {
  if (durationNs !== undefined && durationNs !== null)
    return wholeNumberOf(durationNs, 'durationNs');
  losses.add('run without an end', 'durationNs');
  const isObject = (value: unknown): value is JsonObject => isRecord(value);
  const columns = [
    ...(Array.isArray(segments) ? segments.filter(isObject).map(({ starts }) => starts) : []),
    isObject(events) ? events.times : undefined,
  ];
  let lastNs = 0;
  for (const column of columns) {
    for (const ns of Array.isArray(column) ? (column as readonly unknown[]) : [])
      if (typeof ns === 'number' && isTime(ns)) lastNs = Math.max(lastNs, Math.round(ns));
  }
  return lastNs;
}
