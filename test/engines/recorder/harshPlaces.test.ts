// Recording where something is wrong from the beginning: no room, long paths, missing programs, ids that are used again.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

import { attach } from '../../../src/engines/recorded';
import type { Located, LocatedRuntime } from '../../../src/engines/recorder/cpython/locateRuntime';
import { ProcessFinder } from '../../../src/engines/recorder/sampling/processFinder';
import {
  childrenOf,
  isAlive,
  startTicksOf,
} from '../../../src/engines/recorder/system/processMaps';
import { buildCommandLine } from '../../support/commandLine';
import { skip } from '../../support/skip';
import { makeTemporaryFolder } from '../../support/temporaryFolder';
import { findInterpreters, pickInterpreter } from './interpreters';
import { buildRecorder, programFile } from './recordings';

const COMPUTES = 'import time\nend = time.time() + 1\nwhile time.time() < end: pass\nprint("done")';

describe('a recording in a harsh place', function () {
  this.timeout(60_000);
  const temporary = makeTemporaryFolder();
  let python = '';
  let commandLine = '';
  let recorderFile = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    python =
      pickInterpreter(findInterpreters())?.path ?? skip(this, 'no CPython 3.8 to 3.15 was found');
    recorderFile = buildRecorder();
    commandLine = buildCommandLine(temporary.folder);
  });
  after(() => temporary.dispose());

  function run(TMPDIR: string, ...words: readonly string[]): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, [commandLine, 'record', ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR },
      timeout: 20_000,
    });
  }
  function folder(name: string): string {
    const made = path.join(temporary.folder, name);
    fs.mkdirSync(made, { recursive: true });
    return made;
  }
  /** A folder whose path has this many bytes. */
  const folderOfLength = (length: number): string =>
    folder('x'.repeat(length - temporary.folder.length - 1));

  it('from inside ends at once when there is no such program', () => {
    const { status, stderr } = run(folder('missing'), '--in-process', '--', '/no/python', 'x.py');
    assert.equal(status, 127);
    assert.match(stderr, /cannot be started/);
    assert.deepEqual(fs.readdirSync(folder('missing')), []);
  });

  it('says it when a wrapper does not find its program, from outside and from inside', () => {
    const wrapper = path.join(folder('shims'), 'python3');
    fs.writeFileSync(wrapper, '#!/bin/sh\nexit 127\n', { mode: 0o755 });
    for (const how of [[], ['--in-process']]) {
      const { status, stderr } = run(folder('missing'), ...how, '--', wrapper, 'x.py');
      assert.equal(status, 127);
      assert.match(stderr, /a wrapper .* did not find the program.*pyenv/);
    }
  });

  for (const length of [87, 100, 106, 107, 108, 140]) {
    it(`keeps its socket within its own folder when TMPDIR has ${length} characters`, async () => {
      const parent = folderOfLength(length);
      const child = spawn(process.execPath, [commandLine, 'record', '--', python, '-c', COMPUTES], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, TMPDIR: parent },
      });
      let told = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
      const ended = once(child, 'exit');
      const beside = new Set<string>();
      let wasInside = false;
      while (child.exitCode === null) {
        for (const name of fs.readdirSync(parent)) {
          if (!/^gil-recording-\w{6}$/.test(name)) beside.add(name);
          else wasInside ||= fs.existsSync(path.join(parent, name, 'control'));
        }
        await later(5);
      }
      assert.deepEqual(await ended, [0, null]);
      assert.match(told, /hand-offs/);
      assert.deepEqual([...beside], []);
      assert.ok(wasInside, 'there was a socket');
      assert.deepEqual(fs.readdirSync(parent), []);
    });
  }

  it('can be ended from where its path is long, of a process that runs on', async () => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = folderOfLength(107);
    const child = spawn(python, [programFile('idle.py')], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const recording = await attach(child.pid ?? 0, new AbortController().signal, {
        recorderFile,
      });
      recording.stop();
      for await (const { done } of recording.chunks) if (done) break;
      const { problems } = await recording.result;
      assert.ok(problems.every(({ kind }) => kind !== 'recorder-died'));
      assert.equal(child.exitCode, null);
    } finally {
      child.kill('SIGKILL');
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });

  /** Runs a command in a small file system of its own, in which `free` kB are left. */
  function runWhereFull(free: number, ...words: readonly string[]): SpawnSyncReturns<string> {
    const mount = folder('small');
    const script = `
      mount -t tmpfs -o size=256k none "$0" || exit 99
      dd if=/dev/zero of="$0/rest" bs=1k count=$((256 - $1)) 2> /dev/null
      shift
      TMPDIR="$0" "$@"
      code=$?
      ls "$0" | grep -v rest
      exit $code`;
    return spawnSync('unshare', ['-m', 'sh', '-c', script, mount, String(free), ...words], {
      encoding: 'utf8',
      timeout: 20_000,
    });
  }

  for (const free of [4, 8, 12, 16, 20]) {
    it(`runs its program and says why nothing was recorded with ${free} kB of room`, function () {
      const words = [process.execPath, commandLine, 'record', '--', python, '-c', COMPUTES];
      const { status, stdout, stderr } = runWhereFull(free, ...words);
      if (status === 99 || status === null || stderr.includes('unshare'))
        skip(this, 'a file system of its own cannot be made here');
      assert.doesNotMatch(stderr, /^\s+at |Error:/m, 'no stack trace');
      assert.match(stderr, /Make room|could not be written|cannot be written/);
      assert.equal(status, 0);
      assert.equal(stdout, 'done\n');
    });
  }

  it('leaves no empty folder where there is no room at all', function () {
    const words = [process.execPath, commandLine, 'record', '--', python, '-c', COMPUTES];
    const { status, stdout, stderr } = runWhereFull(0, ...words);
    if (status === 99 || stderr.includes('unshare'))
      skip(this, 'a file system of its own cannot be made here');
    assert.equal(status, 125);
    assert.match(stderr, /cannot be written.*Make room/);
    assert.equal(stdout, '');
  });

  it('tells what threads do of which it may not keep the files open', () => {
    const code = `
import threading, time
lock = threading.Lock()
def wait():
    with lock: pass
lock.acquire()
threads = [threading.Thread(target=wait) for _ in range(150)]
for thread in threads: thread.start()
end = time.time() + 2
while time.time() < end: pass
lock.release()
for thread in threads: thread.join()`;
    const words = [commandLine, 'record', '--json', '--', python, '-c', code];
    const script = 'ulimit -n 128; exec "$0" "$@"';
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, ...words], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stderr) as {
      threads: { name: string; freeNs: number; waitedForLockNs: number }[];
    };
    const waiters = report.threads.filter(({ name }) => name !== 'MainThread');
    assert.ok(waiters.length > 100, `${waiters.length} threads were met`);
    const sum = (of: (thread: (typeof waiters)[number]) => number): number =>
      waiters.reduce((all, thread) => all + of(thread), 0);
    const freeNs = sum(({ freeNs: ns }) => ns);
    const lockNs = sum(({ waitedForLockNs }) => waitedForLockNs);
    assert.ok(lockNs > 10 * freeNs, `lock ${lockNs} ns, without the GIL ${freeNs} ns`);
  });

  for (const isPython of [true, false])
    it(`counts ${isPython ? 'the' : 'no'} children of a ${isPython ? 'Python' : 'shell'} that ended before anything of them was read`, async () => {
      const parent = spawn('/bin/sh', ['-c', 'sleep 60 & sleep 60 & sleep 60 & sleep 60 & wait']);
      try {
        const pid = parent.pid ?? 0;
        while (childrenOf(pid).length < 4) await later(10);
        const kinds = ['starting', 'notPython', 'gone', 'starting'] as const;
        const [starting, other, , attached] = childrenOf(pid);
        const runtime = { pid: attached } as LocatedRuntime;
        const finder = new ProcessFinder(
          { pid },
          {
            locate: asked =>
              asked === attached || (asked === pid && isPython)
                ? { kind: 'found', runtime: asked === pid ? ({ pid } as LocatedRuntime) : runtime }
                : { kind: kinds[Math.max(0, childrenOf(pid).indexOf(asked))] },
            attach: () => undefined,
          },
        );
        finder.search();
        finder.search();
        for (const child of childrenOf(pid)) process.kill(child, 'SIGKILL');
        while (childrenOf(pid).some(isAlive)) await later(10);
        finder.search();
        assert.equal(
          finder.missedCount,
          isPython ? 2 : 0,
          `${starting} was starting, ${other} was no Python`,
        );
        finder.detached(attached, false);
        assert.equal(finder.missedCount, isPython ? 3 : 1, 'the sampler came too late');
      } finally {
        parent.kill('SIGKILL');
      }
    });

  it('says how many children are missing, and shows or counts all that it met', () => {
    const code = `
import os, time
for _ in range(40):
    if os.fork() == 0:
        os._exit(0)
    time.sleep(0.02)
time.sleep(0.3)`;
    const { status, stderr } = run(folder('missing'), '--', python, '-c', code);
    assert.equal(status, 0);
    const missed = /At least (one|\d+) child process/.exec(stderr);
    const shown = new Set(stderr.match(/\(process \d+\)/g) ?? []).size;
    assert.ok(missed !== null || shown > 0, stderr);
  });

  it('takes no other process for the one that was meant when its id is used again', () => {
    const asked = new Set<number>();
    const does = {
      locate: (pid: number): Located => {
        asked.add(pid);
        return { kind: 'notPython' };
      },
      attach: () => undefined,
    };
    const ticks = startTicksOf(process.pid) ?? 0;
    const stranger = new ProcessFinder({ pid: process.pid, startTicks: ticks - 1 }, does);
    stranger.search();
    assert.equal(asked.size, 0);
    assert.equal(stranger.isRootAlive, false);
    const same = new ProcessFinder({ pid: process.pid, startTicks: ticks }, does);
    same.search();
    assert.ok(asked.has(process.pid));
    assert.equal(same.isRootAlive, true);
  });

  it('tells of a program that closed itself to us why it could not be read', function () {
    // Root may read everything: somebody else runs it then.
    const ids = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const known = ['/usr/bin/python3', python].find(
      file => spawnSync(file, ['-c', 'import ctypes'], ids).status === 0,
    );
    if (known === undefined) skip(this, 'no Python is there for other users');
    const open = folder('open');
    for (const made of [temporary.folder, path.dirname(commandLine)]) fs.chmodSync(made, 0o755);
    fs.chmodSync(open, 0o777);
    const code =
      'import ctypes, time; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); time.sleep(1.5); print("done")';
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [commandLine, 'record', '--', '/bin/sh', '-c', `"${known}" -c '${code}'; true`],
      { ...ids, encoding: 'utf8', env: { ...process.env, TMPDIR: open, HOME: open } },
    );
    assert.equal(status, 0);
    assert.equal(stdout, 'done\n');
    assert.match(stderr, /does not allow reading process|was not observed|hand-offs/);
    assert.doesNotMatch(stderr, /The recorder ended/);
  });
});
