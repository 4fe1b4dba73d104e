// How each state looks: which colour, how tall, in which order states of one pixel stand on one another.

import { LaneState } from '../src/core/lanes';

/** The looks of one state. States without an entry (not started, finished) leave the lane empty. */
export interface StateLook {
  readonly state: LaneState;
  /** Id of the theme colour without `gilscope.`. */
  readonly color: string;
  /** Height of a bar that fills its time, as a share of the lane: states differ by height as well as by hue. */
  readonly weight: number;
  /** In the legend. */
  readonly label: string;
  /** In a sentence after the name of a thread. */
  readonly verb: string;
  /** Hatched instead of solid: always, only in high contrast, or never. */
  readonly hatch: 'always' | 'highContrast' | 'never';
}

/** In the order in which the parts of a pixel's bar stand on one another, from the bottom. */
export const STATE_LOOKS: readonly StateLook[] = [
  look(LaneState.blocked, 'blocked', 0.2, 'blocked in I/O, sleep or join', 'is blocked'),
  look(LaneState.ready, 'ready', 0.33, 'ready, no core free', 'is ready, but no core is free'),
  look(
    LaneState.starting,
    'starting',
    0.46,
    'starting, pickling',
    'is being started',
    'highContrast',
  ),
  look(
    LaneState.waitingForLock,
    'waitingForLock',
    0.46,
    'waiting for another lock',
    'waits for another lock',
    'highContrast',
  ),
  look(LaneState.waitingForGil, 'waitingForGil', 0.46, 'waiting for the GIL', 'waits for the GIL'),
  look(
    LaneState.runningWithoutGil,
    'runningWithoutGil',
    1,
    'running without the GIL',
    'runs without the GIL',
  ),
  look(LaneState.runningWithGil, 'running', 1, 'running, holds the GIL', 'runs, holding the GIL'),
  look(LaneState.unknown, 'unknown', 1, 'not observed', 'was not observed', 'always'),
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

function look(
  state: LaneState,
  color: string,
  weight: number,
  label: string,
  ...[verb, hatch = 'never']: [verb: string, hatch?: StateLook['hatch']]
): StateLook {
  return { state, color, weight, label, verb, hatch };
}
