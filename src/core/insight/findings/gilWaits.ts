// The waits for each GIL, told apart by why the holder did not let go: a collection, C code that sleeps, C code that
// computes, or nothing of that kind, when threads compute in turn.

import { timePerState } from '../../model/timePerState';
import { LaneState } from '../../model/lanes';
import type { Mark } from '../../model/mark';
import { measuredCores } from '../../model/measured';
import { EventKind, type Trace } from '../../model/trace';
import type { PositionIndex } from '../../model/program';
import type { Nanoseconds } from '../../units';
import { forEachBlame, holdsOf, NOBODY, type BlamePiece, type Holds } from '../blame';
import { inBoth, lengthOf, type Stretch } from '../stretches';
import type { LaneStretch } from './finding';
import { isGil, Tally } from './tally';

/** Why a holder kept the GIL while somebody waited. */
export type HoldCause = 'turns' | 'long' | 'sleeping' | 'collecting';

/** Waits for one GIL because of one cause. */
export interface WaitSum {
  readonly victims: Tally<number>;
  readonly culprits: Tally<number>;
  readonly places: Tally<PositionIndex>;
  /** Where the victims stand meanwhile. */
  readonly waitPlaces: Tally<PositionIndex>;
  /** By culprit and place, as `culprit place`. */
  readonly pairs: Tally<string>;
  readonly spans: LaneStretch[];
  longestNs: Nanoseconds;
}

export type GilWaits = Readonly<Record<HoldCause, WaitSum>>;

/**
 * A hold is long when somebody waits for it this many switch intervals: with a core of its own, nothing but C code can
 * do that.
 */
const LONG_HOLDS = [
  { from: 0.85, intervals: 3 },
  { from: 0.6, intervals: 12 },
  { from: 0, intervals: 40 },
] as const;
const SHORTEST_INTERVAL_NS = 1e6;
/** A line keeps the GIL for long when at least this share of what others wait for it is long holds … */
const MOSTLY_LONG = { exact: 0.5, sampled: 0.7 } as const;
/** … and one of few long holds is a proof only if it is so long that no missed hand-offs can make it up. */
const FEW_LONG = 3;
const VERY_LONG_INTERVALS = 20;
const MOST_SPANS_KEPT = 1000;

/** Shorter collections are no reason why somebody waits long. */
const LONG_COLLECTION_NS = 10e6;
/** A collection runs for up to this long before a sweep meets it. */
const MET_LATE_NS = 5e6;

export function gilWaitsOf(trace: Trace): ReadonlyMap<number, GilWaits> {
  const limitNs =
    longHoldIntervals(trace) * Math.max(SHORTEST_INTERVAL_NS, trace.header.switchIntervalNs);
  const marks = new HoldMarks(trace);
  const lines = longLinesOf(trace, limitNs);
  const found = new Map<number, GilWaits>();
  forEachBlame(trace, piece => {
    if (!isGil(trace, piece.lock) || piece.culprit === NOBODY) return;
    let waits = found.get(piece.lock);
    if (!waits) found.set(piece.lock, (waits = noWaits()));
    const isLong = piece.endNs - piece.startNs >= limitNs && lines.has(keyOf(piece));
    const marked = marks.causeAt(piece);
    const sums = waits[marked ?? (isLong ? 'long' : 'turns')];
    addPiece(sums, piece);
    sums.waitPlaces.add(
      trace.stores[piece.victim].positionOf(piece.wait),
      piece.endNs - piece.startNs,
    );
  });
  return found;
}

/**
 * How many switch intervals make a hold a long one. A holder that lost its core holds on, and looks like C code: the
 * less of its time a recorded program had cores, the more it takes.
 */
function longHoldIntervals(trace: Trace): number {
  const share = shareWithCore(trace);
  return LONG_HOLDS.find(({ from }) => share >= from)?.intervals ?? Infinity;
}

/** The share of the time in which threads ran, or wanted to, that they did so: as measured, where it was. */
function shareWithCore(trace: Trace): number {
  if (trace.header.engine !== 'recorded') return 1;
  const times = timePerState(trace.stores, 0, trace.nowNs);
  const ranNs = times[LaneState.runningWithGil] + times[LaneState.runningWithoutGil];
  if (ranNs === 0) return 1;
  const lackedNs = times[LaneState.ready] + times[LaneState.unknown];
  const seen = 1 - lackedNs / (lackedNs + ranNs + times[LaneState.waitingForGil]);
  const cores = measuredCores(trace, 0, trace.nowNs);
  const measured = cores === undefined ? 1 : (cores * trace.nowNs) / ranNs;
  return Math.min(seen, measured);
}

function keyOf({ culprit, position }: Readonly<BlamePiece>): string {
  return `${culprit} ${position}`;
}

function noWaits(): GilWaits {
  const none = (): WaitSum => ({
    victims: new Tally(),
    culprits: new Tally(),
    places: new Tally(),
    waitPlaces: new Tally(),
    pairs: new Tally(),
    spans: [],
    longestNs: 0,
  });
  return { turns: none(), long: none(), sleeping: none(), collecting: none() };
}

