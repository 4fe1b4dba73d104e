// The simulator's stories: what threads do to one another, with the sums beside them, on a machine without friction.

import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { Simulation, simulate } from '../../../src/core/machine/machine';
import { DEFAULT_COSTS, IDEAL_COSTS, type Costs } from '../../../src/core/worlds/costs';
import { LaneState } from '../../../src/core/model/lanes';
import type { Program } from '../../../src/core/model/program';
import { RUNTIMES } from '../../../src/core/worlds/runtimes';
import { statisticsOf } from '../../../src/core/insight/statistics';
import { NO_LOCK } from '../../../src/core/model/trace';
import { validateTrace } from '../../../src/core/model/validateTrace';
import { program, story, told } from '../../support/stories';

interface Under {
  readonly runtime?: string;
  readonly cores?: number;
  readonly intervalMs?: number;
  readonly costs?: Partial<Costs>;
}

function run(
  plan: Program,
  { runtime = 'gil', cores = 2, intervalMs = 5, costs = {} }: Under = {},
) {
  const simulation = new Simulation({
    program: plan,
    runtime,
    conditions: { cores, switchIntervalNs: intervalMs * 1e6, seed: 1 },
    costs: { ...IDEAL_COSTS, ...costs },
  });
  while (simulation.advance(Infinity));
  return simulation;
}

function storyOf(plan: Program, under: Under = {}): string {
  return story(run(plan, under).trace);
}

function problemsOf(plan: Program, under: Under = {}): string[] {
  return run(plan, under).problems.map(problem => problem.message);
}

describe('the interval GIL', () => {
  it('gives a waiting thread the lock within one switch interval', () => {
    const plan = program`
      A  compute 12ms
      B  compute 3ms
    `;
    // B asks at 0; A must drop at 5 ms; B needs 3, A then its last 7 undisturbed.
    strictEqual(
      storyOf(plan),
      told(`
      A  run 5 · wait 3 · run 7
      B  wait 5 · run 3
    `),
    );
  });

  it('lets two computing threads take turns of one interval', () => {
    const plan = program`
      A  compute 12ms
      B  compute 12ms
    `;
    // Turns of 5, 5, 5, 5, then A's last 2 and B's last 2.
    strictEqual(
      storyOf(plan),
      told(`
      A  run 5 · wait 5 · run 5 · wait 5 · run 2
      B  wait 5 · run 5 · wait 5 · run 5 · wait 2 · run 2
    `),
    );
  });

  it('does not interrupt C code that keeps the lock', () => {
    const plan = program`
      A  c 20ms · compute 5ms
      B  compute 2ms
    `;
    // B's request at 5 ms takes effect when the call ends at 20.
    strictEqual(
      storyOf(plan),
      told(`
      A  run 20 · wait 2 · run 5
      B  wait 20 · run 2
    `),
    );
  });

  it('lets C code that releases the lock run beside bytecode', () => {
    const plan = program`
      A  free 20ms · compute 5ms
      B  compute 15ms
    `;
    strictEqual(
      storyOf(plan),
      told(`
      A  free 20 · run 5
      B  run 15
    `),
    );
  });

  it('makes a thread that comes back from I/O wait one interval for a computing one', () => {
    const plan = program`
      A  io 1ms · compute 1ms
      B  compute 10ms
    `;
    // A is back at 1 and asks at 6; B still has 4 to do then.
    strictEqual(
      storyOf(plan),
      told(`
      A  block 1 · wait 5 · run 1
      B  run 6 · wait 1 · run 4
    `),
    );
  });

  it('gives each new holder a full interval, whoever else is waiting', () => {
    const plan = program`
      A  compute 6ms
      B  compute 6ms
      C  compute 6ms
    `;
    // Turns of 5 for A, B, C, then 1 each. C's and A's own timers run out while others take over: no request.
    strictEqual(
      storyOf(plan),
      told(`
      A  run 5 · wait 10 · run 1
      B  wait 5 · run 5 · wait 6 · run 1
      C  wait 10 · run 5 · wait 2 · run 1
    `),
    );
  });

  it('may go to the thread that asked last, which is still awake, before one that has waited longer', () => {
    const plan = program`
      S  sleep 1ms · compute 2ms
      A  compute 6ms
      B  compute 6ms
    `;
    // B asks at 5 and goes back to waiting behind S, which has waited since 1.
    strictEqual(storyOf(plan, { cores: 3 }).split('\n')[0], 'S  block 1 · wait 4 · run 2');
    // Or B is faster; A, which was the last to drop the GIL, asks at 10 and is faster again. It ends at 11, just as S
    // has gone back to waiting for the second time: B, there since 10, has its last 1 before S.
    strictEqual(
      storyOf(plan, { cores: 3, costs: { askerTakesShare: 1 } }).split('\n')[0],
      'S  block 1 · wait 11 · run 2',
    );
  });

  it('comes back within microseconds beside brief calls: a new thread is not on the core of its parent', () => {
    const plan = program`
      main  start A · repeat 3000 (compute 200ns · free 300ns)
      A  compute 200ms
    `;
    // A drops the GIL after 5 ms; main then lets go of it every 0.5 µs, so A needs no longer than it takes to wake up.
    const { stores } = simulate({
      program: plan,
      runtime: 'gil',
      conditions: { cores: 2, switchIntervalNs: 5e6, seed: 3 },
    });
    const waits = [...stores[1].columns().states.keys()]
      .filter(i => stores[1].stateOf(i) === LaneState.waitingForGil)
      .map(i => stores[1].endOf(i) - stores[1].startOf(i));
    strictEqual(waits.length > 0, true);
    strictEqual(Math.max(...waits) < 500_000, true, `${Math.max(...waits)} ns`);
  });

  it('needs a core as well as the lock', () => {
    const plan = program`
      A  free 6ms
      B  compute 6ms
    `;
    // One core: A 0 to 4, B 4 to 8, A 8 to 10, B 10 to 12. At 10 A would go on with the GIL, but B has it until 12.
    strictEqual(
      storyOf(plan, { cores: 1 }),
      told(`
      A  free 4 · ready 4 · free 2 · wait 2
      B  ready 4 · run 4 · ready 2 · run 2
    `),
    );
  });
});

