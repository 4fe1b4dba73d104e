// Blame: for every wait, who had the lock meanwhile, at which line, for how long.
//
//   blameOf(trace)            the ranked table (victim, culprit, line, time), worst first
//   forEachBlame(trace, see)  each piece of each wait, in order of time within a lock
//
// A wait is a stretch in which a lane is in the state `waiting for the GIL` (or `for another lock`). It is cut where
// the lock changes hands, and where its holder changes lines. What nobody held is blamed on nobody, as a culprit of
// its own ({@link NOBODY}): time for a hand-off to arrive. So the pieces of a wait always sum to the wait, exactly.

import { LaneState } from '../model/lanes';
import type { PositionIndex } from '../model/program';
import { EventKind, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { AllTenures, lastAtOrBefore, NOBODY, pieceLimitOf, RowSums } from './tenures';

export { Holds, holdsOf, NOBODY } from './tenures';

/** A row of the table: how long `victim` waited for `lock` while `culprit` held it at `position`. */
export interface BlameRow {
  readonly lock: number;
  readonly victim: number;
  /** A lane, or {@link NOBODY}. */
  readonly culprit: number;
  /** Where the culprit was; 0 when nobody held the lock or the line is not known. */
  readonly position: PositionIndex;
  readonly ns: Nanoseconds;
  /** In how many waits of the victim this row has a part. */
  readonly waitCount: number;
}

/** A piece of one wait. */
export interface BlamePiece {
  lock: number;
  victim: number;
  culprit: number;
  position: PositionIndex;
  startNs: Nanoseconds;
  endNs: Nanoseconds;
  /** Which wait of the victim it belongs to: index of the lane's segment. */
  wait: number;
}

/** All waits of a trace by victim, culprit and line, the longest first. Their times sum to the waited time. */
export function blameOf(trace: Trace): BlameRow[] {
  return blameTableOf(trace).rows;
}

export interface BlameTable {
  readonly rows: BlameRow[];
  /** Whether all waits are blamed in full. Of a trace made to be slow, the longest ones are blamed on nobody. */
  readonly isWhole: boolean;
}

export function blameTableOf(trace: Trace): BlameTable {
  const slices = blameInSlices(trace);
  let slice = slices.next();
  while (!slice.done) slice = slices.next();
  return slice.value;
}

/** How many pieces of waits are summed up between two yields: a few milliseconds. */
const PIECES_PER_SLICE = 100_000;

/** The same in slices, for whoever has other things to do in between. */
export function* blameInSlices(trace: Trace): Generator<undefined, BlameTable> {
  const rows: BlameRow[] = [];
  const tenures = new AllTenures(trace);
  const waits = new Waits(trace);
  const mostPieces = mostPiecesOf(trace, tenures, waits);
  yield undefined;
  const sums = new Map<number, RowSums>();
  let pieces = 0;
  for (let victim = 0; victim < trace.lanes.length; victim++) {
    const touched = new Set<number>();
    for (const { segment, lock, startNs, endNs } of waits.of(victim)) {
      touched.add(lock);
      const sum = sums.get(lock) ?? new RowSums(tenures.of(lock));
      sums.set(lock, sum);
      pieces += tenures.of(lock).add({ startNs, endNs, segment, mostPieces }, sum);
      if (pieces < PIECES_PER_SLICE) continue;
      pieces = 0;
      yield undefined;
    }
    for (const lock of [...touched].sort((a, b) => a - b)) {
      const { rowCulprits, rowPositions } = tenures.of(lock);
      sums.get(lock)?.takeAll((row, ns, waitCount) => {
        const [culprit, position] = [rowCulprits[row], rowPositions[row]];
        rows.push({ lock, victim, culprit, position, ns, waitCount });
      });
    }
  }
  yield undefined;
  rows.sort((a, b) => b.ns - a.ns || a.victim - b.victim || a.culprit - b.culprit);
  return { rows, isWhole: mostPieces === Infinity };
}

/** Calls `see` with every piece of every wait. The piece is reused: copy what you keep. */
export function forEachBlame(trace: Trace, see: (piece: Readonly<BlamePiece>) => void): void {
  const waits = new CutWaits(trace);
  for (let victim = 0; victim < trace.lanes.length; victim++) waits.forEachPiece(victim, see);
}

/** The pieces of single lanes, in order of time, for who asks about a few of them. */
export class LanePieces {
  readonly #waits: CutWaits;
  readonly #known = new Map<number, readonly Readonly<BlamePiece>[]>();

  constructor(trace: Trace) {
    this.#waits = new CutWaits(trace);
  }

  of(lane: number): readonly Readonly<BlamePiece>[] {
    const known = this.#known.get(lane);
    if (known) return known;
    const pieces: BlamePiece[] = [];
    this.#waits.forEachPiece(lane, piece => pieces.push({ ...piece }));
    this.#known.set(lane, pieces);
    return pieces;
  }
}

/** Cuts the waits of lanes into pieces. */
class CutWaits {
  readonly #tenures: AllTenures;
  readonly #waits: Waits;
  readonly #mostPieces: number;

  constructor(trace: Trace) {
    this.#tenures = new AllTenures(trace);
    this.#waits = new Waits(trace);
    this.#mostPieces = mostPiecesOf(trace, this.#tenures, this.#waits);
  }

  /** The piece is reused. */
  forEachPiece(victim: number, see: (piece: Readonly<BlamePiece>) => void): void {
    const piece = { lock: 0, victim, culprit: 0, position: 0, startNs: 0, endNs: 0, wait: 0 };
    for (const { segment, lock, startNs, endNs } of this.#waits.of(victim)) {
      const ofLock = this.#tenures.of(lock);
      const { starts, rows, rowCulprits, rowPositions } = ofLock;
      piece.lock = lock;
      piece.wait = segment;
      if (ofLock.countIn(startNs, endNs) > this.#mostPieces) {
        see(Object.assign(piece, { culprit: NOBODY, position: 0, startNs, endNs }));
        continue;
      }
      for (let i = lastAtOrBefore(starts, startNs); i < rows.length && starts[i] < endNs; i++) {
        piece.culprit = rowCulprits[rows[i]];
        piece.position = rowPositions[rows[i]];
        piece.startNs = Math.max(starts[i], startNs);
        piece.endNs = Math.min(i + 1 < starts.length ? starts[i + 1] : Infinity, endNs);
        see(piece);
      }
    }
  }
}

/**
 * Into how many pieces a wait may fall; one of more is blamed on nobody as a whole, because it is not worked out who had
 * the lock. Infinity unless all waits together fall into more pieces than the trace has records, many times over.
 */
function mostPiecesOf(trace: Trace, tenures: AllTenures, waits: Waits): number {
  const counts: number[] = [];
  for (let victim = 0; victim < trace.lanes.length; victim++) {
    for (const { lock, startNs, endNs } of waits.of(victim))
      counts.push(tenures.of(lock).countIn(startNs, endNs));
  }
  let left = pieceLimitOf(trace);
  if (counts.reduce((sum, count) => sum + count, 0) <= left) return Infinity;
  const shortestFirst = Float64Array.from(counts).sort();
  let most = 1;
  for (const count of shortestFirst) {
    // Of waits of one length all fit, or none.
    if ((left -= count) < 0) return Math.min(most, count - 1);
    most = count;
  }
  return most;
}

/** A wait of a lane: one of its segments. `lock` is -1 where the trace does not tell for what it waited. */
interface Wait {
  segment: number;
  lock: number;
  startNs: Nanoseconds;
  endNs: Nanoseconds;
}

/** The waits of each lane, in order of time. */
class Waits {
  readonly #trace: Trace;
  readonly #requests: readonly (readonly number[])[];

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#requests = lockRequestsOf(trace);
  }

  /** The wait is reused. */
  *of(lane: number): Generator<Readonly<Wait>> {
    const store = this.#trace.stores[lane];
    const asked = new LastRequests(this.#trace, this.#requests[lane]);
    const wait = { segment: 0, lock: 0, startNs: 0, endNs: 0 };
    for (let segment = 0; segment < store.count; segment++) {
      const state = store.stateOf(segment);
      if (state !== LaneState.waitingForGil && state !== LaneState.waitingForLock) continue;
      const endNs = store.endOf(segment);
      wait.segment = segment;
      // A wait for a lock may follow another one without anything in between that was seen.
      for (wait.startNs = store.startOf(segment); wait.startNs < endNs; wait.startNs = wait.endNs) {
        const forGil = state === LaneState.waitingForGil;
        wait.lock = forGil ? this.#trace.lanes[lane].gil : asked.lockAt(wait.startNs);
        wait.endNs = forGil ? endNs : Math.min(endNs, asked.nextNs);
        yield wait;
      }
    }
  }
}

/** Which lock of the program a lane asked for last, walking forward in time. */
class LastRequests {
  readonly #trace: Trace;
  /** Indices of the lane's requests. */
  readonly #requests: readonly number[];
  #next = 0;
  #lock = -1;

  constructor(trace: Trace, requests: readonly number[]) {
    this.#trace = trace;
    this.#requests = requests;
  }

  /** When it asks next, after the time of the last {@link lockAt}. */
  get nextNs(): Nanoseconds {
    const next = this.#requests.at(this.#next);
    return next === undefined ? Infinity : this.#trace.events.times[next];
  }

  lockAt(timeNs: Nanoseconds): number {
    const { times, locks } = this.#trace.events;
    for (; this.#next < this.#requests.length; this.#next++) {
      const event = this.#requests[this.#next];
      if (times[event] > timeNs) break;
      this.#lock = locks[event];
    }
    return this.#lock;
  }
}

/** The requests for locks of the program, by lane. */
export function lockRequestsOf(trace: Trace): number[][] {
  const requests: number[][] = trace.lanes.map(() => []);
  const { kinds, lanes, locks } = trace.events;
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === EventKind.request && trace.locks[locks[i]].kind === 'lock') {
      requests[lanes[i]].push(i);
    }
  }
  return requests;
}
