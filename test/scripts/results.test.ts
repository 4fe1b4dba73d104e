// What counts as passed: the words of this project's own test runner.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { makeTemporaryFolder } from '../support/temporaryFolder';
import {
  afterSecondRun,
  countLine,
  failed,
  followResults,
  noTests,
  secondTryLine,
} from '../../scripts/results.mjs';
import type { Remark, Tally } from '../../scripts/results.mjs';

describe('a run of tests', () => {
  const temporary = makeTemporaryFolder();
  after(() => temporary.dispose());

  /** Runs mocha with our reporter on a test file. */
  function tallyOf(tests: string): Tally {
    const file = path.join(temporary.folder, 'some.test.cjs');
    fs.writeFileSync(file, tests);
    const events = path.join(temporary.folder, 'events.jsonl');
    const results = followResults(events, () => undefined);
    const mocha = [
      'node_modules/mocha/bin/mocha.js',
      '--reporter',
      'scripts/eventReporter.cjs',
      file,
    ];
    const env = { ...process.env, GIL_SCOPE_RESULTS: events };
    const { status, signal } = spawnSync(process.execPath, mocha, { env });
    return results.finish(
      'some',
      status === 0 ? undefined : `ended with ${status ?? signal ?? '?'}`,
    );
  }

  /** Its count line, and the reasons of failures and skips. */
  function outcomeOf(tests: string): {
    readonly line: string;
    readonly remarks: readonly string[];
    readonly secondTries: string;
  } {
    const tally = tallyOf(tests);
    const remarks = [...tally.failures, ...tally.skips].map(
      ({ name, detail }) => `${name}: ${detail.split('\n', 1)[0] ?? ''}`,
    );
    return { line: countLine(tally), remarks, secondTries: secondTryLine(tally) };
  }

  it('counts what passed and what failed, with the name of the failure', () => {
    const { line, remarks } = outcomeOf(
      "describe('a', () => { it('b', () => {}); it('c', () => { throw new Error('no'); }) })",
    );
    assert.equal(line, '1 passed, 1 failed, 0 skipped');
    assert.deepEqual(remarks, ['a › c: Error: no']);
  });

  it('counts a failing hook', () => {
    const { line } = outcomeOf(
      "describe('a', () => { before(() => { throw new Error('no') }); it('b', () => {}) })",
    );
    assert.equal(line, '0 passed, 1 failed, 0 skipped');
  });

  it('says why a test was skipped', () => {
    const { line, remarks } = outcomeOf(
      "it('b', function () { this.test.skipReason = 'no Python'; this.skip() })",
    );
    assert.equal(line, '0 passed, 0 failed, 1 skipped');
    assert.deepEqual(remarks, ['b: no Python']);
  });

  it('fails when a test was skipped and nobody said why', () => {
    const { line } = outcomeOf("it('a', () => {}); it.skip('b', () => {})");
    assert.equal(line, '1 passed, 1 failed, 0 skipped');
  });

  it('fails when no test ran', () => {
    const { line, remarks } = outcomeOf("describe('a', () => {})");
    assert.equal(line, '0 passed, 1 failed, 0 skipped');
    assert.deepEqual(remarks, ['the some tests: there was no test to run']);
  });

  it('fails when the tests stop halfway, whatever code they stop with', () => {
    for (const code of [0, 3]) {
      const { line } = outcomeOf(
        `it('a', () => {}); it('b', () => process.exit(${code})); it('c', () => {})`,
      );
      assert.equal(line, '1 passed, 1 failed, 0 skipped');
    }
  });

  it('fails when a test file cannot be loaded', () => {
    const { line } = outcomeOf("throw new Error('at load')");
    assert.equal(line, '0 passed, 1 failed, 0 skipped');
  });

  it('says which tests passed only at a second try, and why they tried again', () => {
    const again =
      "require('node:fs').appendFileSync(process.env.GIL_SCOPE_RESULTS, JSON.stringify({ kind: 'again', reason: 'late' }) + '\\n')";
    const { line, secondTries } = outcomeOf(`it('a', () => {}); it('b', () => ${again})`);
    assert.equal(line, '2 passed, 0 failed, 0 skipped');
    assert.equal(secondTries, '1 of them on a second try: b (late)');
  });

  it('adds to a failure what the test saw after it', () => {
    const seen =
      "require('node:fs').appendFileSync(process.env.GIL_SCOPE_RESULTS, JSON.stringify({ kind: 'seen', text: 'a dialog' }) + '\\n')";
    const { failures } = tallyOf(
      `afterEach(() => ${seen}); it('a', () => { throw new Error('no') })`,
    );
    assert.deepEqual(
      failures.map(({ detail }) => detail.split('\n').at(-1)),
      ['a dialog'],
    );
  });
});

describe('a second run of files with failures', () => {
  const test = (name: string, file: string, detail = ''): Remark => ({ name, file, detail });

  it('names what passed only then, and forgets what else was said of its file', () => {
    const first = {
      ...noTests,
      passes: [test('a', 'one'), test('b', 'two')],
      failures: [test('c', 'two', 'late'), test('d', 'two', 'early')],
      skips: [test('e', 'two', 'no Python')],
    };
    const again = {
      ...noTests,
      passes: [test('b', 'two'), test('c', 'two')],
      failures: [test('d', 'two', 'early too')],
      skips: [test('e', 'two', 'no Python')],
    };
    const total = afterSecondRun(first, ['two'], again);
    assert.equal(countLine(total), '3 passed, 1 failed, 1 skipped');
    assert.equal(secondTryLine(total), '1 of them on a second try: c (late)');
    assert.deepEqual(total.failures, again.failures);
  });

  it('counts a test that fails only then as failed', () => {
    const first = { ...noTests, passes: [test('a', 'one')], failures: [test('b', 'one', 'late')] };
    const again = {
      ...noTests,
      passes: [test('b', 'one')],
      failures: [test('a', 'one', 'early')],
    };
    assert.equal(countLine(afterSecondRun(first, ['one'], again)), '1 passed, 1 failed, 0 skipped');
  });

  it('leaves a stage alone that failed without a test', () => {
    const first = failed('check', 'tsc');
    assert.deepEqual(afterSecondRun(first, [], noTests), first);
  });
});
