// Real runs where the machine is not kind: one core for everybody, or cores that others keep busy.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { existsSync, readdirSync } from 'node:fs';
import { WorkersEngine } from '../../../src/engines/workers';
import { skip } from '../../support/skip';
import type { OneRun } from './oneRun';
import { compute, runReally, startAndJoin } from './realRuns';
import { bundleOf, makeEngine } from './workersBundle';

const run = promisify(execFile);

describe('a real run in hard times', function () {
  this.timeout(90_000);
  let made: Awaited<ReturnType<typeof makeEngine>>;
  let script: Awaited<ReturnType<typeof bundleOf>>;
  before(async () => {
    made = await makeEngine();
    script = await bundleOf('test/engines/workers/oneRun.ts');
  });
  after(async () => {
    script.dispose();
    await made.dispose();
  });

  /** One run on the first core alone, told by a process of its own. */
  async function onOneCore(runtime: string): Promise<OneRun> {
    const args = ['-c', '0', process.execPath, script.file, made.bundle, runtime];
    const { stdout } = await run('taskset', args);
    return JSON.parse(stdout) as OneRun; // written by oneRun.ts
  }

  for (const runtime of ['gil', 'processes', 'free-threaded']) {
    it(`is whole on one core, and says that it had one (${runtime})`, async function () {
      if (process.platform !== 'linux') skip(this, 'needs taskset to choose a core');
      const told = await onOneCore(runtime);
      assert.equal(told.cores, 1);
      assert.deepEqual([told.done, told.problem, told.sentence], [true, null, '']);
      assert.equal(told.finished, 4); // the main thread and three more
      if (runtime === 'gil') assert.equal(told.handOffs, told.counted);
      const crowd = told.marks.some(mark => mark.startsWith('This machine has one core for 3 '));
      assert.equal(crowd, runtime !== 'gil');
    });
  }

  for (const runtime of ['gil', 'free-threaded']) {
    it(`is whole while others keep the core busy, and says that they did (${runtime})`, async function () {
      if (process.platform !== 'linux') skip(this, 'needs taskset to choose a core');
      const busy = Array.from({ length: 3 }, () =>
        spawn('taskset', ['-c', '0', process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' }),
      );
      try {
        const told = await onOneCore(runtime);
        assert.deepEqual([told.done, told.problem, told.sentence], [true, null, '']);
        assert.equal(told.finished, 4);
        if (runtime === 'gil') assert.equal(told.handOffs, told.counted);
        // Three others for one core: three quarters of it are theirs, as far as that is seen.
        assert.ok(
          told.marks.some(mark => mark.startsWith('Other programs kept this machine’s cores busy')),
          told.marks.join(' '),
        );
      } finally {
        for (const one of busy) one.kill('SIGKILL');
      }
    });
  }

  it('leaves threads ready for the next one, which are gone with the engine', async function () {
    if (!existsSync('/proc/self/task')) skip(this, 'needs /proc to count threads');
    const threads = (): number => readdirSync('/proc/self/task').length;
    const before = threads();
    const engine = new WorkersEngine({ bundle: made.bundle, keepWarm: 4 });
    assert.equal(threads(), before); // nothing before the first run
    await runReally(engine, startAndJoin([compute(1)]));
    // A coordinator and four runners, although the run needed two.
    await until(() => threads() >= before + 5);
    assert.ok(threads() >= before + 5);
    await engine.dispose();
    await until(() => threads() <= before);
    assert.ok(threads() <= before);
  });
});

/** Looks until it is so, or for ten seconds. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) {
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
