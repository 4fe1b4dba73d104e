// What must be true of every real run, on any machine and however busy it is: orders, counts, sums; never milliseconds.

import assert from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import type { Program } from '../../../src/core/model/program';
import { EventKind, NO_LOCK, ReleaseReason, type Trace } from '../../../src/core/model/trace';
import { validateTrace } from '../../../src/core/model/validateTrace';
import { simulate } from '../../../src/core/machine/machine';
import { verdictOf } from '../../../src/core/insight/verdict';
import { statesTable } from './statesTable';
import { makeEngine } from './workersBundle';
import {
  block,
  compute,
  eventsOf,
  handOffsOf,
  join,
  lock,
  marksOf,
  native,
  programOf,
  repeat,
  runReally,
  start,
  startAndJoin,
  timesOf,
  unlock,
} from './realRuns';

const RUNTIMES = ['gil', 'processes', 'free-threaded'];

/** Every kind of step, in three threads that get in each other's way. */
const MIXED: Program = startAndJoin(
  [compute(15), lock(0), compute(3), unlock(0), block(2), compute(5)],
  [native(8, 'releases'), compute(10), lock(0), block(1), unlock(0)],
  [native(8, 'holds'), repeat(5, compute(1), block(1)), lock(1), compute(1), unlock(1)],
);

