// Laws of the simulator, over random programs in all its worlds. Each is tried on 10,000 programs.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { blameOf, NOBODY } from '../../../src/core/insight/blame';
import { LaneState, usesCore } from '../../../src/core/model/lanes';
import type { Simulation } from '../../../src/core/machine/machine';
import type { Step } from '../../../src/core/model/program';
import { statisticsOf } from '../../../src/core/insight/statistics';
import { EventKind, ReleaseReason, type Trace } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { validateTrace } from '../../../src/core/model/validateTrace';
import {
  anyScenario,
  checkLaw,
  countingScenario,
  gilScenario,
  independentScenario,
  PROGRAMS_PER_LAW,
  programOf,
  runOf,
  simulationOf,
} from '../../support/randomPrograms';
import { contentOf } from '../../support/traceContent';

describe('the random programs of the laws', function () {
  this.timeout(300_000);

  it('reach what the laws are about: waits, hand-offs, stuck threads, stopped worlds, too few cores', () => {
    const counts = new Map<string, number>();
    checkLaw(anyScenario, scenario => {
      for (const what of reachedIn(runOf(scenario))) counts.set(what, (counts.get(what) ?? 0) + 1);
    });
    const share = (what: string): number => ((counts.get(what) ?? 0) / PROGRAMS_PER_LAW) * 100;
    for (const [what, count] of [...counts].sort(([, a], [, b]) => b - a)) {
      console.log(`      ${what.padEnd(34)} ${String(count).padStart(5)}`);
    }
    for (const [what, percent] of Object.entries(LEAST_PERCENT)) {
      ok(share(what) >= percent, `${what}: ${share(what)} % of all programs, expected ${percent}`);
    }
  });
});

describe('in every world, whatever the program', function () {
  this.timeout(300_000);

  it('a lock has at most one holder, and only its holder lets it go', () => {
    checkLaw(anyScenario, scenario => {
      const { trace } = runOf(scenario);
      const holders = new Int32Array(trace.locks.length).fill(-1);
      const { kinds, lanes, locks } = trace.events;
      for (let i = 0; i < kinds.length; i++) {
        if (kinds[i] === EventKind.acquire) {
          strictEqual(holders[locks[i]], -1, 'taken while it was held');
          holders[locks[i]] = lanes[i];
        } else if (kinds[i] === EventKind.release) {
          strictEqual(holders[locks[i]], lanes[i], 'released by somebody else');
          holders[locks[i]] = -1;
        }
      }
    });
  });

  it('every lane is a partition of the whole duration, and the trace is valid', () => {
    checkLaw(anyScenario, scenario => {
      const { trace } = runOf(scenario);
      strictEqual(validateTrace(trace), undefined);
      for (const store of trace.stores) {
        const sums = new Float64Array(10);
        store.addTimePerState(0, trace.nowNs, sums);
        strictEqual(
          sums.reduce((a, b) => a + b),
          trace.nowNs,
        );
      }
    });
  });

  it('blamed time sums to waited time, exactly', () => {
    checkLaw(anyScenario, scenario => {
      const { trace } = runOf(scenario);
      const waited = statisticsOf(trace).lanes.map(lane => lane.waitedNs + lane.waitedForLockNs);
      const blamed = trace.lanes.map(() => 0);
      for (const row of blameOf(trace)) blamed[row.victim] += row.ns;
      deepStrictEqual(blamed, waited);
    });
  });

  it('no more lanes use a core than there are cores', () => {
    checkLaw(anyScenario, scenario => {
      ok(mostBusy(runOf(scenario).trace) <= scenario.cores);
    });
  });

  it('no core idles while a thread is ready, if the system looks for idle cores', () => {
    checkLaw(anyScenario, scenario => {
      const { trace } = runOf(scenario, { idleCoreFoundShare: 1 });
      for (const { busy, ready } of moments(trace)) {
        ok(ready === 0 || busy === scenario.cores, `${ready} ready, ${busy} busy`);
      }
    });
  });

  it('a lane runs with the GIL only while it holds it', () => {
    checkLaw(anyScenario, scenario => {
      const { trace } = runOf(scenario);
      for (const [lane, store] of trace.stores.entries()) {
        for (let i = 0; i < store.count; i++) {
          if (store.stateOf(i) !== LaneState.runningWithGil) continue;
          ok(
            isHeld(trace, lane, store.startOf(i), store.endOf(i)),
            `lane ${lane} from ${store.startOf(i)}`,
          );
        }
      }
    });
  });

  it('the same seed gives the same trace, byte for byte', () => {
    checkLaw(anyScenario, scenario => {
      deepStrictEqual(contentOf(runOf(scenario).trace), contentOf(runOf(scenario).trace));
    });
  });

  it('a trace that went over in chunks is the trace', () => {
    checkLaw(anyScenario, scenario => {
      const simulation = simulationOf(scenario);
      const copy = new TraceBuilder(simulation.trace.header);
      const recordsPerChunk = 1 + (scenario.seed % 7);
      for (let more = true; more;) {
        more = simulation.advance(recordsPerChunk);
        strictEqual(copy.appendChunk(simulation.trace.takeChunk()), undefined);
      }
      deepStrictEqual(contentOf(copy), contentOf(runOf(scenario).trace));
    });
  });

  it('nothing ends before its own steps, nor before all work divided by the cores', () => {
    checkLaw(anyScenario, scenario => {
      const { trace, problems } = runOf(scenario);
      if (problems.length > 0) return;
      const plan = programOf(scenario);
      const own = plan.threads.map(thread => sumOf(thread.body, () => 1));
      const work = plan.threads.map(thread => sumOf(thread.body, usesCoreInStep));
      ok(trace.nowNs >= Math.max(...own), 'ended before its longest thread');
      ok(trace.nowNs >= sum(work) / scenario.cores, 'ended before its work was done');
    });
  });
});

