// An event loop that stood still: a coroutine, or what it calls, computed, waited, or stood for the GIL.

import { LaneState } from '../../model/lanes';
import type { PositionIndex } from '../../model/program';
import type { Nanoseconds } from '../../units';
import { NOBODY } from '../blame';
import { keepsLoop } from '../loopLag';
import { longestOf } from '../stretches';
import { MOST_SPANS, type Change, type Finding, type LaneStretch } from './finding';
import { isStartUp } from './places';
import type { Subject } from './subject';
import { sum, Tally } from './tally';

/** A loop that answers within this is not felt to stand still. */
const STALL_NS = 50e6;
/** Others that keep the GIL from it do so again and again: each time counts from here on. */
const GIL_STALL_NS = 15e6;
/** So much of the loop's life has to be lost, or one stall so long. */
const MUCH_LOST = 0.05;
const LONG_STALL_NS = 200e6;

interface Stall extends LaneStretch {
  readonly where: PositionIndex;
  readonly how: 'computing' | 'waiting' | 'gil';
}

export function stalledLoops(subject: Subject): readonly Finding<'event-loop-stalled'>[] {
  return [...subject.loops].flatMap(lane => {
    const stalls = stallsOf(subject, lane);
    const lostNs = sum(stalls, ({ startNs, endNs }) => endNs - startNs);
    const spans = longestOf(stalls, MOST_SPANS);
    const longest = spans.at(0);
    if (!longest) return [];
    const longestNs = longest.endNs - longest.startNs;
    const isMuch = lostNs >= MUCH_LOST * subject.account.threads[lane].lifeNs;
    return isMuch || longestNs >= LONG_STALL_NS ? [findingOf(subject, stalls, spans)] : [];
  });
}

function findingOf(
  subject: Subject,
  stalls: readonly Stall[],
  spans: readonly Stall[],
): Finding<'event-loop-stalled'> {
  const ways = new Tally<Stall['how']>();
  for (const { how, startNs, endNs } of stalls) ways.add(how, endNs - startNs);
  const how = ways.largest() ?? 'computing';
  const [{ lane }] = spans;
  const places = new Tally<PositionIndex>();
  for (const stall of stalls)
    if (stall.how === how) places.add(stall.where, stall.endNs - stall.startNs);
  const rows = subject.blame.filter(row => row.victim === lane && row.position > 0);
  const worst = how === 'gil' ? rows.at(0) : undefined;
  return {
    kind: 'event-loop-stalled',
    costNs: sum(stalls, ({ startNs, endNs }) => endNs - startNs),
    threads: [lane],
    spans: spans.map(({ startNs, endNs }) => ({ lane, startNs, endNs })),
    where: worst?.position ?? places.largest() ?? 0,
    culprit: worst?.culprit ?? (how === 'gil' ? NOBODY : lane),
    certainty: 'sure',
    evidence: worst ? rows.slice(0, 5) : [],
    count: stalls.length,
    longestNs: spans[0].endNs - spans[0].startNs,
    how,
    change: CHANGES[how],
  };
}

const CHANGES: Readonly<Record<Stall['how'], Change>> = {
  computing: {
    kind: 'program',
    what: 'Move that work to a process (loop.run_in_executor with a ProcessPoolExecutor), or do it in pieces with await between them.',
  },
  waiting: {
    kind: 'program',
    what: 'Await instead (asyncio.sleep, an asynchronous client), or call it with asyncio.to_thread.',
  },
  gil: {
    kind: 'program',
    what: 'Move the computing out of this process: a thread does not get it out of the way of the loop.',
  },
};

/** The stretches in which the loop did not come back to its selector. */
function stallsOf({ trace }: Subject, lane: number): readonly Stall[] {
  const store = trace.stores[lane];
  const stalls: Stall[] = [];
  let first = -1;
  for (let i = 0; i <= store.count; i++) {
    const isIn = i < store.count && keepsLoop(store.stateOf(i));
    if (isIn && first < 0) first = i;
    if (isIn || first < 0) continue;
    const stall = stallOf(first, i);
    if (stall) stalls.push(stall);
    first = -1;
  }
  return stalls;

  function stallOf(from: number, to: number): Stall | undefined {
    const startNs = store.startOf(from);
    const endNs = store.endOf(to - 1);
    const places = new Tally<PositionIndex>();
    const ways = new Tally<Stall['how']>();
    for (let i = from; i < to; i++) {
      const ns: Nanoseconds = store.endOf(i) - store.startOf(i);
      places.add(store.positionOf(i), ns);
      ways.add(wayOf(store.stateOf(i)), ns);
    }
    const how = ways.largest() ?? 'computing';
    if (endNs - startNs < (how === 'gil' ? GIL_STALL_NS : STALL_NS)) return undefined;
    const where = places.largest() ?? 0;
    // What the body of a module does comes before the loop, or after it.
    if (how !== 'gil' && (where === 0 || isStartUp(trace, where))) return undefined;
    return { lane, startNs, endNs, where, how };
  }
}

function wayOf(state: number): Stall['how'] {
  if (state === LaneState.waitingForGil) return 'gil';
  return state === LaneState.blocked || state === LaneState.waitingForLock
    ? 'waiting'
    : 'computing';
}
