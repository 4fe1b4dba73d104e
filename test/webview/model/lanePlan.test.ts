// Which rows lanes make.

import assert from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import { NO_LOCK, type LaneInfo } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import {
  alignRows,
  FIRST_WISHES,
  laneRowOf,
  lanesInOrder,
  laneTimes,
  planLanes,
  toggleRow,
  type LaneTimes,
  type PlannedRow,
} from '../../../webview/model/lanePlan';
import { laneAtHeight, laneRow, laneRowCount, layOutRun } from '../../../webview/model/runLayout';
import { EXACT_HEADER } from '../../support/traces';

describe('the rows of lanes', () => {
  it('are one a lane, without groups, where every lane has a process of its own', () => {
    const lanes = [lane('a', 0), lane('b', 1), lane('c', 2)];
    assert.deepEqual(told(planLanes(lanes, undefined, FIRST_WISHES)), ['0', '1', '2']);
  });

  it('stand under the process and interpreter that they belong to', () => {
    const lanes = [lane('a', 0), lane('b', 0), lane('c', 1), lane('d', 1, 2)];
    assert.deepEqual(told(planLanes(lanes, undefined, FIRST_WISHES)), [
      'Main process',
      '0',
      '1',
      'Process 1',
      '2',
      'Process 1, interpreter 2',
      '3',
    ]);
    const interpreters = [lane('a', 0), lane('b', 0, 1), lane('c', 0, 1)];
    assert.deepEqual(told(planLanes(interpreters, undefined, FIRST_WISHES)), [
      'Main interpreter',
      '0',
      'Interpreter 1',
      '1',
      '2',
    ]);
  });

  it('fold into the one of their group, and open again', () => {
    const lanes = [lane('a', 0), lane('b', 0), lane('c', 1)];
    const [head] = planLanes(lanes, undefined, FIRST_WISHES);
    const folded = toggleRow(FIRST_WISHES, head.key);
    const plan = planLanes(lanes, undefined, folded);
    assert.deepEqual(told(plan), ['Main process +', 'Process 1', '2']);
    assert.deepEqual(plan[0].lanes, [0, 1]);
    assert.deepEqual(lanesInOrder(plan), [2], 'what is folded is not walked through');
    assert.deepEqual(toggleRow(folded, head.key), FIRST_WISHES);
  });

  it('are sorted by start, name, GIL held and waiting, equals in their order', () => {
    const lanes = [lane('T-10', 0), lane('T-9', 0), lane('T-1', 0)];
    const times = [time(5, 1, 3), time(0, 7, 3), time(5, 7, 9)];
    const sorted = (['start', 'name', 'held', 'waited'] as const).map(order =>
      lanesInOrder(planLanes(lanes, times, { order, toggled: [] })),
    );
    assert.deepEqual(sorted, [
      [1, 0, 2], // start 0, 5, 5
      [2, 1, 0], // 1, 9, 10: numbers as numbers
      [1, 2, 0], // held 7, 7, 1
      [2, 0, 1], // waited 9, 3, 3
    ]);
  });

  it('of idle lanes are one at the end, unless they are few or all', () => {
    const lanes = Array.from({ length: 6 }, (_, i) => lane(`T-${i}`, 0));
    const idleAre = (...idle: number[]): LaneTimes[] =>
      lanes.map((_, i) => ({ ...time(0, 0, 0), idle: idle.includes(i) }));
    const plan = planLanes(lanes, idleAre(1, 3, 4), FIRST_WISHES);
    assert.deepEqual(told(plan), ['0', '2', '5', '3 idle +']);
    const open = planLanes(lanes, idleAre(1, 3, 4), toggleRow(FIRST_WISHES, plan[3].key));
    assert.deepEqual(told(open), ['0', '2', '5', '3 idle', '1', '3', '4']);
    assert.equal(planLanes(lanes, idleAre(1, 3), FIRST_WISHES).length, 6);
    assert.equal(planLanes(lanes, idleAre(0, 1, 2, 3, 4, 5), FIRST_WISHES).length, 6);
  });

  it('of lanes that are blocked all the time are lower, so that the eye goes to the others', () => {
    // The main thread starts two workers and joins them; the last one does I/O but waits for the GIL in between.
    const trace = new TraceBuilder(EXACT_HEADER);
    for (const name of ['main', 'worker', 'worker', 'reader']) trace.addLane(lane(name, 0));
    trace.setState(0, 0, LaneState.runningWithGil, 0);
    trace.setState(0, 100, LaneState.blocked, 0);
    trace.setState(1, 0, LaneState.waitingForGil, 0);
    trace.setState(2, 0, LaneState.runningWithoutGil, 0);
    trace.setState(3, 0, LaneState.waitingForGil, 0);
    trace.setState(3, 150, LaneState.blocked, 0);
    trace.finish(1000);
    const plan = planLanes(trace.lanes, laneTimes(trace), FIRST_WISHES);
    assert.deepEqual(
      plan.map(({ low }) => low === true),
      [true, false, false, false],
    );
    const [main, worker, , reader] = layOutRun(trace.lanes, 60, plan).rows;
    assert.ok(main.heightPx >= 16 && main.heightPx < worker.heightPx / 2, 'and still to be hit');
    assert.equal(reader.heightPx, worker.heightPx);
    const cramped = layOutRun(trace.lanes, 20, plan).rows;
    assert.ok(cramped.every(({ heightPx }) => heightPx >= 16));
    assert.ok(laneRowCount(plan) > 3 && laneRowCount(plan) < 4, 'others have its room');
  });

  it('are not lower where all lanes are blocked: then that is the story', () => {
    const trace = new TraceBuilder(EXACT_HEADER);
    for (const name of ['a', 'b']) trace.addLane(lane(name, 0));
    for (const at of [0, 1]) {
      trace.setState(at, 0, LaneState.runningWithGil, 0);
      trace.setState(at, 100, LaneState.blocked, 0);
    }
    trace.finish(1000);
    const plan = planLanes(trace.lanes, laneTimes(trace), FIRST_WISHES);
    assert.ok(plan.every(({ low }) => low !== true));
  });

  it('take from the trace when a lane began, what it held and waited, and whether it did anything', () => {
    const trace = new TraceBuilder(EXACT_HEADER);
    for (const name of ['busy', 'sleeper']) trace.addLane(lane(name, 0));
    trace.setState(0, 0, LaneState.notStarted, 0);
    trace.setState(0, 10, LaneState.waitingForGil, 0);
    trace.setState(0, 30, LaneState.runningWithGil, 0);
    trace.setState(1, 0, LaneState.blocked, 0);
    trace.finish(100);
    assert.deepEqual(laneTimes(trace), [
      { startNs: 10, heldNs: 70, waitedNs: 20, idle: false, blocked: false },
      { startNs: 0, heldNs: 0, waitedNs: 0, idle: true, blocked: true },
    ]);
  });
});

