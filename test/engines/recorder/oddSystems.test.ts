// Systems that are not as most are: process ids of another namespace, kernels that tell less, rights that are missing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { LaneState } from '../../../src/core/model/lanes';
import { record } from '../../../src/engines/recorded';
import { whyNotAllowed } from '../../../src/engines/recorder/sampling/sentences';
import { OpenFiles } from '../../../src/engines/recorder/system/procFile';
import { ThreadFiles } from '../../../src/engines/recorder/system/threadFiles';
import { ownIdOf, threadIdsFor } from '../../../src/engines/recorder/system/threadIds';
import { skip } from '../../support/skip';
import { makeTemporaryFolder } from '../../support/temporaryFolder';
import { findInterpreters } from './interpreters';
import { buildRecorder, laneNamed, readToEnd, timePerState } from './recordings';

const BURN = `import threading, time
end = time.monotonic() + 0.8
def burn():
    while time.monotonic() < end:
        pass
threads = [threading.Thread(target=burn, name=f"burner {i}") for i in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
`;

describe('a program in a namespace of its own for process ids, as in a container', function () {
  this.timeout(60_000);
  const interpreters = findInterpreters();
  const intoNamespace = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc'];
  let recorderFile = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found');
    const { status } = spawnSync('unshare', [...intoNamespace, 'true']);
    if (status !== 0) skip(this, 'this system lets nobody make such a namespace (unshare)');
    recorderFile = buildRecorder();
  });

  // From 3.11 on a thread state has the kernel's id; before, it is found in glibc's descriptor.
  for (const [what, is] of [
    ['that tells its threads’ ids', (minor: number) => minor >= 11],
    ['whose threads’ ids are looked for', (minor: number) => minor < 11],
  ] as const) {
    it(`${what} has its threads found by name, and seen to run and to wait`, async function () {
      const found = interpreters.filter(({ minor }) => is(minor)).at(-1);
      if (!found) skip(this, 'there is no such CPython');
      const temporary = makeTemporaryFolder();
      try {
        const burn = path.join(temporary.folder, 'burn.py');
        fs.writeFileSync(burn, BURN);
        const recording = await record(
          {
            python: 'unshare',
            run: { kind: 'command' },
            args: [...intoNamespace, found.path, burn],
            cwd: temporary.folder,
            mode: 'normal',
          },
          new AbortController().signal,
          { recorderFile, stdio: 'ignore' },
        );
        const { trace, result } = await readToEnd(recording);
        assert.equal(trace.header.title, 'Recorded: burn.py');
        assert.ok(result.handOffsCounted > 10, String(result.handOffsCounted));
        for (const name of ['burner 0', 'burner 1']) {
          const times = timePerState(trace, laneNamed(trace, name));
          const [held, waited] = [times[LaneState.runningWithGil], times[LaneState.waitingForGil]];
          assert.ok(held > 0.05e9 && waited > 0.01e9, `${name}: ${held} ${waited}`);
        }
      } finally {
        temporary.dispose();
      }
    });
  }

  it('is told from one that has the ids that we see', () => {
    assert.equal(ownIdOf(process.pid), process.pid);
    assert.equal(threadIdsFor(process.pid)(4711), 4711);
  });
});

describe('a kernel that does not tell of system calls', () => {
  const temporary = makeTemporaryFolder();
  after(() => temporary.dispose());

  for (const [letter, kind] of [
    ['R', 'running'],
    ['S', 'call'],
    ['D', 'call'],
  ] as const) {
    it(`has a thread in the state ${letter} taken for one that is ${kind === 'call' ? 'blocked' : 'running'}`, () => {
      const folder = path.join(temporary.folder, '7', 'task', '8');
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(
        path.join(folder, 'stat'),
        `8 (odd) R (name) ${letter} 1 7 7 0 -1 4194304\n`,
      );
      const files = new ThreadFiles(7, 8, temporary.folder);
      assert.equal(files.systemState().kind, kind);
      files.close();
    });
  }
});

describe('a system that allows few open files', () => {
  const temporary = makeTemporaryFolder();
  after(() => temporary.dispose());

  it('has those that are too many opened for each look', function () {
    if (!fs.existsSync('/proc/self/fd'))
      skip(this, 'there is no /proc/self/fd to count open files');
    const openCount = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = openCount();
    const files = new OpenFiles(64 + 3); // 64 are left for others
    const threads = Array.from({ length: 5 }, (_, thread) => {
      const folder = path.join(temporary.folder, '7', 'task', String(thread));
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(path.join(folder, 'syscall'), `202 0x${thread}0 0x0\n`);
      fs.writeFileSync(path.join(folder, 'schedstat'), '1000 0 1\n');
      return new ThreadFiles(7, thread, temporary.folder, files);
    });
    assert.equal(openCount() - before, 3);
    for (const [thread, file] of threads.entries()) {
      const call = { kind: 'call', number: 202, argument: thread * 16 };
      assert.deepEqual(file.systemState(), call);
      assert.deepEqual(file.systemState(), call);
      file.ranSince();
      fs.writeFileSync(
        path.join(temporary.folder, '7', 'task', String(thread), 'schedstat'),
        '4000 0 2\n',
      );
      assert.equal(file.ranSince(), 3000);
      file.close();
    }
    assert.equal(openCount(), before);
    assert.ok(files.take() && files.take() && files.take(), 'all were given back');
  });
});

describe('a process that may not be read', () => {
  it('has the reason and what to do told, whatever the system is like', () => {
    for (const [scope, isOthers, sentence] of [
      [undefined, true, /another user.*program of your own/],
      [undefined, false, /protects itself/],
      ['0', true, /another user/],
      ['0', false, /protects itself/],
      ['1', false, /ptrace_scope is 1\).*Start the program with Record.*ptrace_scope=0$/],
      ['1', true, /another user/],
      ['2', false, /only an administrator.*recorded from inside/],
      ['3', false, /nobody.*recorded from inside/],
      ['3', true, /nobody.*recorded from inside/],
    ] as const)
      assert.match(whyNotAllowed(4711, { scope, isOthers }), sentence);
  });
});
