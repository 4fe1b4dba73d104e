// The tables of a trace as CSV: threads, lines, blame, hand-offs and spans, one file each. Times are in ns.

import { blameOf, NOBODY } from '../core/insight/blame';
import { statisticsOf } from '../core/insight/statistics';
import type { Trace } from '../core/model/trace';
import { heldTimes, spansOf } from './exportedTrace';

type Cell = string | number;

interface Table {
  readonly columns: readonly string[];
  readonly rows: (trace: Trace) => Iterable<readonly Cell[]>;
}

const SUMS = [
  ...(['heldNs', 'waitedNs', 'waitedForLockNs', 'freeNs', 'blockedNs', 'idleNs'] as const),
  ...(['waitedForProcessNs', 'readyNs', 'throttledNs', 'startingNs', 'unknownNs'] as const),
] as const;

const TABLES: Readonly<Record<string, Table>> = {
  threads: {
    columns: ['thread', 'process', 'lifeNs', 'handOffs', ...SUMS],
    rows: trace =>
      statisticsOf(trace).lanes.map(row => {
        const { name, process } = trace.lanes[row.lane];
        return [name, process, row.lifeNs, row.handOffCount, ...SUMS.map(sum => row[sum])];
      }),
  },
  lines: {
    columns: ['file', 'line', 'function', 'visits', ...SUMS],
    rows: trace =>
      statisticsOf(trace).lines.map(row => {
        const { file, line, functionName } = trace.positions[row.position];
        return [file, line, functionName, row.visitCount, ...SUMS.map(name => row[name])];
      }),
  },
  blame: {
    columns: ['lock', 'waited', 'because', 'file', 'line', 'function', 'ns', 'waits'],
    rows: trace =>
      blameOf(trace).map(row => {
        const { lanes, locks } = trace;
        const { file, line, functionName } = trace.positions[row.position];
        const because = row.culprit === NOBODY ? '' : lanes[row.culprit].name;
        const who = [locks[row.lock].name, lanes[row.victim].name, because];
        return [...who, file, line, functionName, row.ns, row.waitCount];
      }),
  },
  handoffs: {
    columns: ['lock', 'atNs', 'from', 'to', 'heldNs'],
    rows: trace =>
      heldTimes(trace)
        .filter(({ from, lane }) => from >= 0 && from !== lane)
        .map(({ lock, startNs, endNs, from, lane }) => [
          ...[trace.locks[lock].name, startNs, trace.lanes[from].name, trace.lanes[lane].name],
          endNs - startNs,
        ]),
  },
  spans: {
    columns: ['thread', 'startNs', 'endNs', 'state', 'file', 'line', 'function'],
    rows: function* (trace) {
      for (const [lane, { name }] of trace.lanes.entries())
        for (const { startNs, endNs, stateName, place } of spansOf(trace, lane))
          yield [name, startNs, endNs, stateName, place.file, place.line, place.functionName];
    },
  },
};

export const CSV_TABLES: readonly string[] = Object.keys(TABLES);

/** A table of a trace; `name` is one of {@link CSV_TABLES}. */
export function writeCsv(trace: Trace, name: string): string {
  const { columns, rows } = TABLES[name];
  const lines = [columns.join(',')];
  for (const row of rows(trace)) lines.push(row.map(cellText).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** A text that a spreadsheet would take for a formula gets a quote before it. */
function cellText(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
