// A trace as a pprof profile: by line and thread how long the GIL was held, waited for, and kept from others. pprof has
// no time axis. Field numbers are those of google/pprof's profile.proto.

import { gzipSync } from 'node:zlib';
import { PbfWriter } from 'pbf';
import { blameOf, NOBODY } from '../core/insight/blame';
import { LaneState } from '../core/model/lanes';
import type { Trace } from '../core/model/trace';
import { placeName, spansOf } from './exportedTrace';

const VALUES = ['gil_held', 'gil_wait', 'made_others_wait'] as const;

/** Times of one thread at one line, in the order of {@link VALUES}. */
interface Row {
  readonly lane: number;
  readonly position: number;
  readonly values: number[];
}

export function writePprof(trace: Trace): Uint8Array {
  const writer = new PbfWriter();
  const texts = new Map<string, number>([['', 0]]);
  const text = (value: string): number => {
    const index = texts.get(value) ?? texts.size;
    texts.set(value, index);
    return index;
  };
  for (const name of VALUES) valueType(writer, 1, [text(name), text('nanoseconds')]);
  const thread = text('thread');
  for (const row of rowsOf(trace))
    writeSample(writer, row, [thread, text(trace.lanes[row.lane].name)]);
  trace.positions.forEach((place, i) => {
    writer.writeMessage(4, writeLocation, { id: i + 1, line: place.line });
    const name = text(place.functionName || placeName(place) || 'unknown');
    writer.writeMessage(5, writeFunction, { id: i + 1, name, file: text(place.file) });
  });
  const duration = Math.round(trace.nowNs);
  const byDefault = text('gil_wait');
  for (const value of texts.keys()) writer.writeStringField(6, value);
  writer.writeVarintField(10, duration);
  writer.writeVarintField(14, byDefault);
  return gzipSync(writer.finish());
}

function rowsOf(trace: Trace): readonly Row[] {
  const rows = new Map<string, Row>();
  const add = (lane: number, position: number, value: number, ns: number): void => {
    const key = `${lane} ${position}`;
    const row = rows.get(key) ?? { lane, position, values: [0, 0, 0] };
    rows.set(key, row);
    row.values[value] += ns;
  };
  trace.lanes.forEach((_, lane) => {
    for (const { state, position, startNs, endNs } of spansOf(trace, lane)) {
      if (state === LaneState.runningWithGil) add(lane, position, 0, endNs - startNs);
      if (state === LaneState.waitingForGil) add(lane, position, 1, endNs - startNs);
    }
  });
  for (const { culprit, position, ns, lock } of blameOf(trace))
    if (culprit !== NOBODY && trace.locks[lock].kind === 'gil') add(culprit, position, 2, ns);
  return [...rows.values()];
}

function valueType(writer: PbfWriter, field: number, pair: readonly [number, number]): void {
  writer.writeMessage(
    field,
    ([type, unit], message) => {
      message.writeVarintField(1, type);
      message.writeVarintField(2, unit);
    },
    pair,
  );
}

function writeSample(writer: PbfWriter, row: Row, label: readonly [number, number]): void {
  writer.writeMessage(
    2,
    ({ position, values }, message) => {
      message.writePackedVarint(1, [position + 1]);
      message.writePackedVarint(2, values.map(Math.round));
      valueType(message, 3, label);
    },
    row,
  );
}

function writeLocation({ id, line }: { id: number; line: number }, message: PbfWriter): void {
  message.writeVarintField(1, id);
  message.writeMessage(
    4,
    (at, inner) => {
      inner.writeVarintField(1, id);
      inner.writeVarintField(2, at);
    },
    line,
  );
}

interface FunctionFields {
  readonly id: number;
  readonly name: number;
  readonly file: number;
}

function writeFunction({ id, name, file }: FunctionFields, message: PbfWriter): void {
  message.writeVarintField(1, id);
  message.writeVarintField(2, name);
  message.writeVarintField(4, file);
}