describe('threads of a program', () => {
  it('wait for one another by join', () => {
    const plan = program`
      main  start A · compute 2ms · join A · compute 1ms
      A  sleep 5ms
    `;
    // A gets the GIL, which it needs to go to sleep, when main waits for it at 2.
    strictEqual(
      storyOf(plan),
      told(`
      main  run 2 · block 5 · run 1
      A  wait 2 · block 5
    `),
    );
  });

  it('wait for a lock without holding the GIL', () => {
    const plan = program`
      A  lock L · sleep 4ms · unlock L · compute 1ms
      B  lock L · compute 2ms · unlock L
    `;
    // A sleeps with the lock until 4. It goes on computing until 5; B got the lock at 4 and then needs the GIL.
    strictEqual(
      storyOf(plan),
      told(`
      A  block 4 · run 1
      B  lock 4 · wait 1 · run 2
    `),
    );
  });

  it('wait on a condition until it is notified and its lock is free', () => {
    const plan = program`
      A  lock C · wait C · compute 1ms · unlock C
      B  sleep 3ms · lock C · notify C · sleep 2ms · unlock C
    `;
    // Notified at 3, but B has the lock until 5.
    strictEqual(
      storyOf(plan),
      told(`
      A  lock 5 · run 1
      B  block 5
    `),
    );
  });

  it('hand items over through a queue, and wait for space in it', () => {
    const plan = program`
      queue Q 1
      A  put Q · put Q · put Q · compute 1ms
      B  sleep 2ms · get Q · sleep 2ms · get Q
    `;
    // The second put waits for B's get at 2, the third for the one at 4.
    strictEqual(
      storyOf(plan),
      told(`
      A  lock 4 · run 1
      B  block 4
    `),
    );
  });

  it('share the tasks of a pool in chunks', () => {
    const plan = program`
      main  start A · start B · repeat 3 (put Q for 2 tasks) · close Q · close Q
      A  for each Q (free 1ms)
      B  for each Q (free 1ms)
    `;
    // Three chunks of two tasks: A takes the first, B the second, A the third.
    strictEqual(
      storyOf(plan),
      told(`
      A  free 4
      B  free 2
    `),
    );
  });

  it('see what starting a thread costs: the parent waits until the child has run', () => {
    const plan = program`
      main  start A · start B
      A  compute 20ms
      B  compute 20ms
    `;
    const costs = { threadStartWaits: true };
    // A's first lines wake main at 0, but A computes until 5. Then main starts B and waits; B gets the GIL at 10 and
    // wakes main, which stands behind A: B runs until 15, A until 20.
    strictEqual(storyOf(plan, { costs }).split('\n')[0], 'main  wait 5 · block 5 · wait 10');
  });
});

