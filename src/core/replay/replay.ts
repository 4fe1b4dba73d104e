// Replay: from a trace back to the program it must have been.
//
//   const { program, notes } = replayOf(trace)     then simulate({ program, runtime, conditions }) again
//
// Each lane is read from left to right: what it computed between two events of its locks is a `compute`, what it did
// after letting go of the GIL is a `block` or a `native` call, and starts, joins and locks come from their events.
// What starting a thread cost is the runtime's and is taken off again. A drop of the GIL on request ends a step, for
// it proves an evaluation point; when it came late, the code had none: it was C code.
//
// Under the same conditions a simulated trace comes out the same again. What a trace does not tell, and so becomes
// something of the same length that behaves differently under other conditions: objects that threads share are locks
// (their contention is computing), what messages cost is computing, a collection of garbage is C code that keeps the
// GIL, a `forEach` is the items it took. Not the same again, even then: what the tick-based GIL's failed wake-ups cost
// its holder, the arguments of a new process, and, in a build without a GIL, collections and the GIL coming back.
//
// In a trace that was recorded, imported or made by real threads more is guessed, and `notes` says what: who started
// and joined whom (unless told), where C code kept the GIL (from late drops, within the error of the measurement), what
// a thread that was not observed did, and queues and conditions, for whose waits pauses of the same length stand.

import { DEFAULT_COSTS, type Costs } from '../worlds/costs';
import { LaneReader } from './laneReader';
import type { Program, Step } from '../model/program';
import { tablesOf, worldOf } from './replayWorld';
import type { Trace } from '../model/trace';

export interface Replay {
  readonly program: Program;
  /** What had to be guessed, as sentences; empty when the program is exact. */
  readonly notes: readonly string[];
}

/** The program that a trace shows. `costs` are those of the machine that made it. */
export function replayOf(trace: Trace, costs: Costs = DEFAULT_COSTS): Replay {
  const notes = new Set<string>();
  const world = worldOf(trace, costs);
  const threads = trace.lanes.map((lane, index) => ({
    name: lane.name,
    body: new LaneReader(trace, index, world, notes).read(),
  }));
  const main = trace.lanes.findIndex(lane => lane.main);
  const order = [main, ...threads.keys()].filter(
    (lane, i) => lane >= 0 && (i === 0 || lane !== main),
  );
  const isInOrder = order.every((lane, i) => lane === i);
  if (!isInOrder) notes.add('The main thread was moved to the front.');
  return {
    program: {
      name: `replay of ${trace.header.title}`,
      threads: isInOrder ? threads : order.map(lane => reordered(threads[lane], order)),
      ...tablesOf(trace, world),
      positions: trace.positions,
    },
    notes: [...notes],
  };
}

function reordered(
  thread: { readonly name: string; readonly body: readonly Step[] },
  order: readonly number[],
): { readonly name: string; readonly body: readonly Step[] } {
  const body = thread.body.map(step =>
    step.kind === 'start' || step.kind === 'join'
      ? { ...step, thread: order.indexOf(step.thread) }
      : step,
  );
  return { name: thread.name, body };
}
