// Where a wait for a lock ends: what its holder did meanwhile, whom that one waited for, and so on, until somebody
// computes, sleeps or is blocked by something outside.
//
//   new LockChains(trace).ofWait(lane, segment)   why one wait lasted as long as it did
//   lockChainsOf(trace)                           the ranked table of all waits for locks of the program
//
// Each piece of blame of such a wait is cut where the thread at the end of its chain changes what it does. So the times
// of the ways of a wait sum to the wait, and those of all chains of a victim and a lock to what it waited for that lock.

import { LaneState } from '../model/lanes';
import type { PositionIndex } from '../model/program';
import { EventKind, Unseen, type Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { LanePieces, NOBODY } from './blame';
import { unseenHoldsOf, type UnseenHold } from './unseenHolds';

/** One thread of a chain: what it did while the one before it waited for it. */
export interface ChainLink {
  readonly lane: number;
  /** A {@link LaneState}. */
  readonly state: number;
  readonly position: PositionIndex;
  /** The lock (or the GIL) that it waits for itself, if it waits for one that is known; else -1. */
  readonly lock: number;
}

/** Why a chain goes no further than its last link. */
export type ChainEnd =
  /** That link waits for nobody in the process: its state says what it does. */
  | 'acts'
  /** It waits for one that is in the chain already, or for the victim. */
  | 'circle'
  /** Somebody took what it waits for by `acquire()` and not by `with`: nothing tells who. */
  | 'taken-unseen'
  | 'other-process'
  /** One of several threads has it. */
  | 'one-of-several'
  /** Nobody is known to have it: it is on its way from one to the next, or nobody looked. */
  | 'nobody'
  /** Longer chains are cut. */
  | 'cut';

/** One reason for a part of a wait. */
export interface ChainWay {
  /** From the holder on. Empty where nobody is known to have had the lock: then `end` says why. */
  readonly links: readonly ChainLink[];
  readonly end: ChainEnd;
  readonly ns: Nanoseconds;
}

/** Why one wait lasted as long as it did. */
export interface WaitChain {
  readonly lane: number;
  /** What was waited for, a GIL or a lock of the program; -1 where the trace does not tell. */
  readonly lock: number;
  /** Where the thread waited. */
  readonly position: PositionIndex;
  readonly startNs: Nanoseconds;
  readonly endNs: Nanoseconds;
  /** The longest first. Their times sum to the wait. */
  readonly ways: readonly ChainWay[];
}

/** How long a thread waited for a lock because of the same chain of threads. */
export interface LockChain extends ChainWay {
  readonly victim: number;
  readonly lock: number;
}

const MAX_LINKS = 12;
/** In a trace that was made to be slow, chains are cut at their first link from here on. */
const MAX_STEPS = 2_000_000;

/** The chains of single waits, for who asks about a few of them. What is worked out is kept: make a new one of a longer trace. */
export class LockChains {
  readonly #trace: Trace;
  readonly #pieces: LanePieces;
  readonly #walker: ChainWalker;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#pieces = new LanePieces(trace);
    this.#walker = new ChainWalker(trace, this.#pieces);
  }

  /** The wait that is this segment of a lane; undefined where that is no wait for a lock or a GIL. */
  ofWait(lane: number, segment: number): WaitChain | undefined {
    const store = this.#trace.stores[lane];
    const [startNs, endNs] = [store.startOf(segment), store.endOf(segment)];
    const pieces = overlapping(this.#pieces.of(lane), startNs, endNs);
    if (pieces.length === 0) return undefined;
    const ways = new SummedWays<ChainWay>();
    for (const piece of pieces) this.#walker.walk(piece, way => ways.add('', way));
    const position = store.positionOf(segment);
    return { lane, lock: pieces[0].lock, position, startNs, endNs, ways: ways.ranked() };
  }
}

/** Why threads waited for the locks of the program, the longest first. */
export function lockChainsOf(trace: Trace): readonly LockChain[] {
  const chains = new SummedWays<LockChain>();
  const pieces = new LanePieces(trace);
  const walker = new ChainWalker(trace, pieces);
  for (const victim of lanesThatAsk(trace))
    for (const piece of pieces.of(victim)) {
      const { lock } = piece;
      if (!isProgramLock(trace, lock)) continue;
      walker.walk(piece, way => chains.add(`${victim} ${lock}`, { ...way, victim, lock }));
    }
  return chains.ranked();
}

function isProgramLock({ locks }: Trace, lock: number): boolean {
  return lock >= 0 && locks[lock].kind === 'lock';
}

/** The lanes that asked for locks of the program. */
function lanesThatAsk(trace: Trace): readonly number[] {
  const lanes = new Set<number>();
  const { kinds, lanes: laneOf, locks } = trace.events;
  for (let i = 0; i < trace.eventCount; i++)
    if (kinds[i] === EventKind.request && isProgramLock(trace, locks[i])) lanes.add(laneOf[i]);
  return [...lanes].sort((a, b) => a - b);
}

/** Ways that are the same in all but their time are one. */
class SummedWays<Way extends ChainWay> {
  readonly #sums = new Map<string, { readonly way: Way; ns: Nanoseconds }>();

  add(group: string, way: Way): void {
    const links = way.links.map(({ lane, state, position, lock }) => [lane, state, position, lock]);
    const key = `${group} ${way.end} ${links.join(' ')}`;
    const known = this.#sums.get(key);
    if (known) known.ns += way.ns;
    else this.#sums.set(key, { way, ns: way.ns });
  }

  /** The longest first. */
  ranked(): readonly Way[] {
    const all = [...this.#sums.values()].map(({ way, ns }) => ({ ...way, ns }));
    return all.sort((a, b) => b.ns - a.ns);
  }
}

/** A stretch in which a thread waits for another, or for nobody that is known. */
interface WaitPart {
  readonly victim: number;
  readonly lock: number;
  readonly culprit: number;
  readonly startNs: Nanoseconds;
  readonly endNs: Nanoseconds;
}

type See = (way: ChainWay) => void;

/** Follows one piece of blame after the other. */
class ChainWalker {
  readonly #trace: Trace;
  readonly #pieces: LanePieces;
  #unseen: readonly (readonly UnseenHold[])[] | undefined;
  #stepsLeft = MAX_STEPS;

  constructor(trace: Trace, pieces: LanePieces) {
    this.#trace = trace;
    this.#pieces = pieces;
  }

  walk(part: WaitPart, see: See): void {
    this.#from(part, [], see);
  }

  /** Goes on with whom a thread waits for, the last of the links or the victim itself. */
  #from(part: WaitPart, links: readonly ChainLink[], see: See): void {
    const { victim, culprit, startNs, endNs } = part;
    const ns = endNs - startNs;
    if (culprit === NOBODY) this.#atNobody(part, links, see);
    else if (culprit === victim || links.some(({ lane }) => lane === culprit))
      see({ links, end: 'circle', ns });
    else if (links.length >= MAX_LINKS || --this.#stepsLeft < 0) see({ links, end: 'cut', ns });
    else this.#alongCulprit(part, links, see);
  }

  /** Cut where the one that is waited for changes what it does. */
  #alongCulprit(part: WaitPart, links: readonly ChainLink[], see: See): void {
    const { culprit: lane, startNs, endNs } = part;
    const store = this.#trace.stores[lane];
    let nowNs = startNs;
    for (let at = Math.max(0, store.segmentAt(startNs)); nowNs < endNs && at < store.count; at++) {
      if (store.endOf(at) <= nowNs) continue;
      if (--this.#stepsLeft < 0) break;
      const untilNs = Math.min(store.endOf(at), endNs);
      const link = { lane, state: store.stateOf(at), position: store.positionOf(at), lock: -1 };
      this.#through({ ...part, startNs: nowNs, endNs: untilNs }, links, link, see);
      nowNs = untilNs;
    }
    // What the trace does not say of the lane any more belongs to the chain as far as it goes.
    const end = this.#stepsLeft < 0 ? 'cut' : 'nobody';
    if (nowNs < endNs) see({ links, end, ns: endNs - nowNs });
  }

  /** A stretch in which the next thread did one thing: if that is a wait, who made it wait. */
  #through(part: WaitPart, links: readonly ChainLink[], link: ChainLink, see: See): void {
    const { victim, startNs, endNs } = part;
    const waits = link.state === LaneState.waitingForGil || link.state === LaneState.waitingForLock;
    let nowNs = startNs;
    for (const piece of waits ? this.#overlapping(link.lane, startNs, endNs) : []) {
      const untilNs = Math.min(piece.endNs, endNs);
      const { lock, culprit } = piece;
      const further = [...links, { ...link, lock }];
      this.#from({ victim, lock, culprit, startNs: nowNs, endNs: untilNs }, further, see);
      nowNs = untilNs;
    }
    if (nowNs < endNs) see({ links: [...links, link], end: 'acts', ns: endNs - nowNs });
  }

  /** Cut where it is known that somebody has the lock, although not who. */
  #atNobody({ lock, startNs, endNs }: WaitPart, links: readonly ChainLink[], see: See): void {
    this.#unseen ??= unseenHoldsOf(this.#trace);
    let nowNs = startNs;
    for (const hold of lock < 0 ? [] : overlapping(this.#unseen[lock], startNs, endNs)) {
      const fromNs = Math.max(hold.startNs, nowNs);
      const untilNs = Math.min(hold.endNs, endNs);
      if (fromNs > nowNs) see({ links, end: 'nobody', ns: fromNs - nowNs });
      see({ links, end: END_OF_UNSEEN[hold.why] ?? 'nobody', ns: untilNs - fromNs });
      nowNs = untilNs;
    }
    if (nowNs < endNs) see({ links, end: 'nobody', ns: endNs - nowNs });
  }

  /** The pieces of a lane that lie between two times, without gaps while it waits. */
  #overlapping(lane: number, startNs: Nanoseconds, endNs: Nanoseconds) {
    return overlapping(this.#pieces.of(lane), startNs, endNs);
  }
}

const END_OF_UNSEEN: Readonly<Partial<Record<number, ChainEnd>>> = {
  [Unseen.byAcquire]: 'taken-unseen',
  [Unseen.inOtherProcess]: 'other-process',
  [Unseen.oneOfSeveral]: 'one-of-several',
};

interface TimeSpan {
  readonly startNs: Nanoseconds;
  readonly endNs: Nanoseconds;
}

/** Those of some stretches in order of time that lie between two times. */
function overlapping<Part extends TimeSpan>(
  parts: readonly Part[],
  startNs: Nanoseconds,
  endNs: Nanoseconds,
): readonly Part[] {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (parts[middle].endNs <= startNs) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < parts.length && parts[end].startNs < endNs) end++;
  return parts.slice(low, end);
}
