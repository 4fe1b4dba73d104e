// A simulated trace as a recorder would show the same run: what each lane did, and nothing that explains it.

import type { LaneStore } from '../../src/core/model/laneStore';
import { LaneState } from '../../src/core/model/lanes';
import {
  EventKind,
  type LockEvent,
  type Trace,
  type TraceHeader,
} from '../../src/core/model/trace';
import { TraceBuilder } from '../../src/core/model/traceBuilder';

const SAMPLED = { kind: 'sampled', intervalNs: 1_000_000 } as const;

/** States, places and waits for locks stay. Starts, joins and hand-overs are gone. */
export function asRecorded(trace: Trace, header: Partial<TraceHeader> = {}): TraceBuilder {
  const recorded = new TraceBuilder({
    ...trace.header,
    engine: 'recorded',
    title: 'Recorded: it.py',
    certainty: { states: SAMPLED, handOffs: SAMPLED, lines: SAMPLED },
    ...header,
  });
  for (const lane of trace.lanes) recorded.addLane(lane);
  for (const lock of trace.locks) recorded.addLock(lock);
  for (const position of trace.positions.slice(1)) recorded.addPosition(position);
  for (const act of inOrder(trace)) act.tell(recorded);
  recorded.finish(trace.nowNs);
  return recorded;
}

interface Act {
  readonly timeNs: number;
  readonly tell: (recorded: TraceBuilder) => void;
}

function inOrder(trace: Trace): Act[] {
  const acts: Act[] = [];
  const ties = tiesOf(trace);
  trace.stores.forEach((store, lane) => {
    for (let i = 1; i < store.count; i++) {
      const [timeNs, at] = [store.startOf(i), store.positionOf(i)];
      acts.push({
        timeNs,
        tell: to => to.setState(lane, timeNs, seenState(store, i, ties.timesOf[lane]), at),
      });
    }
  });
  const { times, kinds, lanes, locks, arguments: operands } = trace.events;
  for (let i = 0; i < times.length; i++) {
    const [kind, lock] = [kinds[i], locks[i]];
    const isOfLock =
      kind === EventKind.request || kind === EventKind.acquire || kind === EventKind.release;
    if (!isOfLock || trace.locks[lock].kind !== 'lock' || ties.queues.has(lock)) continue;
    const event: LockEvent = {
      timeNs: times[i],
      kind: kind,
      lane: lanes[i],
      lock,
      argument: operands[i],
    };
    acts.push({ timeNs: event.timeNs, tell: to => to.addEvent(event) });
  }
  return acts.sort((a, b) => a.timeNs - b.timeNs);
}

/** What a lane gives to others or waits for, besides I/O. */
interface Ties {
  readonly queues: ReadonlySet<number>;
  /** Per lane: when it starts or joins another, or finds a queue empty or full. */
  readonly timesOf: readonly ReadonlySet<number>[];
}

function tiesOf({ lanes: { length }, events }: Trace): Ties {
  const { times, kinds, lanes, locks } = events;
  const isOfQueue = (kind: number): boolean => kind === EventKind.put || kind === EventKind.get;
  const queues = new Set([...locks].filter((_, i) => isOfQueue(kinds[i])));
  const timesOf = Array.from({ length }, () => new Set<number>());
  for (let i = 0; i < kinds.length; i++) {
    const isThread = kinds[i] === EventKind.join || kinds[i] === EventKind.start;
    const isQueue = kinds[i] === EventKind.request && queues.has(locks[i]);
    if (isThread || isQueue) timesOf[lanes[i]].add(times[i]);
  }
  return { queues, timesOf };
}

/** A recorder tells by the frames that a thread waits for another thread or for an item: then it is idle. */
function seenState(store: LaneStore, segment: number, ties: ReadonlySet<number>): number {
  const state = store.stateOf(segment);
  if (state !== LaneState.blocked && state !== LaneState.waitingForLock) return state;
  const [startNs, endNs] = [store.startOf(segment), store.endOf(segment)];
  const isTied = ties.has(startNs) || [...ties].some(ns => ns >= startNs && ns <= endNs);
  return isTied ? LaneState.idle : state;
}
