// Verdicts on labelled scenarios: a confusion table, printed and checked.

import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { LaneState } from '../../../src/core/model/lanes';
import { simulate } from '../../../src/core/machine/machine';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { VERDICT_CLASSES, verdictOf, type VerdictClass } from '../../../src/core/insight/verdict';
import { program } from '../../support/stories';
import { EXACT_HEADER } from '../../support/traces';
import { EventKind } from '../../../src/core/model/trace';

interface Labelled {
  readonly class: VerdictClass;
  readonly name: string;
  readonly text: string;
  readonly runtime?: string;
  readonly cores?: number;
  readonly intervalMs?: number;
}

const threads = (count: number, steps: string): string =>
  [
    `main  ${Array.from({ length: count }, (_, i) => `start T${i}`).join(' · ')}` +
      Array.from({ length: count }, (_, i) => ` · join T${i}`).join(''),
    ...Array.from({ length: count }, (_, i) => `T${i}  ${steps}`),
  ].join('\n');

const SCENARIOS: readonly Labelled[] = [
  { class: 'serialised', name: 'two counting threads', text: threads(2, 'compute 200ms') },
  { class: 'serialised', name: 'eight counting threads', text: threads(8, 'compute 40ms') },
  {
    class: 'serialised',
    name: 'computing with a little I/O',
    text: threads(4, 'repeat 5 (compute 30ms · io 2ms)'),
  },
  {
    class: 'serialised',
    name: 'counting in sub-interpreters that share a GIL',
    text: threads(3, 'compute 100ms'),
    runtime: 'subinterpreters-shared',
  },
  {
    class: 'serialised',
    name: 'counting threads of Python 2',
    text: threads(2, 'compute 100ms'),
    runtime: 'gil-ticks',
  },
  { class: 'serialised', name: 'short calls of C code', text: threads(3, 'repeat 100 (c 1ms)') },
  {
    class: 'convoy',
    name: 'a pinger beside a counter',
    text: 'main  start A · repeat 40 (compute 50us · io 1ms)\nA  compute 300ms',
  },
  {
    class: 'convoy',
    name: 'a pinger beside three counters',
    text: 'main  start A · start B · start C · repeat 20 (compute 50us · io 1ms)\nA  compute 150ms\nB  compute 150ms\nC  compute 150ms',
  },
  {
    class: 'convoy',
    name: 'a server thread with a long interval',
    text: 'A  repeat 10 (io 4ms · compute 200us)\nB  compute 400ms',
    intervalMs: 20,
  },
  {
    class: 'convoy',
    name: 'a logger that wakes up often',
    text: 'A  repeat 30 (sleep 2ms · compute 100us)\nB  compute 250ms',
  },
  { class: 'long-hold', name: 'one sort that keeps the GIL', text: 'A  c 300ms\nB  compute 50ms' },
  {
    class: 'long-hold',
    name: 'JSON parsed in one go beside a pinger',
    text: 'A  repeat 4 (c 120ms)\nB  repeat 8 (io 1ms · compute 100us)',
  },
  {
    class: 'long-hold',
    name: 'regular expressions in three threads',
    text: threads(3, 'repeat 3 (c 80ms)'),
  },
  {
    class: 'lock-contention',
    name: 'everybody wants one lock while it sleeps',
    text: threads(4, 'repeat 5 (lock L · sleep 10ms · unlock L · compute 1ms)'),
  },
  {
    class: 'lock-contention',
    name: 'a lock around C code without the GIL',
    text: threads(3, 'repeat 4 (lock L · free 20ms · unlock L)'),
    cores: 4,
  },
  {
    class: 'lock-contention',
    name: 'a lock in processes',
    text: threads(3, 'repeat 4 (lock L · compute 40ms · unlock L)'),
    runtime: 'processes-fork',
    cores: 4,
  },
  {
    class: 'io-bound',
    name: 'twenty downloads',
    text: threads(20, 'repeat 3 (io 80ms · compute 500us)'),
    cores: 4,
  },
  {
    class: 'io-bound',
    name: 'one client that waits',
    text: 'main  repeat 5 (io 50ms · compute 1ms)',
  },
  { class: 'io-bound', name: 'sleepers', text: threads(5, 'sleep 300ms') },
  {
    class: 'too-small-for-processes',
    name: 'tiny jobs in spawned processes',
    text: threads(4, 'compute 5ms'),
    runtime: 'processes-spawn',
  },
  {
    class: 'too-small-for-processes',
    name: 'tiny jobs under forkserver',
    text: threads(4, 'compute 4ms'),
    runtime: 'processes',
    cores: 4,
  },
  {
    class: 'too-small-for-processes',
    name: 'tiny jobs in sub-interpreters',
    text: threads(2, 'compute 2ms'),
    runtime: 'subinterpreters',
  },
  {
    class: 'more-threads-than-cores',
    name: 'sixteen processes on two cores',
    text: threads(16, 'compute 100ms'),
    runtime: 'processes-fork',
  },
  {
    class: 'more-threads-than-cores',
    name: 'eight hashing threads on two cores',
    text: threads(8, 'free 100ms'),
  },
  {
    class: 'more-threads-than-cores',
    name: 'free threads on one core',
    text: threads(4, 'compute 60ms'),
    runtime: 'free-threaded',
    cores: 1,
  },
  {
    class: 'contention-without-gil',
    name: 'a shared dict without a GIL',
    text: threads(4, 'compute 80ms touching 70% of cache'),
    runtime: 'free-threaded',
    cores: 4,
  },
  {
    class: 'contention-without-gil',
    name: 'a hot list in 3.13t',
    text: threads(2, 'compute 100ms touching 90% of results'),
    runtime: 'free-threaded-3.13',
  },
  {
    class: 'no-problem',
    name: 'hashing threads with a core each',
    text: threads(2, 'free 200ms'),
    cores: 4,
  },
  {
    class: 'no-problem',
    name: 'processes with enough to do',
    text: threads(4, 'compute 900ms'),
    runtime: 'processes',
    cores: 4,
  },
  {
    class: 'no-problem',
    name: 'free threads with a core each',
    text: threads(4, 'compute 100ms'),
    runtime: 'free-threaded',
    cores: 4,
  },
  { class: 'no-problem', name: 'one thread', text: 'main  compute 100ms' },
  {
    class: 'stuck',
    name: 'two locks in two orders',
    text: 'A  lock L · sleep 1ms · lock M\nB  lock M · sleep 1ms · lock L',
  },
  { class: 'stuck', name: 'waiting for what nobody puts', text: 'A  compute 5ms · get Q' },
];

