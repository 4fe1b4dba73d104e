// Threads that run until they are told to stop: how much they do is decided by how long the others take.

import { threadAccount } from '../insight/account';
import type { Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { firstLane, toleranceOf, type Links } from './recordedLinks';
import type { Piece } from './recordedPieces';

/** A thread that lives for less of the recording than this is none. */
const MUCH_OF_IT = 0.3;
/** Whoever stops it has done something else meanwhile than to compute for as long: it waited for so much of its life. */
const WAITED = 0.15;
const SHORT_NS = 2_000_000;

/**
 * A thread that computes without any pause, to the end of the recording or until just after the last pause of a thread
 * that was much at I/O.
 */
export function elasticLanes(
  trace: Trace,
  pieces: readonly (readonly Piece[])[],
  { lives }: Links,
): ReadonlySet<number> {
  const first = firstLane(trace);
  const withinNs = toleranceOf(trace) + 4 * trace.header.switchIntervalNs;
  const waits = (lane: number, startNs: Nanoseconds, endNs: Nanoseconds): boolean => {
    const { times, lifeNs } = threadAccount(trace, lane, { startNs, endNs });
    return times.blocked > 0 && times.blocked >= WAITED * lifeNs;
  };
  /** Whether the last thing that a thread waited for was over just before another ended. */
  const stops = (lane: number, endNs: Nanoseconds): boolean => {
    const pauses = pieces[lane].filter(({ kind, ns }) => kind === 'block' && ns >= SHORT_NS / 4);
    const last = pauses.at(-1)?.endNs ?? Infinity;
    return endNs === Infinity || (last <= endNs + withinNs && last >= endNs - withinNs);
  };
  const isElastic = (lane: number): boolean => {
    const { bornNs, diedNs } = lives[lane];
    const endNs = Math.min(diedNs, trace.nowNs);
    if (lane === first || endNs - bornNs < MUCH_OF_IT * trace.nowNs) return false;
    if (!pieces[lane].every(isWork)) return false;
    return [...lives.keys()].some(
      other => other !== lane && waits(other, bornNs, endNs) && stops(other, diedNs),
    );
  };
  return new Set([...lives.keys()].filter(isElastic));
}

/** Short pauses are what a look takes for one between two turns. */
function isWork({ kind, ns }: Piece): boolean {
  return kind === 'compute' || kind === 'native' || kind === 'holds' || ns < SHORT_NS;
}
