// How runs end: by themselves, by a wish, by force. Nothing is left behind, and what was recorded is kept.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { LaneState } from '../../../src/core/model/lanes';
import type { Trace } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { validateTrace } from '../../../src/core/model/validateTrace';
import { WorkersEngine } from '../../../src/engines/workers';
import { ProgramRun } from '../../../src/engines/workers/programRun';
import type { FromCoordinator } from '../../../src/engines/workers/messages';
import { RunnerPool } from '../../../src/engines/workers/runnerPool';
import { skip } from '../../support/skip';
import { EXACT_HEADER } from '../../support/traces';
import { makeTemporaryFolder } from '../../support/temporaryFolder';
import {
  block,
  compute,
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
} from './realRuns';
import { bundleOf, makeEngine } from './workersBundle';

const RUNTIMES = ['gil', 'processes', 'free-threaded'];

/** Threads that never end, each in a different kind of step. */
const ENDLESS = startAndJoin(
  [repeat(1_000_000, compute(100))],
  [repeat(1_000_000, native(1_000, 'holds'))],
  [repeat(1_000_000, block(10_000))],
  [lock(0), lock(0)],
);

describe('a run', function () {
  this.timeout(20_000);
  let made: Awaited<ReturnType<typeof makeEngine>>;
  before(async () => {
    made = await makeEngine();
  });
  after(() => made.dispose());

  for (const runtime of RUNTIMES) {
    it(`ends when it is cancelled, whatever its threads are doing, and keeps what it knows (${runtime})`, async () => {
      const abort = new AbortController();
      const { trace, sentence } = await runReally(made.engine, ENDLESS, {
        runtime,
        signal: abort.signal,
        seen: soFar => {
          if (ranSoFar(soFar) > 0) abort.abort();
        },
      });
      assert.equal(sentence, '');
      assert.equal(trace.done, true);
      assert.equal(validateTrace(trace), undefined);
      assert.ok(ranSoFar(trace) > 0);
      assert.deepEqual(await childrenOnceGone(), []);
    });
  }

  it('can be followed by another with the same threads', async () => {
    const { trace, report } = await runReally(made.engine, startAndJoin([compute(1)]));
    assert.equal(trace.done, true);
    assert.equal(report?.results.length, 2);
  });

  it('that is cancelled before its turn gives an empty trace', async () => {
    const abort = new AbortController();
    abort.abort();
    const { trace } = await runReally(made.engine, ENDLESS, { signal: abort.signal });
    assert.equal(trace.done, true);
    assert.equal(ranSoFar(trace), 0);
  });

  it('ends when it is cancelled although its threads have not begun yet', async () => {
    const temporary = makeTemporaryFolder();
    const file = path.join(temporary.folder, 'slow.js');
    const begun = path.join(temporary.folder, 'begun');
    // Runners that are never ready: as on a machine that is busy for long.
    const neverReady = `if (require('node:worker_threads').workerData === 'runner') {
      require('node:fs').writeFileSync(${JSON.stringify(begun)}, '');
      setInterval(() => undefined, 1000);
      return;
    }`;
    fs.writeFileSync(file, `${neverReady}\n${fs.readFileSync(made.bundle, 'utf8')}`);
    const engine = new WorkersEngine({ bundle: file });
    const abort = new AbortController();
    const running = runReally(engine, ENDLESS, { signal: abort.signal });
    await untilNone(() => (fs.existsSync(begun) ? [] : ['a runner']));
    abort.abort();
    const { trace, sentence } = await running;
    await engine.dispose();
    temporary.dispose();
    assert.deepEqual([trace.done, sentence, ranSoFar(trace)], [true, '', 0]);
  });

  it('is cancelled when its reader goes away', async () => {
    const request = {
      program: ENDLESS,
      runtime: 'gil',
      conditions: { cores: 2, switchIntervalNs: 5e6, seed: 1 },
    };
    const run = made.engine.start(request, new AbortController().signal);
    for await (const chunk of run.chunks) {
      assert.equal(chunk.done, false);
      break;
    }
    assert.ok((await run.report) !== undefined, 'the run came to its end');
  });

  it('waits for the one before: side by side they would take each other’s cores', async () => {
    const ends: string[] = [];
    await Promise.all(
      ['gil', 'free-threaded'].map(async runtime => {
        await runReally(made.engine, startAndJoin([compute(20)]), { runtime });
        ends.push(runtime);
      }),
    );
    assert.deepEqual(ends, ['gil', 'free-threaded']);
  });

  it('whose child process is killed ends with what was recorded and a sentence', async function () {
    if (!hasPs()) skip(this, 'needs ps to find the child processes');
    let killed = false;
    const { trace, sentence } = await runReally(made.engine, ENDLESS, {
      runtime: 'processes',
      seen: soFar => {
        if (killed || timesOf(soFar, 1)[LaneState.runningWithGil] === 0) return;
        killed = true;
        for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL');
      },
    });
    assert.ok(killed);
    assert.match(
      sentence,
      /^T\d was ended from outside: it was ended by SIGKILL\. What it did until then is shown\.$/,
    );
    assert.equal(marksOf(trace).at(-1), sentence);
    assert.equal(trace.done, true);
    assert.ok(timesOf(trace, 1)[LaneState.runningWithGil] > 0);
    const lost = trace.lanes.findIndex(({ name }) => sentence.startsWith(name));
    const { count } = trace.stores[lost];
    assert.equal(trace.stores[lost].stateOf(count - 1), LaneState.unknown);
    assert.deepEqual(await childrenOnceGone(), []);
  });

  it('leaves no process behind when its host is killed with -9', async function () {
    if (!hasPs()) skip(this, 'needs ps to find the child processes');
    const script = await bundleOf('test/engines/workers/endlessRun.ts');
    const host = spawn(process.execPath, [script.file, made.bundle], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [said] = (await once(host.stdout, 'data')) as [Buffer]; // the pipe has no encoding
      assert.match(said.toString(), /^running/);
      assert.ok(host.pid !== undefined);
      const children = childrenOf(host.pid);
      assert.equal(children.length, 2);
      host.kill('SIGKILL');
      await once(host, 'exit');
      await untilNone(() => children.filter(isAlive));
      assert.deepEqual(children.filter(isAlive), []);
    } finally {
      host.kill('SIGKILL');
      script.dispose();
    }
  });

  it('in which a thread throws ends with what was recorded and a sentence', async () => {
    const { trace, sentence } = await runWithRunners(
      // The kernel of the second runner does not survive its first turn.
      `parentPort.on('message', message => {
         if (message.kind === 'run' && message.assignment.lane === 1) {
           Math.imul = () => { throw new Error('out of paper'); };
         }
       });`,
    );
    assert.equal(sentence, 'T1 failed: out of paper. What was recorded until then is shown.');
    assert.equal(marksOf(trace).at(-1), sentence);
    assert.equal(trace.done, true);
  });

  it('whose thread is killed ends with what was recorded and a sentence', async () => {
    const { sentence } = await runWithRunners(
      `parentPort.on('message', message => {
         if (message.kind === 'run' && message.assignment.lane === 1) process.exit(7);
       });`,
    );
    assert.equal(
      sentence,
      'T1 was ended from outside: it ended with code 7. What it did until then is shown.',
    );
  });

  it('counts what it could not record when a ring is too small, and shows that it does not know', async () => {
    const small = await makeEngine({ ringCapacity: 8 });
    try {
      const busy = [repeat(3_000, block(0))];
      const { trace, report } = await runReally(small.engine, startAndJoin(busy, busy));
      assert.ok(trace.droppedCount > 0);
      assert.equal(validateTrace(trace), undefined);
      assert.ok(timesOf(trace, 1)[LaneState.unknown] > 0);
      assert.equal(trace.stores[1].stateOf(trace.stores[1].count - 1), LaneState.finished);
      assert.equal(
        report?.results.every(result => result !== undefined),
        true,
      );
    } finally {
      await small.dispose();
    }
  });

  it('is refused with a sentence when it cannot be run here', () => {
    const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
    const signal = new AbortController().signal;
    const refusal = (program: ReturnType<typeof programOf>, runtime = 'gil'): string => {
      try {
        made.engine.start({ program, runtime, conditions }, signal);
      } catch (error) {
        if (error instanceof Error && error.name === 'UserError') return error.message;
        throw error;
      }
      return '';
    };
    assert.match(refusal(programOf([compute(1)]), 'jython'), /^Real threads cannot run “jython”/);
    assert.match(refusal(programOf([start(7)])), /names thread 7, which does not exist/);
    const many = Array.from({ length: 70 }, () => [compute(1)]);
    assert.match(refusal(startAndJoin(...many)), /expected at most 64 threads, got 71/);
    assert.match(refusal(startAndJoin(...many), 'processes'), /expected at most 32 processes/);
    const odd = { kind: 'teleport', at: 1 } as unknown as ReturnType<typeof compute>; // from a newer analyser
    assert.match(refusal(programOf([repeat(2, odd)])), /only the simulation knows|teleport/);
  });

  it('is refused with a sentence where threads cannot share memory, and so is the race', async () => {
    const kept = Object.getOwnPropertyDescriptor(globalThis, 'SharedArrayBuffer');
    assert.ok(kept);
    const request = {
      program: programOf([compute(1)]),
      runtime: 'gil',
      conditions: { cores: 2, switchIntervalNs: 5e6, seed: 1 },
    };
    Object.defineProperty(globalThis, 'SharedArrayBuffer', { ...kept, value: undefined });
    try {
      assert.throws(() => made.engine.start(request, new AbortController().signal), {
        name: 'UserError',
        message: /^Real threads need memory that they share/,
      });
      await assert.rejects(made.engine.countReferences(2, new AbortController().signal), {
        name: 'UserError',
        message: /^Real threads need memory that they share/,
      });
    } finally {
      Object.defineProperty(globalThis, 'SharedArrayBuffer', kept);
    }
  });

  for (const runtime of RUNTIMES) {
    it(`is ended with a sentence when the engine is closed, and leaves nothing behind (${runtime})`, async () => {
      const other = await makeEngine();
      let closed: Promise<void> | undefined;
      const { trace, sentence } = await runReally(other.engine, ENDLESS, {
        runtime,
        seen: soFar => {
          if (ranSoFar(soFar) > 0) closed ??= other.dispose();
        },
      });
      await closed;
      assert.equal(sentence, 'The engine was closed while it ran.');
      assert.equal(trace.done, true);
      assert.ok(ranSoFar(trace) > 0);
      assert.deepEqual(await childrenOnceGone(), []);
    });
  }

  it('begins with threads that were made ready before', async () => {
    const other = await makeEngine();
    await other.engine.warmUp(2);
    const { report } = await runReally(other.engine, startAndJoin([compute(1)]));
    assert.equal(report?.results.length, 2);
    const waiting = other.engine.warmUp(40);
    await other.dispose();
    await waiting; // closing the engine keeps nobody waiting
  });

  it('ends with a sentence when the coordinator itself is gone, or never came', async () => {
    const temporary = makeTemporaryFolder();
    const file = path.join(temporary.folder, 'coordinator.js');
    fs.writeFileSync(
      file,
      `const { parentPort, workerData } = require('node:worker_threads');
       if (workerData === 'coordinator') parentPort.on('message', () => process.exit(3));
       require(${JSON.stringify(made.bundle)});`,
    );
    const sentences: string[] = [];
    for (const bundle of [file, path.join(temporary.folder, 'nothing.js')]) {
      const engine = new WorkersEngine({ bundle });
      const { trace, sentence, report } = await runReally(engine, ENDLESS);
      assert.equal(trace.done, true);
      assert.equal(report, undefined);
      sentences.push(sentence);
      await engine.dispose();
    }
    temporary.dispose();
    assert.equal(
      sentences[0],
      'The threads were ended from outside: the coordinator ended with code 3.',
    );
    assert.match(sentences[1], /^The threads were ended from outside: Cannot find module/);
  });

  it('gives the threads of a program that starts others from its threads', async () => {
    const program = programOf(
      [start(1), join(1)],
      [start(2), compute(1), join(2)],
      [start(3), join(3)],
      [compute(1)],
    );
    for (const runtime of RUNTIMES) {
      const { trace, report } = await runReally(made.engine, program, { runtime });
      assert.equal(report?.results.filter(result => result !== undefined).length, 4, runtime);
      assert.deepEqual(marksOf(trace), []);
    }
  });

  /** Runs a small program with runners that carry out `sabotage` before anything else. */
  async function runWithRunners(sabotage: string) {
    const temporary = makeTemporaryFolder();
    const file = path.join(temporary.folder, 'runner.js');
    fs.writeFileSync(
      file,
      `const { parentPort } = require('node:worker_threads');
       ${sabotage}
       require(${JSON.stringify(made.bundle)});`,
    );
    const messages: FromCoordinator[] = [];
    const host = {
      bundle: file,
      pool: new RunnerPool(file),
      turnsPerNs: 0.5,
      begunAt: process.hrtime(),
      send: (message: FromCoordinator) => void messages.push(message),
    };
    const request = {
      program: startAndJoin([compute(5)], [compute(5)]),
      runtime: 'gil',
      conditions: { cores: 2, switchIntervalNs: 5e6, seed: 1 },
    };
    const begin = { run: 1, request, options: { cancelled: false, ringCapacity: 64 } };
    await new ProgramRun(host, begin, new AbortController().signal).run();
    await host.pool.dispose();
    temporary.dispose();
    return storyOf(messages);
  }
});

