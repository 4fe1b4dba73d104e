// Our own trace file: JSON that a person can read and another program can write.
//
//   {
//     "format": "gil-scope-trace", "version": 1,
//     "header": { engine, runtime, title, subtitle, cores, switchIntervalNs, certainty },   as TraceHeader
//     "durationNs": 12000000, "droppedCount": 0,
//     "stateNames": […], "eventNames": […],       what the numbers below mean; not read back
//     "lanes": [ { name, process, interpreter, gil, main } ],  "locks": [ { name, kind } ],
//     "positions": [ { file, line, functionName } ],            position 0 is "unknown"
//     "marks": [ "…" ],
//     "segments": [ { "starts": [ns …], "states": [n …], "positions": [n …] } ],   one for each lane, in order of time
//     "events": { "times": [ns …], "kinds": [n …], "lanes": [n …], "locks": [n …], "arguments": [n …] }
//   }
//
// Segment i of a lane lasts until segment i+1 starts, the last one until `durationNs`. Numbers of states and kinds are
// those of core/lanes and core/trace; versions that only add some keep the version number.

import { UserError } from '../core/errors';
import { LANE_STATE_NAMES } from '../core/lanes';
import { LaneStore } from '../core/laneStore';
import { EventKind, MAX_LANES, type EventColumns, type Trace } from '../core/trace';
import { validateTrace } from '../core/validateTrace';
import { readLanes, readLocks, readMarks, readPositions } from './traceJsonTables';
import { numbersOf, objectOf, wholeNumberOf, type JsonObject } from './json';
import { readHeader } from './traceJsonHeader';

const FORMAT = 'gil-scope-trace';
const VERSION = 1;

/** A trace as text. Exact: reading it back gives the same trace. */
export function writeTraceJson(trace: Trace): string {
  return JSON.stringify({
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

/** Whether a text looks like one of our traces: enough to choose a reader. */
export function isTraceJson(text: string): boolean {
  return text.slice(0, 200).includes(`"${FORMAT}"`);
}

/** Reads a trace back. Throws a `UserError` that says what is wrong with the file, and where. */
export function readTraceJson(text: string): Trace {
  const root = objectOf(parse(text), 'the file');
  if (root.format !== FORMAT) {
    throw new UserError(`This is not a trace of GIL Scope: expected "format": "${FORMAT}".`);
  }
  if (root.version !== VERSION) {
    throw new UserError(
      `This trace has version ${JSON.stringify(root.version)}; this program reads version ${VERSION}.`,
    );
  }
  const trace = traceOf(root);
  const problem = validateTrace(trace);
  if (problem !== undefined) throw new UserError(`The trace contradicts itself: ${problem}.`);
  return trace;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`The file is not JSON: ${why}.`);
  }
}

function traceOf(root: JsonObject): Trace {
  const durationNs = wholeNumberOf(root.durationNs, 'durationNs');
  const events = readEvents(objectOf(root.events, 'events'));
  return {
    header: readHeader(objectOf(root.header, 'header')),
    lanes: readLanes(root.lanes),
    locks: readLocks(root.locks),
    positions: readPositions(root.positions),
    marks: readMarks(root.marks),
    stores: readSegments(root.segments, durationNs),
    events,
    eventCount: events.times.length,
    nowNs: durationNs,
    done: true,
    droppedCount: wholeNumberOf(root.droppedCount, 'droppedCount'),
  };
}

function readSegments(value: unknown, durationNs: number): LaneStore[] {
  if (!Array.isArray(value) || value.length > MAX_LANES) {
    throw new UserError(`expected "segments" to be a list of at most ${MAX_LANES} lanes.`);
  }
  return value.map((entry: unknown, lane) => {
    const what = `segments[${lane}]`;
    const columns = objectOf(entry, what);
    const starts = numbersOf(columns.starts, `${what}.starts`);
    const states = numbersOf(columns.states, `${what}.states`, 255);
    const positions = numbersOf(columns.positions, `${what}.positions`, 2 ** 32 - 1);
    if (states.length !== starts.length || positions.length !== starts.length) {
      throw new UserError(`${what}: expected "starts", "states" and "positions" of one length.`);
    }
    if (starts.length === 0 || starts[0] !== 0) {
      throw new UserError(`${what}: expected the first segment to start at 0.`);
    }
    const store = new LaneStore();
    for (let i = 0; i < starts.length; i++) {
      if (i > 0 && starts[i] <= starts[i - 1]) {
        throw new UserError(
          `${what}: expected each segment to start after the one before, but number ${i} does not.`,
        );
      }
      store.push(starts[i], states[i], positions[i]);
    }
    store.extendTo(durationNs);
    return store;
  });
}

function readEvents(columns: JsonObject): EventColumns {
  const read = (name: string, largest?: number): number[] =>
    numbersOf(columns[name], `events.${name}`, largest);
  return {
    times: Float64Array.from(read('times')),
    kinds: Uint8Array.from(read('kinds', 255)),
    lanes: Uint32Array.from(read('lanes', 2 ** 32 - 1)),
    locks: Uint32Array.from(read('locks', 2 ** 32 - 1)),
    arguments: Uint32Array.from(read('arguments', 2 ** 32 - 1)),
  };
}
