// What a format of trace files is. The list of them is in formats.ts.

import type { Trace } from '../core/model/trace';
import type { TraceFile } from './traceFile';

/** A trace that was read, and a sentence on what of it was left out; empty if nothing was. */
export interface ReadTrace {
  readonly trace: Trace;
  readonly leftOut: string;
}

export interface TraceFormat {
  /** As people call it: `GIL Scope trace`. */
  readonly name: string;
  /** Ends of file names, without the dot. */
  readonly extensions: readonly string[];
  /** Whether a file is of this format: enough to choose a reader. */
  recognises(file: TraceFile): boolean;
  /** Reads all that can be read. Throws a `UserError` that says what is wrong with the file, and where. */
  read(file: TraceFile): ReadTrace;
  /** A trace as the text of a file. Formats of other programs may leave it out. */
  write?(trace: Trace): string;
}
