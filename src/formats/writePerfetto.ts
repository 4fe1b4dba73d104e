// A trace as Perfetto's protobuf: a track for each thread with its states, one for each lock with its holders, arrows
// for hand-offs, a counter of busy cores. Field numbers are those of Perfetto's trace protos.

import { PbfWriter } from 'pbf';
import { usesCore } from '../core/model/lanes';
import type { SourcePosition } from '../core/model/program';
import type { Trace } from '../core/model/trace';
import { heldTimes, isAlive, placeName, spansOf, type Hold } from './exportedTrace';

const Type = { begin: 1, end: 2, counter: 4 } as const;
const SEQUENCE = 1;
const STATE_CLEARED = 1;

/** Numbers of tracks: processes, threads, locks and counters, each in a range of its own. */
const Track = { process: 1e6, thread: 2e6, lock: 3e6, counter: 4e6 } as const;

interface TrackFields {
  readonly uuid: number;
  readonly name: string;
  readonly parent?: number;
  readonly pid?: number;
  readonly tid?: number;
  readonly command?: string;
  readonly isCounter?: boolean;
}

interface EventFields {
  readonly ns: number;
  readonly type: number;
  readonly track: number;
  readonly name?: string;
  readonly value?: number;
  /** Arrows that begin here, and that end here. */
  readonly flows?: readonly number[];
  readonly ends?: readonly number[];
  readonly place?: SourcePosition;
}

export function writePerfetto(trace: Trace): Uint8Array {
  const writer = new PbfWriter();
  let isFirst = true;
  const packet = (write: (message: PbfWriter) => void): void => {
    writer.writeMessage(
      1,
      (first, message) => {
        message.writeVarintField(10, SEQUENCE);
        if (first) message.writeVarintField(13, STATE_CLEARED);
        write(message);
      },
      isFirst,
    );
    isFirst = false;
  };
  for (const track of tracksOf(trace))
    packet(message => {
      message.writeMessage(60, writeTrack, track);
    });
  for (const event of inOrder([...stateEvents(trace), ...holdEvents(trace), ...coreEvents(trace)]))
    packet(message => {
      message.writeVarintField(8, Math.round(event.ns));
      message.writeMessage(11, writeEvent, event);
    });
  return writer.finish();
}

/** Ends come before beginnings of the same time. */
function inOrder(events: readonly EventFields[]): readonly EventFields[] {
  const rank = ({ type }: EventFields): number => (type === Type.end ? 0 : 1);
  return [...events].sort((a, b) => a.ns - b.ns || rank(a) - rank(b));
}

function tracksOf({ lanes, locks, processes = [] }: Trace): readonly TrackFields[] {
  const used = [...new Set(lanes.map(({ process }) => process))];
  const pidOf = (process: number): number => {
    const pid = processes.find(known => known.process === process)?.pid ?? 0;
    return pid > 0 ? pid : process + 1;
  };
  return [
    ...used.map(process => {
      const command = processes.find(known => known.process === process)?.command ?? '';
      const name = command === '' ? `process ${process + 1}` : command;
      return { uuid: Track.process + process, name, pid: pidOf(process), command: name };
    }),
    ...lanes.map(({ name, process }, lane) => {
      return {
        uuid: Track.thread + lane,
        name,
        parent: Track.process + process,
        pid: pidOf(process),
        tid: lane + 1,
      };
    }),
    ...locks.map(({ name, kind }, lock) => {
      return {
        uuid: Track.lock + lock,
        name: kind === 'gil' ? `${name} holder` : `${name} (lock)`,
      };
    }),
    { uuid: Track.counter, name: 'cores busy', isCounter: true },
  ];
}

function* stateEvents(trace: Trace): Generator<EventFields> {
  for (let lane = 0; lane < trace.lanes.length; lane++) {
    const track = Track.thread + lane;
    for (const span of spansOf(trace, lane)) {
      if (!isAlive(span) || span.endNs <= span.startNs) continue;
      const { startNs, endNs, stateName: name, place } = span;
      yield { ns: startNs, type: Type.begin, track, name, place };
      yield { ns: endNs, type: Type.end, track };
    }
  }
}

/** A hand-off is an arrow from the end of one hold to the beginning of the next. */
function* holdEvents(trace: Trace): Generator<EventFields> {
  const last = new Map<number, Hold>();
  const holds = heldTimes(trace).filter(({ startNs, endNs }) => endNs > startNs);
  const flowsFrom = new Map<Hold, number>();
  const flowsTo = new Map<Hold, number>();
  holds.forEach((hold, i) => {
    const before = last.get(hold.lock);
    if (before && before.lane !== hold.lane) {
      flowsFrom.set(before, i + 1);
      flowsTo.set(hold, i + 1);
    }
    last.set(hold.lock, hold);
  });
  for (const hold of holds) {
    const track = Track.lock + hold.lock;
    const [from, to] = [flowsFrom.get(hold), flowsTo.get(hold)];
    const name = trace.lanes[hold.lane].name;
    const ends = to === undefined ? {} : { ends: [to] };
    yield { ns: hold.startNs, type: Type.begin, track, name, ...ends };
    yield {
      ns: hold.endNs,
      type: Type.end,
      track,
      ...(from === undefined ? {} : { flows: [from] }),
    };
  }
}

function coreEvents(trace: Trace): readonly EventFields[] {
  const changes = trace.lanes.flatMap((_, lane) =>
    [...spansOf(trace, lane)]
      .filter(({ state }) => usesCore(state))
      .flatMap(({ startNs, endNs }) => [
        { ns: startNs, by: 1 },
        { ns: endNs, by: -1 },
      ]),
  );
  changes.sort((a, b) => a.ns - b.ns || a.by - b.by);
  let value = 0;
  return changes.map(({ ns, by }) => {
    value += by;
    return { ns, type: Type.counter, track: Track.counter, value };
  });
}

function writeTrack(track: TrackFields, message: PbfWriter): void {
  const { uuid, name, parent, pid, tid, command, isCounter } = track;
  message.writeVarintField(1, uuid);
  message.writeStringField(2, name);
  if (command !== undefined)
    message.writeMessage(
      3,
      (fields, inner) => {
        inner.writeVarintField(1, pid ?? 0);
        inner.writeStringField(6, fields);
      },
      command,
    );
  if (tid !== undefined)
    message.writeMessage(
      4,
      (fields, inner) => {
        inner.writeVarintField(1, pid ?? 0);
        inner.writeVarintField(2, tid);
        inner.writeStringField(5, fields);
      },
      name,
    );
  if (parent !== undefined) message.writeVarintField(5, parent);
  if (isCounter === true)
    message.writeMessage(8, (unit, inner) => inner.writeVarintField(3, unit), 2);
}

function writeEvent(event: EventFields, message: PbfWriter): void {
  const { type, track, name, value, flows = [], ends = [], place } = event;
  message.writeVarintField(9, type);
  message.writeVarintField(11, track);
  if (name !== undefined) message.writeStringField(23, name);
  if (value !== undefined) message.writeVarintField(30, value);
  for (const flow of flows) message.writeFixed64Field(47, flow);
  for (const flow of ends) message.writeFixed64Field(48, flow);
  if (place && placeName(place) !== '') message.writeMessage(55, writeStack, place);
}

function writeStack(place: SourcePosition, message: PbfWriter): void {
  message.writeMessage(
    1,
    ({ file, line, functionName }, frame) => {
      frame.writeStringField(1, functionName || placeName(place));
      if (file !== '') frame.writeStringField(2, file);
      if (line > 0) frame.writeVarintField(3, line);
    },
    place,
  );
}
