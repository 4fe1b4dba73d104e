// Traces that leave for the tools that people use: what a format can carry comes back, and the rest is as its readers
// expect it.

import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { PbfReader } from 'pbf';
import { statisticsOf } from '../../src/core/insight/statistics';
import { verdictOf } from '../../src/core/insight/verdict';
import type { Trace } from '../../src/core/model/trace';
import { exportFor, TRACE_EXPORTS, withoutFolders } from '../../src/formats/exports';
import { readTrace } from '../../src/formats/formats';
import { anyScenario, checkLaw, runOf } from '../support/randomPrograms';
import { contentOf } from '../support/traceContent';

const { trace } = runOf({
  text: 'A  lock L · compute 7ms · unlock L\nB  lock L · compute 3ms',
  runtime: 'gil',
  cores: 2,
  intervalMs: 5,
  seed: 1,
  ideal: false,
});

function written(id: string, from: Trace = trace): string | Uint8Array {
  const format = TRACE_EXPORTS.find(each => each.id === id);
  ok(format);
  return format.write(from);
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  ok(typeof content !== 'string');
  return content;
}

/** All fields of a message by number, messages inside as bytes. */
function fieldsOf(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const fields = new Map<number, (number | Uint8Array)[]>();
  new PbfReader(bytes).readFields((tag, _, reader) => {
    const value =
      reader.type === 2
        ? reader.readBytes()
        : reader.type === 1
          ? reader.readFixed64()
          : reader.readVarint();
    fields.set(tag, [...(fields.get(tag) ?? []), value]);
  }, undefined);
  return fields;
}

function inner(value: number | Uint8Array | undefined): Map<number, (number | Uint8Array)[]> {
  ok(value instanceof Uint8Array);
  return fieldsOf(value);
}

function text(value: number | Uint8Array | undefined): string {
  ok(value instanceof Uint8Array);
  return new TextDecoder().decode(value);
}

describe('an exported trace', () => {
  for (const id of ['json', 'firefox', 'chrome'])
    it(`comes back from ${id} with the same lanes, holders, events and figures`, function () {
      this.timeout(60_000);
      checkLaw(
        anyScenario,
        scenario => {
          const { trace: before } = runOf(scenario);
          const { trace: after, leftOut } = readTrace('a.json', written(id, before));
          strictEqual(leftOut, '');
          deepStrictEqual(contentOf(after), contentOf(before));
          deepStrictEqual(statisticsOf(after), statisticsOf(before));
          strictEqual(verdictOf(after).sentence, verdictOf(before).sentence);
        },
        100,
      );
    });

  it('keeps threads and lines in a speedscope file, with each state on top', () => {
    const { trace: after } = readTrace('a.json', written('speedscope'));
    strictEqual(after.lanes.length, trace.lanes.length);
    ok(
      after.positions.some(
        ({ functionName }) =>
          functionName === 'waiting for the GIL' || functionName === 'waiting for another lock',
      ),
    );
    strictEqual(after.header.certainty.states.kind, 'unknown');
  });

  it('is Perfetto protobuf with tracks, states, holders, arrows and busy cores, by the published field numbers', () => {
    const packets = (fieldsOf(bytesOf(written('perfetto'))).get(1) ?? []).map(inner);
    strictEqual(packets[0].get(13)?.[0], 1);
    ok(packets.every(packet => packet.get(10)?.[0] === 1));
    const tracks = packets.flatMap(packet => packet.get(60) ?? []).map(inner);
    const names = tracks.map(track => text(track.get(2)?.[0]));
    for (const { name } of trace.lanes) ok(names.includes(name), name);
    ok(names.includes('GIL holder') && names.includes('cores busy'));
    const events = packets.flatMap(packet => packet.get(11) ?? []).map(inner);
    const ofType = (type: number): typeof events =>
      events.filter(each => each.get(9)?.[0] === type);
    strictEqual(ofType(1).length, ofType(2).length);
    ok(ofType(4).some(each => each.get(30)?.[0] === 1));
    const flows = events.flatMap(each => each.get(47) ?? []);
    deepStrictEqual(new Set(events.flatMap(each => each.get(48) ?? [])), new Set(flows));
    ok(flows.length > 0);
    const times = packets.flatMap(packet => packet.get(8) ?? []).map(Number);
    deepStrictEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  });

  it('is a pprof profile whose values are the figures of the trace', () => {
    const profile = fieldsOf(gunzipSync(bytesOf(written('pprof'))));
    const texts = (profile.get(6) ?? []).map(text);
    strictEqual(texts[0], '');
    for (const name of ['gil_held', 'gil_wait', 'made_others_wait', 'thread'])
      ok(texts.includes(name));
    const sums = [0, 0, 0];
    for (const sample of (profile.get(2) ?? []).map(inner)) {
      const values = new PbfReader(sample.get(2)?.[0] as Uint8Array);
      for (let i = 0; i < 3; i++) sums[i] += values.readVarint();
    }
    const { lanes } = statisticsOf(trace);
    strictEqual(
      sums[0],
      lanes.reduce((sum, { heldNs }) => sum + heldNs, 0),
    );
    strictEqual(
      sums[1],
      lanes.reduce((sum, { waitedNs }) => sum + waitedNs, 0),
    );
  });

  it('is CSV with a row for each thread, and no formula for a spreadsheet', () => {
    const rows = String(written('csv-threads')).trimEnd().split('\r\n');
    strictEqual(rows.length, trace.lanes.length + 1);
    match(rows[0], /^thread,process,lifeNs,handOffs,heldNs,waitedNs,/);
    const odd = { ...trace.lanes[0], name: '=cmd|"x"' };
    const { header, locks, positions, marks, stores, events, eventCount, nowNs, done } = trace;
    const lanes = [odd, ...trace.lanes.slice(1)];
    const tables = { lanes, locks, positions, marks, stores, events, eventCount };
    const renamed = { header, ...tables, nowNs, done, droppedCount: 0 };
    match(String(written('csv-threads', renamed)), /\r\n"'=cmd\|""x""",/);
    for (const { id } of TRACE_EXPORTS.filter(each => each.id.startsWith('csv-')))
      ok(String(written(id)).split('\r\n').length > 2, id);
  });

  it('is chosen by the end of a file’s name', () => {
    const ids = ['a.json', 'a.firefox.json', 'a.pb.gz', 'a.pftrace.gz', 'b.lines.csv', 'a.txt'];
    deepStrictEqual(
      ids.map(name => exportFor(name)?.id),
      ['json', 'firefox', 'pprof', 'perfetto', 'csv-lines', undefined],
    );
  });

  it('tells no folder of the machine', () => {
    const place = (file: string): object => ({ file, line: 1, functionName: 'f' });
    const files = ['/home/me/project/src/a.py', '/opt/python/lib/queue.py', 'b.py', '<string>'];
    const { header, lanes, locks, marks, stores, events, eventCount, nowNs, done } = trace;
    const rest = { lanes, locks, marks, stores, events, eventCount, nowNs, done, droppedCount: 0 };
    const processes = [
      { process: 0, pid: 1, command: '/opt/python/bin/python3 /home/me/project/a.py' },
    ];
    const positions = files.map(place) as Trace['positions'];
    const shared = withoutFolders({ header, ...rest, positions, processes }, '/home/me/project');
    deepStrictEqual(
      shared.positions.map(({ file }) => file),
      ['src/a.py', 'queue.py', 'b.py', '<string>'],
    );
    strictEqual(shared.processes?.[0].command, 'python3 a.py');
  });
});
