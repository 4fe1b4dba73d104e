// Why one wait of a shown run lasted as long as it did, in words, for the page that asks.

import { LockChains } from '../../core/insight/chain';
import { chainSteps } from '../../core/insight/chainText';
import type { Trace } from '../../core/model/trace';
import { shortName } from '../../core/names';
import type { ChainAnswer, ChainWish } from '../../protocol/messages';
import type { ComparedRun } from './comparison';

interface Known {
  readonly nowNs: number;
  readonly chains: LockChains;
}

/** What is worked out of a trace is kept until it grows. */
const KNOWN = new WeakMap<Trace, Known>();

/** Null where the span is no wait for a lock. */
export function chainOf(
  { run, lane, segment }: ChainWish,
  runs: readonly Pick<ComparedRun, 'id' | 'trace'>[],
): ChainAnswer | null {
  const trace = runs.find(({ id }) => id === run)?.trace;
  if (!trace || lane >= trace.stores.length || segment >= trace.stores[lane].count) return null;
  const wait = chainsOf(trace).ofWait(lane, segment);
  if (!wait) return null;
  const ways = wait.ways.map(way => ({
    ns: way.ns,
    steps: chainSteps(trace, wait.lock, way).map(({ text, place, position }) => {
      const { file, line } = trace.positions[position];
      return { text, place, file, line: Math.max(0, line) };
    }),
  }));
  return { lock: wait.lock < 0 ? 'a lock' : shortName(trace.locks[wait.lock].name), ways };
}

function chainsOf(trace: Trace): LockChains {
  const known = KNOWN.get(trace);
  if (known?.nowNs === trace.nowNs) return known.chains;
  const chains = new LockChains(trace);
  KNOWN.set(trace, { nowNs: trace.nowNs, chains });
  return chains;
}
