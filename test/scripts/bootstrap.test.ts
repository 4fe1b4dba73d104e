// The way in, before anything is installed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { makeTemporaryFolder } from '../support/temporaryFolder';
import { installPackages } from '../../scripts/installPackages.cjs';
import { problemWithNode } from '../../scripts/nodeVersion.cjs';
import { problemsWith } from '../../scripts/package.mjs';

describe('the way in', () => {
  it('accepts Node 20.19 and later, and says what is wrong with an earlier one', () => {
    for (const version of ['20.19.0', '20.20.2', '22.1.0', '24.0.0']) {
      assert.equal(problemWithNode(version), undefined, version);
    }
    assert.equal(
      problemWithNode('18.20.8'),
      'GIL Scope needs Node 20.19 or later, and this is Node 18.20.8.',
    );
    assert.notEqual(problemWithNode('20.18.9'), undefined);
  });

  it('can be read by a Node of ten years ago', () => {
    // No arrow functions, const, let, template strings or spread: what came with ES2015 and later.
    for (const file of ['bootstrap.cjs', 'nodeVersion.cjs']) {
      const code = fs
        .readFileSync(path.join('scripts', file), 'utf8')
        .replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
      assert.doesNotMatch(code, /=>|\bconst\b|\blet\b|`|\.\.\.|node:/, file);
    }
  });
});

describe('installing the packages', () => {
  const temporary = makeTemporaryFolder();
  const stamp = path.join(temporary.folder, 'node_modules/.gil-scope-stamp');
  after(() => temporary.dispose());

  function writeLockfile(version: string): void {
    const manifest = { name: 'probe', version, private: true };
    const lock = { ...manifest, lockfileVersion: 3, requires: true, packages: { '': manifest } };
    fs.writeFileSync(path.join(temporary.folder, 'package.json'), JSON.stringify(manifest));
    fs.writeFileSync(path.join(temporary.folder, 'package-lock.json'), JSON.stringify(lock));
  }

  it('happens once for a lockfile, and again when the lockfile has changed', () => {
    writeLockfile('1.0.0');
    fs.mkdirSync(path.dirname(stamp));
    installPackages(temporary.folder);
    const first = fs.readFileSync(stamp, 'utf8');
    fs.utimesSync(stamp, 1, 1);
    installPackages(temporary.folder);
    assert.equal(fs.statSync(stamp).mtimeMs, 1000, 'it was installed a second time');
    writeLockfile('1.0.1');
    installPackages(temporary.folder);
    assert.notEqual(fs.readFileSync(stamp, 'utf8'), first);
  });

  it('leaves no stamp when it fails', () => {
    // npm refuses a lockfile that lacks what package.json asks for, before it looks at any network.
    const manifest = { name: 'probe', version: '1.0.0', dependencies: { a: '1.0.0' } };
    fs.writeFileSync(path.join(temporary.folder, 'package.json'), JSON.stringify(manifest));
    fs.appendFileSync(path.join(temporary.folder, 'package-lock.json'), '\n');
    fs.rmSync(path.join(temporary.folder, 'node_modules'), { recursive: true });
    const script = `require(${JSON.stringify(path.resolve('scripts/installPackages.cjs'))}).installPackages(process.argv[1])`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script, temporary.folder], {
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /npm ci failed/);
    assert.ok(!fs.existsSync(stamp));
  });
});

describe('what ships', () => {
  it('is what the list says, neither more nor less', () => {
    const files = execFileSync(
      process.execPath,
      ['node_modules/@vscode/vsce/vsce', 'ls', '--no-dependencies'],
      { encoding: 'utf8' },
    );
    const problems = problemsWith(files.split('\n').filter(Boolean));
    assert.deepEqual(problems, []);
    assert.deepEqual(problemsWith([...files.split('\n').filter(Boolean), 'src/extension.ts']), [
      'src/extension.ts is not on the list of what ships.',
    ]);
  });
});
