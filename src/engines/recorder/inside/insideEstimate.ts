// What each thread did between two looks from inside, estimated. Nothing here is observed exactly: the probing thread
// only knows how late it got the GIL, how long each thread had a core, and where each one stands.
//
//   - A thread that is not in a call of C code stands in Python code: it runs with the GIL or wants it.
//   - Whether the GIL was free when the probe woke, its lateness tells, and on Linux exactly whether it slept again.
//   - Was the GIL not free when the probe woke, then the time that a thread had a core was with the GIL.
//   - Was it free, then a thread that had a core nearly all the time and stands in a call computes without it;
//     the same where the threads together had more time with a core than one GIL allows.
//   - Several threads that had it share the time in turns, one each between two looks: how many turns there were, and
//     in which order, is not known.
//   - The rest of the time a thread waits for the GIL if it stands in Python code, or stands in a call, ran a good part
//     of the time, and the GIL was wanted by others; else it is blocked. One that woke, if only for a moment, while
//     the GIL was taken has waited for it about as long as the probe did; how often, is not known.
// With events of the interpreter, the turns are known: from the first to the last event of a thread in a row.

import { LaneState } from '../../../core/model/lanes';
import type { Nanoseconds } from '../../../core/units';

/** What the probe found of a thread at the end of an interval. */
export interface InsideLook {
  readonly thread: number;
  readonly position: number;
  /** Time with a core in the interval; -1: not told. */
  readonly ranNs: Nanoseconds;
  /** Whether its innermost Python frame stands in a call, perhaps of C code. */
  readonly isAtCall: boolean;
}

/** One stretch of time between two looks. */
export interface InsideInterval {
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
  /** How much later than asked for the probe woke: it waited for the GIL, or for a core. */
  readonly lateNs: Nanoseconds;
  /** Whether the probe provably did not wait for the GIL when it woke (Linux): then it was late for want of a core. */
  readonly isAtOnce?: boolean;
  readonly looks: readonly InsideLook[];
  /** Who ran when, where events tell; empty otherwise. */
  readonly turns: readonly {
    readonly thread: number;
    readonly fromNs: Nanoseconds;
    readonly toNs: Nanoseconds;
  }[];
}

/** From `fromNs` on the thread is in this state. */
export interface EstimatedState {
  readonly thread: number;
  readonly fromNs: Nanoseconds;
  readonly state: LaneState;
  readonly position: number;
}

/** A thread that wakes gets a core within this, if one is free and the GIL is, too. */
const LATE_NS = 1e6;
/** A thread that computes without the GIL has a core nearly all the time; one that shares the GIL does not. */
const MOST_OF_IT = 0.8;
/** Threads that together had cores for this much of the time were not all under one GIL. */
const MORE_THAN_ONE = 1.2;
/** Less time with a core than this is the waking and falling asleep of a thread that is blocked. */
const SHORTEST_NS = 100e3;

/** The states of all threads that were looked at, ordered by time; the first of each thread begins the interval. */
export function estimateStates(interval: InsideInterval): EstimatedState[] {
  const lengthNs = interval.toNs - interval.fromNs;
  const ranNs = interval.looks.reduce((sum, look) => sum + Math.max(0, look.ranNs), 0);
  // It was taken when the probe woke, or the threads together had a core for most of the time.
  const isFree = interval.lateNs < LATE_NS || interval.isAtOnce === true;
  const situation = {
    isFree,
    isWanted: !isFree || ranNs >= MOST_OF_IT * lengthNs,
    withCoresNs: isFree ? lengthNs - Math.min(lengthNs, interval.lateNs) : lengthNs,
    exceedsOne: ranNs >= MORE_THAN_ONE * lengthNs,
  };
  const parts = interval.looks.map(look => partOf(look, interval, situation));
  const turns = interval.turns.length > 0 ? interval.turns : sharedTurns(parts, interval);
  const states = parts.flatMap(part => {
    const own = turns.filter(({ thread }) => thread === part.look.thread);
    return statesOf(part, own, interval);
  });
  return states.sort((a, b) => a.fromNs - b.fromNs);
}

