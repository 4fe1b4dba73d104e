// How each state looks and what it is called wherever it is shown: one row per state, from which the panel, the drawings
// of hovers, the legend, the search and the differences between runs are derived. The compiler asks for a row for each.

import { LaneState } from './lanes';

/** States that leave the lane empty. */
type Unseen = typeof LaneState.notStarted | typeof LaneState.finished;

/** A state that is drawn. */
export type SeenState = Exclude<LaneState, Unseen>;

/** The looks and the words of one state. */
export interface StateLook {
  readonly state: SeenState;
  /** Id of the theme colour without `gilscope.`. */
  readonly color: string;
  /** Height of a bar that fills its time, as a share of the lane: states differ by height as well as by hue. */
  readonly weight: number;
  /** Hatched instead of solid: always, only in high contrast, or never. */
  readonly hatch: 'always' | 'highContrast' | 'never';
  /** Place among the parts of one pixel's bar, from the bottom. */
  readonly stack: number;
  /** Place among states that share a pixel for the same time: the lowest is shown. */
  readonly rank: number;
  /** Place in the legend: what matters most comes first. */
  readonly legend: number;
  /** In the legend. */
  readonly label: string;
  /** In a legend of one line. */
  readonly brief: string;
  /** In a sentence after the name of a thread. */
  readonly verb: string;
  /** Before the duration that is written on a span; empty: the duration alone. */
  readonly onSpan: string;
  /** Other words by which people search for it. */
  readonly searchWords: string;
  /** What a thread loses time with in this state, when two runs are compared; states of one cause are summed. */
  readonly cause: string;
}

/** The cause of the states in which a thread computes. */
export const COMPUTING = 'computing';

type Row = Omit<StateLook, 'state'>;

const ROWS: Readonly<Record<SeenState, Row>> = {
  [LaneState.runningWithGil]: {
    legend: 0,
    color: 'running',
    weight: 1,
    hatch: 'never',
    stack: 9,
    rank: 9,
    label: 'running, holds the GIL',
    brief: 'holds GIL',
    verb: 'runs, holding the GIL',
    onSpan: '',
    searchWords: 'runs holds held holding',
    cause: COMPUTING,
  },
  [LaneState.runningWithoutGil]: {
    legend: 1,
    color: 'runningWithoutGil',
    weight: 1,
    hatch: 'never',
    stack: 8,
    rank: 8,
    label: 'running without the GIL',
    brief: 'runs',
    verb: 'runs without the GIL',
    onSpan: '',
    searchWords: 'runs free',
    cause: COMPUTING,
  },
  [LaneState.waitingForGil]: {
    legend: 2,
    color: 'waitingForGil',
    weight: 0.46,
    hatch: 'never',
    stack: 7,
    rank: 0,
    label: 'waiting for the GIL',
    brief: 'waits',
    verb: 'waits for the GIL',
    onSpan: 'waits',
    searchWords: 'waits',
    cause: 'waiting for the GIL',
  },
  [LaneState.waitingForLock]: {
    legend: 3,
    color: 'waitingForLock',
    weight: 0.46,
    hatch: 'highContrast',
    stack: 6,
    rank: 1,
    label: 'waiting for another lock',
    brief: 'lock',
    verb: 'waits for another lock',
    onSpan: 'lock',
    searchWords: 'waits',
    cause: 'waiting for another lock',
  },
  [LaneState.blocked]: {
    legend: 4,
    color: 'blocked',
    weight: 0.2,
    hatch: 'never',
    stack: 1,
    rank: 6,
    label: 'blocked in I/O or sleep',
    brief: 'blocked',
    verb: 'is blocked',
    onSpan: '',
    searchWords: 'blocks I/O sleep join read',
    cause: 'blocked',
  },
  [LaneState.idle]: {
    legend: 5,
    color: 'idle',
    weight: 0.1,
    hatch: 'never',
    stack: 0,
    rank: 7,
    label: 'idle, waiting for work or a result',
    brief: 'idle',
    verb: 'is idle: it waits for work or a result',
    onSpan: '',
    searchWords: 'idles queue join notify',
    cause: 'blocked',
  },
  [LaneState.waitingForProcess]: {
    legend: 6,
    color: 'waitingForProcess',
    weight: 0.3,
    hatch: 'highContrast',
    stack: 2,
    rank: 5,
    label: 'waiting for another process',
    brief: 'process',
    verb: 'waits for another process',
    onSpan: '',
    searchWords: 'pipe child waitpid',
    cause: 'waiting for another process',
  },
  [LaneState.starting]: {
    legend: 7,
    color: 'starting',
    weight: 0.46,
    hatch: 'highContrast',
    stack: 5,
    rank: 2,
    label: 'starting, pickling',
    brief: 'starts',
    verb: 'is being started',
    onSpan: 'starts',
    searchWords: 'starts spawn pickling import',
    cause: 'starting, pickling',
  },
  [LaneState.ready]: {
    legend: 8,
    color: 'ready',
    weight: 0.33,
    hatch: 'never',
    stack: 3,
    rank: 4,
    label: 'ready, no core free',
    brief: 'ready',
    verb: 'is ready, but no core is free',
    onSpan: '',
    searchWords: 'no core',
    cause: 'ready without a core',
  },
  [LaneState.throttled]: {
    legend: 9,
    color: 'throttled',
    weight: 0.33,
    hatch: 'always',
    stack: 4,
    rank: 3,
    label: 'stopped by a CPU limit',
    brief: 'throttled',
    verb: 'could run, but a CPU limit stops it',
    onSpan: '',
    searchWords: 'throttled quota cgroup limit',
    cause: 'stopped by a CPU limit',
  },
  [LaneState.unknown]: {
    legend: 10,
    color: 'unknown',
    weight: 1,
    hatch: 'always',
    stack: 10,
    rank: 10,
    label: 'not observed',
    brief: 'not seen',
    verb: 'was not observed',
    onSpan: '',
    searchWords: 'unknown gap',
    cause: 'not observed',
  },
};

const looks: readonly StateLook[] = Object.values(LaneState)
  .filter(isSeen)
  .map(state => ({ state, ...ROWS[state] }));

/** In the order in which the parts of a pixel's bar stand on one another, from the bottom. */
export const STATE_LOOKS: readonly StateLook[] = [...looks].sort((a, b) => a.stack - b.stack);

/** In the order of the legend. */
export const LEGEND: readonly StateLook[] = [...looks].sort((a, b) => a.legend - b.legend);

/** In the order in which states that share a pixel for the same time are shown. */
export const LOOKS_BY_RANK: readonly StateLook[] = [...looks].sort((a, b) => a.rank - b.rank);

/** The look of a state; undefined for those that leave the lane empty, and for numbers that are no state. */
export function lookOf(state: number): StateLook | undefined {
  return looks.find(look => look.state === state);
}

/** What a thread in this state does, as the end of a sentence that begins with its name. */
export function stateVerb(state: number): string {
  if (state === LaneState.notStarted) return 'has not started';
  if (state === LaneState.finished) return 'has finished';
  return lookOf(state)?.verb ?? 'is in an unknown state';
}

function isSeen(state: LaneState): state is SeenState {
  return state !== LaneState.notStarted && state !== LaneState.finished;
}