describe('a real run', function () {
  this.timeout(20_000);
  let made: Awaited<ReturnType<typeof makeEngine>>;
  before(async () => {
    made = await makeEngine();
  });
  after(() => made.dispose());

  for (const runtime of RUNTIMES) {
    it(`never shows two holders of one lock at one instant, and forgets nobody (${runtime})`, async () => {
      const { trace, sentence } = await runReally(made.engine, MIXED, { runtime });
      assert.equal(sentence, '');
      assert.equal(validateTrace(trace), undefined);
      assert.equal(trace.done, true);
      assert.equal(trace.droppedCount, 0);
      const holders = trace.locks.map(() => -1);
      let acquired = 0;
      for (const { kind, lane, lock: index } of eventsOf(trace)) {
        if (kind === EventKind.acquire) {
          assert.equal(holders[index], -1, 'taken while another had it');
          holders[index] = lane;
          acquired++;
        } else if (kind === EventKind.release) {
          assert.equal(holders[index], lane, 'given back by somebody else');
          holders[index] = -1;
        }
      }
      assert.deepEqual(
        holders,
        trace.locks.map(() => -1),
      );
      assert.ok(acquired >= 3, 'at least the three turns with locks of the program');
    });

    it(`gives every lane one state at every instant, from the start to the end (${runtime})`, async () => {
      const { trace } = await runReally(made.engine, MIXED, { runtime });
      for (let lane = 0; lane < trace.lanes.length; lane++) {
        const times = timesOf(trace, lane);
        const sumNs = times.reduce((a, b) => a + b);
        assert.equal(sumNs, trace.nowNs);
        assert.equal(times[LaneState.unknown], 0);
      }
      // 55 ms of work in T1 to T3 go through the cores in any world: 15 + 3 + 5, 8 + 10, 8 + 5 + 1. A core may be
      // faster than it was when it was calibrated, but not by far.
      const workedNs = trace.lanes.reduce((sum, _, lane) => {
        const times = timesOf(trace, lane);
        return sum + times[LaneState.runningWithGil] + times[LaneState.runningWithoutGil];
      }, 0);
      assert.ok(workedNs > 0.4 * 55e6, `${workedNs} ns of work were seen`);
    });
  }

  it('says how far the clocks of its threads and processes were seen to differ', async () => {
    for (const runtime of RUNTIMES) {
      const { trace, report } = await runReally(made.engine, MIXED, { runtime });
      const said = trace.marks.filter(({ kind }) => kind === 'clock');
      assert.equal(said.length, 1);
      const clock = report?.clock;
      assert.ok(clock && clock.uncertaintyNs > 0);
      // One clock for all: what was seen is not more than the round trip leaves open.
      assert.ok(clock.differenceNs <= clock.uncertaintyNs);
      assert.match(said[0].text, /not seen to differ by more than can be measured here, ±/);
    }
  });

  it('is held, by the lanes, exactly while the events say so', async () => {
    const { trace } = await runReally(made.engine, MIXED);
    for (let lane = 0; lane < trace.lanes.length; lane++) {
      // A holder without a core is shown as ready; nobody else is shown so under a GIL but C code that let go of it.
      const heldNs = heldTime(trace, lane);
      const times = timesOf(trace, lane);
      assert.ok(times[LaneState.runningWithGil] <= heldNs);
      const mostNs = times[LaneState.runningWithGil] + times[LaneState.ready];
      assert.ok(heldNs <= mostNs + 0.01 * trace.nowNs, `${heldNs} held, ${mostNs} shown`);
    }
  });

  it('counts as many hand-offs in the trace as the lock counted itself', async () => {
    const { trace, report } = await runReally(
      made.engine,
      startAndJoin([compute(40)], [compute(40)], [compute(40)]),
    );
    assert.equal(handOffsOf(trace), report?.handOffCount);
    // Three threads with 40 ms each under 5 ms: at least one forced hand-off for each but the last to end.
    const forced = eventsOf(trace).filter(
      ({ kind, argument }) => kind === EventKind.release && argument === ReleaseReason.forced,
    );
    assert.ok(forced.length >= 2, `${forced.length} forced releases`);
  });

  it('keeps one holder at a time in a storm of requests, and loses count of nothing', async () => {
    const storm = [repeat(400, compute(0.02), native(0.01, 'releases'), block(0))];
    const { trace, report } = await runReally(
      made.engine,
      startAndJoin(storm, storm, storm, storm),
      {
        switchIntervalNs: 50_000,
      },
    );
    assert.equal(trace.droppedCount, 0);
    assert.equal(handOffsOf(trace), report?.handOffCount);
    let holder = -1;
    let acquired = 0;
    for (const { kind, lane, argument } of eventsOf(trace)) {
      if (kind === EventKind.acquire) {
        assert.equal(holder, -1);
        acquired++;
        holder = lane;
      } else if (kind === EventKind.release) {
        assert.equal(holder, lane);
        holder = -1;
      } else if (kind === EventKind.dropRequest) {
        assert.notEqual(argument, lane, 'nobody asks itself to let go');
      }
    }
    // Each of four threads comes back twice in each of its 400 rounds, after C code and after a blocking call.
    assert.ok(acquired >= 4 * 400 * 2);
  });

  it('does the same work under every runtime', async () => {
    const program = startAndJoin([compute(12), native(5, 'releases')], [compute(7)], [block(1)]);
    const sums: unknown[] = [];
    for (const runtime of RUNTIMES) {
      const { report } = await runReally(made.engine, program, { runtime });
      sums.push(report?.results);
    }
    assert.ok(Array.isArray(sums[0]) && sums[0].length === 4);
    assert.deepEqual(sums[1], sums[0]);
    assert.deepEqual(sums[2], sums[0]);
    // T1 has more turns than T2 (17 ms and 7 ms), T3 and the main thread none.
    const [, first, second, third] = sums[0] as { turns: number }[]; // results of four threads
    assert.ok(first.turns > 2 * second.turns && second.turns > 0 && third.turns === 0);
  });

  it('asks for the lock only after a full interval in which nobody took it', async () => {
    const intervalNs = 2_000_000;
    const { trace } = await runReally(made.engine, startAndJoin([compute(30)], [compute(30)]), {
      switchIntervalNs: intervalNs,
    });
    let takenNs = 0;
    let late = 0;
    let asked = 0;
    const waitsSinceNs = new Map<number, number>();
    for (const { kind, lane, timeNs, lock: index, argument } of eventsOf(trace)) {
      if (kind === EventKind.mark || index !== 0) continue;
      if (kind === EventKind.acquire && argument !== lane + 1) takenNs = timeNs;
      if (kind === EventKind.dropRequest) {
        asked++;
        // By its own stamps the waiter has waited a full interval, since it came or since it asked last.
        const waitedNs = timeNs - (waitsSinceNs.get(lane) ?? timeNs);
        assert.ok(waitedNs > intervalNs * 0.95, `asked after ${waitedNs} ns`);
        // The stamp of a taking may come after the taking, if the taker lost its core in between.
        if (timeNs - takenNs < intervalNs * 0.95) late++;
      }
      if (kind === EventKind.request || kind === EventKind.dropRequest)
        waitsSinceNs.set(lane, timeNs);
    }
    assert.ok(asked > 0, 'two threads of 30 ms under an interval of 2 ms ask each other');
    assert.ok(
      late <= 0.2 * asked,
      `${late} of ${asked} asked although the lock had just been taken`,
    );
  });

  it('hands the lock to another thread whenever it is dropped on request', async () => {
    const { trace } = await runReally(
      made.engine,
      startAndJoin([compute(40)], [compute(40)], [repeat(10, compute(1), block(1))]),
    );
    let dropper = -1;
    let forced = 0;
    for (const { kind, lane, lock: index, argument } of eventsOf(trace)) {
      if (index !== 0) continue;
      if (kind === EventKind.release) dropper = argument === ReleaseReason.forced ? lane : -1;
      if (kind !== EventKind.acquire) continue;
      if (dropper >= 0) {
        forced++;
        assert.notEqual(lane, dropper);
      }
    }
    assert.ok(forced > 0);
  });

  it('lets nobody in while C code keeps the GIL', async () => {
    const { trace } = await runReally(
      made.engine,
      startAndJoin([native(25, 'holds')], [repeat(5, compute(1), block(1))]),
    );
    // 25 ms without an evaluation point: the one hold that is this long is never cut by a forced release.
    const holds = holdsOf(trace, 1);
    assert.ok(Math.max(...holds) > 0.4 * 25e6, `T1 held for ${holds.join(', ')} ns`);
    const forcedOnT1 = eventsOf(trace).filter(
      ({ kind, lane, argument }) =>
        kind === EventKind.release && lane === 1 && argument === ReleaseReason.forced,
    );
    assert.deepEqual(forcedOnT1, []);
  });

  it('has one lock for each process, and none that a free-threaded build would have', async () => {
    const program = startAndJoin([compute(2)], [compute(2)]);
    const processes = await runReally(made.engine, program, { runtime: 'processes' });
    assert.deepEqual(
      processes.trace.lanes.map(({ gil, process }) => [gil, process]),
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
    );
    assert.ok(timesOf(processes.trace, 1)[LaneState.starting] > 0, 'a process takes time to start');
    const free = await runReally(made.engine, program, { runtime: 'free-threaded' });
    assert.deepEqual(
      free.trace.lanes.map(({ gil }) => gil),
      [NO_LOCK, NO_LOCK, NO_LOCK],
    );
    assert.equal(timesOf(free.trace, 1)[LaneState.waitingForGil], 0);
    assert.ok(timesOf(free.trace, 1)[LaneState.runningWithoutGil] > 0);
  });

  for (const runtime of RUNTIMES) {
    it(`says so when a thread ends with an exception of the program (${runtime})`, async () => {
      const program = programOf(
        [start(1), start(2), join(1), join(2), start(1), compute(1)],
        [unlock(0)],
        [join(2)],
        [compute(1)],
      );
      const { trace } = await runReally(made.engine, program, { runtime });
      const marks = marksOf(trace).sort();
      assert.deepEqual(marks, [
        'RuntimeError: cannot join current thread',
        'RuntimeError: release unlocked lock',
        'RuntimeError: threads can only be started once',
        'T3 is never started.',
      ]);
      assert.equal(trace.done, true);
    });
  }

  for (const runtime of RUNTIMES) {
    it(`finds a deadlock and ends it with a sentence (${runtime})`, async () => {
      // Processes need time to start: one would be through before the other begins if it did not wait long.
      const pauseMs = runtime === 'processes' ? 1_500 : 200;
      const program = startAndJoin(
        [lock(0), block(pauseMs), lock(1), unlock(1), unlock(0)],
        [lock(1), block(pauseMs), lock(0), unlock(0), unlock(1)],
      );
      const { trace } = await runReally(made.engine, program, { runtime });
      const sentence = marksOf(trace).at(-1) ?? '';
      assert.match(
        sentence,
        /^Deadlock since .*: Main waits for the end of T1; T1 waits for lock second, held by T2; T2 waits for lock first, held by T1\.$/,
      );
    });
  }

  it('claims nothing that did not happen: no mark but those of the machine, no verdict of a stuck program', async () => {
    const { trace } = await runReally(made.engine, startAndJoin([compute(5)], [compute(5)]));
    assert.ok(trace.marks.length > 0);
    assert.deepEqual(
      trace.marks.filter(
        ({ kind }) => kind !== 'clock' && kind !== 'few-cores' && kind !== 'crowded',
      ),
      [],
    );
    assert.notEqual(verdictOf(trace).class, 'stuck');
  });

  it('runs more threads than the machine has cores, and says how many there are', async () => {
    const bodies = Array.from({ length: 12 }, () => [compute(8)]);
    const { trace, report } = await runReally(made.engine, startAndJoin(...bodies), {
      runtime: 'free-threaded',
    });
    assert.ok(trace.header.cores >= 1);
    if (trace.header.cores < 12) {
      assert.ok(trace.marks.some(({ text }) => /^This machine has .* for 12 threads: /.test(text)));
    }
    assert.equal(trace.header.certainty.states.kind, 'estimated');
    assert.equal(report?.results.filter(result => result !== undefined).length, 13);
    const allNs = trace.nowNs;
    const workedNs = bodies.reduce(
      (sum, _, i) => sum + timesOf(trace, i + 1)[LaneState.runningWithoutGil],
      0,
    );
    // Who is off the core without being seen so is shown as running, for a quarter of a millisecond at most each time.
    assert.ok(workedNs <= 1.3 * trace.header.cores * allNs, `${workedNs} in ${allNs} ns`);
  });

  it('agrees with the simulation in order of magnitude and in shares, whatever the program', async () => {
    const rows: string[] = [];
    const waits: { title: string; expected: number; real: number }[] = [];
    for (const [title, program, coreMs] of SIDE_BY_SIDE) {
      const shares = new Map<string, readonly number[]>();
      for (const runtime of RUNTIMES) {
        const { trace } = await runReally(made.engine, program, { runtime });
        const conditions = { cores: trace.header.cores, switchIntervalNs: 5_000_000, seed: 1 };
        const simulated = simulate({ program, runtime, conditions });
        rows.push(...statesTable(`${title}, ${runtime}`, [simulated, trace]));
        const what = `${title}, ${runtime}`;
        // How long it takes depends on what else the machine does; the time on a core hardly does.
        const [, got] = [simulated, trace].map(onCoresNs);
        assert.ok(got > 0.3 * coreMs * 1e6 && got < 5 * coreMs * 1e6, `${what}: ${got} ns`);
        shares.set(runtime, [waitingShare(simulated), waitingShare(trace)]);
      }
      // Where the simulation sees threads wait for the GIL, so do the real ones, and the other way round. A machine
      // that others keep busy adds waits for cores, which take from the share: three tenths are left for that.
      const [expected, real] = shares.get('gil') ?? [0, 1];
      assert.ok(Math.abs(expected - real) < 0.3, `${title}: ${expected} simulated, ${real} real`);
      waits.push({ title, expected, real });
      // Nobody waits for a lock that is not there; a process has one to itself.
      for (const runtime of ['processes', 'free-threaded']) {
        const [there, here] = shares.get(runtime) ?? [1, 1];
        assert.ok(there < 0.01 && here < 0.01, `${title}, ${runtime}`);
        assert.ok(here <= real, `${title}: ${runtime} waits no more than threads with a GIL`);
      }
    }
    // Computing is what threads wait for each other with; C code that lets go is not. In both worlds.
    const [most, least] = ['computing', 'C code without the GIL'].map(name =>
      waits.find(({ title }) => title === name),
    );
    assert.ok(most && least);
    assert.ok(most.expected > least.expected && most.real > least.real);
    console.log(rows.map(row => `      ${row}`).join('\n'));
  });
});

