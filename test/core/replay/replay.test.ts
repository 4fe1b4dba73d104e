// Replays: the program that a trace shows, run again.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { DEFAULT_COSTS, IDEAL_COSTS, type Costs } from '../../../src/core/worlds/costs';
import { simulate } from '../../../src/core/machine/machine';
import { replayOf } from '../../../src/core/replay/replay';
import { verdictOf } from '../../../src/core/insight/verdict';
import { predictGain } from '../../../src/core/replay/whatIf';
import {
  checkLaw,
  exactScenario,
  PROGRAMS_PER_LAW,
  runOf,
  simulationOf,
  toldScenario,
  type Scenario,
} from '../../support/randomPrograms';
import { quantile } from '../../support/measures';
import { program, story, told } from '../../support/stories';
import { contentOf } from '../../support/traceContent';

const CONDITIONS = { cores: 2, switchIntervalNs: 5e6, seed: 1 };

/** Of a machine without friction, or of one on which starting and messages take any time, as a calibration may find. */
function costsIn({ ideal, seed }: Scenario): Costs {
  if (ideal) return IDEAL_COSTS;
  const [threadStartNs, threadBootstrapNs, messageNs] = [40_000, 20_000, 90_000].map(
    most => 1 + (seed % most),
  );
  return { ...DEFAULT_COSTS, threadStartNs, threadBootstrapNs, messageNs };
}

function replayed(scenario: Scenario, costs: Costs) {
  const { trace } = runOf(scenario, costs);
  return simulate({
    program: replayOf(trace, costs).program,
    runtime: scenario.runtime,
    conditions: {
      cores: scenario.cores,
      switchIntervalNs: scenario.intervalMs * 1e6,
      seed: scenario.seed,
    },
    costs,
  });
}

