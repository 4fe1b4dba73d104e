// Where a wait for a lock of the program ends: what its holder did meanwhile, whom that one waited for, and so on, until
// somebody computes, sleeps or is blocked by something outside.
//
//   lockChainsOf(trace)   the ranked table (victim, lock, links, time), the longest first
//
// Each piece of blame of such a wait is cut where the thread at the end of its chain changes what it does. So the times
// of all chains of a victim and a lock sum to what it waited for that lock, exactly.

import { LaneState } from '../model/lanes';
import type { PositionIndex } from '../model/program';
import { EventKind, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { forEachBlame, NOBODY, type BlamePiece } from './blame';

/** One thread of a chain: what it did while the one before it waited for it. */
export interface ChainLink {
  readonly lane: number;
  /** A {@link LaneState}. */
  readonly state: number;
  readonly position: PositionIndex;
  /** The lock that it waits for itself, if it waits for one that is known; else -1. */
  readonly lock: number;
}

/** How long a thread waited for a lock because of the same chain of threads. */
export interface LockChain {
  readonly victim: number;
  readonly lock: number;
  /** From the holder on; empty while nobody is known to have had the lock. */
  readonly links: readonly ChainLink[];
  /** Whether the last link waits for one that is in the chain already, or for the victim: a circle. */
  readonly isCircle: boolean;
  readonly ns: Nanoseconds;
}

/** Longer chains are cut there. */
const MAX_LINKS = 12;

/** Why threads waited for the locks of the program, the longest first. */
export function lockChainsOf(trace: Trace): readonly LockChain[] {
  const pieces = piecesOf(trace);
  const chains = new Map<string, LockChain & { ns: Nanoseconds }>();
  const walker = new ChainWalker(trace, pieces, chain => {
    const key = JSON.stringify([chain.victim, chain.lock, chain.links, chain.isCircle]);
    const known = chains.get(key);
    if (known) known.ns += chain.ns;
    else chains.set(key, { ...chain });
  });
  for (const ofLane of pieces)
    for (const piece of ofLane) if (isProgramLock(trace, piece.lock)) walker.walk(piece);
  return [...chains.values()].sort((a, b) => b.ns - a.ns || a.victim - b.victim);
}

function isProgramLock({ locks }: Trace, lock: number): boolean {
  return lock >= 0 && locks[lock].kind === 'lock';
}

type Piece = Readonly<BlamePiece>;

/** The pieces of blame of each lane that matters here, in order of time: of all that wait for locks or hold them. */
function piecesOf(trace: Trace): readonly (readonly Piece[])[] {
  const concerned = new Set<number>();
  const { kinds, lanes, locks } = trace.events;
  for (let i = 0; i < trace.eventCount; i++) {
    const isAboutLock = kinds[i] === EventKind.request || kinds[i] === EventKind.acquire;
    if (isAboutLock && isProgramLock(trace, locks[i])) concerned.add(lanes[i]);
  }
  const pieces: Piece[][] = trace.lanes.map(() => []);
  if (concerned.size === 0) return pieces;
  forEachBlame(trace, piece => {
    if (concerned.has(piece.victim)) pieces[piece.victim].push({ ...piece });
  });
  return pieces;
}

/** Follows one piece of blame after the other. */
class ChainWalker {
  readonly #trace: Trace;
  readonly #pieces: readonly (readonly Piece[])[];
  readonly #see: (chain: LockChain) => void;

  constructor(
    trace: Trace,
    pieces: readonly (readonly Piece[])[],
    see: (chain: LockChain) => void,
  ) {
    this.#trace = trace;
    this.#pieces = pieces;
    this.#see = see;
  }

  walk(piece: Piece): void {
    const { victim, lock, startNs, endNs } = piece;
    this.#from({ victim, lock }, [], { lane: piece.culprit, startNs, endNs });
  }

  /** Goes on with what `lane` did between two times. */
  #from(
    wait: Pick<LockChain, 'victim' | 'lock'>,
    links: readonly ChainLink[],
    next: { readonly lane: number; readonly startNs: Nanoseconds; readonly endNs: Nanoseconds },
  ): void {
    const { lane, startNs, endNs } = next;
    const isCircle = lane === wait.victim || links.some(link => link.lane === lane);
    if (lane === NOBODY || isCircle || links.length >= MAX_LINKS) {
      this.#see({ ...wait, links, isCircle, ns: endNs - startNs });
      return;
    }
    const store = this.#trace.stores[lane];
    let nowNs = startNs;
    for (let at = Math.max(0, store.segmentAt(startNs)); nowNs < endNs && at < store.count; at++) {
      if (store.endOf(at) <= nowNs) continue;
      const untilNs = Math.min(store.endOf(at), endNs);
      const link = { lane, state: store.stateOf(at), position: store.positionOf(at), lock: -1 };
      this.#through(wait, links, link, { startNs: nowNs, endNs: untilNs });
      nowNs = untilNs;
    }
    // What the trace does not say of the lane any more belongs to the chain as far as it goes.
    if (nowNs < endNs) this.#see({ ...wait, links, isCircle: false, ns: endNs - nowNs });
  }

  /** A stretch in which the lane did one thing: if that is a wait, who made it wait. */
  #through(
    wait: Pick<LockChain, 'victim' | 'lock'>,
    links: readonly ChainLink[],
    link: ChainLink,
    { startNs, endNs }: { readonly startNs: Nanoseconds; readonly endNs: Nanoseconds },
  ): void {
    const waits = link.state === LaneState.waitingForGil || link.state === LaneState.waitingForLock;
    let nowNs = startNs;
    for (const piece of waits ? this.#overlapping(link.lane, startNs, endNs) : []) {
      const untilNs = Math.min(piece.endNs, endNs);
      const further = [...links, { ...link, lock: piece.lock }];
      this.#from(wait, further, { lane: piece.culprit, startNs: nowNs, endNs: untilNs });
      nowNs = untilNs;
    }
    if (nowNs >= endNs) return;
    this.#see({ ...wait, links: [...links, link], isCircle: false, ns: endNs - nowNs });
  }

  /** The pieces of a lane that lie between two times, without gaps while it waits. */
  #overlapping(lane: number, startNs: Nanoseconds, endNs: Nanoseconds): readonly Piece[] {
    const pieces = this.#pieces[lane];
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pieces[middle].endNs <= startNs) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (end < pieces.length && pieces[end].startNs < endNs) end++;
    return pieces.slice(low, end);
  }
}
