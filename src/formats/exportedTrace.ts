// What all exports take from a trace: its segments and lock events one by one, with names. And back: formats that have
// room for fields of our own carry our tables in them, so that nothing is lost on the way there and back.

import { isRecord } from '../core/checks';
import { LANE_STATE_NAMES, LaneState } from '../core/model/lanes';
import type { SourcePosition } from '../core/model/program';
import { EventKind, type LockEvent, type Trace } from '../core/model/trace';
import type { ReadTrace } from './format';
import type { JsonObject } from './json';
import type { Losses } from './losses';
import { tablesOfTrace, traceFromRoot } from './traceJson';

export interface Span {
  readonly startNs: number;
  readonly endNs: number;
  readonly state: number;
  readonly stateName: string;
  readonly position: number;
  readonly place: SourcePosition;
}

/** The segments of a lane, in order. */
export function* spansOf(trace: Trace, lane: number): Generator<Span> {
  const store = trace.stores[lane];
  for (let i = 0; i < store.count; i++) {
    const [state, position] = [store.stateOf(i), store.positionOf(i)];
    const times = { startNs: store.startOf(i), endNs: store.endOf(i) };
    const stateName = LANE_STATE_NAMES[state];
    yield { ...times, state, stateName, position, place: trace.positions[position] };
  }
}

export function isAlive({ state }: Span): boolean {
  return state !== LaneState.notStarted && state !== LaneState.finished;
}

/** The events of all locks, and marks, in order. */
export function* lockEventsOf({ events }: Trace): Generator<LockEvent> {
  for (let i = 0; i < events.times.length; i++)
    yield {
      timeNs: events.times[i],
      kind: events.kinds[i] as EventKind,
      lane: events.lanes[i],
      lock: events.locks[i],
      argument: events.arguments[i],
    };
}

const EVENT_NAMES = Object.keys(EventKind);

/** `acquire GIL`; a mark is its text. */
export function eventName({ locks, marks }: Trace, { kind, lock, argument }: LockEvent): string {
  if (kind === EventKind.mark) return marks[argument].text;
  const namesLock = kind !== EventKind.start && kind !== EventKind.join;
  return namesLock ? `${EVENT_NAMES[kind]} ${locks[lock].name}` : EVENT_NAMES[kind];
}

export interface Hold {
  readonly lane: number;
  readonly lock: number;
  readonly startNs: number;
  readonly endNs: number;
  /** The lane that had it before; -1 for none. */
  readonly from: number;
}

/** Who held each lock from when to when, by the end of the hold. */
export function heldTimes(trace: Trace): readonly Hold[] {
  const open = new Map<number, Omit<Hold, 'endNs'>>();
  const found: Hold[] = [];
  const close = (lock: number, endNs: number): void => {
    const hold = open.get(lock);
    if (hold) found.push({ ...hold, endNs });
    open.delete(lock);
  };
  for (const { timeNs, kind, lane, lock, argument } of lockEventsOf(trace)) {
    if (kind === EventKind.acquire) {
      close(lock, timeNs);
      open.set(lock, { lane, lock, startNs: timeNs, from: argument - 1 });
    } else if (kind === EventKind.release && open.get(lock)?.lane === lane) close(lock, timeNs);
  }
  for (const lock of [...open.keys()]) close(lock, trace.nowNs);
  return found;
}

/** `work.py:7 (burn)`; empty for an unknown place. */
export function placeName({ file, line, functionName }: SourcePosition): string {
  const name = file.split(/[\\/]/).at(-1) ?? file;
  if (name === '') return functionName;
  return functionName === '' ? `${name}:${line}` : `${name}:${line} (${functionName})`;
}

/** Our tables, to be carried in a file of another format. */
export const carriedTables = tablesOfTrace;

/** What a file of another format says of a lane and of events. */
export interface Carried {
  /** For each lane its columns. */
  readonly segments: readonly JsonObject[];
  readonly events: JsonObject;
}

/** The trace that a file of another format carries; undefined if it carries none. */
export function carriedTrace(
  tables: unknown,
  { segments, events }: Carried,
  losses: Losses,
): ReadTrace | undefined {
  if (!isRecord(tables) || tables.format !== 'gil-scope-trace') return undefined;
  return traceFromRoot({ ...tables, segments, events }, losses);
}