describe('a replay', function () {
  this.timeout(300_000);

  it('under the same conditions gives the same trace', () => {
    checkLaw(exactScenario, whole => {
      const scenario = { ...whole, text: withoutTies(whole.text) };
      const costs = costsIn(scenario);
      const { trace, problems } = runOf(scenario, costs);
      if (problems.length > 0) return; // a thread that failed leaves no step that fails
      deepStrictEqual(contentOf(replayed(scenario, costs)), contentOf(trace));
    });
  });

  it('under the same conditions gives the same trace, whatever the kinds of its steps', () => {
    let endedCount = 0;
    checkLaw(
      toldScenario,
      whole => {
        const scenario = { ...whole, text: withoutTies(whole.text) };
        const costs = costsIn(scenario);
        const { trace, problems } = runOf(scenario, costs);
        if (problems.length > 0) return; // what a stuck thread waits for may never have happened
        endedCount++;
        deepStrictEqual(contentOf(replayed(scenario, costs)), contentOf(trace));
      },
      3 * PROGRAMS_PER_LAW,
    );
    ok(endedCount >= PROGRAMS_PER_LAW, `only ${endedCount} programs came to their end`);
  });

  it('says when it had to guess', () => {
    const plan = program`
      A  sleep 2ms · put Q · compute 1ms
      B  get Q · compute 1ms
    `;
    const trace = simulate({ program: plan, runtime: 'gil', conditions: CONDITIONS });
    deepStrictEqual(replayOf(trace).notes, []);
    deepStrictEqual(replayOf(asRecorded(trace)).notes, [
      'Who started whom was not recorded: the main thread starts all others at the beginning.',
      'Waits for queues and conditions became waits of the same length.',
    ]);
  });

  it('shows the same work in another world', () => {
    const plan = program`
      main  start A · start B · join A · join B
      A  compute 12ms
      B  compute 3ms · sleep 2ms
    `;
    const trace = simulate({
      program: plan,
      runtime: 'gil',
      conditions: CONDITIONS,
      costs: IDEAL_COSTS,
    });
    const again = simulate({
      program: replayOf(trace, IDEAL_COSTS).program,
      runtime: 'processes',
      conditions: CONDITIONS,
      costs: IDEAL_COSTS,
    });
    strictEqual(
      story(again),
      told(`
      main  block 12
      A  run 12
      B  run 3 · block 2
    `),
    );
  });

  it('of a trace without starts and joins lets the main thread start and join the others', () => {
    const plan = program`
      main  start A · join A · compute 1ms
      A  compute 9ms
    `;
    const { trace } = {
      trace: simulate({
        program: plan,
        runtime: 'gil',
        conditions: CONDITIONS,
        costs: IDEAL_COSTS,
      }),
    };
    const recorded = asRecorded(trace);
    const { program: found, notes } = replayOf(recorded, IDEAL_COSTS);
    deepStrictEqual(
      found.threads[0].body.map(step => step.kind),
      ['start', 'join', 'compute'],
    );
    strictEqual(notes.length, 1);
  });

  it('predicts what the verdict on it would bring', () => {
    const plan = program`
      main  start A · start B · join A · join B
      A  compute 500ms
      B  compute 500ms
    `;
    const trace = simulate({ program: plan, runtime: 'gil', conditions: CONDITIONS });
    const gain = predictGain(trace, verdictOf(trace));
    // Side by side 500 ms and about 31 of start-up, against 1000 and the hand-offs.
    ok(gain && gain.afterNs > 500e6 && gain.afterNs < 560e6 && gain.beforeNs > 1000e6);
  });

  it('predicts what the program itself would do with the change', () => {
    const changes = [
      { kind: 'runtime', runtime: 'processes-fork', what: '' },
      { kind: 'runtime', runtime: 'subinterpreters', what: '' },
      { kind: 'interval', switchIntervalNs: 500_000, what: '' },
    ] as const;
    const errors: number[] = [];
    checkLaw(
      exactScenario,
      whole => {
        const scenario = { ...whole, runtime: 'gil', ideal: false, seed: 1 };
        const { trace, problems } = runOf(scenario);
        if (problems.length > 0) return;
        for (const change of changes) {
          const predicted = predictGain(trace, { class: 'serialised', change, evidence: [] });
          const { nowNs } = runOf(
            change.kind === 'runtime'
              ? { ...scenario, runtime: change.runtime }
              : { ...scenario, intervalMs: change.switchIntervalNs / 1e6 },
          ).trace;
          errors.push(Math.abs((predicted?.afterNs ?? Infinity) - nowNs) / nowNs);
        }
      },
      2_000,
    );
    // What a trace does not tell: C code that nobody waited for is taken for bytecode.
    ok(errors.length > 4_000, `only ${errors.length} predictions`);
    ok(quantile(errors, 0.9) < 0.01, `nine tenths are within ${quantile(errors, 0.9)}`);
    ok(quantile(errors, 0.98) < 0.2, `98 of 100 are within ${quantile(errors, 0.98)}`);
  });

  it('predicts for a convoy when its victim would end', () => {
    const plan = program`
      main  start A · start B · join A · join B
      A  repeat 20 (io 1ms · compute 100us)
      B  compute 400ms
    `;
    const trace = simulate({ program: plan, runtime: 'gil', conditions: CONDITIONS });
    const gain = predictGain(trace, verdictOf(trace));
    // 20 returns that wait 5.2 ms each, against 0.7 ms each with an interval of 0.5 ms.
    ok(gain && trace.lanes[gain.lane].name === 'A' && gain.beforeNs > 100e6 && gain.afterNs < 60e6);
  });

  it('of a program that was cut off goes as far', () => {
    const simulation = simulationOf({
      text: 'A  repeat Infinity (compute 3ms)',
      runtime: 'gil',
      cores: 1,
      intervalMs: 5,
      seed: 1,
      ideal: true,
    });
    simulation.advance(1);
    simulation.stop('enough');
    ok(replayOf(simulation.trace, IDEAL_COSTS).program.threads.length === 2);
  });
});

/** Every time a little different: which of two things at the same instant comes first, no trace can say. */
function withoutTies(text: string): string {
  let count = 0;
  return text.replace(/(\d+)ms/g, (_, ms) => `${Number(ms) * 1e6 + 101 * 2 ** ++count}ns`);
}

/** The trace as a recorder would have made it: it does not see who starts and joins whom, nor what queues do. */
function asRecorded(trace: ReturnType<typeof simulate>): ReturnType<typeof simulate> {
  const { times, kinds, lanes, locks, arguments: operands } = trace.events;
  const kept = [...kinds.keys()].filter(i => kinds[i] < 5);
  const pick = <Column extends { filter(test: (value: number, index: number) => boolean): Column }>(
    column: Column,
  ): Column => column.filter((_, i) => kept.includes(i));
  const events = {
    times: pick(times),
    kinds: pick(kinds),
    lanes: pick(lanes as Uint16Array),
    locks: pick(locks as Uint16Array),
    arguments: pick(operands as Uint16Array),
  };
  return Object.create(trace, { events: { value: events } }) as ReturnType<typeof simulate>;
}
