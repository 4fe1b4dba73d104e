// The columns of a trace file: segments and events. A record that cannot be true is left out and counted; where one is
// missing from a lane, what the lane did is unknown until the next good one.

import { isRecord } from '../core/checks';
import { LANE_STATE_COUNT, LaneState } from '../core/model/lanes';
import { LaneStore } from '../core/model/laneStore';
import { EVENT_KIND_COUNT, EventKind, type EventColumns } from '../core/model/trace';
import { isTime, operandLimit } from '../core/model/validateTrace';
import { keptInOrder } from './inOrder';
import { objectOf, type JsonObject } from './json';
import type { Losses } from './losses';

/** The tables that columns refer to, and how long the run took. */
export interface ColumnLimits {
  readonly laneCount: number;
  readonly lockCount: number;
  readonly positionCount: number;
  readonly markCount: number;
  readonly durationNs: number;
}

/** Counts record i of a list as one of which `problem` is true. */
type Note = (problem: string, i: number) => void;

/** One store for each lane, each filling the whole run. */
export function readSegments(value: unknown, limits: ColumnLimits, losses: Losses): LaneStore[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  const { laneCount } = limits;
  losses.add(
    'lane without a name',
    `segments[${laneCount}]`,
    Math.max(0, entries.length - laneCount),
  );
  return Array.from({ length: laneCount }, (_, lane) =>
    readLane(entries[lane], `segments[${lane}]`, limits, losses),
  );
}

function readLane(entry: unknown, what: string, limits: ColumnLimits, losses: Losses): LaneStore {
  const store = new LaneStore();
  store.push(0, LaneState.unknown, 0);
  const note: Note = (problem, i) => losses.add(problem, `${what}[${i}]`);
  const [starts, states, positions] = columnsOf(entry, ['starts', 'states', 'positions'], note);
  if (starts.length === 0) losses.add('lane without segments', what);
  const kept = keptTimes(starts, limits.durationNs, note);
  let lastNs = 0;
  for (let i = 0; i < starts.length; i++) {
    if (kept[i] === 0) {
      store.push(lastNs, LaneState.unknown, 0); // nobody knows how long the one before lasted
      continue;
    }
    lastNs = Math.round(starts[i]);
    const isState = isIndex(states[i], LANE_STATE_COUNT);
    const isPosition = isIndex(positions[i], limits.positionCount);
    if (!isState) note('unknown state', i);
    else if (!isPosition) note('unknown source position', i);
    store.push(lastNs, isState ? states[i] : LaneState.unknown, isPosition ? positions[i] : 0);
  }
  store.extendTo(limits.durationNs);
  return store;
}

/** The events that can be true, in order of time. */
export function readEvents(value: unknown, limits: ColumnLimits, losses: Losses): EventColumns {
  const names = ['times', 'kinds', 'lanes', 'locks', 'arguments'];
  const note: Note = (problem, i) => losses.add(problem, `events[${i}]`);
  const columns = columnsOf(objectOf(value, 'events'), names, note);
  const [times, kinds, lanes, locks, operands] = columns;
  const kept = keptTimes(times, limits.durationNs, note);
  for (let i = 0; i < times.length; i++) {
    if (kept[i] === 0) continue;
    const problem = problemOf(limits, kinds[i], lanes[i], locks[i], operands[i]);
    if (problem === undefined) continue;
    note(problem, i);
    kept[i] = 0;
  }
  const seen = (column: Float64Array): Float64Array => column.filter((_, i) => kept[i] === 1);
  return {
    times: seen(times).map(Math.round),
    kinds: Uint8Array.from(seen(kinds)),
    lanes: Uint32Array.from(seen(lanes)),
    locks: Uint32Array.from(seen(locks)),
    arguments: Uint32Array.from(seen(operands)),
  };
}

function problemOf(
  limits: ColumnLimits,
  ...[kind, lane, lock, operand]: readonly number[]
): string | undefined {
  if (!isIndex(kind, EVENT_KIND_COUNT)) return 'event of an unknown kind';
  if (!isIndex(lane, limits.laneCount)) return 'unknown lane';
  const namesLane = kind === EventKind.start || kind === EventKind.join;
  if (!isIndex(lock, namesLane || kind === EventKind.mark ? 2 ** 32 : limits.lockCount))
    return 'unknown lock';
  return isIndex(operand, operandLimit(kind, limits)) ? undefined : 'unknown operand';
}

/** Which records have a time, and none earlier than that of the one before. */
function keptTimes(times: Float64Array, durationNs: number, note: Note): Uint8Array {
  const fit = Uint8Array.from(times, ns => Number(isTime(ns) && ns <= durationNs));
  const kept = keptInOrder(times, fit);
  kept.forEach((keep, i) => {
    if (fit[i] === 0) note('no time within the run', i);
    else if (keep === 0) note('time that goes backwards', i);
  });
  return kept;
}

/** Columns of numbers, NaN for what is none, all as long as the shortest. */
function columnsOf(value: unknown, names: readonly string[], note: Note): Float64Array[] {
  const object: JsonObject = isRecord(value) ? { ...value } : {};
  const columns = names.map(name => {
    const column = object[name];
    const entries: readonly unknown[] = Array.isArray(column) ? column : [];
    return Float64Array.from(entries, entry => (typeof entry === 'number' ? entry : NaN));
  });
  const lengths = columns.map(column => column.length);
  const length = Math.min(...lengths);
  for (let i = length; i < Math.max(...lengths); i++) note('record that lacks a part', i);
  return columns.map(column => column.subarray(0, length));
}

function isIndex(value: number, count: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < count;
}