describe('processes', () => {
  it('compute side by side, each with a GIL of its own', () => {
    const plan = program`
      A  compute 12ms
      B  compute 3ms
    `;
    strictEqual(
      storyOf(plan, { runtime: 'processes' }),
      told(`
      A  run 12
      B  run 3
    `),
    );
  });

  it('need a core to start up', () => {
    const plan = program`
      A  compute 12ms
      B  compute 3ms
    `;
    const costs = { forkserverChildNs: 30e6, processStartParentNs: 1e6 };
    // main computes 1 ms for each start; B begins 1 ms after A.
    strictEqual(
      storyOf(plan, { runtime: 'processes-forkserver', costs, cores: 4 }),
      told(`
      main  run 2
      A  not yet 1 · starting 30 · run 12
      B  not yet 2 · starting 30 · run 3
    `),
    );
  });

  it('pay for what they send, at both ends', () => {
    const plan = program`
      A  put Q with 2MB
      B  get Q · compute 1ms
    `;
    const costs = { pickleNsPerMB: 5e6, unpickleNsPerMB: 10e6, pipeNsPerMB: 2e6 };
    // Sending: 2 MB × (5 + half of 2) ms = 12; receiving 2 × (10 + 1) = 22, then B's own 1.
    strictEqual(
      storyOf(plan, { runtime: 'processes-spawn', costs }),
      told(`
      A  run 12
      B  lock 12 · run 23
    `),
    );
  });

  it('take turns on too few cores, fairly', () => {
    const plan = program`
      A  compute 8ms
      B  compute 8ms
    `;
    strictEqual(
      storyOf(plan, { runtime: 'processes', cores: 1 }),
      told(`
      A  run 4 · ready 4 · run 4
      B  ready 4 · run 4 · ready 4 · run 4
    `),
    );
  });
});

describe('a free-threaded build', () => {
  it('has no GIL to compete for, unless a step brings one back or stops the world', () => {
    const gilsOf = (text: string): number[] =>
      run(program(text), { runtime: 'free-threaded' }).trace.lanes.map(lane => lane.gil);
    deepStrictEqual(gilsOf('A  lock L · compute 2ms · unlock L'), [NO_LOCK, NO_LOCK]);
    deepStrictEqual(gilsOf('A  compute 2ms · require gil'), [0, 0]);
    deepStrictEqual(gilsOf('A  repeat 2 (compute 2ms · collect 1ms)'), [0, 0]);
    const { trace } = run(program('A  compute 2ms'), { runtime: 'free-threaded' });
    strictEqual(validateTrace(trace), undefined);
    deepStrictEqual(trace.locks, []);
    strictEqual(statisticsOf(trace).handOffCount, 0);
  });

  it('computes side by side, a little slower', () => {
    const plan = program`
      A  compute 10ms
      B  compute 20ms
    `;
    strictEqual(
      storyOf(plan, { runtime: 'free-threaded', costs: { freeThreadedSlowdown: 1.1 } }),
      told(`
      A  free 11
      B  free 22
    `),
    );
  });

  it('makes threads wait for one another at an object they share', () => {
    const plan = program`
      A  compute 2ms touching 50% of D
      B  compute 2ms touching 50% of D
    `;
    // Rounds of 0.5 alone and 0.5 at the object: B waits 0.5 once, and from then on they miss each other.
    strictEqual(
      storyOf(plan, { runtime: 'free-threaded' }),
      told(`
      A  free 2
      B  free 0.5 · lock 0.5 · free 1.5
    `),
    );
  });

  it('stops the world for a collection: running threads at once, C code when it ends', () => {
    const plan = program`
      A  compute 4ms · collect 3ms · compute 1ms
      B  compute 9ms
      C  c 5ms · compute 1ms
    `;
    // A asks at 4: B stops at once, C's call has no evaluation point until 5. The collection takes 5 to 8.
    strictEqual(
      storyOf(plan, { runtime: 'free-threaded', cores: 3 }),
      told(`
      A  free 4 · wait 1 · free 4
      B  free 4 · wait 4 · free 5
      C  free 5 · wait 3 · free 1
    `),
    );
  });

  it('gets the GIL back when an import requires it', () => {
    const plan = program`
      A  compute 4ms · require gil · compute 3ms
      B  compute 9ms
    `;
    // Side by side until 4; then A has the GIL for its last 3.
    strictEqual(
      storyOf(plan, { runtime: 'free-threaded' }),
      told(`
      A  free 4 · run 3
      B  free 4 · wait 3 · run 5
    `),
    );
  });
});

describe('sub-interpreters', () => {
  const plan = program`
    A  compute 4ms
    B  compute 4ms
  `;

  it('compute side by side with a GIL each', () => {
    strictEqual(storyOf(plan, { runtime: 'subinterpreters' }), 'A  run 4\nB  run 4');
  });

  it('take turns when they share one', () => {
    const shared = storyOf(plan, { runtime: 'subinterpreters-shared' });
    strictEqual(shared, 'A  run 4\nB  wait 4 · run 4');
  });
});

