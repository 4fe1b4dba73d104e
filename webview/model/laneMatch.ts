// Which lanes of two runs are the same thread: by name, by role where a runtime names threads its own way, and by
// order where all were renamed. Pure.

import type { LaneInfo } from '../../src/core/model/trace';
import { shortName } from '../../src/core/names';

type Named = Pick<LaneInfo, 'name'>;

/** Two runs' lanes beside each other. */
export interface LaneMatch {
  /** For each lane of the second run its lane in the first, or -1. */
  readonly laneBefore: Int32Array;
  /** Names of lanes that are in the second only, and in the first only. */
  readonly only: readonly string[];
  readonly missing: readonly string[];
}

/** Matches the lanes of a run with those of the run before it. O(lanes). */
export function matchLanes(before: readonly Named[], now: readonly Named[]): LaneMatch {
  const laneBefore = new Int32Array(now.length).fill(-1);
  const free = new Set(before.keys());
  const match = (lane: number, other: number): void => {
    laneBefore[lane] = other;
    free.delete(other);
  };
  const unmatched = (): number[] => [...now.keys()].filter(lane => laneBefore[lane] < 0);
  for (const keyOf of [({ name }: Named) => name, roleOf]) {
    const waiting = new Map<string, number[]>();
    for (const lane of free) {
      const key = keyOf(before[lane]);
      waiting.set(key, [...(waiting.get(key) ?? []), lane]);
    }
    for (const lane of unmatched()) {
      const other = waiting.get(keyOf(now[lane]))?.shift();
      if (other !== undefined) match(lane, other);
    }
  }
  const renamed = unmatched();
  const others = [...free];
  const isMain = (lane: number): boolean => roleOf(now[lane]) === MAIN;
  const strangers = [...now.keys()].every(lane => laneBefore[lane] < 0 || isMain(lane));
  // Where some names are the same, another name is another thread; where all are new, they were renamed.
  if (strangers && renamed.length === others.length) {
    renamed.forEach((lane, i) => match(lane, others[i]));
  }
  return {
    laneBefore,
    only: unmatched().map(lane => shortName(now[lane].name)),
    missing: [...free].map(lane => shortName(before[lane].name)),
  };
}

const MAIN = 'MainThread';

/** `Thread-3` for `Process-3` and for `Thread-3 (work)`: what a thread is called where nobody named it. */
function roleOf({ name }: Named): string {
  if (name === 'MainProcess') return MAIN;
  return name.replace(/^(Process|Thread)-(\d+)( \(.*\))?$/, 'Thread-$2');
}
