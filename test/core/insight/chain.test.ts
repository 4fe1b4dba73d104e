// Chains of waits for locks, and circles of them, on stories and on random programs.

import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { blameOf, NOBODY } from '../../../src/core/insight/blame';
import { lockChainsOf, LockChains } from '../../../src/core/insight/chain';
import { chainSteps, chainText } from '../../../src/core/insight/chainText';
import { deadlocksOf } from '../../../src/core/insight/deadlock';
import { findingsOf } from '../../../src/core/insight/findings/findings';
import { findingText } from '../../../src/core/insight/findings/findingText';
import { IDEAL_COSTS } from '../../../src/core/worlds/costs';
import { LANE_STATE_NAMES, LaneState } from '../../../src/core/model/lanes';
import { simulate } from '../../../src/core/machine/machine';
import type { Program } from '../../../src/core/model/program';
import { EventKind, Unseen, type Trace } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { anyScenario, checkLaw, runOf } from '../../support/randomPrograms';
import { program } from '../../support/stories';

function traceOf(plan: Program): Trace {
  const conditions = { cores: 4, switchIntervalNs: 5e6, seed: 1 };
  return simulate({ program: plan, runtime: 'gil', conditions, costs: IDEAL_COSTS });
}

/** The chains as lines: `C waits 9 for L: B blocked`. */
function linesOf(trace: Trace): string[] {
  const name = (lane: number): string => trace.lanes[lane].name;
  return lockChainsOf(trace).map(({ victim, lock, links, ns }) => {
    const steps = links.map(link => {
      const whatFor = link.lock < 0 ? '' : ` ${trace.locks[link.lock].name}`;
      return `${name(link.lane)} ${LANE_STATE_NAMES[link.state]}${whatFor}`;
    });
    return `${name(victim)} waits ${ns / 1e6} for ${trace.locks[lock].name}: ${steps.join(' < ')}`;
  });
}

describe('the chain of a wait for a lock', function () {
  this.timeout(60_000);

  it('ends at a holder that sleeps with the lock', () => {
    const trace = traceOf(program`
      A  lock L · sleep 10ms · unlock L
      B  compute 1ms · lock L · unlock L
    `);
    deepStrictEqual(linesOf(trace), ['B waits 9 for L: A blocked']);
  });

  it('goes through a holder that waits for the GIL to the thread that has it', () => {
    const trace = traceOf(program`
      A  lock L · sleep 2ms · compute 1ms · unlock L
      B  lock L · unlock L
      C  compute 20ms
    `);
    // A sleeps until 2, then waits for the GIL, which C has until its interval has run out, and computes for 1.
    const lines = linesOf(trace);
    ok(
      lines.some(line => line.endsWith(': A waiting for the GIL GIL < C running with the GIL')),
      lines.join('\n'),
    );
    ok(lines.some(line => line.endsWith(': A blocked')));
    ok(lines.some(line => line.endsWith(': A running with the GIL')));
  });

  it('goes through a holder that waits for another lock', () => {
    const trace = traceOf(program`
      A  lock M · sleep 20ms · unlock M
      B  sleep 1ms · lock L · lock M · unlock M · unlock L
      C  sleep 3ms · lock L · unlock L
    `);
    ok(
      linesOf(trace).includes('C waits 17 for L: B waiting for another lock M < A blocked'),
      linesOf(trace).join('\n'),
    );
  });

  it('says that it is a circle where it comes back to the victim', () => {
    const trace = traceOf(ring(2));
    const chains = lockChainsOf(trace);
    ok(chains.some(({ end }) => end === 'circle'));
    for (const { links, end } of chains)
      if (links.some(({ lock }) => lock >= 0 && trace.locks[lock].kind === 'lock'))
        strictEqual(end, 'circle', JSON.stringify(links));
  });

  it('of one wait sums to that wait, in any program, and goes from the victim through locks to who acts', () => {
    let waits = 0;
    checkLaw(anyScenario, scenario => {
      const { trace } = runOf(scenario);
      const chains = new LockChains(trace);
      trace.stores.forEach((store, lane) => {
        for (let segment = 0; segment < store.count; segment++) {
          const chain = chains.ofWait(lane, segment);
          const isWait = [LaneState.waitingForGil, LaneState.waitingForLock].some(
            state => state === store.stateOf(segment),
          );
          const lengthNs = store.endOf(segment) - store.startOf(segment);
          strictEqual(chain !== undefined, isWait && lengthNs > 0);
          if (!chain) continue;
          waits++;
          strictEqual(
            chain.ways.reduce((ns, way) => ns + way.ns, 0),
            lengthNs,
          );
          for (const way of chain.ways) {
            ok(chainSteps(trace, chain.lock, way).length > 0);
            for (const link of way.links.slice(0, -1)) ok(link.lock >= 0);
          }
        }
      });
    });
    ok(waits > 100);
  });

  it('is told in words, from the holder to whoever acts', () => {
    const trace = traceOf(program`
      A  lock M · sleep 20ms · unlock M
      B  sleep 1ms · lock L · lock M · unlock M · unlock L
      C  sleep 3ms · lock L · unlock L
    `);
    const told = lockChainsOf(trace).map(
      way => `${trace.lanes[way.victim].name}: ${chainText(trace, way.lock, way)}`,
    );
    ok(
      told.includes(
        'C: B has L and waits for M at line 3; A has M and sleeps or waits for I/O at line 2',
      ),
      told.join('\n'),
    );
  });

  it('says that somebody has the lock where nothing tells who, for as long as that is known', () => {
    const builder = new TraceBuilder(traceOf(program`A  compute 1ms`).header);
    const lock = builder.addLock({ name: 'L', kind: 'lock', type: 'Lock' });
    const lane = builder.addLane({ name: 'A', process: 0, interpreter: 0, gil: -1, main: true });
    builder.setState(lane, 0, LaneState.waitingForLock, 0);
    const add = (timeNs: number, kind: EventKind, argument: number): void =>
      builder.addEvent({ timeNs, kind, lane, lock, argument });
    add(0, EventKind.request, 0);
    add(10, EventKind.unseen, Unseen.byAcquire);
    add(40, EventKind.unseen, Unseen.inOtherProcess);
    add(60, EventKind.unseen, Unseen.over);
    builder.finish(100);
    const ways = new LockChains(builder).ofWait(lane, 0)?.ways ?? [];
    deepStrictEqual(
      ways.map(({ end, ns }) => `${end} ${ns}`),
      ['nobody 50', 'taken-unseen 30', 'other-process 20'],
    );
  });

  it('adds up to what blame says of each victim and lock, in any program', () => {
    let waits = 0;
    checkLaw(anyScenario, scenario => {
      const { trace } = runOf(scenario);
      const sums = new Map<string, number>();
      const add = (victim: number, lock: number, ns: number): void => {
        const key = `${victim} ${lock}`;
        sums.set(key, (sums.get(key) ?? 0) + ns);
      };
      for (const { victim, lock, ns } of lockChainsOf(trace)) add(victim, lock, ns);
      for (const { victim, lock, ns } of blameOf(trace))
        if (lock >= 0 && trace.locks[lock].kind === 'lock') add(victim, lock, -ns);
      waits += sums.size;
      for (const [key, left] of sums) strictEqual(left, 0, key);
    });
    ok(waits > 100);
  });
});

