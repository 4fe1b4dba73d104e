// Random programs as text, so that what a law shrinks to can be read and pasted into a test.

import fc from 'fast-check';
import { IDEAL_COSTS, type Costs } from '../../src/core/worlds/costs';
import { Simulation } from '../../src/core/machine/machine';
import type { Program } from '../../src/core/model/program';
import { RUNTIMES } from '../../src/core/worlds/runtimes';
import { pick } from './depth';
import { program } from './stories';

/** How many programs a law is tried on. */
export const PROGRAMS_PER_LAW = pick(10_000, 1_000);

/** A program with the world it runs in; prints as itself. */
export interface Scenario {
  readonly text: string;
  readonly runtime: string;
  readonly cores: number;
  readonly intervalMs: number;
  readonly seed: number;
  readonly ideal: boolean;
}

const milliseconds = fc.integer({ min: 0, max: 13 });

/** Steps that never wait for another thread. */
const ownStep = fc.oneof(
  milliseconds.map(ms => `compute ${ms}ms`),
  milliseconds.map(ms => `c ${ms}ms`),
  milliseconds.map(ms => `free ${ms}ms`),
  milliseconds.map(ms => `sleep ${ms}ms`),
);

const sharingStep = fc.oneof(
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('L', 'M'), fc.array(ownStep, { maxLength: 2 }))
      .map(([lock, steps]) => [`lock ${lock}`, ...steps, `unlock ${lock}`].join(' · ')),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom('put Q · put Q', 'put Q with 0.5MB', 'get Q', 'put Q · get Q'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'lock C · wait C · unlock C',
      'lock C · notify all C · unlock C',
      'sleep 9ms · lock C · notify C · unlock C',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.constantFrom('collect 2ms', 'require gil'),
      milliseconds.map(ms => `compute ${ms}ms touching 30% of X`),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('join A', 'unlock M', 'start A') },
);

const step = fc.oneof(
  { weight: 6, arbitrary: ownStep },
  { weight: 2, arbitrary: sharingStep },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.array(ownStep, { minLength: 1, maxLength: 2 }))
      .map(([times, body]) => `repeat ${times} (${body.join(' · ')})`),
  },
);

function texts(steps: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .array(fc.array(steps, { maxLength: 4, size: 'max' }), {
      minLength: 1,
      maxLength: 4,
      size: 'max',
    })
    .map(threads => threads.map((body, i) => `${'ABCD'[i]}  ${body.join(' · ')}`).join('\n'));
}

function scenarios(
  steps: fc.Arbitrary<string>,
  runtimes: readonly string[],
): fc.Arbitrary<Scenario> {
  return fc.record({
    text: texts(steps),
    runtime: fc.constantFrom(...runtimes),
    cores: fc.integer({ min: 1, max: 3 }),
    intervalMs: fc.constantFrom(1, 2, 5),
    seed: fc.nat(),
    ideal: fc.boolean(),
  });
}

const ALL_RUNTIMES = RUNTIMES.map(runtime => runtime.name);

/** Any program in any world: it may get stuck. */
export const anyScenario = scenarios(step, ALL_RUNTIMES);

/** Programs whose threads do not depend on one another, in any world. */
export const independentScenario = scenarios(ownStep, ALL_RUNTIMES);

/** Any program under the interval GIL. */
export const gilScenario = scenarios(step, ['gil']);

/** Two to six threads that do nothing but compute, with a core for each, on a machine without friction. */
export const countingScenario = fc
  .tuple(
    scenarios(ownStep, ['gil']),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 6 }),
  )
  .map(([scenario, work]) => ({
    ...scenario,
    text: work.map((ms, i) => `${'ABCDEF'[i]}  compute ${ms}ms`).join('\n'),
    cores: 8,
    ideal: true,
  }));

const lockedStep = fc
  .tuple(fc.constantFrom('L', 'M'), fc.array(ownStep, { maxLength: 2 }))
  .map(([lock, steps]) => [`lock ${lock}`, ...steps, `unlock ${lock}`].join(' · '));

