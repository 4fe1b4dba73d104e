// The locks of the program in a report: for data, and as a table with the chain of the worst wait below it.

import { LANE_STATE_NAMES } from '../core/model/lanes';
import type { Trace } from '../core/model/trace';
import type { ChainStep } from '../core/insight/chainText';
import { chainText } from '../core/insight/chainText';
import type { LockChain } from '../core/insight/chain';
import { lockAccountsOf, type LockAccount } from '../core/insight/lockAccount';
import { shortName } from '../core/names';
import { formatDuration, formatShare } from '../core/units';
import { figure, table } from './textTable';

const MOST_LOCKS = 100;
const MOST_CHAINS = 5;
const MOST_ROWS = 8;
/** Shorter waits than these say nothing. */
const SHORTEST_TOLD_NS = 1e6;

/** The locks for `--json`, those that were waited for most first. */
export function lockData(trace: Trace): readonly object[] {
  return lockAccountsOf(trace)
    .slice(0, MOST_LOCKS)
    .map(({ lock, chains, ...sums }) => ({
      name: trace.locks[lock].name,
      type: trace.locks[lock].type ?? null,
      ...sums,
      chains: chains.slice(0, MOST_CHAINS).map(chain => chainData(trace, chain)),
    }));
}

function chainData(trace: Trace, chain: LockChain): object {
  return {
    waited: trace.lanes[chain.victim].name,
    ns: chain.ns,
    text: chainText(trace, chain.lock, chain),
    end: chain.end,
    links: chain.links.map(({ lane, state, position, lock }) => ({
      thread: trace.lanes[lane].name,
      state: LANE_STATE_NAMES[state],
      ...trace.positions[position],
      waitsFor: lock < 0 ? null : trace.locks[lock].name,
    })),
  };
}

/** Steps of a chain in a finding's figures. */
export function stepData(trace: Trace, { lane, position, text }: ChainStep): object {
  const where = position === 0 ? null : trace.positions[position];
  return { thread: lane < 0 ? null : trace.lanes[lane].name, text, where };
}

/** The locks as text; empty where nobody waited for one. */
export function lockText(
  trace: Trace,
  width: number | undefined,
  paragraph: (text: string) => string,
): string {
  const accounts = lockAccountsOf(trace).filter(({ waitedNs }) => waitedNs >= SHORTEST_TOLD_NS);
  const worst = accounts.at(0);
  if (!worst) return '';
  const rows = accounts.map(account => [
    shortName(trace.locks[account.lock].name),
    figure(account.waitedNs),
    holderText(account),
  ]);
  const head = ['lock', 'waited for', 'who had it'];
  const [chain] = worst.chains;
  const victim = shortName(trace.lanes[chain.victim].name);
  return [
    table([head, ...rows], MOST_ROWS, { width, flexible: [0, 2] }),
    paragraph(
      `The longest wait: ${victim} for ${formatDuration(chain.ns)}: ${chainText(trace, chain.lock, chain)}.`,
    ),
  ].join('\n');
}

function holderText({ waitedNs, knownNs, unseenNs, holderWaitsForGilNs }: LockAccount): string {
  const share = (ns: number): string => formatShare(ns / waitedNs);
  const parts = [
    knownNs > 0 ? `known ${share(knownNs)}` : '',
    holderWaitsForGilNs > 0 ? `of that waiting for the GIL ${share(holderWaitsForGilNs)}` : '',
    unseenNs > 0 ? `taken by acquire() or elsewhere ${share(unseenNs)}` : '',
  ].filter(part => part !== '');
  return parts.length === 0 ? 'not seen' : parts.join(', ');
}