describe('in every world, for threads that do not depend on one another', function () {
  this.timeout(300_000);

  it('work is conserved: every step is on a core for exactly its time', () => {
    checkLaw(independentScenario, scenario => {
      const { trace } = runOf({ ...scenario, ideal: true });
      const { lanes } = statisticsOf(trace);
      const plan = programOf(scenario);
      for (const [lane, thread] of plan.threads.entries()) {
        const isTicks = scenario.runtime === 'gil-ticks';
        strictEqual(
          lanes[lane].heldNs + lanes[lane].freeNs,
          sumOf(thread.body, usesCoreInStep),
          isTicks ? 'ticks' : '',
        );
      }
    });
  });

  it('every program comes to its end', () => {
    checkLaw(independentScenario, scenario => {
      const { trace, problems } = runOf(scenario);
      deepStrictEqual([problems, trace.done], [[], true]);
    });
  });
});

describe('the interval GIL', function () {
  this.timeout(300_000);

  it('takes at least as long as all work that needs it', () => {
    checkLaw(gilScenario, scenario => {
      const { trace, problems } = runOf(scenario);
      if (problems.length > 0) return;
      const needsGil = (step: Step): number =>
        step.kind === 'native' && step.gil === 'releases' ? 0 : usesCoreInStep(step);
      ok(
        trace.nowNs >= sum(programOf(scenario).threads.map(thread => sumOf(thread.body, needsGil))),
      );
    });
  });

  it('is dropped on request only when nobody took it for a whole interval', () => {
    checkLaw(gilScenario, scenario => {
      const { trace } = runOf(scenario);
      let lastSwitchNs = 0;
      forGil(trace, ({ timeNs, kind, lane, argument }) => {
        if (kind === EventKind.acquire && argument !== lane + 1) lastSwitchNs = timeNs;
        const isForced = kind === EventKind.release && argument === ReleaseReason.forced;
        if (isForced || kind === EventKind.dropRequest) {
          ok(timeNs - lastSwitchNs >= scenario.intervalMs * 1e6);
        }
      });
    });
  });

  it('is dropped within one evaluation point of the first request for it, by bytecode that is on a core', () => {
    const evaluationPointNs = 1e6; // so far apart that several ask between two of them
    let drops = 0;
    checkLaw(gilScenario, scenario => {
      const text = scenario.text.replaceAll(/\b(c|collect) (?=\d)/g, 'compute ');
      const { trace } = runOf({ ...scenario, text, cores: 8, ideal: true }, { evaluationPointNs });
      let askedNs = -1;
      forGil(trace, ({ timeNs, kind, argument }) => {
        if (kind === EventKind.dropRequest && askedNs < 0) askedNs = timeNs;
        if (kind !== EventKind.release) return;
        if (argument === ReleaseReason.forced) {
          drops++;
          ok(timeNs - askedNs <= evaluationPointNs, `after ${timeNs - askedNs} ns`);
        }
        askedNs = -1;
      });
    });
    ok(drops > PROGRAMS_PER_LAW, `only ${drops} drops`);
  });

  it('is held for one to two intervals by a thread that computes while others wait', () => {
    let drops = 0;
    checkLaw(countingScenario, scenario => {
      const intervalNs = scenario.intervalMs * 1e6;
      let sinceNs = 0;
      forGil(runOf(scenario).trace, ({ timeNs, kind, argument }) => {
        if (kind === EventKind.acquire) sinceNs = timeNs;
        if (kind !== EventKind.release || argument !== ReleaseReason.forced) return;
        drops++;
        const heldNs = timeNs - sinceNs;
        ok(heldNs >= intervalNs && heldNs <= 2 * intervalNs, `held ${heldNs} ns`);
      });
    });
    ok(drops > 10 * PROGRAMS_PER_LAW, `only ${drops} drops`);
  });

  it('is never free while a thread waits for it, where waking up takes no time and there are cores', () => {
    let waits = 0;
    checkLaw(gilScenario, scenario => {
      const { trace } = runOf({ ...scenario, cores: 8, ideal: true });
      for (const row of blameOf(trace)) {
        if (trace.locks[row.lock].kind !== 'gil') continue;
        waits += row.waitCount;
        ok(row.culprit !== NOBODY, `${row.ns} ns`);
      }
    });
    ok(waits > PROGRAMS_PER_LAW, `only ${waits} waits`);
  });

  it('counts a hand-off only when another thread than the last has it', () => {
    let retakes = 0;
    checkLaw(gilScenario, scenario => {
      const { trace } = runOf(scenario);
      let last = -1;
      let handOffs = 0;
      forGil(trace, ({ kind, lane, argument }) => {
        if (kind !== EventKind.acquire) return;
        strictEqual(argument, last + 1); // who had it before
        if (last >= 0 && last !== lane) handOffs++;
        if (last === lane) retakes++;
        last = lane;
      });
      strictEqual(statisticsOf(trace).handOffCount, handOffs);
    });
    ok(retakes > PROGRAMS_PER_LAW / 2, `only ${retakes} times taken again`);
  });

  it('goes to another thread when it was dropped on request', () => {
    checkLaw(gilScenario, scenario => {
      let dropper = -1;
      forGil(runOf(scenario).trace, ({ kind, lane, argument }) => {
        if (kind === EventKind.acquire) {
          ok(lane !== dropper);
          dropper = -1;
        }
        if (kind === EventKind.release && argument === ReleaseReason.forced) dropper = lane;
      });
    });
  });

  it('is requested only from its holder, by a thread that waits', () => {
    checkLaw(gilScenario, scenario => {
      const { trace } = runOf(scenario);
      let holder = -1;
      forGil(trace, ({ timeNs, kind, lane, argument }) => {
        if (kind === EventKind.acquire) holder = lane;
        if (kind === EventKind.release) holder = -1;
        if (kind !== EventKind.dropRequest) return;
        strictEqual(argument, holder);
        const store = trace.stores[lane];
        strictEqual(store.stateOf(store.segmentAt(timeNs - 1)), LaneState.waitingForGil);
      });
    });
  });

  it('never changes hands inside C code that keeps it', () => {
    checkLaw(gilScenario, scenario => {
      const text = scenario.text.replaceAll('compute', 'c');
      let sinceNs = 0;
      forGil(runOf({ ...scenario, text, cores: 3, ideal: true }).trace, ({ kind, timeNs }) => {
        if (kind === EventKind.acquire) sinceNs = timeNs;
        // With a core for each thread a hold is a number of whole calls, and every call takes whole ms.
        if (kind === EventKind.release) strictEqual((timeNs - sinceNs) % 1e6, 0);
      });
    });
  });

  it('does not switch when there is one thread', () => {
    checkLaw(gilScenario, scenario => {
      const [first] = scenario.text.split('\n');
      const { trace } = runOf({ ...scenario, text: first.replaceAll(/\bA\b/g, 'main') });
      strictEqual(statisticsOf(trace).handOffCount, 0);
      strictEqual(statisticsOf(trace).waitingShare, 0);
    });
  });

  it('is held or free at every moment: holds and gaps add up to the run', () => {
    checkLaw(gilScenario, scenario => {
      const { trace } = runOf(scenario);
      let heldNs = 0;
      let freeNs = 0;
      let sinceNs = 0;
      forGil(trace, ({ timeNs, kind }) => {
        if (kind === EventKind.acquire) freeNs += timeNs - sinceNs;
        else if (kind === EventKind.release) heldNs += timeNs - sinceNs;
        else return;
        sinceNs = timeNs;
      });
      strictEqual(heldNs + freeNs + (trace.nowNs - sinceNs), trace.nowNs);
    });
  });
});

