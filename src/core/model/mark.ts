// What a trace notes at an instant of a lane: a kind for programs, a sentence for people.

/** What a mark is about. Trace files name the kinds: never rename one, only append. */
export const MARK_KINDS = [
  /** Nothing can happen any more: every thread waits. */
  'deadlock',
  /** A thread ended with an exception. */
  'error',
  'never-started',
  /** The run was stopped before its work was done. */
  'cut-off',
  /** A thread or process of the run was lost, so the rest is missing. */
  'failed',
  /** Other programs kept the cores busy. */
  'crowded',
  /** The machine has fewer cores than the run has threads. */
  'few-cores',
  /** How far the clocks of the run agree. */
  'clock',
  /** The GIL of a free-threaded build is on. */
  'gil-on',
  /** A garbage collection. */
  'collection',
  /** A garbage collection is over. */
  'collected',
  /** The thread waits in a system call and keeps the GIL. */
  'sleeps-with-gil',
  /** The thread runs an event loop. */
  'event-loop',
  /** What the file that the trace comes from cannot tell, or what is drawn otherwise than it says. */
  'not-told',
  /** Anything else. No rule reads more into it. */
  'note',
] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

/** Why a run was cut off. */
export const CUT_REASONS = ['endless', 'limit', 'cancelled'] as const;
export type CutReason = (typeof CUT_REASONS)[number];

/** What marks of some kinds tell besides their text. */
interface MarkData {
  readonly deadlock: {
    /** Whether a thread in it waits for a lock, and not only for the end of a thread or for an item. */
    readonly waitsForLock: boolean;
  };
  readonly 'cut-off': {
    /** `endless`: the program took steps without time passing. `limit`: it was longer than a run may be. */
    readonly reason: CutReason;
  };
}

export type MarkOf<Kind extends MarkKind> = {
  readonly kind: Kind;
  readonly text: string;
} & (Kind extends keyof MarkData ? MarkData[Kind] : unknown);

export type Mark = { readonly [Kind in MarkKind]: MarkOf<Kind> }[MarkKind];

/** A mark that means no more than its text. */
export function noteOf(text: string): Mark {
  return { kind: 'note', text };
}
