// What one lane of a recording did, piece by piece. Waits for the GIL and for a core are no pieces: under another
// condition they would be others.

import { LaneState } from '../model/lanes';
import type { LaneStore } from '../model/laneStore';
import type { PositionIndex } from '../model/program';
import type { Nanoseconds } from '../units';
import type { Shares } from './measuredShares';

/**
 * - `compute`, `holds`, `native`: bytecode, C code that keeps the GIL, C code without it
 * - `block`: waits outside of the program, always as long as this time
 * - `await`: waits for another thread: for its end, an item, a result
 * - `lock`: waits for a lock of the program
 */
export type PieceKind = 'compute' | 'holds' | 'native' | 'block' | 'await' | 'lock';

export interface Piece {
  readonly kind: PieceKind;
  /** When it was, in the recording. */
  readonly startNs: Nanoseconds;
  readonly endNs: Nanoseconds;
  /** How long it takes, alone on a core. */
  readonly ns: Nanoseconds;
  readonly at: PositionIndex;
}

/** What must be known of a lane to read it. */
export interface LaneFacts {
  readonly shares: Shares;
  /** Whether the lane takes a GIL: else running without one is computing. */
  readonly takesGil: boolean;
  /** Whether nobody can ask the lane for its GIL, so that it may as well have none: the only thread of a process. */
  readonly isAlone: boolean;
  /** Whether it runs an event loop: what wakes that is mostly outside of the program. */
  readonly isLoop: boolean;
  /** Whether C code at a line keeps the GIL. */
  readonly keepsGil: (at: PositionIndex) => boolean;
}

/** The pieces of a lane in order. */
export function piecesOf(store: LaneStore, facts: LaneFacts): Piece[] {
  const pieces: Piece[] = [];
  for (let i = 0; i < store.count; i++) {
    const kind = kindOf(store, i, facts);
    if (kind === undefined) continue;
    const [startNs, endNs] = [store.startOf(i), store.endOf(i)];
    const ns = Math.round((endNs - startNs) * scaleOf(store.stateOf(i), kind, facts.shares));
    if (endNs > startNs) add(pieces, { kind, startNs, endNs, ns, at: store.positionOf(i) });
  }
  return pieces;
}

/** Neighbours of one kind at one line are one piece; a wait goes on at a line that nobody knows. */
function add(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  const isWait = piece.kind === 'await' || piece.kind === 'block' || piece.kind === 'lock';
  const goesOn =
    last?.kind === piece.kind &&
    last.endNs === piece.startNs &&
    (last.at === piece.at || (isWait && piece.at === 0));
  if (!goesOn) pieces.push(piece);
  else pieces[pieces.length - 1] = { ...last, endNs: piece.endNs, ns: last.ns + piece.ns };
}

function kindOf(store: LaneStore, i: number, facts: LaneFacts): PieceKind | undefined {
  const state = store.stateOf(i);
  switch (state) {
    case LaneState.runningWithGil:
      if (facts.isAlone) return 'native';
      return facts.keepsGil(store.positionOf(i)) ? 'holds' : 'compute';
    case LaneState.runningWithoutGil:
      return facts.takesGil || facts.isAlone ? 'native' : 'compute';
    case LaneState.starting:
      if (i + 1 < store.count && store.stateOf(i + 1) === LaneState.blocked && !facts.isAlone)
        return 'block'; // its first look came late
      return i <= 1 && facts.isAlone ? 'native' : 'compute';
    case LaneState.unknown:
      return kindOfUnknown(store, i, facts);
    default:
      return kindOfWait(state, facts);
  }
}

function kindOfWait(state: number, { isLoop }: LaneFacts): PieceKind | undefined {
  switch (state) {
    case LaneState.blocked:
      return 'block';
    case LaneState.idle:
      return isLoop ? 'block' : 'await';
    case LaneState.waitingForProcess:
      return 'await';
    case LaneState.waitingForLock:
      return 'lock';
    default:
      return undefined;
  }
}

/** Between two looks at one wait the lane waited on; else it did what the process did meanwhile. */
function kindOfUnknown(store: LaneStore, i: number, facts: LaneFacts): PieceKind | undefined {
  const before = i > 0 ? store.stateOf(i - 1) : LaneState.notStarted;
  const after = i + 1 < store.count ? store.stateOf(i + 1) : LaneState.finished;
  const wait = before === after ? kindOfWait(before, facts) : undefined;
  if (wait !== undefined) return wait;
  if (before === LaneState.waitingForGil && after === LaneState.waitingForGil) return undefined;
  if (isRestWithoutCore(before, after, facts)) return 'block';
  return facts.isAlone ? 'native' : 'compute';
}

/** Beside I/O, in a process that ran less in its unobserved time than it did not, the I/O had begun or went on. */
function isRestWithoutCore(before: number, after: number, { shares }: LaneFacts): boolean {
  if (shares.unknown >= MOSTLY || before === LaneState.waitingForGil) return false;
  return (
    after !== LaneState.waitingForGil &&
    (before === LaneState.blocked || after === LaneState.blocked)
  );
}

const MOSTLY = 0.5;

function scaleOf(state: number, kind: PieceKind, shares: Shares): number {
  if (kind === 'block' || kind === 'await' || kind === 'lock') return 1;
  if (state === LaneState.unknown) return shares.unknown;
  return state === LaneState.runningWithoutGil ? shares.running * shares.free : shares.running;
}
