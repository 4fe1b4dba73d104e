// One run, and the runs of one comparison, as the page has them.

import type { TraceBuilder } from '../../src/core/model/traceBuilder';
import type { ComparisonHead, RunId } from '../../src/protocol/messages';

/** One run of a comparison as the page has it. Its trace grows. */
export interface RunView {
  readonly id: RunId;
  /** Stays for comparison when others come. */
  readonly pinned?: boolean;
  /** What it is of, if not of what is shown. */
  readonly of?: string;
  readonly trace: TraceBuilder;
  /** Goes up with every chunk: what is drawn is drawn of a version. */
  version: number;
  outcome: 'running' | 'complete' | 'cancelled' | 'failed';
  /** Why it failed or was cancelled. */
  sentence: string;
}
/** A comparison whose runs grow side by side. */
export interface ComparisonView {
  readonly head: ComparisonHead;
  readonly runs: readonly RunView[];
}
