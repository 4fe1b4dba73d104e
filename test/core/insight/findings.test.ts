// Findings on traces made by hand, each of which has one thing that is wrong, or nothing.

import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { accountOf, CAUSES } from '../../../src/core/insight/account';
import type { Finding } from '../../../src/core/insight/findings/finding';
import { findingsOf } from '../../../src/core/insight/findings/findings';
import { whenAtLeast } from '../../../src/core/insight/stretches';
import { verdictOf } from '../../../src/core/insight/verdict';
import { LaneState } from '../../../src/core/model/lanes';
import type { Mark } from '../../../src/core/model/mark';
import { EventKind } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { EXACT_HEADER } from '../../support/traces';

const {
  notStarted: no,
  runningWithGil: held,
  runningWithoutGil: free,
  waitingForGil: waits,
  waitingForLock: lock,
  blocked,
  idle,
  waitingForProcess: asks,
  finished: done,
} = LaneState;

/** `state` for so many milliseconds, at a line. */
type Piece = readonly [state: LaneState, ms: number, line?: number];

interface Lane {
  readonly name: string;
  readonly process?: number;
  readonly pieces: readonly Piece[];
}

interface Marked {
  readonly lane: number;
  readonly ms: number;
  readonly mark: Mark;
}

/** A recorded trace; who holds a GIL follows from the states. Line 0 is no known line. */
function recorded(lanes: readonly Lane[], marks: readonly Marked[] = []): TraceBuilder {
  const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded', cores: 2 });
  const gils = new Map<number, number>();
  const events: Parameters<TraceBuilder['addEvent']>[0][] = [];
  lanes.forEach(({ name, process = 0, pieces }, lane) => {
    if (!gils.has(process)) gils.set(process, trace.addLock({ name: 'GIL', kind: 'gil' }));
    const gil = gils.get(process) ?? 0;
    const main = name.startsWith('Main');
    trace.addLane({ name, process, interpreter: 0, gil, main });
    let nowNs = 0;
    for (const [state, ms, line = 0] of pieces) {
      trace.setState(lane, nowNs, state, line === 0 ? 0 : placeOf(trace, line));
      const common = { lane, lock: gil };
      if (state === held) {
        const release = { timeNs: nowNs + ms * 1e6, kind: EventKind.release, argument: 1 };
        events.push({ ...common, timeNs: nowNs, kind: EventKind.acquire, argument: 0 });
        events.push({ ...common, ...release });
      }
      nowNs += ms * 1e6;
    }
  });
  for (const { lane, ms, mark } of marks) {
    const argument = trace.addMark(mark);
    events.push({ lane, lock: 0, timeNs: ms * 1e6, kind: EventKind.mark, argument });
  }
  // At one moment a holder lets go before the next one takes it.
  events.sort((a, b) => a.timeNs - b.timeNs || b.kind - a.kind);
  for (const event of events) trace.addEvent(event);
  const endsMs = lanes.map(({ pieces }) => pieces.reduce((sum, [, ms]) => sum + ms, 0));
  trace.finish(Math.max(...endsMs) * 1e6);
  return trace;
}

/** Line n of the program is position n of the trace. */
function placeOf(trace: TraceBuilder, line: number): number {
  while (trace.positions.length <= line)
    trace.addPosition({
      file: '/srv/app.py',
      line: trace.positions.length,
      functionName: 'work',
    });
  return line;
}

function repeated(times: number, ...pieces: readonly Piece[]): Piece[] {
  return Array.from({ length: times }, () => pieces).flat();
}

function kindsOf(trace: TraceBuilder): string[] {
  return findingsOf(trace).map(({ kind }) => kind);
}

function headlineOf(trace: TraceBuilder): Finding {
  const [headline] = findingsOf(trace);
  return headline;
}

describe('the account of a trace', () => {
  it('books every thread’s life without rest, and sums it up', () => {
    const trace = recorded([
      {
        name: 'MainThread',
        pieces: [
          [held, 10, 1],
          [idle, 70, 2],
          [blocked, 20, 3],
        ],
      },
      {
        name: 'a',
        pieces: [
          [no, 10],
          [waits, 5, 4],
          [free, 60, 5],
          [lock, 5, 6],
          [done, 20],
        ],
      },
    ]);
    const account = accountOf(trace);
    deepStrictEqual(
      account.threads.map(({ lifeNs }) => lifeNs),
      [100e6, 70e6],
    );
    for (const { lifeNs, times } of [...account.threads, account])
      strictEqual(
        CAUSES.reduce((sum, cause) => sum + times[cause], 0),
        lifeNs,
      );
    strictEqual(account.times.idle, 70e6);
    // Somebody did something, or would have: 0 to 10, and 10 to 80.
    strictEqual(account.processes[0].activeNs, 80e6);
  });

  it('tells who only starts others, and who only waits', () => {
    const trace = recorded([
      {
        name: 'MainThread',
        pieces: [
          [held, 4, 1],
          [idle, 196, 2],
        ],
      },
      {
        name: 'worker',
        pieces: [
          [held, 150, 3],
          [blocked, 50, 4],
        ],
      },
      {
        name: 'waiter',
        pieces: [
          [blocked, 199, 5],
          [free, 1, 5],
        ],
      },
    ]);
    deepStrictEqual(
      accountOf(trace).threads.map(({ role }) => role),
      ['starter', 'worker', 'waiter'],
    );
  });
});

