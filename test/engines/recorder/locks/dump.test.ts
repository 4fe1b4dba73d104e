// Dumps of real interpreters: for every way to hold a lock, who has what a thread waits for.
import assert from 'node:assert/strict';

import { dumpOf, dumpText, type Dump } from '../../../../src/engines/recorded';
import { skip } from '../../../support/skip';
import { findInterpreters } from '../interpreters';
import { startProgram, startPython } from './runningPython';

/** What each thread waits for: the lock's kind and name, who has it and how that is known. */
const WAITS: Readonly<Record<string, string>> = {
  for_plain: 'Lock plain: with_plain (with)',
  for_two: 'Lock two: with_plain (with)',
  for_stacked: 'Lock stacked: with_stack (with)',
  for_generated: 'Lock generated: with_generator (with)',
  for_wrapped: 'Lock condition: with_condition (with)',
  for_reentrant: 'RLock reentrant: with_reentrant (owner)',
  for_shared: 'processLock shared: with_shared (owner)',
  for_taken: 'Lock taken: taken-unseen',
  limited: 'Lock plain: with_plain (with), limited',
  get: 'Lock self._session_lock: slow (with)',
  joiner: 'end of sleeper',
  notify: 'idle: Condition.wait',
  // Its `with` body is open, but it has given the lock back: it must not be named as the holder.
  notify_plain: 'idle: Condition.wait',
  for_notified: 'Lock notified: taken-unseen',
  event: 'idle: Event.wait',
  queue_get: 'idle: Queue.get',
  simple_get: 'idle: SimpleQueue.get',
  semaphore: 'idle: Semaphore.acquire',
  at_barrier: 'idle: Barrier.wait',
};

const CIRCLES = [
  'almost-sure: circle_a circle_b',
  'almost-sure: itself',
  'proof: owned_a owned_b',
  'proof: pool_0 pool_1',
];

describe('a dump of a running process', function () {
  this.timeout(60_000);
  const interpreters = findInterpreters();
  before(function () {
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found on this machine');
  });

  it('is made of every interpreter that was found', () => {
    assert.ok(interpreters.length > 0);
  });

  for (const { path: python, version } of interpreters) {
    it(`of CPython ${version} tells of every wait which object, which name and which holder`, async () => {
      const dump = await dumpOfProgram(python, []);
      const found = Object.fromEntries(
        dump.threads
          .filter(({ name }) => name in WAITS)
          .map(thread => [thread.name, waitOf(dump, thread)]),
      );
      assert.deepEqual(found, WAITS);
      assert.deepEqual(dump.standstills, []);
    });

    it(`of CPython ${version} finds the circles of waits, and nothing else in them`, async () => {
      const dump = await dumpOfProgram(python, ['circles']);
      assert.deepEqual(circlesOf(dump).sort(), CIRCLES);
      assert.match(dumpText(dump), /^Deadlock: 2 threads wait for each other in a circle/m);
    });

    it(`of CPython ${version} tells of a hang that is no circle`, async () => {
      const running = startPython(python, ['-c', NOBODY_PUTS]);
      try {
        assert.equal(await running.line(), 'ready');
        await pause();
        const dump = await dumpOf(running.pid);
        assert.deepEqual(
          dump.standstills.map(({ kind }) => kind),
          ['hang'],
        );
        assert.equal(dump.threads.length, 3);
      } finally {
        await running.end();
      }
    });
  }

  it('says what to do where there is no such process, and where it is no Python', async () => {
    await assert.rejects(dumpOf(4_000_000), /There is no process 4000000/);
    await assert.rejects(dumpOf(process.pid), /There is no CPython in this process/);
  });
});

const NOBODY_PUTS = `
import queue, threading
work = queue.Queue()
threads = [threading.Thread(target=work.get, daemon=True) for _ in range(2)]
for thread in threads: thread.start()
print("ready", flush=True)
threads[0].join()
`;

/** Long enough for threads that were just started to come to where they wait, as far as that can be had. */
function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 500));
}

async function dumpOfProgram(python: string, args: readonly string[]): Promise<Dump> {
  const running = await startProgram(python, 'lockCases.py', args);
  try {
    return await dumpOf(running.pid);
  } finally {
    await running.end();
  }
}

function nameIn(dump: Dump, id: number | null): string {
  return dump.threads.find(thread => thread.id === id)?.name ?? `no thread ${id}`;
}

function waitOf(dump: Dump, { state }: Dump['threads'][number]): string {
  const limited = 'limited' in state && state.limited ? ', limited' : '';
  switch (state.kind) {
    case 'waits-for-lock': {
      const { holder } = state;
      const { kind, name } = dump.locks[state.lock];
      const who =
        holder.kind === 'thread' ? `${nameIn(dump, holder.thread)} (${holder.proof})` : holder.kind;
      return `${kind} ${name}: ${who}${limited}`;
    }
    case 'joins':
      return `end of ${nameIn(dump, state.thread)}${limited}`;
    case 'idle':
      return `idle: ${state.what}${limited}`;
    default:
      return state.kind;
  }
}

function circlesOf(dump: Dump): string[] {
  return dump.standstills.map(({ certainty, threads }) => {
    const names = threads.map(id => nameIn(dump, id)).sort();
    return `${certainty}: ${names.join(' ')}`;
  });
}
