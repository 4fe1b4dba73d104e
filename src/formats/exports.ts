// What a trace can be written as, a row each: for the command line and for the panel's Export….

import type { Trace } from '../core/model/trace';
import { writeTraceJson } from './traceJson';
import { writeChrome } from './writeChrome';
import { CSV_TABLES, writeCsv } from './writeCsv';
import { writeFirefox } from './writeFirefox';
import { writePerfetto } from './writePerfetto';
import { writePprof } from './writePprof';
import { writeSpeedscope } from './writeSpeedscope';

export interface TraceExport {
  /** For the command line: `firefox`. */
  readonly id: string;
  /** For people: `Firefox Profiler profile`. */
  readonly label: string;
  /** The end of such a file's name, without the first dot; the longest one that fits a name decides. */
  readonly extension: string;
  readonly write: (trace: Trace) => string | Uint8Array;
}

export const TRACE_EXPORTS: readonly TraceExport[] = [
  { id: 'json', label: 'GIL Scope trace', extension: 'json', write: writeTraceJson },
  { id: 'perfetto', label: 'Perfetto trace', extension: 'pftrace', write: writePerfetto },
  {
    id: 'firefox',
    label: 'Firefox Profiler profile',
    extension: 'firefox.json',
    write: writeFirefox,
  },
  { id: 'chrome', label: 'Chrome trace', extension: 'chrome.json', write: writeChrome },
  {
    id: 'speedscope',
    label: 'speedscope profile',
    extension: 'speedscope.json',
    write: writeSpeedscope,
  },
  { id: 'pprof', label: 'pprof profile', extension: 'pb.gz', write: writePprof },
  ...CSV_TABLES.map(table => ({
    id: `csv-${table}`,
    label: `CSV of the table of ${table}`,
    extension: `${table}.csv`,
    write: (trace: Trace) => writeCsv(trace, table),
  })),
];

/** The export that the name of a file asks for; undefined if none does. */
export function exportFor(file: string): TraceExport | undefined {
  const name = file.toLowerCase().replace(/\.gz$/, end => (file.endsWith('.pb.gz') ? end : ''));
  return [...TRACE_EXPORTS]
    .sort((a, b) => b.extension.length - a.extension.length)
    .find(({ extension }) => name.endsWith(`.${extension}`));
}

/**
 * The trace with the paths of its files relative to a folder, where they lie in it; others keep their name without
 * the folders above. So nothing of a machine leaves by accident.
 */
export function withoutFolders(trace: Trace, folder: string): Trace {
  const root = folder.replaceAll('\\', '/').replace(/\/*$/, '/');
  const positions = trace.positions.map(position => ({
    ...position,
    file: relativeTo(root, position.file),
  }));
  const { header, lanes, locks, marks, stores, events, eventCount } = trace;
  const { nowNs, done, droppedCount, cpu = [] } = trace;
  // Command lines name folders, too: the program's name is enough.
  const processes = (trace.processes ?? []).map(process => ({
    ...process,
    command: process.command.replace(/(?:[A-Za-z]:)?(?:[\\/][^\\/\s]+)+[\\/]([^\\/\s]+)/g, '$1'),
  }));
  const tables = { lanes, locks, positions, marks, processes, cpu };
  return { header, ...tables, stores, events, eventCount, nowNs, done, droppedCount };
}

function relativeTo(root: string, file: string): string {
  const path = file.replaceAll('\\', '/');
  if (path.startsWith(root)) return path.slice(root.length);
  return /^(?:\/|[A-Za-z]:\/)/.test(path) ? path.slice(path.lastIndexOf('/') + 1) : file;
}
