// The tables of a run: what each row is, how it sorts, how it reads. Text is made only for the rows that are seen.

import { timePerState } from '../../src/core/model/timePerState';
import { blameOf, NOBODY, type Holds } from '../../src/core/insight/blame';
import { LaneState } from '../../src/core/model/lanes';
import { EventKind } from '../../src/core/model/trace';
import { statisticsOf } from '../../src/core/insight/statistics';
import { formatDuration, type Nanoseconds } from '../../src/core/units';
import type { RunView } from '../model/runView';
import type { HandOffIndex } from '../model/handOffs';
import { spanOfHandOff } from '../model/handOffs';
import type { SpanPlace } from '../model/span';
import { lockNames, otherTimes } from './lockWaits';
import type { Hits } from './search';
import { handedOver } from '../words/spanStory';
import { placeText } from '../words/spans';
import { shortName } from '../../src/core/names';
import { clockFigure, clockUnit } from '../words/timeLabels';

export const TABLE_KINDS = [
  'hand-offs',
  'waits',
  'lock-waits',
  'holds',
  'threads',
  'lines',
  'blame',
  'marks',
] as const;
export type TableKind = (typeof TABLE_KINDS)[number];

/** A number sorts and aligns as one; `ns` and `atNs` are printed as durations and as moments. */
export type CellKind = 'text' | 'count' | 'ns' | 'atNs';

export interface TableColumn {
  readonly title: string;
  readonly kind: CellKind;
  /** What is in a row: a number for all kinds but `text`. */
  value(row: number): number | string;
}

export interface TableModel {
  readonly rowCount: number;
  readonly columns: readonly TableColumn[];
  /** The span that a row is about, if it is one. */
  spanOf(row: number): SpanPlace | undefined;
  /** The source position that a row leads to; 0: none. */
  positionOf(row: number): number;
}

/** What tables are made from. */
export interface TableSource {
  readonly run: RunView;
  readonly handOffs: HandOffIndex;
  readonly holds: readonly Holds[];
}

/** Makes the table of a kind. Walks the whole trace: keep it until the run grows. */
export function makeTable(kind: TableKind, source: TableSource): TableModel {
  switch (kind) {
    case 'hand-offs':
      return handOffTable(source);
    case 'waits':
      return spanTable(source, LaneState.waitingForGil, 'waited');
    case 'lock-waits':
      return lockWaitTable(source);
    case 'holds':
      return spanTable(source, LaneState.runningWithGil, 'held');
    case 'threads':
      return threadTable(source);
    case 'lines':
      return lineTable(source);
    case 'blame':
      return blameTable(source);
    case 'marks':
      return markTable(source);
  }
}

/** A cell as text; `endNs` decides the unit of moments. */
export function cellText(column: TableColumn, row: number, endNs: Nanoseconds): string {
  const value = column.value(row);
  if (typeof value === 'string') return value;
  switch (column.kind) {
    case 'ns':
      return formatDuration(value);
    case 'atNs':
      return `${clockFigure(value, endNs)} ${clockUnit(endNs)}`;
    default:
      return value.toLocaleString('en');
  }
}

/** The rows in the order of a column, only those that hold `filter` in one of their texts and are among `hits`. */
export function orderRows(
  model: TableModel,
  order: { readonly column: number; readonly descending: boolean },
  filter: string,
  hits?: Hits,
): Uint32Array {
  const wanted = filter.trim().toLowerCase();
  const texts = model.columns.filter(({ kind }) => kind === 'text');
  const rows: number[] = [];
  for (let row = 0; row < model.rowCount; row++) {
    const seen =
      wanted === '' ||
      texts.some(column => String(column.value(row)).toLowerCase().includes(wanted));
    const span = model.spanOf(row);
    const hit = span
      ? hits?.has(span.lane, span.segment)
      : hits?.positions.has(model.positionOf(row));
    if (seen && hit !== false) rows.push(row);
  }
  const values = Array.from({ length: model.rowCount }, (_, row) =>
    model.columns[order.column].value(row),
  );
  const sign = order.descending ? -1 : 1;
  const compare = (a: number, b: number): number => {
    const [x, y] = [values[a], values[b]];
    if (x === y) return a - b;
    return (
      sign *
      (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)))
    );
  };
  return Uint32Array.from(rows.sort(compare));
}

