// What the benchmark and its extension agree on.

import type { ConvoyOptions } from '../support/convoyStream';
import type { TraceDigest } from '../support/traceDigest';

/** What a stream is to be. */
export interface LiveWish extends ConvoyOptions {
  /** How often a part of it leaves the engine, in ms. */
  readonly tickMs: number;
}

/** A {@link LiveWish} as JSON: a file of the workspace. */
export const WISH_FILE = 'live-wish.json';
/** A {@link LiveReport} as JSON: a file of the workspace, once the run has ended. */
export const REPORT_FILE = 'live-report.json';

/** A saved trace of the workspace. */
export const TRACE_FILE = 'million.json';

/** Commands of the benchmark's extension as its manifest has them. */
export const LIVE_COMMAND = { command: 'gilscopeBench.live', title: 'Benchmark Live Stream' };
export const OPEN_COMMAND = { command: 'gilscopeBench.open', title: 'Benchmark Open Trace' };

/** What the host knows of a stream. */
export interface LiveReport {
  /** Segments that were given to our extension. */
  readonly made: number;
  /** What our extension holds. */
  readonly held: TraceDigest;
  readonly run: number;
  /** Time 0 of the trace, in ms of the machine's clock since the epoch. */
  readonly zeroMs: number;
  readonly tookMs: number;
}