describe('stretches of time', () => {
  it('are those in which at least so many go on, without gaps between neighbours', () => {
    const stretches = [
      { startNs: 0, endNs: 10 },
      { startNs: 5, endNs: 20 },
      { startNs: 20, endNs: 30 },
    ];
    deepStrictEqual(whenAtLeast(1, stretches), [{ startNs: 0, endNs: 30 }]);
    deepStrictEqual(whenAtLeast(2, stretches), [{ startNs: 5, endNs: 10 }]);
    deepStrictEqual(whenAtLeast(3, stretches), []);
  });
});

describe('findings', () => {
  it('are none where threads wait for I/O side by side', () => {
    const io = repeated(5, [blocked, 90, 2], [held, 1, 3]);
    const trace = recorded([
      { name: 'MainThread', pieces: [[idle, 455, 9]] },
      { name: 'a', pieces: io },
      { name: 'b', pieces: [[blocked, 2, 2], ...io] },
    ]);
    deepStrictEqual(kindsOf(trace), []);
    strictEqual(verdictOf(trace).class, 'io-bound');
  });

  it('name a loop that a coroutine keeps, at its line, and only if it is known to be a loop', () => {
    const lanes: Lane[] = [
      {
        name: 'MainThread',
        pieces: [
          [idle, 100, 9],
          [held, 400, 3],
          [idle, 100, 9],
        ],
      },
    ];
    const runsLoop = { lane: 0, ms: 50, mark: { kind: 'event-loop', text: 'runs an event loop' } };
    const found = headlineOf(recorded(lanes, [runsLoop as Marked]));
    deepStrictEqual([found.kind, found.where, found.costNs], ['event-loop-stalled', 3, 400e6]);
    deepStrictEqual(kindsOf(recorded(lanes)), []);
  });

  it('do not call an idle loop stalled, nor a hang', () => {
    const lanes: Lane[] = [{ name: 'MainThread', pieces: [[idle, 3000, 9]] }];
    const runsLoop = { lane: 0, ms: 50, mark: { kind: 'event-loop', text: 'runs an event loop' } };
    deepStrictEqual(kindsOf(recorded(lanes, [runsLoop as Marked])), []);
  });

  it('name a hang where all wait for one another, with the line of a lock', () => {
    const trace = recorded([
      { name: 'MainThread', pieces: [[idle, 2000, 9]] },
      {
        name: 'a',
        pieces: [
          [held, 10, 1],
          [lock, 1990, 4],
        ],
      },
      {
        name: 'b',
        pieces: [
          [no, 10],
          [held, 10, 2],
          [lock, 1980, 5],
        ],
      },
    ]);
    const found = headlineOf(trace);
    deepStrictEqual([found.kind, found.where, found.certainty], ['hang', 4, 'sure']);
    match(verdictOf(trace).claim, /until the end/);
  });

  it('do not name a hang where somebody waits for what comes from outside', () => {
    const trace = recorded([
      { name: 'MainThread', pieces: [[blocked, 2000, 9]] },
      {
        name: 'a',
        pieces: [
          [held, 10, 1],
          [idle, 1990, 4],
        ],
      },
    ]);
    ok(!kindsOf(trace).includes('hang'));
  });

  it('name threads that are started and joined in one loop', () => {
    const trace = recorded([
      { name: 'MainThread', pieces: repeated(4, [held, 1, 1], [idle, 99, 7]) },
      ...[0, 1, 2, 3].map(turn => ({
        name: `Thread-${turn}`,
        pieces: [
          [no, turn * 100 + 1],
          [blocked, 99, 3],
          [done, 300 - turn * 100],
        ] as Piece[],
      })),
    ]);
    const found = headlineOf(trace);
    deepStrictEqual([found.kind, found.where], ['not-parallel', 7]);
    match(verdictOf(trace).claim, /^4 threads run one after the other/);
  });

  it('do not say so of threads that overlap', () => {
    const trace = recorded([
      { name: 'MainThread', pieces: repeated(4, [held, 1, 1], [idle, 99, 7]) },
      ...[0, 1, 2, 3].map(turn => ({
        name: `Thread-${turn}`,
        pieces: [
          [no, turn * 50 + 1],
          [blocked, 199, 3],
          [done, 200 - turn * 50],
        ] as Piece[],
      })),
    ]);
    deepStrictEqual(kindsOf(trace), []);
  });

  it('tell a wait for a lock inside of C code from one for a lock of the program', () => {
    const inC = repeated(20, [free, 10, 3], [lock, 10, 3]);
    const ofProgram = repeated(20, [held, 10, 3], [lock, 10, 4]);
    const main: Lane = { name: 'MainThread', pieces: [[blocked, 400, 9]] };
    deepStrictEqual(kindsOf(recorded([main, { name: 'a', pieces: inC }])), ['c-lock-contention']);
    deepStrictEqual(kindsOf(recorded([main, { name: 'a', pieces: ofProgram }])), [
      'lock-contention',
    ]);
  });

  it('tell a collection that keeps the GIL from C code that does', () => {
    const lanes: Lane[] = [
      { name: 'MainThread', pieces: repeated(5, [held, 80, 3], [blocked, 20, 4]) },
      {
        name: 'ticker',
        pieces: repeated(5, [blocked, 10, 6], [waits, 70, 6], [held, 1, 6], [blocked, 19, 6]),
      },
    ];
    const collections = [0, 1, 2, 3, 4].flatMap(i => [
      { lane: 0, ms: i * 100 + 5, mark: { kind: 'collection', text: 'collects' } },
      { lane: 0, ms: i * 100 + 79, mark: { kind: 'collected', text: 'has collected' } },
    ]) as Marked[];
    strictEqual(headlineOf(recorded(lanes)).kind, 'long-hold');
    const found = headlineOf(recorded(lanes, collections));
    deepStrictEqual([found.kind, found.where], ['garbage-collection', 3]);
  });

  it('name many small questions to another process, not one long wait for its work', () => {
    const asking = repeated(80, [held, 1, 3], [asks, 3, 4]);
    const waiting: Piece[] = [
      [held, 1, 3],
      [asks, 319, 4],
    ];
    const of = (pieces: readonly Piece[]): string[] =>
      kindsOf(
        recorded([
          { name: 'MainThread', pieces: [[asks, 320, 9]] },
          { name: 'Main of a child', process: 1, pieces },
        ]),
      );
    deepStrictEqual(of(asking), ['processes-cost']);
    deepStrictEqual(of(waiting), []);
  });

  it('say first that a program failed', () => {
    const trace = recorded([{ name: 'MainThread', pieces: [[held, 100, 1]] }]);
    strictEqual(verdictOf(trace, { exitCode: 0 }).class, 'no-problem');
    match(verdictOf(trace, { exitCode: 3 }).claim, /exit code 3/);
  });

  it('cost no more than the lives of the threads that pay', () => {
    const turn = repeated(20, [held, 5, 3], [waits, 5, 3]);
    const other = repeated(20, [waits, 5, 3], [held, 5, 3]);
    const trace = recorded([
      { name: 'MainThread', pieces: [[idle, 200, 9]] },
      { name: 'a', pieces: turn },
      { name: 'b', pieces: other },
    ]);
    const found = headlineOf(trace);
    deepStrictEqual([found.kind, found.where], ['serialised', 3]);
    ok(found.costNs > 0);
    const lives = found.threads.map(lane => accountOf(trace).threads[lane].lifeNs);
    ok(found.costNs <= lives.reduce((sum, ns) => sum + ns, 0));
  });
});

