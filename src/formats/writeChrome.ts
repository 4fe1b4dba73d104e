// A trace as a Chrome Trace Event file: a slice for each state, instants for locks, arrows for hand-offs. It carries our
// tables, and is read back as the trace that it was.

import { isRecord } from '../core/checks';
import type { Trace } from '../core/model/trace';
import { nameOf } from './chromeEvents';
import {
  carriedTables,
  carriedTrace,
  eventName,
  heldTimes,
  lockEventsOf,
  placeName,
  spansOf,
} from './exportedTrace';
import type { ReadTrace } from './format';
import type { JsonObject } from './json';
import type { Losses } from './losses';

const STATE = 'gilscope.state';
const EVENT = 'gilscope.event';

export function writeChrome(trace: Trace): string {
  const threads = trace.lanes.map((_, lane) => threadIds(trace, lane));
  const events = [
    ...namesOf(trace, threads),
    ...trace.lanes.flatMap((_, lane) => slicesOf(trace, lane, threads[lane])),
    ...instantsOf(trace, threads),
    ...arrowsOf(trace, threads),
  ];
  return JSON.stringify({
    displayTimeUnit: 'ms',
    traceEvents: events,
    gilScope: carriedTables(trace),
  });
}

interface Ids {
  readonly pid: number;
  readonly tid: number;
}

/** Threads of ours have no numbers of the system: theirs is the number of the lane. */
function threadIds({ lanes, processes = [] }: Trace, lane: number): Ids {
  const { process } = lanes[lane];
  const pid = processes.find(known => known.process === process)?.pid ?? 0;
  return { pid: pid > 0 ? pid : process + 1, tid: lane + 1 };
}

function namesOf({ lanes, processes = [] }: Trace, threads: readonly Ids[]): JsonObject[] {
  return lanes.flatMap(({ name, process }, lane) => {
    const command = processes.find(known => known.process === process)?.command ?? '';
    const meta = (what: string, args: JsonObject): JsonObject => {
      return { ph: 'M', name: what, ...threads[lane], args };
    };
    return [
      ...(command === '' ? [] : [meta('process_name', { name: command })]),
      meta('thread_name', { name }),
      meta('thread_sort_index', { sort_index: lane }),
    ];
  });
}

function slicesOf(trace: Trace, lane: number, ids: Ids): JsonObject[] {
  return [...spansOf(trace, lane)].map(
    ({ startNs, endNs, state, stateName, position, place }, i) => ({
      ph: 'X',
      cat: STATE,
      name: stateName,
      ...ids,
      ts: startNs / 1000,
      dur: (endNs - startNs) / 1000,
      args: { lane, n: i, state, position, at: placeName(place), file: place.file },
    }),
  );
}

function instantsOf(trace: Trace, threads: readonly Ids[]): JsonObject[] {
  return [...lockEventsOf(trace)].map(event => {
    const { timeNs, kind, lane, lock, argument } = event;
    const args = { kind, lane, lock, argument };
    const name = eventName(trace, event);
    return { ph: 'i', s: 't', cat: EVENT, name, ...threads[lane], ts: timeNs / 1000, args };
  });
}

/** An arrow from the holder before to the next one. */
function arrowsOf(trace: Trace, threads: readonly Ids[]): JsonObject[] {
  const handOffs = heldTimes(trace).filter(({ from, lane }) => from >= 0 && from !== lane);
  return handOffs.flatMap(({ from, lane, lock, startNs }, id) => {
    const arrow = { cat: 'hand-off', name: `${trace.locks[lock].name} handed over`, id };
    const ts = startNs / 1000;
    return [
      { ph: 's', ...arrow, ...threads[from], ts },
      { ph: 'f', bp: 'e', ...arrow, ...threads[lane], ts },
    ];
  });
}

/** The trace in a file that {@link writeChrome} wrote; undefined for any other. */
export function ownChrome(root: JsonObject, losses: Losses): ReadTrace | undefined {
  const list: readonly unknown[] = Array.isArray(root.traceEvents) ? root.traceEvents : [];
  const entries = list.filter(isRecord);
  const lanes: Record<'starts' | 'states' | 'positions', unknown[]>[] = [];
  const tables = isRecord(root.gilScope) ? root.gilScope : {};
  const count = Array.isArray(tables.lanes) ? tables.lanes.length : 0;
  for (let lane = 0; lane < count; lane++) lanes.push({ starts: [], states: [], positions: [] });
  const events = { times: [], kinds: [], lanes: [], locks: [], arguments: [] } as EventLists;
  for (const { cat, ts, args } of entries) {
    if (!isRecord(args) || typeof ts !== 'number') continue;
    if (nameOf(cat) === STATE) addSegment(lanes[Number(args.lane)], ts, args);
    else if (nameOf(cat) === EVENT) addEvent(events, ts, args);
  }
  return carriedTrace(root.gilScope, { segments: lanes, events: { ...events } }, losses);
}

type EventLists = Record<'times' | 'kinds' | 'lanes' | 'locks' | 'arguments', unknown[]>;

function addSegment(
  lane: Record<'starts' | 'states' | 'positions', unknown[]> | undefined,
  ts: number,
  args: JsonObject,
): void {
  lane?.starts.push(Math.round(ts * 1000));
  lane?.states.push(args.state);
  lane?.positions.push(args.position);
}

function addEvent(events: EventLists, ts: number, args: JsonObject): void {
  events.times.push(Math.round(ts * 1000));
  events.kinds.push(args.kind);
  events.lanes.push(args.lane);
  events.locks.push(args.lock);
  events.arguments.push(args.argument);
}