function addPiece(sums: WaitSum, piece: Readonly<BlamePiece>): void {
  const { victim, culprit, position, startNs, endNs } = piece;
  const ns = endNs - startNs;
  sums.victims.add(victim, ns);
  sums.culprits.add(culprit, ns);
  sums.places.add(position, ns);
  sums.pairs.add(keyOf(piece), ns);
  sums.longestNs = Math.max(sums.longestNs, ns);
  if (sums.spans.length < MOST_SPANS_KEPT || ns * 2 > sums.longestNs)
    sums.spans.push({ lane: victim, startNs, endNs });
}

/**
 * The lines of which is proved that they keep the GIL for long. Where hand-offs are only estimated there are none:
 * several turns look like a long one. The same goes for a recording that missed many.
 */
function longLinesOf(trace: Trace, limitNs: Nanoseconds): ReadonlySet<string> {
  const { handOffs } = trace.header.certainty;
  if (handOffs.kind === 'estimated' || handOffs.kind === 'unknown') return new Set();
  const lines = new Map<string, { ns: number; longNs: number; count: number; longestNs: number }>();
  forEachBlame(trace, piece => {
    if (!isGil(trace, piece.lock) || piece.culprit === NOBODY) return;
    const line = lines.get(keyOf(piece)) ?? { ns: 0, longNs: 0, count: 0, longestNs: 0 };
    lines.set(keyOf(piece), line);
    const ns = piece.endNs - piece.startNs;
    line.ns += ns;
    line.longestNs = Math.max(line.longestNs, ns);
    if (ns >= limitNs) line.longNs += ns;
    if (ns >= limitNs) line.count++;
  });
  const isExact = handOffs.kind === 'exact';
  const mostly = MOSTLY_LONG[handOffs.kind];
  const veryLongNs = Math.max(2 * limitNs, VERY_LONG_INTERVALS * trace.header.switchIntervalNs);
  const isProved = (line: { count: number; longestNs: number }): boolean =>
    isExact || line.count >= FEW_LONG || line.longestNs >= veryLongNs;
  return new Set(
    [...lines]
      .filter(([, line]) => line.longNs >= mostly * line.ns && isProved(line))
      .map(([key]) => key),
  );
}

/** The marks that tell why a GIL was kept, by the lane that they stand at. */
class HoldMarks {
  readonly #holds: readonly Holds[];
  /** For each lane, when it collected. */
  readonly #collections: readonly Stretch[][];
  /** For each lock, its holds during which the holder slept. */
  readonly #sleeping: readonly Set<number>[];

  constructor(trace: Trace) {
    this.#holds = holdsOf(trace);
    this.#collections = collectionsOf(trace);
    this.#sleeping = trace.locks.map(() => new Set());
    forEachMark(trace, (lane, timeNs, { kind }) => {
      if (kind === 'sleeps-with-gil') this.#noteSleep(trace.lanes[lane].gil, timeNs);
    });
  }

  #noteSleep(lock: number, timeNs: Nanoseconds): void {
    if (lock < 0) return;
    const hold = this.#holds[lock].firstEndingAfter(timeNs);
    if (this.#holds[lock].starts[hold] <= timeNs) this.#sleeping[lock].add(hold);
  }

  /** Why the GIL was kept during a piece of a wait, if a mark tells. */
  causeAt({ lock, culprit, startNs, endNs }: Readonly<BlamePiece>): HoldCause | undefined {
    const hold = this.#holds[lock].firstEndingAfter(startNs);
    if (this.#sleeping[lock].has(hold)) return 'sleeping';
    const within = inBoth([{ startNs, endNs }], this.#collections[culprit]);
    return lengthOf(within) * 2 > endNs - startNs ? 'collecting' : undefined;
  }
}

/** For each lane its collections that took long, from where one was met to where it was not any more. */
function collectionsOf(trace: Trace): Stretch[][] {
  const found: Stretch[][] = trace.lanes.map(() => []);
  const began = new Float64Array(trace.lanes.length).fill(-1);
  forEachMark(trace, (lane, timeNs, { kind }) => {
    if (kind === 'collection') began[lane] = timeNs;
    if (kind !== 'collected' || began[lane] < 0) return;
    if (timeNs - began[lane] >= LONG_COLLECTION_NS)
      found[lane].push({ startNs: began[lane] - MET_LATE_NS, endNs: timeNs });
  });
  return found;
}

function forEachMark(
  trace: Trace,
  see: (lane: number, timeNs: Nanoseconds, mark: Mark) => void,
): void {
  const { kinds, times, lanes, arguments: marks } = trace.events;
  for (let i = 0; i < kinds.length; i++)
    if (kinds[i] === EventKind.mark) see(lanes[i], times[i], trace.marks[marks[i]]);
}
