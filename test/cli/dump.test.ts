// `gilscope dump` as a program runs it: what it prints of a process, and what it says where there is nothing to read.
import assert from 'node:assert/strict';
import { spawnSync, spawn, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';

import type { Dump } from '../../src/engines/recorder/locks/dumpModel';
import { findInterpreters, pickInterpreter } from '../engines/recorder/interpreters';
import { startPython } from '../engines/recorder/locks/runningPython';
import { buildCommandLine } from '../support/commandLine';
import { skip } from '../support/skip';
import { makeTemporaryFolder } from '../support/temporaryFolder';

/** Two threads that take two locks in two orders, and stand there when it prints. */
const DEADLOCK = `
import threading
first, second, met = threading.Lock(), threading.Lock(), threading.Barrier(3)
def one():
    with first:
        met.wait()
        with second: pass
def other():
    with second:
        met.wait()
        with first: pass
threads = [threading.Thread(target=target, name=target.__name__) for target in (one, other)]
for thread in threads: thread.start()
met.wait()
print("ready", flush=True)
threads[0].join()
`;

describe('gilscope dump', function () {
  this.timeout(60_000);
  const temporary = makeTemporaryFolder();
  let python = '';
  let commandLine = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    const interpreter = pickInterpreter(findInterpreters());
    python = interpreter?.path ?? skip(this, 'no CPython 3.8 to 3.15 was found');
    commandLine = buildCommandLine(temporary.folder);
  });
  after(() => temporary.dispose());

  function dump(...words: readonly string[]): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, [commandLine, 'dump', ...words], { encoding: 'utf8' });
  }

  async function withDeadlock(see: (pid: string) => void | Promise<void>): Promise<void> {
    const running = startPython(python, ['-c', DEADLOCK]);
    try {
      assert.equal(await running.line(), 'ready');
      // Both stand at their second lock when they are seen to, not after a time.
      while (!dump('--pid', String(running.pid)).stdout.includes('in a circle')) continue;
      await see(String(running.pid));
    } finally {
      await running.end();
    }
  }

  it('prints the circle first, and every thread with its lock and who has it', () =>
    withDeadlock(pid => {
      const { stdout, stderr, status } = dump('--pid', pid);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^Deadlock, almost surely: 2 threads wait for each other in a circle/m);
      assert.match(stdout, /one .*waits for the Lock second.*other has it/);
      assert.match(stdout, /other .*waits for the Lock first.*one has it/);
      assert.ok(stdout.indexOf('Deadlock') < stdout.indexOf('MainThread'));
    }));

  it('gives the same as one line of JSON', () =>
    withDeadlock(pid => {
      const { stdout, status } = dump('--json', `--pid=${pid}`);
      assert.equal(status, 0);
      assert.equal(stdout.trim().split('\n').length, 1);
      const { threads, locks, standstills } = JSON.parse(stdout) as Dump;
      assert.deepEqual(threads.map(({ name }) => name).sort(), ['MainThread', 'one', 'other']);
      assert.deepEqual(locks.map(({ name }) => name).sort(), ['first', 'second']);
      assert.deepEqual(
        standstills.map(({ kind, circle }) => `${kind} ${circle.length}`),
        ['deadlock 2'],
      );
    }));

  it('says what is wrong with a command line', () => {
    for (const words of [
      [],
      ['--pid'],
      ['--pid', 'x'],
      ['--pid', '-1'],
      ['--what', '--pid', '1'],
    ]) {
      const { stdout, stderr, status } = dump(...words);
      assert.equal(status, 2, words.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, /usage: gilscope dump/);
    }
    assert.match(dump('--help').stdout, /^usage: gilscope dump/);
  });

  it('says that there is no such process, and that one is no Python', () => {
    const missing = dump('--pid', '4000000');
    assert.equal(missing.status, 125);
    assert.match(missing.stderr, /There is no process 4000000/);
    const other = dump('--json', '--pid', String(process.pid));
    assert.equal(other.status, 125);
    assert.match((JSON.parse(other.stdout) as { problem: string }).problem, /no CPython/);
  });

  it('says so where it may not read a process', async function () {
    if (process.getuid?.() !== 0) skip(this, 'only root can become somebody who may not');
    fs.chmodSync(temporary.folder, 0o755);
    await withDeadlock(pid => {
      const words = [commandLine, 'dump', '--pid', pid];
      const { stdout, stderr, status, error } = spawnSync(process.execPath, words, {
        encoding: 'utf8',
        cwd: '/',
        uid: 65534,
        gid: 65534,
      });
      // Who may not run the command itself cannot tell either.
      if (error || /EACCES|Cannot find module|MODULE_NOT_FOUND/.test(stderr))
        skip(this, 'somebody else may not read the command itself');
      assert.equal(status, 125, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^gilscope: /);
    });
  });

  it('tells what it saw, or that the process is gone, where that ends meanwhile', async () => {
    const running = startPython(python, ['-c', 'print("ready", flush=True)\nwhile True: pass']);
    assert.equal(await running.line(), 'ready');
    const looking = spawn(process.execPath, [commandLine, 'dump', '--pid', String(running.pid)]);
    let said = '';
    looking.stdout.on('data', (text: Buffer) => (said += text.toString()));
    looking.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const exited = once(looking, 'exit');
    await new Promise(resolve => setTimeout(resolve, 250));
    await running.end();
    const [status] = (await exited) as [number | null];
    assert.ok(status === 0 || status === 125, said);
    assert.match(said, status === 0 ? /MainThread/ : /^gilscope: /);
    assert.doesNotMatch(said, /\n\s+at /);
  });
});
