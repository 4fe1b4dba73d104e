// What an engine is: it runs a program under a runtime and streams what happened.

import type { Conditions, Program } from '../core/model/program';
import type { TraceChunk, TraceHeader } from '../core/model/trace';

export interface RunRequest {
  readonly program: Program;
  /** Name of a row of core/runtimes. */
  readonly runtime: string;
  readonly conditions: Conditions;
}

/**
 * A run under way. Whoever reads `chunks` sets the pace: an engine that is not pulled stops producing, and one that
 * cannot stop (a real program) counts what it had to drop. Ends after the chunk with `done`; after an abort that
 * chunk holds what was known by then. Throws a `UserError` when the run cannot go on.
 */
export interface EngineRun {
  readonly header: TraceHeader;
  readonly chunks: AsyncIterable<TraceChunk>;
}

export interface Engine {
  readonly name: TraceHeader['engine'];
  start(request: RunRequest, signal: AbortSignal): EngineRun;
  /** Ends the program that runs, where one does that was started for this. */
  readonly endProgram?: () => void;
}