describe('a hang of several processes', () => {
  const hung = (childDoes: LaneState): TraceBuilder =>
    recorded([
      {
        name: 'MainThread',
        pieces: [
          [held, 300, 1],
          [idle, 5000, 2],
        ],
      },
      {
        name: 'MainThread of a worker',
        process: 1,
        pieces: [
          [no, 200],
          [idle, 1000, 3],
          [childDoes, 2000, 4],
          [idle, 2100, 3],
        ],
      },
    ]);

  it('is told when all of them wait until the end', () => {
    strictEqual(headlineOf(hung(idle)).kind, 'hang');
  });

  it('is none while one of them does something', () => {
    deepStrictEqual(kindsOf(hung(held)), []);
  });
});

describe('the certainty of a finding', () => {
  const convoyed = (waitMs: number): Lane[] => [
    { name: 'MainThread', pieces: repeated(50, [held, 20, 1], [waits, 1, 1]) },
    { name: 'reader', pieces: repeated(50, [waits, 20, 2], [held, 1, 2]) },
    {
      name: 'brief',
      pieces: [
        [waits, waitMs, 3],
        [idle, 1050 - waitMs, 3],
      ],
    },
  ];

  it('is sure where all was seen, and likely where much of it was not', () => {
    const trace = recorded(convoyed(20));
    strictEqual(headlineOf(trace).certainty, 'sure');
    trace.countDropped(1000);
    strictEqual(headlineOf(trace).certainty, 'likely');
  });

  it('goes with those who wait, and leaves out who waited for a moment only', () => {
    ok(!headlineOf(recorded(convoyed(2))).threads.includes(2));
  });
});
