// The formats that a trace can be read from: a row each. To add an importer, write a file like traceJson.ts that reads
// into a Trace with the engine `imported`, and add its row here: the open dialog and the errors follow.

import { UserError } from '../core/errors';
import { TraceBuilder } from '../core/model/traceBuilder';
import { wholeTrace } from '../core/model/traceCursor';
import { AUSTIN_MOJO, AUSTIN_TEXT } from './austin';
import type { ReadTrace, TraceFormat } from './format';
import { CHROME_TRACE } from './chromeTrace';
import { FIREFOX_PROFILE } from './firefoxProfile';
import { PERF_SCRIPT } from './perfScript';
import { SPEEDSCOPE } from './speedscope';
import { TACHYON_BINARY } from './tachyonBinary';
import { TRACE_JSON } from './traceJson';
import { TraceFile } from './traceFile';

/** The first one that recognises a file reads it: those that are surest stand first. */
export const FORMATS: readonly TraceFormat[] = [
  TRACE_JSON,
  TACHYON_BINARY,
  AUSTIN_MOJO,
  FIREFOX_PROFILE,
  SPEEDSCOPE,
  CHROME_TRACE,
  PERF_SCRIPT,
  AUSTIN_TEXT,
];

/** Reads a file of any of the formats, packed with gzip or not. `name`: what it is called. Throws a `UserError`. */
export function readTrace(
  name: string,
  content: Uint8Array | string,
  formats: readonly TraceFormat[] = FORMATS,
): ReadTrace {
  const file = new TraceFile(name, content);
  const format = formats.find(candidate => candidate.recognises(file));
  if (format) return openedFrom(name, readAs(format, file));
  const known = formats.map(candidate => candidate.name).join(', ');
  throw new UserError(`${name} is in no format that can be opened here: ${known}.`);
}

function readAs(format: TraceFormat, file: TraceFile): ReadTrace {
  const { trace, leftOut } = format.read(file);
  return { trace, leftOut: [file.cut, leftOut].filter(text => text !== '').join(' ') };
}

/** The same trace, which says of itself that it comes from a file. What an importer made is checked by that, too. */
function openedFrom(name: string, { trace, leftOut }: ReadTrace): ReadTrace {
  const opened = new TraceBuilder({ ...trace.header, openedFrom: name });
  const problem = opened.appendChunk(wholeTrace(trace));
  if (problem !== undefined) throw new UserError(`${name} cannot be opened: ${problem}.`);
  return { trace: opened, leftOut };
}

/** All ends of names that such files have. */
export function extensionsOf(formats: readonly TraceFormat[] = FORMATS): string[] {
  return [...new Set(formats.flatMap(({ extensions }) => [...extensions, 'gz']))];
}
