// The formats that a trace can be read from: a row each. To add an importer, write a file like traceJson.ts that reads
// into a Trace with the engine `imported`, and add its row here: the open dialog and the errors follow.

import { UserError } from '../core/errors';
import type { ReadTrace, TraceFormat } from './format';
import { TRACE_JSON } from './traceJson';

export const FORMATS: readonly TraceFormat[] = [TRACE_JSON];

/** Reads a file of any of the formats. `name`: what the file is called, for people. Throws a `UserError`. */
export function readTrace(
  name: string,
  text: string,
  formats: readonly TraceFormat[] = FORMATS,
): ReadTrace {
  const format = formats.find(candidate => candidate.recognises(text));
  if (format) return openedFrom(name, format.read(text));
  const known = formats.map(candidate => candidate.name).join(', ');
  throw new UserError(`${name} is in no format that can be opened here: ${known}.`);
}

/** The same trace, which says of itself that it comes from a file. */
function openedFrom(name: string, { trace, leftOut }: ReadTrace): ReadTrace {
  // Each by its name: of an importer's TraceBuilder a spread would leave out what only getters give.
  const { lanes, locks, positions, marks, stores, events, eventCount } = trace;
  const { nowNs, done, droppedCount } = trace;
  const header = { ...trace.header, openedFrom: name };
  const tables = { lanes, locks, positions, marks };
  const opened = { header, ...tables, stores, events, eventCount, nowNs, done, droppedCount };
  return { trace: opened, leftOut };
}

/** All ends of names that such files have. */
export function extensionsOf(formats: readonly TraceFormat[] = FORMATS): string[] {
  return [...new Set(formats.flatMap(({ extensions }) => extensions))];
}
