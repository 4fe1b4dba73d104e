// When threads of a recording had the locks of the program: from the end of each wait, and where a holder was seen.

import { EventKind, type Trace } from '../model/trace';
import { firstIndex } from '../search';
import type { Nanoseconds } from '../units';
import type { Marker } from './recordedLinks';
import type { Piece } from './recordedPieces';

/** A stretch in which a lane had a lock. */
interface Section {
  readonly lane: number;
  readonly lock: number;
  /** When it began to wait for it; as `fromNs` if it did not have to. */
  readonly askedNs: Nanoseconds;
  readonly fromNs: Nanoseconds;
  untilNs: Nanoseconds;
}

export interface Sections {
  /** Rows of the trace's table of locks. */
  readonly locks: readonly number[];
  readonly markers: readonly (readonly Marker[])[];
  /** Waits for a lock that nothing is known of: they keep their length. */
  readonly unexplained: ReadonlySet<Piece>;
}

export function sectionsOf(
  trace: Trace,
  pieces: readonly (readonly Piece[])[],
  withinNs: Nanoseconds,
): Sections {
  const told = toldHolds(trace);
  const unexplained = new Set<Piece>();
  const sections: Section[] = [];
  pieces.forEach((own, lane) => {
    for (const piece of own) {
      if (piece.kind !== 'lock') continue;
      const lock = lockAsked(told.requests[lane], piece, withinNs);
      if (lock === undefined) unexplained.add(piece);
      else if (piece.endNs < trace.nowNs)
        sections.push({
          lane,
          lock,
          askedNs: piece.startNs,
          fromNs: piece.endNs,
          untilNs: Infinity,
        });
    }
  });
  for (const hold of told.holds) if (!isKnown(sections, hold, withinNs)) sections.push(hold);
  const locks = [...new Set(sections.map(({ lock }) => lock))].sort((a, b) => a - b);
  for (const lock of locks)
    endSections(
      sections.filter(section => section.lock === lock),
      told.holds,
    );
  return { locks, markers: markersOf(trace, sections, locks), unexplained };
}

interface Told {
  readonly holds: readonly Section[];
  /** Per lane: when it asked for which lock. */
  readonly requests: readonly { readonly timeNs: Nanoseconds; readonly lock: number }[][];
}

/** What events tell. */
function toldHolds(trace: Trace): Told {
  const { times, kinds, lanes, locks } = trace.events;
  const holds: Section[] = [];
  const open = new Map<number, Section>();
  const requests = trace.lanes.map((): { timeNs: Nanoseconds; lock: number }[] => []);
  for (let i = 0; i < kinds.length; i++) {
    const [lane, lock, timeNs] = [lanes[i], locks[i], times[i]];
    if (trace.locks.at(lock)?.kind !== 'lock') continue;
    if (kinds[i] === EventKind.request) requests[lane].push({ timeNs, lock });
    else if (kinds[i] === EventKind.acquire) {
      const hold = { lane, lock, askedNs: timeNs, fromNs: timeNs, untilNs: trace.nowNs };
      open.set(lock, hold);
      holds.push(hold);
    } else if (kinds[i] === EventKind.release) {
      const hold = open.get(lock);
      if (hold?.lane === lane) hold.untilNs = timeNs;
    }
  }
  return { holds, requests };
}

function lockAsked(
  requests: Told['requests'][number],
  { startNs, endNs }: Piece,
  withinNs: Nanoseconds,
): number | undefined {
  const after = firstIndex(0, requests.length, i => requests[i].timeNs > endNs);
  const request = requests.at(after - 1);
  return after > 0 && request && request.timeNs >= startNs - withinNs ? request.lock : undefined;
}

/** Whether a hold is part of a section that is known by the wait before it. */
function isKnown(sections: readonly Section[], hold: Section, withinNs: Nanoseconds): boolean {
  return sections.some(
    ({ lane, lock, fromNs }) =>
      lane === hold.lane && lock === hold.lock && Math.abs(fromNs - hold.fromNs) <= 2 * withinNs,
  );
}

/** A section ends where its release was seen, where another thread has the lock, or where the thread asks again. */
function endSections(sections: Section[], holds: readonly Section[]): void {
  sections.sort((a, b) => a.fromNs - b.fromNs);
  sections.forEach((section, i) => {
    const released = holds.find(
      ({ lane, lock, untilNs }) =>
        lane === section.lane && lock === section.lock && untilNs > section.fromNs,
    );
    const again = sections.find((other, j) => j > i && other.lane === section.lane);
    const next = sections.at(i + 1);
    section.untilNs = Math.min(
      section.untilNs,
      released && released.fromNs <= (next?.fromNs ?? Infinity) ? released.untilNs : Infinity,
      next?.fromNs ?? Infinity,
      again?.askedNs ?? Infinity,
    );
    if (section.untilNs === Infinity) section.untilNs = section.fromNs;
  });
}

function markersOf(
  trace: Trace,
  sections: readonly Section[],
  locks: readonly number[],
): Marker[][] {
  const markers = trace.lanes.map((): Marker[] => []);
  for (const { lane, lock: row, fromNs, untilNs } of sections) {
    const lock = locks.indexOf(row);
    const at = trace.stores[lane].positionOf(Math.max(0, trace.stores[lane].segmentAt(fromNs)));
    markers[lane].push({ timeNs: fromNs, step: { kind: 'lock', lock, at } });
    markers[lane].push({ timeNs: Math.max(fromNs, untilNs), step: { kind: 'unlock', lock, at } });
  }
  return markers;
}