/** Threads each of which takes a lock, then the next one's. */
function ring(size: number): Program {
  const names = ['A', 'B', 'C', 'D', 'E'].slice(0, size);
  const lines = names.map(
    (name, i) => `${name}  lock L${i} · sleep 5ms · lock L${(i + 1) % size} · unlock L${i}`,
  );
  return program([...lines, 'X  compute 50ms'].join('\n'));
}

describe('a deadlock', () => {
  for (const size of [2, 3, 4, 5])
    it(`of ${size} threads is a circle of ${size} waits, with the locks`, () => {
      const trace = traceOf(ring(size));
      const [deadlock, ...others] = deadlocksOf(trace);
      strictEqual(others.length, 0);
      strictEqual(deadlock.certainty, 'proof');
      const locks = deadlock.circle.map(({ lock }) => trace.locks[lock].name).sort();
      deepStrictEqual(
        locks,
        [0, 1, 2, 3, 4].slice(0, size).map(i => `L${i}`),
      );
      for (const [i, { next }] of deadlock.circle.entries())
        strictEqual(next, deadlock.circle[(i + 1) % size].lane);
    });

  it('is none where threads merely wait long', () => {
    const trace = traceOf(program`
      A  lock L · sleep 1s · unlock L
      B  sleep 1ms · lock L · sleep 1s · unlock L
      C  sleep 2ms · lock L · unlock L
    `);
    deepStrictEqual(deadlocksOf(trace), []);
  });

  it('is found in no random program whose trace does not end stuck', () => {
    let ended = 0;
    checkLaw(anyScenario, scenario => {
      const { trace } = runOf(scenario);
      const isStuck = trace.stores.some(
        store => store.stateOf(store.count - 1) === LaneState.waitingForLock,
      );
      if (isStuck) return;
      ended++;
      deepStrictEqual(deadlocksOf(trace), []);
    });
    ok(ended > 100);
  });

  it('has nobody in it that is not known', () => {
    for (const { circle } of deadlocksOf(traceOf(ring(3))))
      for (const { next } of circle) ok(next !== NOBODY);
  });
});

describe('the finding about a lock', () => {
  it('names what its holder does meanwhile, for how long and at which line, and what helps', () => {
    const trace = traceOf(program`
      A  repeat 3 (lock L · sleep 50ms · unlock L · compute 1ms)
      B  repeat 3 (lock L · unlock L · compute 10ms)
      C  lock M · sleep 5ms · unlock M
      D  lock M · unlock M
    `);
    const [finding] = findingsOf(trace);
    ok(finding.kind === 'lock-contention', finding.kind);
    strictEqual(finding.lock, 'L');
    strictEqual(finding.does, 'waits-outside');
    strictEqual(finding.longestNs, 50e6);
    // What is waited for another lock is not told of this one.
    const ofL = blameOf(trace).filter(({ lock }) => trace.locks[lock].name === 'L');
    strictEqual(
      finding.waitedNs,
      ofL.reduce((ns, row) => ns + row.ns, 0),
    );
    match(
      findingText(finding, trace),
      /A has it and sleeps or waits for I\/O, for up to 50 ms at a time, at line/,
    );
    ok('what' in finding.change && finding.change.what.startsWith('Hold the lock for less'));
  });

  it('is a convoy where the holder itself waits for the GIL most of the time', () => {
    const trace = traceOf(program`
      A  repeat 10 (lock L · io 100us · compute 100us · unlock L)
      B  repeat 10 (lock L · io 100us · compute 100us · unlock L)
      C  compute 300ms
    `);
    const finding = findingsOf(trace).find(({ kind }) => kind === 'lock-convoy');
    ok(finding, 'no convoy was found');
    match(
      findingText(finding, trace),
      /while its holder itself waits for the GIL: [AB] has L and waits for the GIL at line \d; C has the GIL and computes/,
    );
  });
});
