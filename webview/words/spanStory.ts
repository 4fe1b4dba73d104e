// Why a span of a lane ended, and who is to blame for a wait: read off the lock events around it.

import type { Holds } from '../../src/core/insight/blame';
import { LaneState } from '../../src/core/model/lanes';
import type { PositionIndex } from '../../src/core/model/program';
import { EventKind, ReleaseReason, type Trace } from '../../src/core/model/trace';
import { formatDuration, type Nanoseconds } from '../../src/core/units';
import type { SpanPlace } from '../model/span';
import { shortName } from '../../src/core/names';
import { firstEventFrom } from '../model/handOffs';

/** A holder of the lock during a wait, at one line. */
export interface BlamedPart {
  readonly lane: number;
  readonly position: PositionIndex;
  readonly ns: Nanoseconds;
}

/** Why a lock was let go, by {@link ReleaseReason}. */
export const REASONS: Readonly<Partial<Record<number, string>>> = {
  [ReleaseReason.forced]: 'asked to let go after a switch interval',
  [ReleaseReason.blocking]: 'a call that blocks',
  [ReleaseReason.call]: 'C code that computes without the GIL',
  [ReleaseReason.end]: 'the thread ended',
  [ReleaseReason.tick]: '100 ticks were over',
};

/** Why a span ended, as a few words; undefined where the events do not tell. */
export function whyEnded(trace: Trace, span: SpanPlace): string | undefined {
  const store = trace.stores[span.lane];
  const state = store.stateOf(span.segment);
  const endNs = store.endOf(span.segment);
  if (state === LaneState.runningWithGil) {
    const release = eventAt(trace, endNs, i => isBy(trace, i, EventKind.release, span.lane));
    return release < 0 ? undefined : REASONS[trace.events.arguments[release]];
  }
  if (state !== LaneState.waitingForGil) return undefined;
  const acquire = eventAt(trace, endNs, i => isBy(trace, i, EventKind.acquire, span.lane));
  if (acquire < 0) return undefined;
  return handedOver(trace, acquire);
}

/** How often the waiter's interval ran out during a wait. */
export function intervalCount(trace: Trace, span: SpanPlace): number {
  const store = trace.stores[span.lane];
  const { times, kinds, lanes } = trace.events;
  const endNs = store.endOf(span.segment);
  let count = 0;
  for (let i = firstEventFrom(times, store.startOf(span.segment)); i < times.length; i++) {
    if (times[i] > endNs) break;
    if (kinds[i] === EventKind.dropRequest && lanes[i] === span.lane) count++;
  }
  return count;
}

/** Who held the GIL during a wait, by line, the longest first; times sum to the wait but for moments nobody held it. */
export function blameOfWait(
  trace: Trace,
  holds: readonly Holds[],
  span: SpanPlace,
): readonly BlamedPart[] {
  const store = trace.stores[span.lane];
  if (store.stateOf(span.segment) !== LaneState.waitingForGil) return [];
  const [fromNs, toNs] = [store.startOf(span.segment), store.endOf(span.segment)];
  const ofLock = holds.at(trace.lanes[span.lane].gil);
  const parts = new Map<string, { lane: number; position: number; ns: number }>();
  for (let i = ofLock?.firstEndingAfter(fromNs) ?? 0; ofLock && i < ofLock.count; i++) {
    if (ofLock.starts[i] >= toNs) break;
    const lane = ofLock.lanes[i];
    const holder = trace.stores[lane];
    const [from, to] = [Math.max(fromNs, ofLock.starts[i]), Math.min(toNs, ofLock.ends[i])];
    for (let at = Math.max(0, holder.segmentAt(from)); at < holder.count; at++) {
      if (holder.startOf(at) >= to) break;
      const position = holder.positionOf(at);
      const part = parts.get(`${lane} ${position}`) ?? { lane, position, ns: 0 };
      part.ns += Math.min(to, holder.endOf(at)) - Math.max(from, holder.startOf(at));
      parts.set(`${lane} ${position}`, part);
    }
  }
  return [...parts.values()].filter(({ ns }) => ns > 0).sort((a, b) => b.ns - a.ns);
}

/** How a lock came to the lane of an acquire: `Thread-2 let go: a call that blocks`. */
export function handedOver(trace: Trace, acquire: number): string | undefined {
  const { lanes, times, arguments: operands } = trace.events;
  const release = releaseBefore(trace, acquire);
  if (release < 0) return undefined;
  const gap = times[acquire] - times[release];
  const after = gap > 0 ? `, ${formatDuration(gap)} before` : '';
  const reason = REASONS[operands[release]] ?? 'it let go';
  return `${shortName(trace.lanes[lanes[release]].name)}: ${reason}${after}`;
}

/** The event by which the lock of an acquire was let go, or -1. */
export function releaseBefore(trace: Trace, acquire: number): number {
  const { kinds, locks } = trace.events;
  for (let i = acquire - 1; i >= 0; i--) {
    if (kinds[i] === EventKind.release && locks[i] === locks[acquire]) return i;
  }
  return -1;
}

function isBy(trace: Trace, index: number, kind: EventKind, lane: number): boolean {
  return trace.events.kinds[index] === kind && trace.events.lanes[index] === lane;
}

/** The event at exactly a time that fits, or -1. */
function eventAt(trace: Trace, timeNs: Nanoseconds, fits: (index: number) => boolean): number {
  const { times } = trace.events;
  for (let i = firstEventFrom(times, timeNs); i < times.length && times[i] === timeNs; i++) {
    if (fits(i)) return i;
  }
  return -1;
}