function storyOf(messages: readonly FromCoordinator[]) {
  const trace = new TraceBuilder(EXACT_HEADER);
  let sentence = '';
  for (const message of messages) {
    if (message.kind === 'chunk') assert.equal(trace.appendChunk(message.chunk), undefined);
    if (message.kind === 'failed') sentence = message.sentence;
  }
  return { trace, sentence };
}

/** How long threads of the program, the main thread apart, have run. */
function ranSoFar(trace: Trace): number {
  return trace.lanes.reduce((sum, { main }, lane) => {
    const times = timesOf(trace, lane);
    const ranNs = times[LaneState.runningWithGil] + times[LaneState.runningWithoutGil];
    return main ? sum : sum + ranNs;
  }, 0);
}

function hasPs(): boolean {
  try {
    return childrenOf(process.pid).length >= 0;
  } catch {
    return false; // no such command: Windows
  }
}

/** Child processes, without the `ps` that lists them. */
function childrenOf(pid: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === pid && args.includes('gil-scope-process'))
    .map(([child]) => Number(child));
}

async function childrenOnceGone(): Promise<number[]> {
  if (!hasPs()) return [];
  await untilNone(() => childrenOf(process.pid));
  return childrenOf(process.pid);
}

/** Looks until there are none, or for five seconds. */
async function untilNone(look: () => readonly unknown[]): Promise<void> {
  for (let i = 0; i < 100 && look().length > 0; i++) {
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH: there is no such process
  }
}