const INTERVAL_RUNTIMES = RUNTIMES.filter(({ protocol }) => protocol === 'interval').map(
  ({ name }) => name,
);

/** Programs of which a trace shows every step: no queues, conditions or shared objects, full-speed bytecode. */
export const exactScenario = scenarios(
  fc.oneof({ weight: 3, arbitrary: ownStep }, { weight: 1, arbitrary: lockedStep }),
  ['gil', 'processes', 'processes-fork', 'processes-spawn', 'subinterpreters'],
);

const toldStep = fc.oneof(
  { weight: 5, arbitrary: ownStep },
  { weight: 1, arbitrary: lockedStep },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'put Q',
      'put Q with 0.5MB',
      'put Q with 0.5MB bytes for 2 tasks',
      'get Q',
      'put R',
      'get R',
      'close R',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.constant('lock C · wait C · unlock C'),
      fc.constant('lock C · notify all C · unlock C'),
      fc.constant('lock C · notify C · unlock C'),
      milliseconds.map(ms => `compute ${ms}ms touching 30% of X`),
      milliseconds.map(ms => `for each R (compute ${ms}ms)`),
    ),
  },
);

const heldStep = fc.oneof(
  { weight: 5, arbitrary: toldStep },
  { weight: 1, arbitrary: fc.constantFrom('collect 2ms', 'require gil') },
);

/** Threads that a main one feeds, so that most of them come to their end, and that it joins or not. */
function fed(steps: fc.Arbitrary<string>, runtimes: readonly string[]): fc.Arbitrary<Scenario> {
  const feeding = fc.record({
    scenario: scenarios(steps, runtimes),
    joins: fc.boolean(),
    capacity: fc.constantFrom(0, 0, 2, 5),
  });
  return feeding.map(({ scenario, joins, capacity }) => {
    const names = scenario.text.split('\n').map(line => line[0]);
    const main = [
      ...names.map(name => `start ${name}`),
      'compute 11ms · repeat 5 (put Q · sleep 3ms · put R) · repeat 5 (close R · sleep 5ms)',
      'repeat 6 (lock C · notify all C · unlock C · sleep 7ms)',
      ...(joins ? names.map(name => `join ${name}`) : []),
    ];
    const text = [`queue Q ${capacity}`, `main  ${main.join(' · ')}`, scenario.text].join('\n');
    return { ...scenario, text };
  });
}

/** Programs with every kind of step, in worlds with GILs handed over by the interval, and without a GIL. */
export const toldScenario = fc.oneof(
  { weight: 2, arbitrary: fed(heldStep, INTERVAL_RUNTIMES) },
  {
    weight: 1,
    arbitrary: fed(toldStep, ['free-threaded', 'free-threaded-3.13']).map(withoutMerging),
  },
);

/** Without a GIL to let go of, two pauses in a row look like one: something is done after each. */
function withoutMerging(scenario: Scenario): Scenario {
  return { ...scenario, text: scenario.text.replaceAll(/sleep \d+ms/g, '$& · compute 1ms') };
}

/** Ready to run. */
export function simulationOf(scenario: Scenario, costs: Partial<Costs> = {}): Simulation {
  return new Simulation({
    program: programOf(scenario),
    runtime: scenario.runtime,
    conditions: {
      cores: scenario.cores,
      switchIntervalNs: scenario.intervalMs * 1e6,
      seed: scenario.seed,
    },
    costs: { ...(scenario.ideal ? IDEAL_COSTS : {}), ...costs },
  });
}

export function programOf(scenario: Scenario): Program {
  return program(scenario.text);
}

/** Run to its end. */
export function runOf(scenario: Scenario, costs: Partial<Costs> = {}): Simulation {
  const simulation = simulationOf(scenario, costs);
  while (simulation.advance(Infinity));
  return simulation;
}

/** Tries a law on many programs. A counter-example is printed with its program as text. */
export function checkLaw(
  scenario: fc.Arbitrary<Scenario>,
  law: (scenario: Scenario) => void,
  programs = PROGRAMS_PER_LAW,
): void {
  fc.assert(fc.property(scenario, law), { numRuns: programs, seed: 20261122 });
}
