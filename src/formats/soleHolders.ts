// A GIL has one holder at a time. Where a file shows two, one of them has it no more, and which is known by who began later.

import { LaneState } from '../core/model/lanes';
import type { ImportedThread } from './importedRun';

interface Step {
  readonly ns: number;
  readonly thread: ImportedThread;
  readonly state: number;
  /** When the thread's next record comes. */
  readonly untilNs: number;
}

interface Overlap {
  readonly thread: ImportedThread;
  readonly ns: number;
  /** How long the earlier holder was shown beside the later one. */
  readonly lengthNs: number;
}

export interface Overlaps {
  readonly count: number;
  /** How long two held it at once, of the time in which anybody held it, 0 to 1. */
  readonly share: number;
}

/** Makes every earlier of two holders of one GIL *not observed* from where the later one began. */
export function keepSoleHolders(threads: readonly ImportedThread[]): Overlaps {
  const overlaps = overlapsOf(threads);
  for (const thread of new Set(overlaps.map(overlap => overlap.thread))) insert(thread, overlaps);
  return factsOf(threads, overlaps);
}

/** How much two held a GIL at once, before anything is changed. */
export function overlapFacts(threads: readonly ImportedThread[]): Overlaps {
  return factsOf(threads, overlapsOf(threads));
}

function factsOf(threads: readonly ImportedThread[], overlaps: readonly Overlap[]): Overlaps {
  const heldNs = stepsOf(threads)
    .filter(({ state }) => state === LaneState.runningWithGil)
    .reduce((sum, { ns, untilNs }) => sum + (untilNs - ns), 0);
  const overlapNs = overlaps.reduce((sum, { lengthNs }) => sum + lengthNs, 0);
  return { count: overlaps.length, share: heldNs > 0 ? overlapNs / heldNs : 0 };
}

function overlapsOf(threads: readonly ImportedThread[]): Overlap[] {
  const found: Overlap[] = [];
  const holding = new Map<number, Step>();
  for (const step of stepsOf(threads)) {
    if (step.state !== LaneState.runningWithGil) continue;
    const { process } = step.thread;
    const before = holding.get(process);
    holding.set(process, step);
    if (!before || before.thread === step.thread || before.untilNs <= step.ns) continue;
    const { thread } = before;
    found.push({ thread, ns: step.ns, lengthNs: Math.min(before.untilNs, step.untilNs) - step.ns });
  }
  return found;
}

function stepsOf(threads: readonly ImportedThread[]): Step[] {
  return threads
    .filter(({ hasGil }) => hasGil)
    .flatMap(thread =>
      thread.starts.map((ns, i) => {
        const untilNs = thread.starts.at(i + 1) ?? ns;
        return { ns, thread, state: thread.states[i], untilNs };
      }),
    )
    .sort((a, b) => a.ns - b.ns);
}

function insert(thread: ImportedThread, cuts: readonly Overlap[]): void {
  const rows = thread.starts.map((ns, i) => ({
    ...{ ns, state: thread.states[i], position: thread.positions[i], order: 0 },
  }));
  const own = cuts.filter(cut => cut.thread === thread);
  const added = own.map(({ ns }) => ({ ns, state: LaneState.unknown, position: 0, order: 1 }));
  const all = [...rows, ...added].sort((a, b) => a.ns - b.ns || a.order - b.order);
  for (const column of [thread.starts, thread.states, thread.positions]) column.length = 0;
  for (const { ns, state, position } of all) thread.push(ns, state, position);
}
