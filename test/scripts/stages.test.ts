// What `npm test` runs: every test file in some stage, and jobs side by side.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { sideBySide } from '../../scripts/jobs.mjs';
import { deepOnlyFiles, rebuildingFiles, stages, testFiles } from '../../scripts/stages.mjs';

describe('the stages', () => {
  /** The test files that the stages name, in a deep run or in the usual one. */
  function filesRun(deep: boolean): readonly string[] {
    return stages
      .filter(stage => deep || stage.deepOnly !== true)
      .flatMap(stage => stage.jobs(deep).flat(2))
      .filter(argument => argument.endsWith('.test.cjs'))
      .sort();
  }

  it('run each test file once in a deep run; VS Code finds those of test/extension itself', () => {
    assert.deepEqual(
      filesRun(true),
      testFiles(room => room !== 'extension'),
    );
  });

  it('leave out of the usual run what their list names, and nothing else', () => {
    const usual = new Set(filesRun(false));
    const left = filesRun(true).filter(file => !usual.has(file));
    const named = [...deepOnlyFiles, ...rebuildingFiles].map(name => `out/test/${name}.test.cjs`);
    // `npm run t` bundles some of the tests only.
    assert.deepEqual(left, named.filter(file => fs.existsSync(file)).sort());
  });

  it('name no file that is gone', () => {
    for (const name of [...deepOnlyFiles, ...rebuildingFiles])
      assert.ok(fs.existsSync(`test/${name}.test.ts`), name);
  });
});

describe('jobs', () => {
  it('run at most so many at a time, begin in their order, and answer in it', async () => {
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const jobs = [0, 1, 2].map(number => async () => {
      begun.push(number);
      await new Promise<void>(resolve => (ends[number] = resolve));
      return number;
    });
    const all = sideBySide(jobs, 2);
    assert.deepEqual(begun, [0, 1]);
    ends[1]();
    await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual(begun, [0, 1, 2]);
    ends[2]();
    ends[0]();
    assert.deepEqual(await all, [0, 1, 2]);
  });
});