function verdictOn({ text, runtime = 'gil', cores = 2, intervalMs = 5 }: Labelled) {
  return verdictOf(
    simulate({
      program: program(text),
      runtime,
      conditions: { cores, switchIntervalNs: intervalMs * 1e6, seed: 7 },
    }),
  );
}

describe('verdicts', () => {
  it('speaks of one thread where there is only one', () => {
    const alone = (text: string): string =>
      verdictOn({ class: 'no-problem', name: '', text: `main  ${text}` }).sentence;
    match(alone('compute 100ms'), /^Only one thread runs, .*; 1\.0 of \d cores are busy\.$/);
    match(alone('compute 10ms · sleep 90ms'), /^Only one thread runs, .*: it spends 90 % of its/);
  });

  it('name the class of every labelled scenario', () => {
    ok(SCENARIOS.length >= 24);
    const wrong: string[] = [];
    const table = new Map<string, number>();
    for (const scenario of SCENARIOS) {
      const got = verdictOn(scenario);
      const cell = `${scenario.class} ${got.class}`;
      table.set(cell, (table.get(cell) ?? 0) + 1);
      if (got.class !== scenario.class)
        wrong.push(`${scenario.name}: ${got.class}: ${got.sentence}`);
    }
    console.log(
      `      ${'labelled \\ said'.padEnd(26)}${VERDICT_CLASSES.map(name => name.slice(0, 9).padStart(10)).join('')}`,
    );
    for (const label of VERDICT_CLASSES) {
      const cells = VERDICT_CLASSES.map(said =>
        String(table.get(`${label} ${said}`) ?? '·').padStart(10),
      );
      console.log(`      ${label.padEnd(26)}${cells.join('')}`);
    }
    deepStrictEqual(wrong, []);
  });

  it('do not say that the GIL was kept for long where hand-offs are only estimated', () => {
    const trace = simulate({
      program: program('A  c 300ms\nB  compute 50ms'),
      runtime: 'gil',
      conditions: { cores: 2, switchIntervalNs: 5e6, seed: 1 },
    });
    strictEqual(verdictOf(trace).class, 'long-hold');
    const handOffs = { kind: 'estimated', how: 'a thread looks every 10 ms' } as const;
    const certainty = { ...trace.header.certainty, handOffs };
    Object.defineProperty(trace, 'header', { value: { ...trace.header, certainty } });
    ok(verdictOf(trace).class !== 'long-hold');
  });

  it('say in a sentence what happened, who did it, and where', () => {
    const { sentence } = verdictOn({
      class: 'long-hold',
      name: '',
      text: 'A  c 300ms\nB  compute 50ms',
    });
    deepStrictEqual(
      sentence,
      'A keeps the GIL for up to 300 ms at a time at line 1: C code cannot be interrupted, and the others wait.',
    );
  });

  it('end with what makes the picture incomplete', () => {
    const sentenceOf = (text: string): string =>
      verdictOn({ class: 'stuck', name: '', text }).sentence;
    ok(
      sentenceOf('main  start A · join A\nA  compute 5ms\nB  compute 5ms').endsWith(
        ' B is never started.',
      ),
    );
    ok(
      sentenceOf('A  repeat Infinity (sleep 1s)').endsWith(
        'Stopped after 3600 s: it goes on, but no longer run is simulated.',
      ),
    );
    deepStrictEqual(
      sentenceOf('main  repeat Infinity (compute 0ms)'),
      'Stopped after 0 ns: it never gets on: ten million steps in a row took no time.',
    );
  });

  it('prove themselves with rows of the blame table', () => {
    for (const scenario of SCENARIOS) {
      const needsProof = ['serialised', 'convoy', 'long-hold', 'lock-contention'].includes(
        scenario.class,
      );
      if (needsProof) ok(verdictOn(scenario).evidence.length > 0, scenario.name);
    }
  });

  it('do not call work too small for processes that take less time than it would under one GIL', () => {
    // 4 × 80 ms need one GIL 320 ms; spawned they are done after 89 + 80 on four cores, though 356 ms go into starting.
    const label = { class: 'no-problem', name: '', runtime: 'processes-spawn', cores: 4 } as const;
    strictEqual(verdictOn({ ...label, text: threads(4, 'compute 80ms') }).class, 'no-problem');
    // 4 × 30 ms need it 120 ms, and are done after 89 + 30 at best.
    const small = verdictOn({ ...label, text: threads(4, 'compute 29ms') });
    strictEqual(small.class, 'too-small-for-processes');
  });

  it('give interpreters that share a GIL one each before they propose processes', () => {
    const text = threads(3, 'compute 100ms');
    const shared = {
      class: 'serialised',
      name: '',
      text,
      runtime: 'subinterpreters-shared',
    } as const;
    deepStrictEqual(verdictOn(shared).change, {
      kind: 'runtime',
      runtime: 'subinterpreters',
      what: 'Give each interpreter a GIL of its own.',
    });
  });

  it('do not say that there is no GIL where one thread computes and the others wait for an event', () => {
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded', runtime: 'gil' });
    const lock = trace.addLock({ name: 'GIL', kind: 'gil' });
    const lane = { process: 0, interpreter: 0, gil: lock, main: false };
    for (const name of ['MainThread', 'a', 'b', 'c', 'd'])
      trace.addLane({ ...lane, name, main: name === 'MainThread' });
    const acquire = (timeNs: number, taker: number): void =>
      trace.addEvent({ timeNs, lane: taker, lock, kind: EventKind.acquire, argument: 0 });
    trace.setState(0, 0, LaneState.runningWithGil, 0);
    acquire(0, 0);
    for (const waiter of [1, 2, 3, 4]) trace.setState(waiter, 0, LaneState.waitingForLock, 0);
    trace.setState(1, 950e6, LaneState.waitingForGil, 0);
    trace.setState(1, 955e6, LaneState.runningWithGil, 0);
    trace.setState(0, 955e6, LaneState.waitingForGil, 0);
    acquire(955e6, 1);
    trace.finish(1000e6);
    ok(!verdictOf(trace).sentence.includes('no GIL'), verdictOf(trace).sentence);
  });

  it('do not call threads too small for processes because it took long to meet them', () => {
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded', runtime: 'gil' });
    const lock = trace.addLock({ name: 'GIL', kind: 'gil' });
    for (const name of ['MainThread', 'a'])
      trace.addLane({ name, process: 0, interpreter: 0, gil: lock, main: name === 'MainThread' });
    trace.setState(0, 0, LaneState.runningWithGil, 0);
    trace.setState(0, 10e6, LaneState.blocked, 0);
    trace.setState(1, 0, LaneState.starting, 0);
    trace.setState(1, 90e6, LaneState.blocked, 0);
    trace.finish(100e6);
    ok(verdictOf(trace).class !== 'too-small-for-processes', verdictOf(trace).sentence);
  });

  it('do not call a recorded program too small because its own start took a while', () => {
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded' });
    const lock = trace.addLock({ name: 'GIL', kind: 'gil' });
    trace.addLane({ name: 'MainThread', process: 0, interpreter: 0, gil: lock, main: true });
    trace.setState(0, 0, LaneState.starting, 0);
    trace.setState(0, 100e6, LaneState.runningWithGil, 0);
    trace.setState(0, 150e6, LaneState.finished, 0);
    trace.finish(150e6);
    deepStrictEqual(verdictOf(trace).class, 'no-problem');
  });
});
