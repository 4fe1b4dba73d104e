// The playhead: where it is, whether it moves, and how fast. Pure: time comes in as an argument.

import type { Nanoseconds } from '../../src/core/units';

/** Speeds that `faster` and `slower` step through; 1 is real time. */
export const SPEEDS: readonly number[] = [0.001, 0.01, 0.1, 0.25, 1, 4, 10, 100];

/** The speed that shows everything at once. A number, because it crosses the wire as JSON. */
export const WHOLE_SPEED = 0;

/** The playhead. `atEnd` is no position: the end moves while a trace grows. */
export interface Playback {
  readonly playing: boolean;
  readonly positionNs: Nanoseconds;
  readonly atEnd: boolean;
}

/** Everything is shown. */
export const AT_END: Playback = { playing: false, positionNs: 0, atEnd: true };

/** Begins to play from the start. */
export function playFromStart(): Playback {
  return { playing: true, positionNs: 0, atEnd: false };
}

/** The playhead at a time chosen by hand, standing still. */
export function seekTo(timeNs: Nanoseconds, endNs: Nanoseconds): Playback {
  if (timeNs >= endNs) return AT_END;
  return { playing: false, positionNs: Math.max(0, timeNs), atEnd: false };
}

/**
 * Up to where everything is shown and counted: while it plays the playhead, else all of it. A playhead that stands
 * still marks a time; it hides nothing.
 */
export function shownUntil({ playing, positionNs }: Playback): Nanoseconds {
  return playing ? positionNs : Infinity;
}

/** What is known of the runs, for {@link advance}. */
export interface Known {
  /** No run is known beyond this: the playhead waits there for more. */
  readonly knownNs: Nanoseconds;
  /** Whether nothing more comes. */
  readonly over: boolean;
}

/** Those who asked for less motion see the playhead move twice a second. */
const STEP_MS = 500;
const LONGEST_FRAME_MS = 100;

/** How much of the time since the last move counts now; 0: it does not move in this frame. */
export function moveMs(sinceMs: number, steps: boolean): number {
  if (!steps) return Math.min(LONGEST_FRAME_MS, sinceMs);
  return sinceMs < STEP_MS ? 0 : STEP_MS;
}

/** The playhead `elapsedMs` of real time later. */
export function advance(
  playback: Playback,
  speed: number,
  elapsedMs: number,
  known: Known,
): Playback {
  if (!playback.playing) return playback;
  if (speed === WHOLE_SPEED)
    return known.over ? AT_END : { ...playback, positionNs: known.knownNs };
  const positionNs = Math.min(known.knownNs, playback.positionNs + elapsedMs * 1e6 * speed);
  if (known.over && positionNs >= known.knownNs) return AT_END;
  return { playing: true, positionNs, atEnd: false };
}

/** The next speed of {@link SPEEDS} up (`1`) or down (`-1`); beyond the fastest everything is shown at once. */
export function nextSpeed(speed: number, direction: 1 | -1): number {
  if (speed === WHOLE_SPEED) return direction === 1 ? WHOLE_SPEED : SPEEDS[SPEEDS.length - 1];
  const faster = SPEEDS.find(candidate => candidate > speed);
  const slower = SPEEDS.filter(candidate => candidate < speed).at(-1);
  return direction === 1 ? (faster ?? WHOLE_SPEED) : (slower ?? SPEEDS[0]);
}

/** How a speed is written on its button. */
export function speedLabel(speed: number): string {
  if (speed === WHOLE_SPEED) return 'whole';
  if (speed === 0.25) return '¼×';
  return speed < 1 ? `1/${Math.round(1 / speed)}×` : `${speed}×`;
}
