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
  /** Waits for a lock of the program that another thread holds. */
  waitingForLock: 5,
  /** In a system call that waits: I/O, sleep; also whatever could not be told apart from these. */
  blocked: 6,
  /** Could run, but no core is free. */
  ready: 7,
  finished: 8,
  /** Nobody knows: the recorder did not look, or events were lost. Drawn hatched and counted. */
  unknown: 9,
  /** Waits for work, a notification or a result. Nobody holds what it waits for. */
  idle: 10,
  /** Waits for another process: for its end, or at a pipe or socket to it. */
  waitingForProcess: 11,
  /** Could run, but a CPU limit (a quota of its cgroup) stops its process. */
  throttled: 12,
} as const;

export type LaneState = (typeof LaneState)[keyof typeof LaneState];

/** How each state is called in front of people. The compiler asks for a name for every state. */
const NAMES: Readonly<Record<LaneState, string>> = {
  [LaneState.notStarted]: 'not started',
  [LaneState.starting]: 'starting',
  [LaneState.runningWithGil]: 'running with the GIL',
  [LaneState.runningWithoutGil]: 'running without the GIL',
  [LaneState.waitingForGil]: 'waiting for the GIL',
  [LaneState.waitingForLock]: 'waiting for another lock',
  [LaneState.blocked]: 'blocked',
  [LaneState.ready]: 'ready, no core free',
  [LaneState.finished]: 'finished',
  [LaneState.unknown]: 'not observed',
  [LaneState.idle]: 'idle, waiting for work or a result',
  [LaneState.waitingForProcess]: 'waiting for another process',
  [LaneState.throttled]: 'stopped by a CPU limit',
};

/** How each state is called in front of people, by number. */
export const LANE_STATE_NAMES: readonly string[] = Object.values(NAMES);

export const LANE_STATE_COUNT = LANE_STATE_NAMES.length;

/** Whether a lane in this state waits for something that is neither a lock nor a core. */
export function isResting(state: number): boolean {
  return (
    state === LaneState.blocked || state === LaneState.idle || state === LaneState.waitingForProcess
  );
}

/** Whether a lane in this state is using a core. Starting counts: spawning and pickling are work. */
export function usesCore(state: number): boolean {
  return (
    state === LaneState.runningWithGil ||
    state === LaneState.runningWithoutGil ||
    state === LaneState.starting
  );
}