describe('every runtime', () => {
  for (const { name } of RUNTIMES) {
    it(`answers every kind of step: ${name}`, () => {
      const plan = program`
        queue Q 1
        main  start A with 1MB · start B · put Q for 2 tasks · put Q with 1MB bytes · close Q · join A · join B
        A  for each Q (compute 1ms touching 50% of X · c 1ms · free 1ms) · lock C · notify all C · unlock C
        B  lock C · wait C · unlock C · collect 1ms · require gil · repeat 2 (io 1ms · sleep 1ms) · compute 1ms
      `;
      const { trace, problems } = run(plan, { runtime: name, costs: DEFAULT_COSTS });
      deepStrictEqual(problems, []);
      strictEqual(validateTrace(trace), undefined);
      // Three tasks of 3 ms, and B's 1 + 1: at least so much was on a core.
      const { lanes } = statisticsOf(trace);
      strictEqual(lanes.reduce((sum, lane) => sum + lane.heldNs + lane.freeNs, 0) >= 11e6, true);
    });
  }
});

describe('programs that cannot go on', () => {
  it('are told who waits for whom in a deadlock, and drawn up to there', () => {
    const plan = program`
      A  lock L · sleep 1ms · lock M
      B  lock M · sleep 1ms · lock L
    `;
    const { problems, trace } = run(plan);
    deepStrictEqual(
      problems.map(problem => problem.message),
      ['Deadlock: A waits for lock M, held by B, which waits for lock L, held by A.'],
    );
    deepStrictEqual([trace.done, trace.nowNs], [true, 1e6]);
  });

  it('are told that a thread waits for its own lock', () => {
    deepStrictEqual(problemsOf(program`A  lock L · lock L`), [
      'Deadlock: A waits for lock L, held by A.',
    ]);
  });

  it('are told that nobody will notify, put or take', () => {
    deepStrictEqual(problemsOf(program`A  get Q`), ['Deadlock: A waits for an item in queue Q.']);
    deepStrictEqual(problemsOf(program`A  lock C · wait C`), [
      'Deadlock: A waits for a notify on condition C.',
    ]);
  });

  it('end a thread as Python would: joins on itself, on what never started, second starts', () => {
    deepStrictEqual(problemsOf(program`A  join A · compute 1ms`), [
      'RuntimeError: cannot join current thread',
    ]);
    deepStrictEqual(
      problemsOf(program`
      main  join A
      A  compute 1ms
    `),
      ['RuntimeError: cannot join thread before it is started', 'A is never started.'],
    );
    deepStrictEqual(
      problemsOf(program`
      main  start A · start A
      A  compute 1ms
    `),
      ['RuntimeError: threads can only be started once'],
    );
    deepStrictEqual(problemsOf(program`A  unlock L`), ['RuntimeError: release unlocked lock']);
    deepStrictEqual(problemsOf(program`A  wait C`), [
      'RuntimeError: cannot wait on un-acquired lock',
    ]);
  });

  it('are cut off when they never end', () => {
    const endless = program`A  repeat Infinity (compute 1ms)`;
    const trace = simulate({
      program: endless,
      runtime: 'gil',
      conditions: { cores: 1, switchIntervalNs: 5e6, seed: 1 },
      limits: { durationNs: 1e9 },
    });
    deepStrictEqual(trace.marks, [
      {
        kind: 'cut-off',
        reason: 'limit',
        text: 'Stopped after 1 s: it goes on, but no longer run is simulated.',
      },
    ]);
    strictEqual(trace.done, true);
  });

  it('are cut off when they take too many decisions, of which most are not recorded', () => {
    const asking = program`A  repeat Infinity (compute 1ms)
B  compute 100s`;
    const trace = simulate({
      program: asking,
      runtime: 'gil',
      conditions: { cores: 2, switchIntervalNs: 1e3, seed: 1 },
      limits: { events: 2e3 },
    });
    deepStrictEqual(
      trace.marks.map(({ text }) => text.replace(/after .*s:/, 'after …:')),
      [
        'Stopped after …: it took 0.002 million decisions of the simulated machine, and no more are made.',
      ],
    );
  });

  it('are cut off when they never get on', () => {
    const [message] = problemsOf(program`A  repeat Infinity (compute 0ms)`);
    strictEqual(
      message,
      'Stopped after 0 ns: it never gets on: ten million steps in a row took no time.',
    );
  });

  it('are refused when they name what does not exist', () => {
    const plan = { ...program`A  join A`, threads: [] };
    const expected = /^UserError: This program cannot be simulated: the program has no threads\.$/;
    strictEqual(expected.test(messageOf(() => run(plan))), true);
    const unknown = { ...program`A  compute 1ms`, positions: [] };
    strictEqual(messageOf(() => run(unknown)).includes('does not exist'), true);
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  return 'nothing was thrown';
}
