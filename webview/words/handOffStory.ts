// The story of a hand-off: who let go and why, how long the taker had waited, how long nobody had the GIL.

import { LaneState } from '../../src/core/model/lanes';
import type { PositionIndex } from '../../src/core/model/program';
import { EventKind, ReleaseReason, type Trace } from '../../src/core/model/trace';
import { formatDuration, type Nanoseconds } from '../../src/core/units';
import { spanOfHandOff, type HandOffIndex } from '../model/handOffs';
import type { SpanPlace } from '../model/span';
import { intervalCount, REASONS, releaseBefore } from './spanStory';
import { shortName } from '../../src/core/names';

/** What is known of one hand-off. */
export interface HandOffStory {
  /** `Thread-1 → Thread-2`. */
  readonly title: string;
  /** `Thread-2 asked after 5 ms`. */
  readonly why: string;
  /** The taker's wait that ended by it; undefined if it did not have to wait. */
  readonly wait: SpanPlace | undefined;
  readonly waited: string;
  /** Time between release and acquire; undefined where the release was not seen. */
  readonly gapNs: Nanoseconds | undefined;
  /** Where the lock was let go, and where the taker goes on; 0: not known. */
  readonly releasedAt: PositionIndex;
  readonly resumesAt: PositionIndex;
}

/** The story of the hand-off by which a span was reached; undefined for any other span, also when runs have changed. */
export function handOffStory(
  trace: Trace,
  handOffs: HandOffIndex,
  { lane, segment, handOff = handOffs.count }: SpanPlace,
): HandOffStory | undefined {
  if (handOff >= handOffs.count) return undefined;
  const span = spanOfHandOff(trace, handOffs, handOff);
  if (span.lane !== lane || span.segment !== segment) return undefined;
  const acquire = handOffs.eventOf(handOff);
  const from = trace.events.arguments[acquire] - 1;
  const release = releaseBefore(trace, acquire);
  const releasedNs = release < 0 ? 0 : trace.events.times[release];
  const wait = waitBefore(trace, span);
  return {
    title: `${nameOf(trace, from)} → ${nameOf(trace, lane)}`,
    why: release < 0 ? 'not known' : whyReleased(trace, release),
    wait,
    waited: wait ? waitedText(trace, wait) : 'not at all',
    gapNs: release < 0 ? undefined : trace.events.times[acquire] - releasedNs,
    releasedAt: release < 0 ? 0 : positionAt(trace, from, releasedNs - 1),
    resumesAt: positionAt(trace, lane, handOffs.timeOf(handOff)),
  };
}

/** A hand-off as one sentence, for a screen reader. */
export function handOffSentence(trace: Trace, handOffs: HandOffIndex, span: SpanPlace): string {
  const story = handOffStory(trace, handOffs, span);
  if (!story) return '';
  const { title, why, waited } = story;
  return `Hand-off ${(span.handOff ?? 0) + 1}, ${title.replace('→', 'to')}: ${why}, waited ${waited}`;
}

function waitBefore(trace: Trace, { lane, segment }: SpanPlace): SpanPlace | undefined {
  const before = segment - 1;
  const waits = before >= 0 && trace.stores[lane].stateOf(before) === LaneState.waitingForGil;
  return waits ? { lane, segment: before } : undefined;
}

function waitedText(trace: Trace, wait: SpanPlace): string {
  const store = trace.stores[wait.lane];
  const ns = store.endOf(wait.segment) - store.startOf(wait.segment);
  const count = intervalCount(trace, wait);
  const over = count === 0 ? '' : `, ${count} ${count === 1 ? 'interval' : 'intervals'} ran out`;
  return formatDuration(ns) + over;
}

/** Somebody else than the taker may have asked: whoever gets the lock is up to the operating system. */
function whyReleased(trace: Trace, release: number): string {
  const { kinds, lanes, locks, arguments: operands } = trace.events;
  if (operands[release] !== ReleaseReason.forced) return REASONS[operands[release]] ?? 'it let go';
  const after = `after ${formatDuration(trace.header.switchIntervalNs)}`;
  for (let i = release - 1; i >= 0; i--) {
    if (locks[i] !== locks[release]) continue;
    if (kinds[i] === EventKind.dropRequest) return `${nameOf(trace, lanes[i])} asked ${after}`;
    if (kinds[i] === EventKind.acquire) break;
  }
  return `asked to let go ${after}`;
}

function positionAt(trace: Trace, lane: number, timeNs: Nanoseconds): PositionIndex {
  const segment = trace.stores[lane].segmentAt(timeNs);
  return segment < 0 ? 0 : trace.stores[lane].positionOf(segment);
}

function nameOf(trace: Trace, lane: number): string {
  return shortName(trace.lanes[lane].name);
}