/** The rows as comma-separated values: durations in nanoseconds, so that nothing is lost. */
export function tableCsv(model: TableModel, rows: Uint32Array): string {
  const head = model.columns.map(({ title, kind }) =>
    kind === 'ns' || kind === 'atNs' ? `${title} (ns)` : title,
  );
  const lines = [...rows].map(row => model.columns.map(column => String(column.value(row))));
  return [head, ...lines].map(cells => cells.map(quoted).join(',')).join('\r\n');
}

function quoted(text: string): string {
  // A name that begins like a formula would be run by a spreadsheet.
  const safe = /^[=+\-@\t]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function handOffTable({ run: { trace }, handOffs }: TableSource): TableModel {
  const { events, stores } = trace;
  const lane = (row: number): number => events.lanes[handOffs.eventOf(row)];
  const spanOf = (row: number): SpanPlace => spanOfHandOff(trace, handOffs, row);
  const waitedNs = (row: number): number => {
    const { lane: to, segment } = spanOf(row);
    const waits = segment > 0 && stores[to].stateOf(segment - 1) === LaneState.waitingForGil;
    return waits ? stores[to].endOf(segment - 1) - stores[to].startOf(segment - 1) : 0;
  };
  const positionOf = (row: number): number => positionAt(trace, spanOf(row));
  return {
    rowCount: handOffs.count,
    spanOf,
    positionOf,
    columns: [
      { title: '#', kind: 'count', value: row => row + 1 },
      { title: 'Time', kind: 'atNs', value: row => handOffs.timeOf(row) },
      {
        title: 'From',
        kind: 'text',
        value: row => laneName(trace, events.arguments[handOffs.eventOf(row)] - 1),
      },
      { title: 'To', kind: 'text', value: row => laneName(trace, lane(row)) },
      {
        title: 'Why',
        kind: 'text',
        value: row => handedOver(trace, handOffs.eventOf(row)) ?? 'not known',
      },
      { title: 'Waited', kind: 'ns', value: waitedNs },
      { title: 'Resumes at', kind: 'text', value: row => textOf(trace, positionOf(row)) },
    ],
  };
}

function spanTable({ run: { trace } }: TableSource, state: number, verb: string): TableModel {
  const [lanes, segments]: [number[], number[]] = [[], []];
  trace.stores.forEach((store, lane) => {
    for (let i = 0; i < store.count; i++) {
      if (store.stateOf(i) !== state || store.endOf(i) === store.startOf(i)) continue;
      lanes.push(lane);
      segments.push(i);
    }
  });
  const spanOf = (row: number): SpanPlace => ({ lane: lanes[row], segment: segments[row] });
  const positionOf = (row: number): number => positionAt(trace, spanOf(row));
  return {
    rowCount: lanes.length,
    spanOf,
    positionOf,
    columns: [
      {
        title: 'Time',
        kind: 'atNs',
        value: row => trace.stores[lanes[row]].startOf(segments[row]),
      },
      { title: 'Thread', kind: 'text', value: row => laneName(trace, lanes[row]) },
      {
        title: verb === 'held' ? 'Held' : 'Waited',
        kind: 'ns',
        value: row =>
          trace.stores[lanes[row]].endOf(segments[row]) -
          trace.stores[lanes[row]].startOf(segments[row]),
      },
      { title: 'At', kind: 'text', value: row => textOf(trace, positionOf(row)) },
    ],
  };
}

/** Without a name where nobody saw which lock it was. */
function lockWaitTable(source: TableSource): TableModel {
  const table = spanTable(source, LaneState.waitingForLock, 'waited');
  const nameOf = lockNames(source.run.trace);
  const value = (row: number): string => {
    const wait = table.spanOf(row);
    return wait ? nameOf(wait) : '';
  };
  return { ...table, columns: [...table.columns, { title: 'Lock', kind: 'text', value }] };
}

function timesOfLanes({ stores, nowNs }: AnyTrace): readonly Float64Array[] {
  return stores.map(store => {
    const time = timePerState([store], 0, nowNs);
    return time;
  });
}

function threadTable({ run: { trace } }: TableSource): TableModel {
  const { lanes } = statisticsOf(trace);
  return {
    rowCount: lanes.length,
    spanOf: row => ({ lane: row, segment: 0 }),
    positionOf: () => 0,
    columns: [
      { title: 'Thread', kind: 'text', value: row => laneName(trace, row) },
      { title: 'Life', kind: 'ns', value: row => lanes[row].lifeNs },
      { title: 'Held', kind: 'ns', value: row => lanes[row].heldNs },
      { title: 'Waited', kind: 'ns', value: row => lanes[row].waitedNs },
      { title: 'Ran without', kind: 'ns', value: row => lanes[row].freeNs },
      { title: 'Blocked', kind: 'ns', value: row => lanes[row].blockedNs },
      ...otherTimes(timesOfLanes(trace)).map(({ title, nsOf }) => ({
        title,
        kind: 'ns' as const,
        value: nsOf,
      })),
      ...(lanes.some(({ unknownNs }) => unknownNs > 0)
        ? [
            {
              title: 'Not observed',
              kind: 'ns' as const,
              value: (row: number) => lanes[row].unknownNs,
            },
          ]
        : []),
      { title: 'Hand-offs', kind: 'count', value: row => lanes[row].handOffCount },
    ],
  };
}

function lineTable({ run: { trace } }: TableSource): TableModel {
  const lines = statisticsOf(trace).lines.filter(({ position }) => position > 0);
  return {
    rowCount: lines.length,
    spanOf: () => undefined,
    positionOf: row => lines[row].position,
    columns: [
      { title: 'Line', kind: 'text', value: row => textOf(trace, lines[row].position) },
      { title: 'Held', kind: 'ns', value: row => lines[row].heldNs },
      { title: 'Waited', kind: 'ns', value: row => lines[row].waitedNs },
      { title: 'Ran without', kind: 'ns', value: row => lines[row].freeNs },
      { title: 'Blocked', kind: 'ns', value: row => lines[row].blockedNs },
      { title: 'Visits', kind: 'count', value: row => lines[row].visitCount },
    ],
  };
}

function blameTable({ run: { trace } }: TableSource): TableModel {
  const rows = blameOf(trace);
  return {
    rowCount: rows.length,
    spanOf: () => undefined,
    positionOf: row => rows[row].position,
    columns: [
      { title: 'Waits', kind: 'text', value: row => laneName(trace, rows[row].victim) },
      { title: 'For', kind: 'text', value: row => laneName(trace, rows[row].culprit) },
      { title: 'Which is at', kind: 'text', value: row => textOf(trace, rows[row].position) },
      { title: 'Lock', kind: 'text', value: row => lockName(trace, rows[row].lock) },
      { title: 'Time', kind: 'ns', value: row => rows[row].ns },
      { title: 'In waits', kind: 'count', value: row => rows[row].waitCount },
    ],
  };
}

/** Garbage collections and whatever else a trace has marked. */
function markTable({ run: { trace } }: TableSource): TableModel {
  const { times, kinds, lanes, arguments: operands } = trace.events;
  const marks: number[] = [];
  for (let i = 0; i < times.length; i++) if (kinds[i] === EventKind.mark) marks.push(i);
  const spanOf = (row: number): SpanPlace => {
    const lane = lanes[marks[row]];
    return { lane, segment: trace.stores[lane].segmentAt(times[marks[row]]) };
  };
  return {
    rowCount: marks.length,
    spanOf,
    positionOf: row => positionAt(trace, spanOf(row)),
    columns: [
      { title: 'Time', kind: 'atNs', value: row => times[marks[row]] },
      { title: 'Thread', kind: 'text', value: row => laneName(trace, lanes[marks[row]]) },
      { title: 'Mark', kind: 'text', value: row => trace.marks[operands[marks[row]]].text },
      { title: 'At', kind: 'text', value: row => textOf(trace, positionAt(trace, spanOf(row))) },
    ],
  };
}

type AnyTrace = RunView['trace'];

function laneName(trace: AnyTrace, lane: number): string {
  return lane === NOBODY ? 'nobody' : shortName(trace.lanes[lane].name);
}

function lockName({ locks }: AnyTrace, lock: number): string {
  return lock < 0 ? '' : shortName(locks[lock].name);
}

function positionAt(trace: AnyTrace, { lane, segment }: SpanPlace): number {
  return segment < 0 ? 0 : trace.stores[lane].positionOf(segment);
}

function textOf(trace: AnyTrace, position: number): string {
  const place = trace.positions[position];
  return place.line > 0 ? placeText(place) : '';
}
