// How each state looks, in the panel as in drawings of hovers: which colour, how tall, in which order states of one pixel
// stand on one another.

import { LaneState } from './lanes';

/** The looks of one state. States without an entry (not started, finished) leave the lane empty. */
export interface StateLook {
  readonly state: LaneState;
  /** Id of the theme colour without `gilscope.`. */
  readonly color: string;
  /** Height of a bar that fills its time, as a share of the lane: states differ by height as well as by hue. */
  readonly weight: number;
  /** In the legend. */
  readonly label: string;
  /** In a legend of one line. */
  readonly brief: string;
  /** In a sentence after the name of a thread. */
  readonly verb: string;
  /** Hatched instead of solid: always, only in high contrast, or never. */
  readonly hatch: 'always' | 'highContrast' | 'never';
}

/** In the order in which the parts of a pixel's bar stand on one another, from the bottom. */
export const STATE_LOOKS: readonly StateLook[] = [
  {
    state: LaneState.blocked,
    color: 'blocked',
    weight: 0.2,
    label: 'blocked in I/O, sleep or join',
    brief: 'blocked',
    verb: 'is blocked',
    hatch: 'never',
  },
  {
    state: LaneState.ready,
    color: 'ready',
    weight: 0.33,
    label: 'ready, no core free',
    brief: 'ready',
    verb: 'is ready, but no core is free',
    hatch: 'never',
  },
  {
    state: LaneState.starting,
    color: 'starting',
    weight: 0.46,
    label: 'starting, pickling',
    brief: 'starts',
    verb: 'is being started',
    hatch: 'highContrast',
  },
  {
    state: LaneState.waitingForLock,
    color: 'waitingForLock',
    weight: 0.46,
    label: 'waiting for another lock',
    brief: 'lock',
    verb: 'waits for another lock',
    hatch: 'highContrast',
  },
  {
    state: LaneState.waitingForGil,
    color: 'waitingForGil',
    weight: 0.46,
    label: 'waiting for the GIL',
    brief: 'waits',
    verb: 'waits for the GIL',
    hatch: 'never',
  },
  {
    state: LaneState.runningWithoutGil,
    color: 'runningWithoutGil',
    weight: 1,
    label: 'running without the GIL',
    brief: 'runs',
    verb: 'runs without the GIL',
    hatch: 'never',
  },
  {
    state: LaneState.runningWithGil,
    color: 'running',
    weight: 1,
    label: 'running, holds the GIL',
    brief: 'holds GIL',
    verb: 'runs, holding the GIL',
    hatch: 'never',
  },
  {
    state: LaneState.unknown,
    color: 'unknown',
    weight: 1,
    label: 'not observed',
    brief: 'not seen',
    verb: 'was not observed',
    hatch: 'always',
  },
];

/** What a thread in this state does, as the end of a sentence that begins with its name. */
export function stateVerb(state: number): string {
  if (state === LaneState.notStarted) return 'has not started';
  if (state === LaneState.finished) return 'has finished';
  return STATE_LOOKS.find(entry => entry.state === state)?.verb ?? 'is in an unknown state';
}

/** The order of the legend: what matters most comes first. */
export const LEGEND_ORDER: readonly LaneState[] = [
  LaneState.runningWithGil,
  LaneState.runningWithoutGil,
  LaneState.waitingForGil,
  LaneState.waitingForLock,
  LaneState.blocked,
  LaneState.starting,
  LaneState.ready,
  LaneState.unknown,
];
