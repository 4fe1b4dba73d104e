// How late an event loop answers: its lag. While a callback runs, or the loop waits for something else than events,
// whatever comes has to wait until the loop is back in its selector.
//
//   loopLagsOf(trace)   for each lane with an event loop: when it was away, the worst lag, and the lag's p95
//
// The lag at an instant is how long the loop still needs to come back: 0 while it is in its selector. So the worst lag is
// the longest time away. The p95 is over instants, not over callbacks: an event that comes at any time is answered
// within that in 95 of 100 cases. All times are nanoseconds.

import { isResting, LaneState } from '../model/lanes';
import { EventKind, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { inBoth, lengthOf, stretchesOf, type Stretch } from './stretches';

export interface LoopLag {
  readonly lane: number;
  /** From when the loop first was in its selector to when it last was, as far as it lies in the chosen stretch. */
  readonly life: Stretch;
  /** When it was away from its selector, in order of time. At `t` within one the lag is `endNs - t`. */
  readonly away: readonly Stretch[];
  readonly worstNs: Nanoseconds;
  readonly p95Ns: Nanoseconds;
}

/** Lanes that run an event loop. Who makes the trace says so by a mark. */
export function loopsOf({ events, marks }: Trace): ReadonlySet<number> {
  const loops = new Set<number>();
  const { kinds, lanes, arguments: operands } = events;
  for (let i = 0; i < kinds.length; i++)
    if (kinds[i] === EventKind.mark && marks[operands[i]].kind === 'event-loop')
      loops.add(lanes[i]);
  return loops;
}

/** The lag of each event loop in a stretch of a trace; of the whole, if none is chosen. */
export function loopLagsOf(trace: Trace, stretch?: Stretch): readonly LoopLag[] {
  const within = stretch ?? { startNs: 0, endNs: trace.nowNs };
  return [...loopsOf(trace)].flatMap(lane => lagOf(trace, lane, within) ?? []);
}

function lagOf({ stores }: Trace, lane: number, within: Stretch): LoopLag | undefined {
  const inSelector = stretchesOf(stores[lane], isAtSelector);
  const [first, last] = [inSelector.at(0), inSelector.at(-1)];
  if (!first || !last) return undefined;
  const life = inBoth([{ startNs: first.startNs, endNs: last.endNs }], [within]).at(0);
  if (!life) return undefined;
  const away = inBoth(stretchesOf(stores[lane], keepsLoop), [life]);
  const lengths = away.map(({ startNs, endNs }) => endNs - startNs);
  const worstNs = lengths.reduce((most, ns) => Math.max(most, ns), 0);
  return { lane, life, away, worstNs, p95Ns: lagExceededFor(0.05 * lengthOf([life]), lengths) };
}

/** The lag that is exceeded for no longer than `ns` in all: of a time away of length n, n - x have a lag above x. */
function lagExceededFor(ns: Nanoseconds, lengths: readonly Nanoseconds[]): Nanoseconds {
  const longestFirst = [...lengths].sort((a, b) => b - a);
  let sumNs = 0;
  for (let i = 0; i < longestFirst.length; i++) {
    sumNs += longestFirst[i];
    // With the i + 1 longest above it, the lag x that is exceeded for `ns` solves sum - (i + 1) x = ns.
    const lag = (sumNs - ns) / (i + 1);
    if (lag >= (longestFirst.at(i + 1) ?? 0)) return Math.max(0, Math.round(lag));
  }
  return 0;
}

/** Whether a loop in this state waits for events: whatever comes is answered at once. */
function isAtSelector(state: number): boolean {
  return state === LaneState.idle || state === LaneState.waitingForProcess;
}

/** Whether a lane in this state does something else than to wait for events. */
export function keepsLoop(state: number): boolean {
  const isInLife =
    state !== LaneState.notStarted &&
    state !== LaneState.starting &&
    state !== LaneState.finished &&
    state !== LaneState.unknown;
  return state === LaneState.blocked || (isInLife && !isResting(state));
}
