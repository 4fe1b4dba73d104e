// The states a lane can be in. A lane is a partition of time: one state at every instant, no gaps.

/** What a thread is doing. Numbers are stored in columns and cross the wire: never renumber, only append. */
export const LaneState = {
  notStarted: 0,
  /** Being started: spawn, imports, pickling of arguments. */
  starting: 1,
  /** On a core, holding its GIL (Python bytecode, or C code that keeps it). */
  runningWithGil: 2,
  /** On a core without a GIL: C code that let go of it, or a build that has none. */
  runningWithoutGil: 3,
  /** Asked for the GIL and does not have it. */
  waitingForGil: 4,
  /** Waits for a lock of the program: `threading.Lock`, a queue, a join is `blocked`. */
  waitingForLock: 5,
  /** In a system call that waits: I/O, sleep, join. */
  blocked: 6,
  /** Could run, but no core is free. */
  ready: 7,
  finished: 8,
  /** Nobody knows: the recorder did not look, or events were lost. Drawn hatched and counted. */
  unknown: 9,
} as const;

export type LaneState = (typeof LaneState)[keyof typeof LaneState];

export const LANE_STATE_COUNT = 10;

/** How each state is called in front of people, by number. */
export const LANE_STATE_NAMES: readonly string[] = [
  'not started',
  'starting',
  'running with the GIL',
  'running without the GIL',
  'waiting for the GIL',
  'waiting for another lock',
  'blocked',
  'ready, no core free',
  'finished',
  'not observed',
];

/** Whether a lane in this state is using a core. Starting counts: spawning and pickling are work. */
export function usesCore(state: number): boolean {
  return (
    state === LaneState.runningWithGil ||
    state === LaneState.runningWithoutGil ||
    state === LaneState.starting
  );
}
