// A chain of waits in words: one row of steps, which a view draws side by side and a report prints one after the other.

import { LaneState } from '../model/lanes';
import type { PositionIndex } from '../model/program';
import { stateVerb } from '../model/stateLooks';
import type { Trace } from '../model/trace';
import { shortName } from '../names';
import { NOBODY } from './blame';
import type { ChainEnd, ChainLink, ChainWay } from './chain';
import { placeText } from './placeText';

/** One step of a row: a thread and what it did, or why the row goes no further. */
export interface ChainStep {
  /** `NOBODY` in a last step that is about no thread. */
  readonly lane: number;
  /** Where that thread was; 0 where that is not known. */
  readonly position: PositionIndex;
  /** `writer has cache._lock and sleeps or waits for I/O`: without the place. */
  readonly text: string;
  /** `cache.py:31 (get)`; empty where it is not known. */
  readonly place: string;
}

/** The steps of one way of a wait for `lock`, from the holder on. Never empty. */
export function chainSteps(trace: Trace, lock: number, way: ChainWay): readonly ChainStep[] {
  let wanted = lock;
  const steps = way.links.map((link): ChainStep => {
    const has = `${laneName(trace, link.lane)} has ${lockName(trace, wanted)}`;
    wanted = link.lock;
    const text = `${has} and ${doingText(trace, link)}`;
    return {
      lane: link.lane,
      position: link.position,
      text,
      place: placeText(trace, link.position),
    };
  });
  if (way.end === 'acts') return steps;
  const text = ENDS[way.end](lockName(trace, wanted));
  return [...steps, { lane: NOBODY, position: 0, text, place: '' }];
}

/** The steps as one text: `writer has cache._lock and sleeps or waits for I/O at cache.py:31 (get)`. */
export function chainText(trace: Trace, lock: number, way: ChainWay): string {
  return stepsInWords(chainSteps(trace, lock, way));
}

export function stepsInWords(steps: readonly ChainStep[]): string {
  return steps.map(({ text, place }) => (place === '' ? text : `${text} at ${place}`)).join('; ');
}

const ENDS: Readonly<Record<Exclude<ChainEnd, 'acts'>, (lock: string) => string>> = {
  circle: lock => `who has ${lock} waits in the same circle`,
  'taken-unseen': lock =>
    `somebody has ${lock}, and nothing tells who: it was taken by acquire() and not by with`,
  'other-process': lock => `a thread of another process has ${lock}`,
  'one-of-several': lock => `one of several threads has ${lock}`,
  nobody: lock => `nobody is known to have ${lock}`,
  cut: () => 'and so on',
};

/** What a thread does while another one waits for it: `waits for the GIL`, `sleeps or waits for I/O`. */
export function doingText(
  trace: Trace,
  { state, lock }: Pick<ChainLink, 'state' | 'lock'>,
): string {
  if (state === LaneState.waitingForLock && lock >= 0) return `waits for ${lockName(trace, lock)}`;
  return DOES[state] ?? stateVerb(state);
}

const DOES: Readonly<Partial<Record<number, string>>> = {
  [LaneState.runningWithGil]: 'computes',
  [LaneState.runningWithoutGil]: 'computes without the GIL',
  [LaneState.blocked]: 'sleeps or waits for I/O',
  [LaneState.idle]: 'waits for work, a result or a notification',
};

function laneName({ lanes }: Trace, lane: number): string {
  return shortName(lanes[lane].name);
}

function lockName({ locks }: Trace, lock: number): string {
  if (lock < 0) return 'the lock';
  return locks[lock].kind === 'gil' ? 'the GIL' : shortName(locks[lock].name);
}