describe('the layout of rows', () => {
  it('finds the lane at a height, and the row of a lane that is folded away', () => {
    const lanes = [lane('a', 0), lane('b', 0), lane('c', 1)];
    const [head] = planLanes(lanes, undefined, FIRST_WISHES);
    const plan = planLanes(lanes, undefined, toggleRow(FIRST_WISHES, head.key));
    const layout = layOutRun(lanes, 22, plan);
    const [group, , ofC] = layout.rows;
    assert.deepEqual(laneRow(layout, 0), group);
    assert.deepEqual(laneRow(layout, 1), group);
    assert.deepEqual(laneRow(layout, 2), ofC);
    assert.equal(laneAtHeight(layout, ofC.topPx + 1), 2);
    assert.equal(laneAtHeight(layout, group.topPx + 1), undefined, 'there are two');
    assert.ok(layout.cores.topPx > ofC.topPx + ofC.heightPx);
  });
});

function told(plan: readonly PlannedRow[]): string[] {
  return plan.map(({ kind, title, lanes, folded }) =>
    kind === 'lane' ? String(lanes[0]) : `${title}${folded ? ' +' : ''}`,
  );
}

function lane(name: string, process: number, interpreter = 0): LaneInfo {
  return { name, process, interpreter, gil: NO_LOCK, main: false };
}

function time(startNs: number, heldNs: number, waitedNs: number): LaneTimes {
  return { startNs, heldNs, waitedNs, idle: false, blocked: false };
}

describe('the rows of several runs', () => {
  /** The rows of runs whose lanes are seated by number, as text. */
  const aligned = (...seats: readonly (readonly number[])[]): string[] => {
    const runs = seats.map(of => ({ rows: of.map((_, lane) => laneRowOf(lane)), seats: of }));
    const names = ['main', 'load', 'parse', 'save', 'a', 'b', 'c', 'd', 'e', 'f', 'g'];
    return alignRows(runs, names.slice(0, Math.max(...seats.flat()) + 1)).map((rows, i) =>
      rows.map(({ lanes, title }) => (lanes.length ? names[seats[i][lanes[0]]] : title)).join(', '),
    );
  };

  it('stand in the order of the first, whatever order the threads of the others have', () => {
    assert.deepEqual(aligned([0, 1, 2], [2, 0, 1]), ['main, load, parse', 'main, load, parse']);
    assert.deepEqual(aligned([2, 0, 1], [0, 1, 2]), ['parse, main, load', 'parse, main, load']);
  });

  it('say where a thread is not there, in either of them', () => {
    assert.deepEqual(aligned([0, 1, 2], [0, 2, 3]), [
      'main, load, parse, no save',
      'main, no load, parse, save',
    ]);
  });

  it('say of many that are not there only how many', () => {
    assert.deepEqual(aligned([0], [0, 4, 5, 6, 7, 8, 9]).slice(0, 1), ['main, 9 not here']);
  });

  it('leave idle threads folded at the end', () => {
    const idle: PlannedRow = {
      kind: 'idle',
      key: 'x',
      title: '3 idle',
      lanes: [2, 3, 4],
      folded: true,
    };
    const rows = [laneRowOf(1), laneRowOf(0), idle];
    const all = [0, 1, 2, 3, 4];
    const names = ['main', 'load', 'i1', 'i2', 'i3'];
    const [first, second] = alignRows(
      [
        { rows, seats: all },
        { rows: all.map(lane => laneRowOf(lane)), seats: all },
      ],
      names,
    );
    assert.deepEqual(told(first), ['1', '0', '3 idle +']);
    assert.deepEqual(told(second), ['1', '0', '2', '3', '4']);
  });
});
