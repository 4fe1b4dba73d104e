// One thing that was found, as a line of text and the place in the source that it is about.

import type { SourcePosition } from '../model/program';

export interface FoundLine {
  readonly sentence: string;
  /** Where to look; undefined if no line is known. */
  readonly place: SourcePosition | undefined;
}

/** Threads that wait, one a line. */
export interface WaitingThreads {
  /** Each waits for the next, and the last for the first. */
  readonly isCircle: boolean;
  readonly lines: readonly FoundLine[];
}
