import assert from 'node:assert/strict';
import { blameOf, holdsOf } from '../../../src/core/insight/blame';
import { LaneState } from '../../../src/core/model/lanes';
import { noteOf } from '../../../src/core/model/mark';
import { simulate } from '../../../src/core/machine/machine';
import { statisticsOf } from '../../../src/core/insight/statistics';
import { EventKind } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../../src/core/units';
import { HandOffIndex } from '../../../webview/model/handOffs';
import {
  cellText,
  makeTable,
  orderRows,
  tableCsv,
  type TableKind,
  type TableModel,
} from '../../../webview/parts/tableModel';
import { crunchProgram } from '../../support/programs';
import { program } from '../../support/stories';
import { EXACT_HEADER } from '../../support/traces';

describe('the tables of a run', () => {
  const trace = crunch();
  const statistics = statisticsOf(trace);

  it('have the rows and sums that the core has', () => {
    assert.equal(table(trace, 'hand-offs').rowCount, statistics.handOffCount);
    const total = (pick: (lane: (typeof statistics.lanes)[number]) => number): number =>
      statistics.lanes.reduce((sum, lane) => sum + pick(lane), 0);
    assert.equal(
      sumOf(table(trace, 'waits'), 'Waited'),
      total(lane => lane.waitedNs),
    );
    assert.equal(
      sumOf(table(trace, 'holds'), 'Held'),
      total(lane => lane.heldNs),
    );
    assert.equal(table(trace, 'threads').rowCount, trace.lanes.length);
    assert.equal(
      sumOf(table(trace, 'blame'), 'Time'),
      total(lane => lane.waitedNs),
    );
    assert.equal(table(trace, 'blame').rowCount, blameOf(trace).length);
  });

  it('have the waits for locks of the program with the lock, and the account of each thread without rest', () => {
    const text =
      'A  lock cache · sleep 9ms · unlock cache\nB  lock cache · compute 2ms · unlock cache';
    const locked = simulate({
      program: program(text),
      runtime: 'gil',
      conditions: { cores: 2, switchIntervalNs: 5 * NS_PER_MS, seed: 1 },
    });
    const waits = table(locked, 'lock-waits');
    assert.equal(waits.rowCount, 1);
    assert.deepEqual(
      waits.columns.filter(({ kind }) => kind === 'text').map(column => column.value(0)),
      ['B', 'story.py:2', 'cache'],
    );
    const blame = table(locked, 'blame');
    const lock = blame.columns.find(({ title }) => title === 'Lock');
    const locks = Array.from({ length: blame.rowCount }, (_, row) => lock?.value(row));
    assert.ok(locks.includes('cache'), locks.join());
    const threads = table(locked, 'threads');
    const parts = threads.columns.filter(({ kind, title }) => kind === 'ns' && title !== 'Life');
    const life = threads.columns.find(({ title }) => title === 'Life');
    for (let row = 0; row < threads.rowCount; row++) {
      const sum = parts.reduce((ns, part) => ns + Number(part.value(row)), 0);
      assert.equal(sum, life?.value(row));
    }
  });

  it('list the marks of a trace, each in its span', () => {
    const marked = new TraceBuilder(EXACT_HEADER);
    const lane = marked.addLane({ name: 'T', process: 0, interpreter: 0, gil: -1, main: true });
    const argument = marked.addMark(noteOf('gc generation 2'));
    marked.setState(lane, 0, LaneState.runningWithGil, 0);
    marked.setState(lane, 10, LaneState.blocked, 0);
    marked.addEvent({ timeNs: 12, kind: EventKind.mark, lane, lock: 0, argument });
    marked.finish(30);
    const model = table(marked, 'marks');
    assert.deepEqual(
      model.columns.map(column => column.value(0)),
      [12, 'T', 'gc generation 2', ''],
    );
    assert.deepEqual([model.rowCount, model.spanOf(0)], [1, { lane: 0, segment: 1 }]);
    assert.equal(table(trace, 'marks').rowCount, 0);
  });

  it('sort by any column, both ways, and keep the order of equals', () => {
    const model = table(trace, 'waits');
    const waited = model.columns.findIndex(({ title }) => title === 'Waited');
    const values = [...orderRows(model, { column: waited, descending: true }, '')].map(
      row => model.columns[waited].value(row) as number,
    );
    assert.deepEqual(
      values,
      [...values].sort((a, b) => b - a),
    );
    const names = [...orderRows(model, { column: 1, descending: false }, '')].map(row =>
      String(model.columns[1].value(row)),
    );
    assert.deepEqual(
      names,
      [...names].sort((a, b) => a.localeCompare(b)),
    );
  });

  it('keep only the rows that hold the words of the filter', () => {
    const model = table(trace, 'waits');
    const rows = orderRows(model, { column: 0, descending: false }, ' thread-2 ');
    assert.ok(rows.length > 10 && rows.length < model.rowCount);
    for (const row of rows) assert.equal(model.columns[1].value(row), 'Thread-2');
    assert.equal(
      orderRows(model, { column: 0, descending: false }, 'nothing of that name').length,
      0,
    );
  });

  it('print durations and moments for people, and keep nanoseconds in the CSV', () => {
    const model = table(trace, 'hand-offs');
    assert.match(cellText(model.columns[1], 3, trace.nowNs), /^\d\.\d{3} s$/);
    const lines = tableCsv(model, Uint32Array.of(0, 1)).split('\r\n');
    assert.equal(lines[0], '#,Time (ns),From,To,Why,Waited (ns),Resumes at');
    assert.equal(lines.length, 3);
    assert.equal(lines[1].split(',')[1], String(model.columns[1].value(0)));
  });

  it('write names into a CSV so that they come back whole and are never run', () => {
    const builder = new TraceBuilder(EXACT_HEADER);
    for (const name of ['a,"b"', '=HYPERLINK("x")', '-1']) {
      builder.addLane({ name, process: 0, interpreter: 0, gil: -1, main: false });
    }
    builder.setState(0, 0, LaneState.blocked, 0);
    builder.finish(10);
    const csv = tableCsv(table(builder, 'threads'), Uint32Array.of(0, 1, 2)).split('\r\n');
    assert.match(csv[1], /^"a,""b""",/);
    assert.match(csv[2], /^"'=HYPERLINK\(""x""\)",/);
    assert.match(csv[3], /^-1,/);
  });

  it('lead to spans and lines that exist', () => {
    for (const kind of ['hand-offs', 'waits', 'holds', 'threads', 'lines', 'blame'] as const) {
      const model = table(trace, kind);
      assert.ok(model.rowCount > 0, kind);
      for (let row = 0; row < model.rowCount; row++) {
        const span = model.spanOf(row);
        if (span) assert.ok(span.segment >= 0 && span.segment < trace.stores[span.lane].count);
        assert.ok(model.positionOf(row) < trace.positions.length);
      }
    }
  });
});

function table(trace: TraceBuilder, kind: TableKind): TableModel {
  const run = { id: 1, trace, version: 1, outcome: 'complete' as const, sentence: '' };
  return makeTable(kind, { run, handOffs: new HandOffIndex(trace), holds: holdsOf(trace) });
}

function sumOf(model: TableModel, title: string): number {
  const column = model.columns.find(candidate => candidate.title === title);
  let sum = 0;
  for (let row = 0; row < model.rowCount; row++) sum += Number(column?.value(row));
  return sum;
}

function crunch(): TraceBuilder {
  const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
  return simulate({ program: crunchProgram(), runtime: 'gil', conditions });
}
