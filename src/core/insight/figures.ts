// How long waits and holds lasted, one by one: p50, p95, p99, the longest and their number, for each thread, for each
// line, and for a chosen stretch. All times are nanoseconds.
//
//   figuresOf(trace)            of the whole trace
//   figuresOf(trace, stretch)   of what lies within [startNs, endNs): a wait that reaches over its edge counts with the
//                               part that lies within

import type { LaneStore } from '../model/laneStore';
import type { PositionIndex } from '../model/program';
import { LaneState } from '../model/lanes';
import type { Trace } from '../model/trace';
import type { Nanoseconds } from '../units';
import { distributionOf, type Distribution } from './distributions';
import { withinTrace } from './excerpt';
import { inBoth, stretchesOf, type Stretch } from './stretches';
import { holdsOf } from './tenures';

export interface Figures {
  /** Waits for the GIL. */
  readonly waits: Distribution;
  /** Waits for locks of the program. */
  readonly lockWaits: Distribution;
  /** How long the GIL was held at a time: from getting it to letting it go, with the time in which no core was free. */
  readonly holds: Distribution;
}

export interface LaneFigures extends Figures {
  readonly lane: number;
}

/** A wait belongs to the line at which the thread waits. A hold is cut where its thread goes to another line. */
export interface LineFigures extends Figures {
  readonly position: PositionIndex;
}

export interface TraceFigures {
  readonly all: Figures;
  /** One for each lane of the trace, in its order. */
  readonly lanes: readonly LaneFigures[];
  /** Lines with waits or holds, by the time that these took, most first. */
  readonly lines: readonly LineFigures[];
}

/** The figures of a trace, or of a stretch of it. */
export function figuresOf(trace: Trace, stretch?: Stretch): TraceFigures {
  const within = withinTrace(trace, stretch ?? { startNs: 0, endNs: trace.nowNs });
  const all = new Durations();
  const lines = new Map<PositionIndex, Durations>();
  const holds = holdsByLane(trace);
  const lanes = trace.stores.map((store, lane) => {
    const ofLane = new Durations();
    const found: Readonly<Record<keyof Figures, readonly Stretch[]>> = {
      waits: stretchesOf(store, state => state === LaneState.waitingForGil),
      lockWaits: stretchesOf(store, state => state === LaneState.waitingForLock),
      holds: holds[lane],
    };
    for (const kind of KINDS)
      for (const part of inBoth(found[kind], [within])) {
        for (const durations of [ofLane, all]) durations.add(kind, part);
        addLines(store, part, (position, piece) => durationsAt(lines, position).add(kind, piece));
      }
    return { lane, ...ofLane.figures() };
  });
  const ranked = [...lines].sort(([a, one], [b, other]) => other.totalNs - one.totalNs || a - b);
  return {
    all: all.figures(),
    lanes,
    lines: ranked.map(([position, durations]) => ({ position, ...durations.figures() })),
  };
}

const KINDS = ['waits', 'lockWaits', 'holds'] as const;

/** When each lane had its GIL, in order of time. */
function holdsByLane(trace: Trace): Stretch[][] {
  const found: Stretch[][] = trace.lanes.map(() => []);
  holdsOf(trace).forEach(({ starts, ends, lanes }, lock) => {
    if (trace.locks[lock].kind !== 'gil') return;
    starts.forEach((startNs, i) => {
      if (ends[i] > startNs) found[lanes[i]].push({ startNs, endNs: ends[i] });
    });
  });
  return found;
}

/** Cuts a stretch of a lane where it goes to another line. */
function addLines(
  store: LaneStore,
  { startNs, endNs }: Stretch,
  see: (position: PositionIndex, piece: Stretch) => void,
): void {
  let fromNs = startNs;
  for (let i = Math.max(0, store.segmentAt(startNs)); i < store.count && fromNs < endNs; i++) {
    const position = store.positionOf(i);
    const goesOn = i + 1 < store.count && store.positionOf(i + 1) === position;
    if (goesOn && store.endOf(i) < endNs) continue;
    const untilNs = Math.min(store.endOf(i), endNs);
    if (untilNs > fromNs) see(position, { startNs: fromNs, endNs: untilNs });
    fromNs = Math.max(fromNs, untilNs);
  }
}

function durationsAt(lines: Map<PositionIndex, Durations>, position: PositionIndex): Durations {
  const durations = lines.get(position) ?? new Durations();
  lines.set(position, durations);
  return durations;
}

/** Durations of each kind, one by one. */
class Durations {
  readonly #found: Record<keyof Figures, Nanoseconds[]> = { waits: [], lockWaits: [], holds: [] };
  totalNs: Nanoseconds = 0;

  add(kind: keyof Figures, { startNs, endNs }: Stretch): void {
    this.#found[kind].push(endNs - startNs);
    this.totalNs += endNs - startNs;
  }

  figures(): Figures {
    const { waits, lockWaits, holds } = this.#found;
    return {
      waits: distributionOf(waits),
      lockWaits: distributionOf(lockWaits),
      holds: distributionOf(holds),
    };
  }
}
