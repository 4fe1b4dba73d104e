// A recording against the log of the kernel: how much of each thread's held and waited time is right.
import assert from 'node:assert/strict';

import { LaneState } from '../../src/core/model/lanes';
import { EventKind, type Trace } from '../../src/core/model/trace';
import { laneNamed } from '../engines/recorder/recordings';
import type { GilAct } from './gilTrace';

export interface Comparison {
  /** How often the GIL came to another thread than before, from the first thread of the program's work on. */
  readonly handOffs: number;
  /** Sum over the threads of the absolute differences, as a share of the true sum. */
  readonly heldError: number;
  readonly waitedError: number;
  /** The same for the threads whose names begin alike. */
  readonly groups: readonly {
    readonly name: string;
    readonly heldNs: number;
    readonly heldError: number;
    readonly heldSumError: number;
    readonly waitedNs: number;
    readonly waitedError: number;
    readonly waitedSumError: number;
  }[];
}

interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

interface Figures {
  readonly name: string;
  readonly trueHeldNs: number;
  readonly trueWaitedNs: number;
  readonly heldNs: number;
  readonly waitedNs: number;
}

/** `ids`: kernel ids of the threads by the names of their lanes. */
export function compare(
  trace: Trace,
  acts: readonly GilAct[],
  ids: Readonly<Record<string, number>>,
): Comparison {
  const shiftNs = shiftBetween(trace, acts, ids);
  const threads = Object.entries(ids).map(([name, id]) => {
    const own = acts.filter(({ threadId }) => threadId === id);
    return figuresOf(trace, { name, acts: own, shiftNs });
  });
  const groupNames = [...new Set(threads.map(({ name }) => name.split(' ')[0]))];
  const { heldError, waitedError } = errorsOf(threads);
  return {
    handOffs: handOffsIn(acts),
    heldError,
    waitedError,
    groups: groupNames.map(name => {
      const own = threads.filter(thread => thread.name.startsWith(name));
      return { name, ...errorsOf(own) };
    }),
  };
}

function errorsOf(threads: readonly Figures[]): Omit<Comparison['groups'][number], 'name'> {
  const sum = (of: (figures: Figures) => number): number =>
    threads.reduce((total, figures) => total + of(figures), 0);
  const heldNs = sum(f => f.trueHeldNs);
  const waitedNs = sum(f => f.trueWaitedNs);
  return {
    heldNs,
    heldError: sum(f => Math.abs(f.heldNs - f.trueHeldNs)) / heldNs,
    heldSumError: sum(f => f.heldNs) / heldNs - 1,
    waitedNs,
    waitedError: sum(f => Math.abs(f.waitedNs - f.trueWaitedNs)) / waitedNs,
    waitedSumError: sum(f => f.waitedNs) / waitedNs - 1,
  };
}

/** A hand-off is a `take` by another thread than the one before. */
export function handOffsIn(acts: readonly GilAct[]): number {
  let holder = 0;
  let count = 0;
  for (const { act, threadId } of acts) {
    if (act !== 'take') continue;
    if (threadId !== holder) count++;
    holder = threadId;
  }
  return count;
}

/** What a computing thread does between two turns is waiting; of the others only what `take_gil` lasts. */
function figuresOf(
  trace: Trace,
  thread: { name: string; acts: readonly GilAct[]; shiftNs: number },
): Figures {
  const lane = laneNamed(trace, thread.name);
  const waitStart = thread.name.startsWith('cpu') ? 'drop' : 'ask';
  const shift = (span: Span): Span => ({
    fromNs: span.fromNs - thread.shiftNs,
    toNs: span.toNs - thread.shiftNs,
  });
  const held = spansBetween(thread.acts, 'take', 'drop').map(shift);
  const waited = spansBetween(thread.acts, waitStart, 'take').map(shift);
  const observed = spansOf(trace, lane, state => !UNOBSERVED.has(state));
  return {
    name: thread.name,
    trueHeldNs: common(held, observed),
    trueWaitedNs: common(waited, observed),
    heldNs: total(spansOf(trace, lane, state => state === LaneState.runningWithGil)),
    waitedNs: total(spansOf(trace, lane, state => WAITING.has(state))),
  };
}

const UNOBSERVED: ReadonlySet<number> = new Set([
  LaneState.notStarted,
  LaneState.starting,
  LaneState.finished,
  LaneState.unknown,
]);
const WAITING: ReadonlySet<number> = new Set([LaneState.waitingForGil, LaneState.ready]);

function spansBetween(
  acts: readonly GilAct[],
  from: GilAct['act'],
  to: GilAct['act'],
): readonly Span[] {
  const spans: Span[] = [];
  let fromNs = -1;
  for (const { act, timeNs } of acts) {
    if (act === from) fromNs = timeNs;
    if (act === to && fromNs >= 0) {
      spans.push({ fromNs, toNs: timeNs });
      fromNs = -1;
    }
  }
  return spans;
}

function spansOf(trace: Trace, lane: number, matches: (state: number) => boolean): readonly Span[] {
  const store = trace.stores[lane];
  const spans: Span[] = [];
  for (let i = 0; i < store.count; i++) {
    if (!matches(store.stateOf(i))) continue;
    spans.push({ fromNs: store.startOf(i), toNs: store.endOf(i) });
  }
  return spans;
}

function total(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
}

/** Length of what lies in both; each in the order of time, without overlaps. */
function common(a: readonly Span[], b: readonly Span[]): number {
  let sum = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    sum += Math.max(0, Math.min(a[i].toNs, b[j].toNs) - Math.max(a[i].fromNs, b[j].fromNs));
    if (a[i].toNs < b[j].toNs) i++;
    else j++;
  }
  return sum;
}

const BIN_NS = 100e3;

/** The clock of the log minus that of the trace: the most frequent difference between acquires of a thread in both. */
export function shiftBetween(
  trace: Trace,
  acts: readonly GilAct[],
  ids: Readonly<Record<string, number>>,
): number {
  const differences = Object.entries(ids).flatMap(([name, id]) => {
    const lane = laneNamed(trace, name);
    const seen = acquiresOf(trace, lane);
    const took = acts.filter(({ act, threadId }) => act === 'take' && threadId === id);
    return name.startsWith('cpu') ? seen.flatMap(s => took.map(t => t.timeNs - s)) : [];
  });
  const bins = new Map<number, number[]>();
  for (const difference of differences) {
    const bin = Math.round(difference / BIN_NS);
    const known = bins.get(bin);
    if (known) known.push(difference);
    else bins.set(bin, [difference]);
  }
  const best = [...bins.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
  assert.ok(best.length > 20, 'the recording and the log have turns in common');
  const sorted = best.sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function acquiresOf(trace: Trace, lane: number): readonly number[] {
  const times: number[] = [];
  const { events } = trace;
  for (let i = 0; i < trace.eventCount; i++) {
    if (events.kinds[i] === EventKind.acquire && events.lanes[i] === lane)
      times.push(events.times[i]);
  }
  return times;
}