// ---- what the programs reach

/** In how many percent of all programs it happens at least; three of ten are in a world whose threads share a GIL. */
const LEAST_PERCENT = {
  'ready without a core': 25,
  'hand-offs': 25,
  'threads that start up': 20,
  'waits for the GIL': 15,
  'drop requests': 8,
  'forced drops': 8,
  deadlocks: 8,
  'waits for a lock, queue or condition': 6,
  errors: 5,
  notifies: 5,
  'items taken': 5,
  'conditions waited at': 4,
  'tick releases': 2,
  'worlds stopped without a GIL': 1,
};

function reachedIn({ trace, problems }: Simulation): Set<string> {
  const reached = new Set<string>();
  const { kinds, arguments: operands, locks } = trace.events;
  for (let i = 0; i < kinds.length; i++) {
    const [kind, reason] = [kinds[i], operands[i]];
    if (kind === EventKind.dropRequest) reached.add('drop requests');
    if (kind === EventKind.get) reached.add('items taken');
    if (kind === EventKind.notify) reached.add('notifies');
    if (kind === EventKind.wait) reached.add('conditions waited at');
    if (kind !== EventKind.release) continue;
    if (reason === ReleaseReason.forced) reached.add('forced drops');
    if (reason === ReleaseReason.tick) reached.add('tick releases');
    const stops = reason === ReleaseReason.call && trace.locks[locks[i]].kind === 'gil';
    if (stops && trace.header.runtime.startsWith('free')) {
      reached.add('worlds stopped without a GIL');
    }
  }
  for (const problem of problems) {
    if (problem.kind === 'deadlock') reached.add('deadlocks');
    if (problem.kind === 'error') reached.add('errors');
  }
  const { lanes, handOffCount } = statisticsOf(trace);
  if (handOffCount > 0) reached.add('hand-offs');
  const some = (pick: (lane: (typeof lanes)[number]) => number): boolean =>
    lanes.some(lane => pick(lane) > 0);
  if (some(lane => lane.waitedNs)) reached.add('waits for the GIL');
  if (some(lane => lane.waitedForLockNs)) reached.add('waits for a lock, queue or condition');
  if (some(lane => lane.readyNs)) reached.add('ready without a core');
  if (some(lane => lane.startingNs)) reached.add('threads that start up');
  return reached;
}

