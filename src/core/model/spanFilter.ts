// Which spans of a trace are meant: a filter as plain data, so that it can cross the wire, and the test that it is.

import type { Trace } from './trace';
import type { Nanoseconds } from '../units';

/** A span fits if its lane, position or state is listed or it has a listed mark; with `not`, if none is. */
export interface SpanTerm {
  readonly lanes: readonly number[];
  readonly positions: readonly number[];
  readonly states: readonly number[];
  /** Spans with a mark: see {@link spanKey}. */
  readonly marked: readonly number[];
  readonly not: boolean;
}

/** Spans that fit all terms and last from `minNs` to `maxNs`, both included. */
export interface SpanFilter {
  readonly terms: readonly SpanTerm[];
  readonly minNs: Nanoseconds;
  readonly maxNs: Nanoseconds;
}

/** A span as one number: exact, as lanes and segments have at most 2^17 and 2^32. */
export function spanKey(lane: number, segment: number): number {
  return lane * 2 ** 32 + segment;
}

/** Whether a span of the trace fits the filter. */
export function spanTest(
  { stores }: Pick<Trace, 'stores'>,
  { terms, minNs, maxNs }: SpanFilter,
): (lane: number, segment: number) => boolean {
  const sets = terms.map(({ not, ...lists }) => ({
    not,
    lanes: new Set(lists.lanes),
    positions: new Set(lists.positions),
    states: new Set(lists.states),
    marked: new Set(lists.marked),
  }));
  return (lane, segment) => {
    const store = stores[lane];
    const ns = store.endOf(segment) - store.startOf(segment);
    if (ns < minNs || ns > maxNs) return false;
    const [state, position] = [store.stateOf(segment), store.positionOf(segment)];
    return sets.every(
      set =>
        set.not !==
        (set.states.has(state) ||
          set.positions.has(position) ||
          set.lanes.has(lane) ||
          set.marked.has(spanKey(lane, segment))),
    );
  };
}
