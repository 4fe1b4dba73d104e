// Whether a program that still runs stands still: what is said of it while it does. Cheap enough to be asked again and
// again of a trace that grows.

import { LaneState } from '../model/lanes';
import { stateVerb } from '../model/stateLooks';
import type { PositionIndex } from '../model/program';
import type { Trace } from '../model/trace';
import { shortName } from '../names';
import { formatDuration, type Nanoseconds } from '../units';
import type { ComparisonVerdict } from './comparisonVerdict';
import { deadlocksOf } from './deadlock';
import { deadlockLines, deadlockText } from './deadlockText';
import { loopsOf } from './loopLag';
import type { FoundLine } from './foundLine';
import { placeText } from './placeText';

/** From here on a person wonders. */
const WONDERS_NS = 2e9;
/** So many threads are listed. */
const MOST_LISTED = 12;

/** A thread that waits, and since when. */
interface Waiting {
  readonly lane: number;
  readonly state: number;
  readonly position: PositionIndex;
  readonly sinceNs: Nanoseconds;
}

/** What is said of a program that stands still now; undefined while it gets on. */
export function standstillOf(trace: Trace): ComparisonVerdict | undefined {
  const now = lastOfAll(trace);
  const long = now.filter(({ state, sinceNs }) => isStill(state) && isLong(trace, sinceNs));
  if (long.length === 0) return undefined;
  return circleAmong(trace, long) ?? allWait(trace, now, long);
}

/** Who waits for a lock or an end may stand in a circle; others may run on meanwhile. */
function circleAmong(trace: Trace, long: readonly Waiting[]): ComparisonVerdict | undefined {
  const those = new Set(long.map(({ lane }) => lane));
  if (!long.some(({ state }) => state === LaneState.waitingForLock)) return undefined;
  const found = deadlocksOf(trace).filter(({ circle }) =>
    circle.every(({ lane }) => those.has(lane)),
  );
  const first = found.at(0);
  if (!first) return undefined;
  return {
    sentence: deadlockText(first, trace),
    found: [],
    threads: { isCircle: true, lines: deadlockLines(first, trace) },
  };
}

/** That nothing got on is what was seen. Whether it ever will, nobody can tell: a wait may have a limit. */
function allWait(
  trace: Trace,
  now: readonly Waiting[],
  long: readonly Waiting[],
): ComparisonVerdict | undefined {
  if (long.length < now.length) return undefined;
  const loops = loopsOf(trace); // what a loop's selector waits for may come from outside
  if (now.some(({ lane }) => loops.has(lane))) return undefined;
  const sinceNs = trace.nowNs - Math.max(...long.map(wait => wait.sinceNs));
  const who = long.length === 1 ? 'its only thread waits' : `all ${long.length} threads wait`;
  const isLock = long.some(({ state }) => state === LaneState.waitingForLock);
  const what = isLock
    ? 'for locks or for one another'
    : 'for work, for a result or for one another';
  return {
    sentence: `The program stands still for ${seconds(sinceNs)}: ${who} ${what}, and nobody computes or does I/O.`,
    found: [],
    threads: { isCircle: false, lines: linesOf(trace, long) },
  };
}

/** Whole seconds: a headline that changes several times a second cannot be read. */
function seconds(ns: Nanoseconds): string {
  return formatDuration(Math.floor(ns / 1e9) * 1e9);
}

/** The main thread first: it is the one that people know. */
function linesOf(trace: Trace, some: readonly Waiting[]): readonly FoundLine[] {
  const order = [...some].sort(
    (a, b) => Number(trace.lanes[b.lane].main) - Number(trace.lanes[a.lane].main),
  );
  return order.slice(0, MOST_LISTED).map(({ lane, state, position }) => {
    const place = placeText(trace, position);
    const at = place === '' ? '' : ` at ${place}`;
    return {
      sentence: `${shortName(trace.lanes[lane].name)} ${stateVerb(state)}${at}.`,
      place: position > 0 ? trace.positions[position] : undefined,
    };
  });
}

function isLong({ nowNs }: Trace, sinceNs: Nanoseconds): boolean {
  return nowNs - sinceNs >= WONDERS_NS;
}

/** Threads that Python did not make say nothing: nobody knows what they wait for. */
function lastOfAll(trace: Trace): readonly Waiting[] {
  return trace.lanes.flatMap((info, lane) => {
    const store = trace.stores[lane];
    const last = store.count - 1;
    if (info.native === true || last < 0) return [];
    const state = store.stateOf(last);
    if (state === LaneState.notStarted || state === LaneState.finished) return [];
    return [{ lane, state, position: store.positionOf(last), sinceNs: stillSince(trace, lane) }];
  });
}

/** From when on a lane was in states in which it does nothing; what was not observed changes nothing. */
function stillSince({ stores }: Trace, lane: number): Nanoseconds {
  const store = stores[lane];
  let first = store.count - 1;
  while (first > 0 && isStillOrUnseen(store.stateOf(first - 1))) first--;
  return store.startOf(first);
}

function isStill(state: number): boolean {
  return state === LaneState.waitingForLock || state === LaneState.idle;
}

function isStillOrUnseen(state: number): boolean {
  return isStill(state) || state === LaneState.unknown;
}