/** Programs, and the core time of each in milliseconds. */
const SIDE_BY_SIDE: readonly (readonly [title: string, program: Program, coreMs: number])[] = [
  // 2 · 60, and 8 turns of 0.2
  [
    'computing beside I/O',
    startAndJoin([compute(60)], [compute(60)], [repeat(8, compute(0.2), block(2))]),
    121.6,
  ],
  ['computing', startAndJoin([compute(50)], [compute(50)]), 100],
  // 2 · 10 turns of 4 without the GIL and 0.2 with it
  [
    'C code without the GIL',
    startAndJoin(
      [repeat(10, native(4, 'releases'), compute(0.2))],
      [repeat(10, native(4, 'releases'), compute(0.2))],
    ),
    84,
  ],
  // 2 · 10 turns of 1, and 4 with the lock
  [
    'a lock of the program',
    startAndJoin(
      [repeat(10, compute(1), lock(0), compute(4), unlock(0))],
      [repeat(10, compute(1), lock(0), compute(4), unlock(0))],
    ),
    100,
  ],
];

/** What the threads but the main one did on cores. */
function onCoresNs(trace: Trace): number {
  return trace.lanes.reduce((sum, { main }, lane) => {
    const times = timesOf(trace, lane);
    const ranNs = times[LaneState.runningWithGil] + times[LaneState.runningWithoutGil];
    return main ? sum : sum + ranNs;
  }, 0);
}

/** Of the lives of the threads but the main one, the share that they wait for the GIL. */
function waitingShare(trace: Trace): number {
  let waitedNs = 0;
  let livedNs = 0;
  trace.lanes.forEach(({ main }, lane) => {
    if (main) return;
    const times = timesOf(trace, lane);
    waitedNs += times[LaneState.waitingForGil];
    livedNs += trace.nowNs - times[LaneState.notStarted] - times[LaneState.finished];
  });
  return waitedNs / livedNs;
}

/** How long each hold of lock 0 by a lane lasted. */
function holdsOf(trace: Trace, lane: number): number[] {
  const holds: number[] = [];
  let sinceNs = -1;
  for (const event of eventsOf(trace)) {
    if (event.lane !== lane || event.lock !== 0) continue;
    if (event.kind === EventKind.acquire) sinceNs = event.timeNs;
    if (event.kind === EventKind.release && sinceNs >= 0) {
      holds.push(event.timeNs - sinceNs);
      sinceNs = -1;
    }
  }
  return holds;
}

function heldTime(trace: Trace, lane: number): number {
  return holdsOf(trace, lane).reduce((a, b) => a + b, 0);
}
