// Who holds a lock, against a log that the program itself keeps: right or unknown, never wrong.
import assert from 'node:assert/strict';

import {
  locateRuntime,
  type LocatedRuntime,
} from '../../../../src/engines/recorder/cpython/locateRuntime';
import type { LockWait } from '../../../../src/engines/recorder/locks/lockWatch';
import { ProcessEyes, type SeenThread } from '../../../../src/engines/recorder/locks/processEyes';
import { ProcessMemory } from '../../../../src/engines/recorder/system/processMemory';
import { skip } from '../../../support/skip';
import { findInterpreters } from '../interpreters';
import { startProgram } from './runningPython';

/** Over all interpreters. */
const LOOKS = Number(process.env.GIL_SCOPE_LOCK_LOOKS ?? 2000);

interface Judged {
  /** Looks at which somebody waited for a lock and the log was clear about who had it. */
  clear: number;
  right: number;
  wrong: string[];
}

describe('the holder of a lock', function () {
  this.timeout(300_000);
  const interpreters = findInterpreters();
  before(function () {
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found on this machine');
  });

  it('is judged on every interpreter that was found', () => {
    assert.ok(interpreters.length > 0);
  });

  const looks = Math.ceil(LOOKS / (2 * Math.max(1, interpreters.length)));
  for (const { path: python, version } of interpreters) {
    it(`in CPython ${version} is right or unknown, never wrong, where all use with`, async () => {
      const { clear, right, wrong } = await judge(python, [], looks);
      assert.deepEqual(wrong, []);
      assert.ok(clear >= looks / 10, `only ${clear} of ${looks} looks could be judged`);
      assert.ok(right / clear >= 0.95, `known in ${right} of ${clear}`);
    });

    it(`in CPython ${version} is never wrong where some use acquire()`, async () => {
      const { clear, wrong } = await judge(python, ['acquire'], looks);
      assert.deepEqual(wrong, []);
      assert.ok(clear >= looks / 10, `only ${clear} of ${looks} looks could be judged`);
    });
  }
});

async function judge(python: string, args: readonly string[], looks: number): Promise<Judged> {
  const running = await startProgram(python, 'lockLog.py', args);
  const [address, ...ids] = (await running.line()).split(' ').map(Number);
  const log = new LockLog(running.pid, address, ids);
  const eyes = new ProcessEyes(runtimeOf(running.pid));
  const judged: Judged = { clear: 0, right: 0, wrong: [] };
  try {
    for (let look = 0; look < looks; look++) {
      const before = log.read();
      const seen = eyes.look() ?? [];
      const waits = seen.map(thread => eyes.watch.waitOf(thread));
      for (const [index, thread] of seen.entries())
        await judgeWait(eyes, { thread, wait: waits[index] }, { log, before }, judged);
      await pause(1);
    }
  } finally {
    log.close();
    eyes.close();
    await running.end();
  }
  const { clear, right, wrong } = judged;
  if (process.env.GIL_SCOPE_LOCK_LOOKS !== undefined)
    console.log(`      ${right} of ${clear} known, ${wrong.length} wrong ${wrong.join('; ')}`);
  return judged;
}

/** What the log says if it did so before and after, else nothing: a hold may end and begin during a look. */
async function judgeWait(
  eyes: ProcessEyes,
  { thread, wait }: { thread: SeenThread; wait: LockWait | undefined },
  truth: { readonly log: LockLog; readonly before: readonly LogWords[] },
  judged: Judged,
): Promise<void> {
  if (wait?.kind !== 'lock' || wait.lock.kind !== 'Lock') return;
  const name = eyes.watch.names.nameOf(wait.lock.address, thread.frames) ?? '';
  const lock = ['first', 'second'].indexOf(name);
  if (lock < 0) return;
  const holder = eyes.watch.holderOf(wait.lock);
  const [before, after] = [truth.before[lock], truth.log.read()[lock]];
  if (after.holder !== before.holder || after.count !== before.count) return;
  if (!eyes.stillSleeps(thread)) return;
  const isKnown = holder.kind === 'thread';
  // While the word is 0, whoever had it may be about to let go, or whoever has it next has not begun.
  if (after.holder === 0 && !isKnown) return;
  const next = after.holder > 0 ? 0 : await truth.log.nextHolder(lock, after.count);
  if (next === undefined) return;
  judged.clear++;
  if (!isKnown) return;
  const allowed =
    after.holder > 0
      ? [truth.log.idOf(after.holder)]
      : [next, ...(holder.proof === 'with' ? [truth.log.takenBy(lock, after.count - 1)] : [])];
  if (allowed.includes(holder.thread.nativeId)) judged.right++;
  else
    judged.wrong.push(
      `${name}: ${holder.proof} says ${holder.thread.nativeId}, the log ${allowed.join(' or ')}`,
    );
}

interface LogWords {
  readonly holder: number;
  readonly count: number;
}

const WORDS = 2 + 1024;

/** The log that the program keeps in its memory. */
class LockLog {
  readonly #memory: ProcessMemory;
  readonly #address: number;
  readonly #ids: readonly number[];

  constructor(pid: number, address: number, ids: readonly number[]) {
    this.#memory = new ProcessMemory(pid);
    this.#address = address;
    this.#ids = ids;
  }

  close(): void {
    this.#memory.close();
  }

  read(): readonly LogWords[] {
    return [0, 1].map(lock => ({ holder: this.#word(lock, 0), count: this.#word(lock, 1) }));
  }

  idOf(holder: number): number {
    return this.#ids[holder - 1];
  }

  /** Who took the lock at a count. */
  takenBy(lock: number, count: number): number {
    return this.idOf(this.#word(lock, 2 + (count % 1024)));
  }

  /** Who takes the lock after it was taken so often; undefined where that was overwritten before it could be read. */
  async nextHolder(lock: number, count: number): Promise<number | undefined> {
    while (this.#word(lock, 1) <= count) await pause(1);
    const holder = this.takenBy(lock, count);
    return this.#word(lock, 1) < count + 1000 ? holder : undefined;
  }

  #word(lock: number, index: number): number {
    return this.#memory.u64(this.#address + 8 * (lock * WORDS + index)) ?? 0;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

function runtimeOf(pid: number): LocatedRuntime {
  const located = locateRuntime(pid, { elf: new Map(), knowledgeOf: () => ({ kind: 'nothing' }) });
  assert.ok(located.kind === 'found');
  return located.runtime;
}
