// Who had each GIL of a recording when, for whoever asks who may have woken a thread, and who kept a GIL for too long.

import { LaneState } from '../model/lanes';
import type { PositionIndex } from '../model/program';
import type { Trace } from '../model/trace';
import { stretchesOf, whenAtLeast, type Stretch } from '../insight/stretches';
import { firstIndex } from '../search';
import type { Nanoseconds } from '../units';

/** A turn with the GIL. */
export interface Turn extends Stretch {
  readonly lane: number;
}

/** The turns of each GIL, in order of time, by the index of the lock. */
export function turnsOf(trace: Trace): ReadonlyMap<number, readonly Turn[]> {
  const turns = new Map<number, Turn[]>();
  trace.lanes.forEach(({ gil }, lane) => {
    if (gil < 0) return;
    let own = turns.get(gil);
    if (!own) turns.set(gil, (own = []));
    const isHolding = (state: number): boolean => state === LaneState.runningWithGil;
    for (const stretch of stretchesOf(trace.stores[lane], isHolding))
      own.push({ ...stretch, lane });
  });
  for (const own of turns.values()) own.sort((a, b) => a.startNs - b.startNs);
  return turns;
}

/** The turn of another lane that was going on at a moment, or had just ended. */
export function turnBefore(
  turns: readonly Turn[],
  lane: number,
  timeNs: Nanoseconds,
  withinNs: Nanoseconds,
): Turn | undefined {
  let at = firstIndex(0, turns.length, i => turns[i].startNs > timeNs) - 1;
  while (at >= 0 && turns[at].lane === lane) at--;
  const turn = turns.at(at);
  return at >= 0 && turn && turn.endNs >= timeNs - withinNs ? turn : undefined;
}

/**
 * Lines at which C code keeps the GIL, and how long a call takes: turns there mostly end long after another thread's
 * interval is over. Bytecode lets go at that moment; a holder that lost its core is late, too, but not mostly.
 */
export function keepingLines(trace: Trace): ReadonlyMap<PositionIndex, Nanoseconds> {
  const late = new Map<PositionIndex, Nanoseconds[]>();
  const prompt = new Map<PositionIndex, number>();
  for (const [gil, turns] of turnsOf(trace)) {
    const waits = waitsFor(trace, gil);
    for (const turn of turns) {
      const lateNs = latenessOf(trace, turn, waits);
      const at = lineAtEnd(trace, turn);
      if (lateNs === undefined || at === 0) continue;
      if (lateNs <= toleratedNs(trace)) prompt.set(at, (prompt.get(at) ?? 0) + 1);
      else late.set(at, [...(late.get(at) ?? []), turn.endNs - turn.startNs]);
    }
  }
  const lines = [...late].filter(
    ([at, lengths]) =>
      lengths.length >= LEAST_LATE && lengths.length >= LATE_SHARE * (prompt.get(at) ?? 0),
  );
  return new Map(lines.map(([at, lengths]) => [at, median(lengths)]));
}

const LEAST_LATE = 3;
/** So many late turns for each that is not: of bytecode on a busy machine it is one in ten. */
const LATE_SHARE = 0.4;

function toleratedNs({ header }: Trace): Nanoseconds {
  return Math.max(2_000_000, 0.9 * header.switchIntervalNs);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function lineAtEnd({ stores }: Trace, { lane, endNs }: Turn): PositionIndex {
  const store = stores[lane];
  return store.positionOf(Math.max(0, store.segmentAt(endNs - 1)));
}

function waitsFor(trace: Trace, gil: number): Stretch[] {
  const waits = trace.lanes.flatMap((lane, i) =>
    lane.gil === gil
      ? stretchesOf(trace.stores[i], state => state === LaneState.waitingForGil)
      : [],
  );
  return whenAtLeast(1, waits);
}

/** How long after the end of a waiter's interval a turn ended; undefined if nobody waited for so long. */
function latenessOf(
  { header }: Trace,
  turn: Turn,
  waits: readonly Stretch[],
): Nanoseconds | undefined {
  const at = firstIndex(0, waits.length, i => waits[i].endNs > turn.startNs);
  if (at === waits.length || waits[at].startNs >= turn.endNs) return undefined;
  const dueNs = Math.max(turn.startNs, waits[at].startNs) + header.switchIntervalNs;
  return turn.endNs >= dueNs - 500_000 ? turn.endNs - dueNs : undefined;
}
