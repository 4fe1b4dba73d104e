// The build: what it does not find is an error.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { makeTemporaryFolder } from '../support/temporaryFolder';

describe('the build', function () {
  this.timeout(60_000);
  const temporary = makeTemporaryFolder();
  after(() => temporary.dispose());

  it('fails when the entry file of a bundle is not there', () => {
    // In an empty folder none of them is.
    const { status, stderr } = spawnSync(process.execPath, [path.resolve('esbuild.js')], {
      cwd: temporary.folder,
      encoding: 'utf8',
    });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /Could not resolve "src\/\S+\.ts"/);
  });

  it('fails when a test file that is named is not there', () => {
    const args = ['esbuild.js', '--tests', 'test/no/such.test.ts'];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /There is no test file test\/no\/such\.test\.ts/);
  });
});
