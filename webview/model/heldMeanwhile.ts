// Who held the GIL while a thread waited for it.

import { holdsOf, type Holds } from '../../src/core/insight/blame';
import { LaneState } from '../../src/core/model/lanes';
import { formatDuration, type Nanoseconds } from '../../src/core/units';
import type { RunView } from './runView';
import type { SpanPlace } from './span';
import { shortName } from '../../src/core/names';

/** One holder within a wait. */
export interface HeldPart {
  readonly lane: number;
  readonly ns: Nanoseconds;
}

/** Holders that a card names; a long wait may have had hundreds. */
const NAMED_HOLDERS = 4;

/** The holds of a run's locks, kept until it grows. */
export class HoldsOfRuns {
  readonly #known = new WeakMap<RunView, { version: number; holds: readonly Holds[] }>();

  of(run: RunView): readonly Holds[] {
    const known = this.#known.get(run);
    if (known?.version === run.version) return known.holds;
    const holds = holdsOf(run.trace);
    this.#known.set(run, { version: run.version, holds });
    return holds;
  }
}

/** The holders during a wait for the GIL, in order of time; empty if the span is no such wait. */
export function heldMeanwhile(
  run: RunView,
  holds: readonly Holds[],
  span: SpanPlace,
): readonly HeldPart[] {
  const store = run.trace.stores[span.lane];
  if (store.stateOf(span.segment) !== LaneState.waitingForGil) return [];
  const fromNs = store.startOf(span.segment);
  const toNs = store.endOf(span.segment);
  const ofLock = holds.at(run.trace.lanes[span.lane].gil);
  const parts: HeldPart[] = [];
  for (let i = ofLock?.firstEndingAfter(fromNs) ?? 0; ofLock && i < ofLock.count; i++) {
    if (ofLock.starts[i] >= toNs) break;
    const ns = Math.min(toNs, ofLock.ends[i]) - Math.max(fromNs, ofLock.starts[i]);
    if (ns > 0) parts.push({ lane: ofLock.lanes[i], ns });
  }
  return parts;
}

/** `Thread-2 5.3 ms → Thread-1 5.2 ms`; the longest of many, and how many more there were. */
export function heldText(run: RunView, parts: readonly HeldPart[]): string {
  const named = parts
    .slice(0, NAMED_HOLDERS)
    .map(({ lane, ns }) => `${shortName(run.trace.lanes[lane].name)} ${formatDuration(ns)}`);
  const more = parts.length - named.length;
  return named.join(' → ') + (more > 0 ? ` → ${more} more` : '');
}
