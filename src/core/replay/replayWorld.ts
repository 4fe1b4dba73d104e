// What all lanes of a trace share when it is read back as a program: its locks, conditions and queues, and who took part.

import type { Costs } from '../worlds/costs';
import type { ConditionPlan, QueuePlan } from '../model/program';
import { runtimeNamed, type Runtime } from '../worlds/runtimes';
import { EventKind, ReleaseReason, type Trace } from '../model/trace';

export interface World {
  readonly costs: Costs;
  readonly runtime: Runtime | undefined;
  /** Rows of the trace's table of locks, by what they are. Queues and conditions only where the engine tells them. */
  readonly locks: readonly number[];
  readonly conditions: readonly { readonly row: number; readonly guard: number }[];
  readonly queues: readonly number[];
  /** Locks that were ever taken. */
  readonly taken: ReadonlySet<number>;
  /** Indices of the events that each lane must see, in order. */
  readonly events: readonly (readonly number[])[];
  readonly knowsStarts: boolean;
  /** Whether the engine tells what happens to queues and conditions. */
  readonly knowsQueues: boolean;
}

/** Looks through a trace once. `costs` are those of the machine that made it. */
export function worldOf(trace: Trace, costs: Costs): World {
  const { kinds, lanes, locks, arguments: operands } = trace.events;
  const taken = new Set<number>();
  const told = new Map<number, 'condition' | 'queue'>();
  const guards = new Map<number, number>();
  const lastTaken = new Map<number, number>();
  const events: number[][] = trace.lanes.map(() => []);
  let knowsStarts = false;
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i];
    if (kind === EventKind.mark) continue;
    // A drop request concerns the holder.
    events[kind === EventKind.dropRequest ? operands[i] : lanes[i]].push(i);
    if (kind === EventKind.start) knowsStarts = true;
    if (kind === EventKind.put || kind === EventKind.get) told.set(locks[i], 'queue');
    if (kind === EventKind.acquire && trace.locks[locks[i]].kind === 'lock') {
      taken.add(locks[i]);
      lastTaken.set(lanes[i], locks[i]);
    }
    if (kind !== EventKind.wait && kind !== EventKind.notify) continue;
    told.set(locks[i], 'condition');
    // Both need the condition's lock. `wait` gives it back at once: the next release of the lane is of that lock.
    const guard = kind === EventKind.wait ? nextRelease(trace, i) : lastTaken.get(lanes[i]);
    if (guard !== undefined) guards.set(locks[i], guard);
  }
  const rows = sortRows(trace, told);
  return {
    costs,
    runtime: runtimeNamed(trace.header.runtime),
    locks: rows.locks,
    conditions: rows.conditions.map(row => ({ row, guard: guards.get(row) ?? rows.locks[0] })),
    queues: rows.queues,
    taken,
    events,
    knowsStarts,
    knowsQueues: told.size > 0,
  };
}

/** The tables of a program with the locks of a world. How much a queue holds is not told: as much as it was seen to. */
export function tablesOf(
  trace: Trace,
  { locks, conditions, queues }: World,
): { locks: string[]; conditions: ConditionPlan[]; queues: QueuePlan[] } {
  const nameOf = (row: number): string => trace.locks[row].name;
  const capacities = capacitiesOf(trace);
  return {
    locks: locks.map(nameOf),
    conditions: conditions.map(({ row, guard }) => ({
      name: nameOf(row),
      lock: locks.indexOf(guard),
    })),
    queues: queues.map(row => ({ name: nameOf(row), capacity: capacities.get(row) ?? 0 })),
  };
}

function nextRelease(trace: Trace, event: number): number | undefined {
  const { kinds, lanes, locks } = trace.events;
  for (let i = event + 1; i < kinds.length; i++) {
    if (kinds[i] === EventKind.release && lanes[i] === lanes[event]) return locks[i];
  }
  return undefined;
}

/**
 * Which row is what. The simulator writes locks first, then conditions, then queues, so a row that no event tells of
 * is of the kind of the row before it.
 */
function sortRows(
  trace: Trace,
  told: ReadonlyMap<number, 'condition' | 'queue'>,
): { locks: number[]; conditions: number[]; queues: number[] } {
  const rows = { lock: [] as number[], condition: [] as number[], queue: [] as number[] };
  let kind: 'lock' | 'condition' | 'queue' = 'lock';
  trace.locks.forEach((lock, row) => {
    if (lock.kind !== 'lock') return;
    kind = told.get(row) ?? kind;
    rows[kind].push(row);
  });
  return { locks: rows.lock, conditions: rows.condition, queues: rows.queue };
}

/** A queue at which somebody waited to put holds as many items as it did then; others hold any number. */
function capacitiesOf(trace: Trace): Map<number, number> {
  const { kinds, lanes, locks, arguments: operands } = trace.events;
  const sizes = new Map<number, number>();
  const capacities = new Map<number, number>();
  /** What the queues held when a lane let go of its GIL to wait, until it goes on. */
  const whenItWaited = new Map<number, ReadonlyMap<number, number>>();
  for (let i = 0; i < kinds.length; i++) {
    const [lane, row] = [lanes[i], locks[i]];
    switch (kinds[i]) {
      case EventKind.release:
        if (operands[i] === ReleaseReason.blocking && sizes.size > 0) {
          whenItWaited.set(lane, new Map(sizes));
        }
        break;
      case EventKind.request:
        if (sizes.has(row)) whenItWaited.set(lane, new Map(sizes));
        break;
      case EventKind.put: {
        const full = whenItWaited.get(lane)?.get(row);
        if (full !== undefined) capacities.set(row, full);
        sizes.set(row, (sizes.get(row) ?? 0) + 1);
        whenItWaited.delete(lane);
        break;
      }
      case EventKind.get:
        sizes.set(row, (sizes.get(row) ?? 0) - 1);
        whenItWaited.delete(lane);
        break;
      case EventKind.acquire:
        if (trace.locks[row].kind === 'gil') whenItWaited.delete(lane);
        break;
    }
  }
  return capacities;
}
