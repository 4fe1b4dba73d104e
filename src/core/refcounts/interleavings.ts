// All orders in which threads can take their steps: the search for the shortest one that goes wrong.
//
// The search is complete. Every step moves one thread one instruction on, so all states after n steps form a layer,
// no state lies in two layers, and the layers end when the programs do. It keeps one layer at a time and looks at
// every state that any schedule can reach; there is nothing random in it. So if it finds nothing, there is nothing,
// for these programs; how often each repeats its work is the bound of the proof.

import {
  beginning,
  nextInstruction,
  stepThread,
  type RaceProblem,
  type RaceScenario,
  type RaceState,
} from './refcountRace';

/** What a search found. `stateCount` states were looked at. */
export type RaceSearch =
  | {
      readonly kind: 'found';
      /** The shortest schedule that goes wrong; among those of its length, one with the fewest switches. */
      readonly schedule: readonly number[];
      readonly problem: RaceProblem;
      readonly stateCount: number;
    }
  | {
      /** No schedule goes wrong: all of them were covered. */
      readonly kind: 'none';
      readonly stateCount: number;
      /** How many different schedules there are. */
      readonly scheduleCount: number;
    }
  /** Too many states to look at. */
  | { readonly kind: 'cut off'; readonly stateCount: number };

/** A state of a layer, how it was reached with the fewest switches, and by how many schedules. */
interface Node {
  readonly state: RaceState;
  readonly thread: number;
  readonly before: Node | undefined;
  readonly switches: number;
  ways: number;
}

const MAX_STATES = 2_000_000;

/** Looks at every state that any schedule reaches, the shortest schedules first. */
export function findBadSchedule(scenario: RaceScenario, maxStates = MAX_STATES): RaceSearch {
  const first = { state: beginning(scenario), thread: -1, before: undefined, switches: 0, ways: 1 };
  let layer: Node[] = [first];
  let stateCount = 1;
  let scheduleCount = 0;
  while (layer.length > 0) {
    const next = nextLayer(scenario, layer);
    const bad = fewestSwitches(next.filter(({ state }) => state.problem !== undefined));
    stateCount += next.length;
    if (bad?.state.problem !== undefined) {
      return { kind: 'found', schedule: scheduleTo(bad), problem: bad.state.problem, stateCount };
    }
    if (stateCount > maxStates) return { kind: 'cut off', stateCount };
    if (next.length === 0) scheduleCount = layer.reduce((sum, { ways }) => sum + ways, 0);
    layer = next;
  }
  return { kind: 'none', stateCount, scheduleCount };
}

function nextLayer(scenario: RaceScenario, layer: readonly Node[]): Node[] {
  const nodes = new Map<string, Node>();
  for (const before of layer) {
    for (let thread = 0; thread < scenario.threads.length; thread++) {
      if (!nextInstruction(scenario, before.state, thread)) continue;
      const state = stepThread(scenario, before.state, thread);
      const key = keyOf(state, thread);
      const switches = before.switches + (before.thread >= 0 && before.thread !== thread ? 1 : 0);
      const known = nodes.get(key);
      const ways = before.ways + (known?.ways ?? 0);
      if (known && known.switches <= switches) known.ways = ways;
      else nodes.set(key, { state, thread, before, switches, ways });
    }
  }
  return [...nodes.values()];
}

function keyOf(state: RaceState, thread: number): string {
  const threads = state.threads.map(({ next, register }) => `${next}:${register}`).join();
  return `${thread} ${state.count} ${state.shared} ${state.merged ? 1 : 0} ${state.references} ${state.freed ? 1 : 0} ${state.holder} ${threads}`;
}

function fewestSwitches(nodes: readonly Node[]): Node | undefined {
  return nodes.reduce<Node | undefined>(
    (best, node) => (best && best.switches <= node.switches ? best : node),
    undefined,
  );
}

function scheduleTo(node: Node): number[] {
  const schedule: number[] = [];
  for (let at = node; at.before; at = at.before) schedule.push(at.thread);
  return schedule.reverse();
}
