// A stretch of a trace as a trace of its own, so that everything that is told of a trace can be told of a stretch.
//
//   excerptOf(trace, stretch)   the same lanes, locks, positions and marks; its time 0 is the start of the stretch

import type { LockEvent, Trace } from '../model/trace';
import { TraceBuilder } from '../model/traceBuilder';
import { Carried } from './carried';
import type { Nanoseconds } from '../units';
import type { Stretch } from './stretches';

/** The stretch itself: within the trace, and never of a negative length. */
export function withinTrace({ nowNs }: Trace, { startNs, endNs }: Stretch): Stretch {
  const from = Math.min(Math.max(0, startNs), nowNs);
  return { startNs: from, endNs: Math.max(from, Math.min(endNs, nowNs)) };
}

/**
 * What happened from `startNs` on and before `endNs`. Who had a lock before has it from time 0 on, and who waited for
 * one asks for it at time 0. What the recorder missed is counted for whole traces only, so an excerpt has no such count.
 */
export function excerptOf(trace: Trace, stretch: Stretch): Trace {
  const { startNs, endNs } = withinTrace(trace, stretch);
  const excerpt = growingExcerptOf(trace, { startNs, endNs });
  excerpt.finish(endNs - startNs);
  return excerpt;
}

/** The same, to which more may be added. */
export function growingExcerptOf(trace: Trace, stretch: Stretch): TraceBuilder {
  const { startNs, endNs } = withinTrace(trace, stretch);
  const excerpt = new TraceBuilder(trace.header);
  for (const lock of trace.locks) excerpt.addLock(lock);
  for (const position of trace.positions.slice(1)) excerpt.addPosition(position);
  for (const mark of trace.marks) excerpt.addMark(mark);
  excerpt.processes.push(...(trace.processes ?? []));
  for (const reading of trace.cpu ?? []) {
    const { timeNs } = reading;
    if (timeNs >= startNs && timeNs <= endNs)
      excerpt.cpu.push({ ...reading, timeNs: timeNs - startNs });
  }
  trace.lanes.forEach((info, lane) => {
    excerpt.addLane(info);
    copyLane(trace, lane, { startNs, endNs }, excerpt);
  });
  copyEvents(trace, { startNs, endNs }, excerpt);
  excerpt.advanceTo(endNs - startNs);
  for (const store of excerpt.stores) store.extendTo(endNs - startNs);
  return excerpt;
}

function copyLane(
  trace: Trace,
  lane: number,
  { startNs, endNs }: Stretch,
  excerpt: TraceBuilder,
): void {
  const store = trace.stores[lane];
  for (let i = Math.max(0, store.segmentAt(startNs)); i < store.count; i++) {
    if (store.startOf(i) >= lastMoment(trace, endNs)) return;
    const fromNs = Math.max(0, store.startOf(i) - startNs);
    excerpt.setState(lane, fromNs, store.stateOf(i), store.positionOf(i));
  }
}

/** What happens at the very end of a trace is in a stretch that goes up to there. */
function lastMoment({ nowNs }: Trace, endNs: Nanoseconds): Nanoseconds {
  return endNs >= nowNs ? Infinity : endNs;
}

function copyEvents(trace: Trace, { startNs, endNs }: Stretch, excerpt: TraceBuilder): void {
  const { times, kinds, lanes, locks, arguments: operands } = trace.events;
  const before = new Carried(trace);
  let i = 0;
  for (; i < times.length && times[i] < startNs; i++) before.see(i);
  for (const event of before.atTheStart(startNs)) excerpt.addEvent(event);
  for (; i < times.length && times[i] < lastMoment(trace, endNs); i++) {
    const event: LockEvent = {
      timeNs: times[i] - startNs,
      kind: kinds[i] as LockEvent['kind'],
      lane: lanes[i],
      lock: locks[i],
      argument: operands[i],
    };
    excerpt.addEvent(event);
  }
}