// ---- what the laws look at

interface GilEvent {
  readonly timeNs: number;
  readonly kind: number;
  readonly lane: number;
  readonly argument: number;
}

function forGil(trace: Trace, see: (event: GilEvent) => void): void {
  const { times, kinds, lanes, locks, arguments: operands } = trace.events;
  for (let i = 0; i < times.length; i++) {
    if (locks[i] !== 0 || kinds[i] === EventKind.mark) continue;
    see({ timeNs: times[i], kind: kinds[i], lane: lanes[i], argument: operands[i] });
  }
}

/** Whether a lane holds its GIL all through [fromNs, toNs), but for instants. */
function isHeld(trace: Trace, lane: number, fromNs: number, toNs: number): boolean {
  const { times, kinds, lanes, locks } = trace.events;
  let freeSinceNs = 0; // Infinity while the lane has the lock
  for (let i = 0; i < times.length && times[i] < toNs; i++) {
    if (locks[i] !== trace.lanes[lane].gil || lanes[i] !== lane) continue;
    if (kinds[i] === EventKind.release) freeSinceNs = times[i];
    if (kinds[i] !== EventKind.acquire) continue;
    if (times[i] > Math.max(fromNs, freeSinceNs)) return false;
    freeSinceNs = Infinity;
  }
  return freeSinceNs === Infinity;
}

/** How many lanes are on a core, and how many ready, in each stretch of time. */
function moments(trace: Trace): { busy: number; ready: number }[] {
  const changes = new Map<number, { busy: number; ready: number }>();
  const change = (timeNs: number, state: number, by: number): void => {
    let at = changes.get(timeNs);
    if (!at) changes.set(timeNs, (at = { busy: 0, ready: 0 }));
    if (usesCore(state)) at.busy += by;
    if (state === LaneState.ready) at.ready += by;
  };
  for (const store of trace.stores) {
    for (let i = 0; i < store.count; i++) {
      if (store.endOf(i) === store.startOf(i)) continue;
      change(store.startOf(i), store.stateOf(i), 1);
      change(store.endOf(i), store.stateOf(i), -1);
    }
  }
  let busy = 0;
  let ready = 0;
  return [...changes]
    .sort(([a], [b]) => a - b)
    .map(([, by]) => ({ busy: (busy += by.busy), ready: (ready += by.ready) }));
}

function mostBusy(trace: Trace): number {
  return Math.max(0, ...moments(trace).map(moment => moment.busy));
}

function usesCoreInStep(step: Step): number {
  return step.kind === 'compute' || step.kind === 'native' || step.kind === 'collect' ? 1 : 0;
}

function sumOf(steps: readonly Step[], share: (step: Step) => number): number {
  return sum(
    steps.map(step => {
      if (step.kind === 'repeat') return step.times * sumOf(step.body, share);
      return 'ns' in step ? step.ns * share(step) : 0;
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
