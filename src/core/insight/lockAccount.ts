// What threads waited for each lock of the program, and how much of that it is known who had it.
//
//   lockAccountsOf(trace)   a row for each lock that somebody waited for, the longest waits first

import type { LockType, Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { lockChainsOf, type LockChain } from './chain';

export interface LockAccount {
  readonly lock: number;
  readonly waitedNs: Nanoseconds;
  /** Of that: its holder is known. */
  readonly knownNs: Nanoseconds;
  /** Its holder is known, and waits for the GIL itself. */
  readonly holderWaitsForGilNs: Nanoseconds;
  /** Somebody has it, and nothing tells who: it was taken by `acquire()`, or by another process. */
  readonly unseenNs: Nanoseconds;
  /** How holders of this lock are known. */
  readonly certainty: HolderCertainty;
  /** Why it was waited for, the longest first. */
  readonly chains: readonly LockChain[];
}

/** `exact`: the trace has every hold. `named`: the lock names its owner. `seen`: a `with` body keeps it, as looks saw it. */
export type HolderCertainty = 'exact' | 'named' | 'seen';

export function lockAccountsOf(trace: Trace): readonly LockAccount[] {
  const chains = new Map<number, LockChain[]>();
  for (const chain of lockChainsOf(trace)) {
    const ofLock = chains.get(chain.lock);
    if (ofLock) ofLock.push(chain);
    else chains.set(chain.lock, [chain]);
  }
  const accounts = [...chains].map(([lock, ofLock]) => accountOf(trace, lock, ofLock));
  return accounts.sort((a, b) => b.waitedNs - a.waitedNs || a.lock - b.lock);
}

function accountOf(trace: Trace, lock: number, chains: readonly LockChain[]): LockAccount {
  const time = (isIt: (chain: LockChain) => boolean): Nanoseconds =>
    chains.filter(isIt).reduce((total, { ns }) => total + ns, 0);
  return {
    lock,
    waitedNs: time(() => true),
    knownNs: time(({ links }) => links.length > 0),
    holderWaitsForGilNs: time(({ links }) => isGil(trace, links.at(0)?.lock ?? -1)),
    unseenNs: time(({ links, end }) => links.length === 0 && UNSEEN.has(end)),
    certainty: certaintyOf(trace, trace.locks[lock].type),
    chains,
  };
}

const UNSEEN: ReadonlySet<string> = new Set(['taken-unseen', 'other-process', 'one-of-several']);

function isGil({ locks }: Trace, lock: number): boolean {
  return lock >= 0 && locks[lock].kind === 'gil';
}

function certaintyOf({ header }: Trace, type: LockType | undefined): HolderCertainty {
  if (header.certainty.states.kind === 'exact') return 'exact';
  return type === undefined || type === 'Lock' ? 'seen' : 'named';
}
