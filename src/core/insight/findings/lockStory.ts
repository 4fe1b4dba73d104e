// The lock of the program that is waited for most, and what those who had it did meanwhile.

import { LaneState } from '../../model/lanes';
import type { PositionIndex } from '../../model/program';
import type { Trace } from '../../model/trace';
import type { Nanoseconds } from '../../units';
import { holdsOf, NOBODY } from '../blame';
import { lockChainsOf, type ChainLink, type LockChain } from '../chain';
import { sum, Tally } from './tally';

/** What the holder of a lock does while others wait for it. */
export type HolderDoes =
  /** It sleeps, or waits for I/O or another process. */
  | 'waits-outside'
  | 'computes'
  | 'waits-for-gil'
  | 'waits-for-lock'
  /** Nothing tells who has it. */
  | 'unseen'
  /** Nobody is known to have it: too short to be seen. */
  | 'unknown';

export interface LockStory {
  readonly lock: number;
  /** What all waited for it together, and who did, the worst first. */
  readonly waitedNs: Nanoseconds;
  readonly victims: readonly number[];
  /** What its holders did most of that time. */
  readonly does: HolderDoes;
  readonly doesNs: Nanoseconds;
  /** Who did that most, and where; `NOBODY` and 0 where that is not known. */
  readonly holder: number;
  readonly position: PositionIndex;
  /** For how long at a time, at most; 0 where that is not known. */
  readonly longestNs: Nanoseconds;
  /** The longest chain of that sort. */
  readonly chain: LockChain;
}

/** Undefined where nobody waited for a known lock. `isLeftOut`: lanes whose waits do not count. */
export function worstLockOf(
  trace: Trace,
  isLeftOut: (lane: number) => boolean,
): LockStory | undefined {
  const chains = lockChainsOf(trace).filter(({ victim }) => !isLeftOut(victim));
  const locks = new Tally<number>();
  for (const { lock, ns } of chains) locks.add(lock, ns);
  const lock = locks.largest();
  if (lock === undefined) return undefined;
  const ofLock = chains.filter(chain => chain.lock === lock);
  const does = mainDoing(ofLock);
  const those = ofLock.filter(chain => doingOf(chain) === does);
  const [holder, position] = mainPlace(those);
  return {
    lock,
    waitedNs: locks.of(lock),
    victims: victimsOf(ofLock),
    does,
    doesNs: sum(those, ({ ns }) => ns),
    holder,
    position,
    longestNs: holder === NOBODY ? 0 : longestOf(trace, lock, those[0].links[0]),
    chain: those[0],
  };
}

function mainDoing(chains: readonly LockChain[]): HolderDoes {
  const tally = new Tally<HolderDoes>();
  for (const chain of chains) tally.add(doingOf(chain), chain.ns);
  const known = tally.ranked().find(([does]) => does !== 'unknown');
  return known?.[0] ?? 'unknown';
}

function victimsOf(chains: readonly LockChain[]): readonly number[] {
  const victims = new Tally<number>();
  for (const { victim, ns } of chains) victims.add(victim, ns);
  return victims.ranked().map(([lane]) => lane);
}

/** The holder and the line with the most time. */
function mainPlace(chains: readonly LockChain[]): readonly [number, PositionIndex] {
  const [longest] = chains;
  const first = longest.links.at(0);
  return first ? [first.lane, first.position] : [NOBODY, 0];
}

function doingOf({ links, end }: LockChain): HolderDoes {
  const first = links.at(0);
  if (!first) return end === 'nobody' || end === 'cut' ? 'unknown' : 'unseen';
  return DOING[first.state] ?? 'computes';
}

const DOING: Readonly<Partial<Record<number, HolderDoes>>> = {
  [LaneState.waitingForGil]: 'waits-for-gil',
  [LaneState.waitingForLock]: 'waits-for-lock',
  [LaneState.blocked]: 'waits-outside',
  [LaneState.idle]: 'waits-outside',
  [LaneState.waitingForProcess]: 'waits-outside',
};

/** How long a holder did one thing at one line at a time, as far as it had the lock. */
function longestOf(trace: Trace, lock: number, { lane, state, position }: ChainLink): Nanoseconds {
  const holds = holdsOf(trace)[lock];
  const store = trace.stores[lane];
  let longestNs = 0;
  for (let hold = 0; hold < holds.count; hold++) {
    if (holds.lanes[hold] !== lane) continue;
    const [startNs, endNs] = [holds.starts[hold], holds.ends[hold]];
    for (let at = Math.max(0, store.segmentAt(startNs)); at < store.count; at++) {
      if (store.startOf(at) >= endNs) break;
      if (store.stateOf(at) !== state || store.positionOf(at) !== position) continue;
      const ns = Math.min(endNs, store.endOf(at)) - Math.max(startNs, store.startOf(at));
      longestNs = Math.max(longestNs, ns);
    }
  }
  return longestNs;
}
