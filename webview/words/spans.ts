// Spans in words: what the card, the screen reader and the inspector say about one stretch of a lane.

import { timePerState } from '../../src/core/model/timePerState';
import type { SourcePosition } from '../../src/core/model/program';
import type { Trace } from '../../src/core/model/trace';
import { formatDuration, formatShare, type Nanoseconds } from '../../src/core/units';
import type { SpanPlace } from '../model/span';
import { stateVerb, STATE_LOOKS } from '../../src/core/model/stateLooks';
import { formatStretch } from './timeLabels';
import type { TimeWindow } from '../model/viewport';
import { shortName } from '../../src/core/names';

/** A span, or a pixel's worth of spans, ready to be put in words. */
export interface SpanText {
  /** `Thread-3 waits for the GIL`. */
  readonly title: string;
  readonly state: number | undefined;
  /** Pairs such as `for`, `15.8 ms`. */
  readonly rows: readonly (readonly [label: string, value: string])[];
  readonly place: SourcePosition | undefined;
}

/** The source position of a span, or undefined where none is known. */
export function placeOf(trace: Trace, { lane, segment }: SpanPlace): SourcePosition | undefined {
  const position = trace.positions[trace.stores[lane].positionOf(segment)] as
    SourcePosition | undefined;
  return position && position.line > 0 ? position : undefined;
}

/** Describes one span; `heldBy` says who had the GIL meanwhile, where that is known. */
export function describeSpan(trace: Trace, span: SpanPlace, heldBy = ''): SpanText {
  const store = trace.stores[span.lane];
  const fromNs = store.startOf(span.segment);
  const toNs = store.endOf(span.segment);
  const state = store.stateOf(span.segment);
  return {
    title: `${shortName(trace.lanes[span.lane].name)} ${stateVerb(state)}`,
    state,
    rows: [
      ['for', formatDuration(toNs - fromNs)],
      ['from', formatStretch(fromNs, toNs)],
      ...(heldBy === '' ? [] : [['held by', heldBy] as const]),
    ],
    place: placeOf(trace, span),
  };
}

/** Describes what a pixel column holds when its spans are too short to be told apart. */
export function describeColumn(trace: Trace, lane: number, column: TimeWindow): SpanText {
  const store = trace.stores[lane];
  const time = timePerState([store], column.fromNs, column.toNs);
  const total = time.reduce((sum, ns) => sum + ns, 0);
  const count = store.segmentAt(column.toNs) - Math.max(0, store.segmentAt(column.fromNs)) + 1;
  const shares = STATE_LOOKS.filter(({ state }) => time[state] > 0)
    .map(({ state, label }) => ({ share: time[state] / total, label }))
    .sort((a, b) => b.share - a.share);
  return {
    title: `${shortName(trace.lanes[lane].name)}: ${count} spans`,
    state: undefined,
    rows: [
      ...shares.map(({ share, label }) => [formatShare(share), label] as const),
      ['in', formatDuration(column.toNs - column.fromNs)],
      ['from', formatStretch(column.fromNs, column.toNs)],
    ],
    place: undefined,
  };
}

/** A span as one sentence, for a screen reader. */
export function spanSentence(trace: Trace, span: SpanPlace, heldBy = ''): string {
  const text = describeSpan(trace, span, heldBy);
  const parts = text.rows.map(([label, value]) => `${label} ${value}`);
  if (text.place) parts.push(`at ${placeText(text.place)}`);
  return `${text.title}, ${parts.join(', ')}`;
}

/** `sieve() crunch.py:42`. */
export function placeText(place: SourcePosition): string {
  const file = place.file.split(/[\\/]/).at(-1) ?? place.file;
  const name = place.functionName === '' ? '' : `${functionLabel(place.functionName)} `;
  return `${name}${shortName(file)}:${place.line}`;
}

/** The time of a lane in each state up to `untilNs`, as shares of it. */
export function laneShares(trace: Trace, lane: number, untilNs: Nanoseconds): Float64Array {
  const time = timePerState([trace.stores[lane]], 0, untilNs);
  return time.map(ns => (untilNs > 0 ? ns / untilNs : 0));
}

function functionLabel(name: string): string {
  return /^\w+$/.test(name) ? `${shortName(name)}()` : shortName(name);
}
