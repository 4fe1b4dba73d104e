// A task of type `gilscope` inside a real extension host: what it runs, with what, and how it ends.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { GilScopeApi } from '../../src/extension';
import { skip } from '../support/skip';

const PROGRAM = `import json, os, sys, time
with open("given.json", "w") as file:
    json.dump({"args": sys.argv[1:], "level": os.environ.get("LEVEL")}, file)
time.sleep(0.5)
sys.exit(7)
`;

/** How the next task of this name ends. */
function exitCodeOf(name: string): Promise<number | undefined> {
  return new Promise(resolve => {
    const listener = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
      if (execution.task.name !== name) return;
      listener.dispose();
      resolve(exitCode);
    });
  });
}

describe('a task that records', function () {
  this.timeout(60_000);
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'gil-scope-')));
  before(function () {
    if (process.platform !== 'linux')
      skip(this, 'programs are recorded from outside on Linux only');
    const { status } = spawnSync('python3', ['-c', 'pass']);
    if (status !== 0) skip(this, 'there is no python3 on this machine');
    fs.writeFileSync(path.join(folder, 'jobs.py'), PROGRAM);
    fs.mkdirSync(path.join(folder, 'elsewhere'));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('gives the program its arguments, environment and folder, and ends with its exit code', async () => {
    const extension = vscode.extensions.getExtension<GilScopeApi>('gil-scope.gil-scope');
    assert.ok(extension);
    const { sessions } = await extension.activate();
    const file = path.join(folder, 'jobs.py');
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
    const offered = await vscode.tasks.fetchTasks({ type: 'gilscope' });
    const task = offered.find(({ name }) => name === 'record jobs.py');
    assert.ok(task, offered.map(({ name }) => name).join(', '));
    task.definition = {
      type: 'gilscope',
      program: file,
      args: ['one', 'two words'],
      env: { LEVEL: 'nine' },
      cwd: path.join(folder, 'elsewhere'),
      mode: 'light',
    };
    const ended = exitCodeOf(task.name);
    await vscode.tasks.executeTask(task);
    assert.equal(await ended, 7);
    const given: unknown = JSON.parse(
      fs.readFileSync(path.join(folder, 'elsewhere/given.json'), 'utf8'),
    );
    assert.deepEqual(given, { args: ['one', 'two words'], level: 'nine' });
    const session = sessions.find(vscode.Uri.file(file));
    assert.equal(session?.isRecorded, true);
    assert.match(session.comparison?.runs[0].trace.header.subtitle ?? '', /light mode/);
  });
});