/** What all threads together did in an interval. */
interface Situation {
  /** The probe got the GIL at once. */
  readonly isFree: boolean;
  readonly isWanted: boolean;
  /** How long cores were to be had, as far as the probe can tell. */
  readonly withCoresNs: Nanoseconds;
  /** More time with a core than one GIL can explain. */
  readonly exceedsOne: boolean;
}

interface Part {
  readonly look: InsideLook;
  /** Time with the GIL, before it is known whether all the threads' times fit. */
  readonly heldNs: Nanoseconds;
  readonly freeNs: Nanoseconds;
  readonly rest: LaneState;
  /** It ran a little and the GIL was taken: then it waited as long as the probe did, at least once. */
  readonly hasWoken: boolean;
}

function partOf(look: InsideLook, interval: InsideInterval, situation: Situation): Part {
  const lengthNs = interval.toNs - interval.fromNs;
  // Where nobody tells the time with a core, who stands in Python code has wanted all of it.
  const guessNs = look.isAtCall ? 0 : lengthNs;
  const toldNs = look.ranNs < 0 ? guessNs : Math.min(look.ranNs, lengthNs);
  const ranNs = toldNs < SHORTEST_NS ? 0 : toldNs;
  const isAlone =
    situation.isFree && ranNs >= Math.max(MOST_OF_IT * situation.withCoresNs, lengthNs / 5);
  const isTooMuch = situation.exceedsOne && ranNs >= lengthNs / 2;
  const isFree = look.isAtCall && (isAlone || isTooMuch);
  if (isFree)
    return { look, heldNs: 0, freeNs: ranNs, rest: LaneState.runningWithoutGil, hasWoken: false };
  const wants = !look.isAtCall || (situation.isWanted && ranNs >= lengthNs / 5);
  const rest = wants ? LaneState.waitingForGil : LaneState.blocked;
  const hasWoken = !situation.isFree && look.ranNs > 0;
  return { look, heldNs: ranNs, freeNs: 0, rest, hasWoken };
}

/** One turn for each that had the GIL, one after the other; shorter if they do not fit. */
function sharedTurns(parts: readonly Part[], interval: InsideInterval): InsideInterval['turns'] {
  const total = parts.reduce((sum, part) => sum + part.heldNs, 0);
  const scale = total > 0 ? Math.min(1, (interval.toNs - interval.fromNs) / total) : 0;
  let atNs = interval.fromNs;
  return parts
    .filter(part => part.heldNs > 0)
    .map(part => {
      const fromNs = atNs;
      atNs += Math.floor(part.heldNs * scale);
      return { thread: part.look.thread, fromNs, toNs: atNs };
    });
}

function statesOf(
  part: Part,
  turns: InsideInterval['turns'],
  interval: InsideInterval,
): EstimatedState[] {
  const { thread, position } = part.look;
  const states: EstimatedState[] = [];
  const add = (fromNs: Nanoseconds, state: LaneState): void => {
    if (fromNs < interval.toNs) states.push({ thread, fromNs, state, position });
  };
  let atNs = interval.fromNs;
  for (const turn of turns) {
    const fromNs = Math.max(atNs, turn.fromNs);
    if (turn.toNs <= fromNs) continue;
    if (fromNs > atNs) add(atNs, part.rest);
    add(fromNs, LaneState.runningWithGil);
    atNs = turn.toNs;
  }
  if (atNs >= interval.toNs) return states;
  const wokeNs = Math.max(atNs, interval.toNs - interval.lateNs);
  const hasWaited = part.rest === LaneState.blocked && part.hasWoken && wokeNs < interval.toNs;
  if (!hasWaited || wokeNs > atNs) add(atNs, part.rest);
  if (hasWaited) add(wokeNs, LaneState.waitingForGil);
  return states;
}
