// `gilscope record` as a person runs it: what it prints, what it writes, and which exit code comes out.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';

import { readTraceJson } from '../src/formats/traceJson';
import { findInterpreters, pickInterpreter } from './engines/recorder/interpreters';
import { skip } from './support/skip';
import { makeTemporaryFolder } from './support/temporaryFolder';

/** Names a thread with a terminal's escape sequence, holds the GIL for a while, and exits with 7. */
const PROGRAM = `
import sys, threading, time
print("to standard output")
def burn():
    end = time.time() + 0.6
    while time.time() < end:
        pass
threads = [threading.Thread(target=burn, name=name) for name in ("plain", "\\x1b[31mred")]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.exit(7)
`;

describe('gilscope record', function () {
  this.timeout(30_000);
  const temporary = makeTemporaryFolder();
  let python = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    const interpreter = pickInterpreter(findInterpreters());
    python = interpreter?.path ?? skip(this, 'no CPython 3.8 to 3.15 was found');
    esbuild.buildSync({
      entryPoints: { cli: 'src/cli.ts', recorder: 'src/engines/recorder/recorder.ts' },
      bundle: true,
      platform: 'node',
      target: 'node20',
      outdir: temporary.folder,
      loader: { '.py': 'text' },
      logLevel: 'error',
    });
  });
  after(() => temporary.dispose());

  function run(...words: string[]): SpawnSyncReturns<string> {
    const cli = path.join(temporary.folder, 'cli.js');
    return spawnSync(process.execPath, [cli, 'record', ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  it('passes output and exit code through, and reports on standard error', () => {
    const { status, stdout, stderr } = run('--', python, '-c', PROGRAM);
    assert.equal(status, 7);
    assert.equal(stdout, 'to standard output\n');
    assert.match(stderr, /^thread +held +waited/m);
    assert.match(stderr, /^plain +[\d.]+ m?s/m);
    assert.match(stderr, /\d+ hand-offs, \d+ seen and \d+ only counted/);
  });

  it('lets no name play tricks with the terminal', () => {
    const { stderr } = run('--', python, '-c', PROGRAM);
    assert.match(stderr, /^\?\[31mred/m);
    assert.ok(!stderr.includes('\x1b'));
  });

  it('writes the report as JSON and the trace as a file that can be read back', () => {
    const file = path.join(temporary.folder, 'trace.json');
    const { status, stderr } = run(
      '--json',
      '--trace',
      file,
      '--mode',
      'fine',
      python,
      '-c',
      PROGRAM,
    );
    assert.equal(status, 7);
    const report = JSON.parse(stderr) as { threads: { name: string }[]; recorder: object };
    const names = report.threads.map(thread => thread.name);
    assert.deepEqual(names.sort(), ['\x1b[31mred', 'MainThread', 'plain']);
    const trace = readTraceJson(fs.readFileSync(file, 'utf8'));
    assert.equal(trace.header.engine, 'recorded');
    assert.equal(trace.lanes.length, 3);
  });

  it('records from inside, when asked to, and says that all is estimated', () => {
    const { status, stdout, stderr } = run('--in-process', '--', python, '-c', PROGRAM);
    assert.equal(status, 7);
    assert.equal(stdout, 'to standard output\n');
    assert.match(stderr, /^plain +[\d.]+ m?s/m);
    assert.match(stderr, /times are estimated .*hand-offs are not counted/);
  });

  it('runs what cannot be recorded from inside, and says why', () => {
    const { status, stdout, stderr } = run('--in-process', '--', '/bin/echo', 'hello');
    assert.equal(status, 0);
    assert.equal(stdout, 'hello\n');
    assert.match(stderr, /needs the Python interpreter itself/);
  });

  it('says what is wrong with a command line, with exit code 2', () => {
    for (const words of [
      [],
      ['--mode', 'turbo', 'x'],
      ['--nonsense'],
      ['--pid', 'x'],
      ['--trace'],
      ['--in-process', '--pid', '1'],
    ]) {
      const { status, stderr } = run(...words);
      assert.equal(status, 2, words.join(' '));
      assert.match(stderr, /^gilscope record: .+\n\nusage:/);
    }
  });

  it('exits with 127 for a program that cannot be started, and 125 for a process that is gone', () => {
    const missing = run('/no/such/python');
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /cannot be started/);
    const ended = spawnSync('/bin/true').pid;
    const gone = run('--pid', String(ended));
    assert.equal(gone.status, 125);
    assert.match(gone.stderr, /no process/);
  });

  it('exits with 128 and the signal that ended the program', () => {
    const { status } = run(
      python,
      '-c',
      'import os, time; time.sleep(0.3); os.kill(os.getpid(), 15)',
    );
    assert.equal(status, 128 + 15);
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`passes ${signal} on, whenever it comes, and leaves nothing running`, async () => {
      const marker = path.join(temporary.folder, `marker-${signal}`);
      const program = `import time; time.sleep(60) # ${marker}`;
      for (const delayMs of [0, 150, 1000]) {
        const cli = path.join(temporary.folder, 'cli.js');
        const words = [cli, 'record', '--', python, '-c', program];
        const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
        await new Promise(resolve => setTimeout(resolve, delayMs));
        child.kill(signal);
        const [exitCode, by] = (await once(child, 'exit')) as [number | null, string | null];
        // At first, Node itself has not begun: then the signal ends it.
        assert.ok(by === signal || exitCode === code, `${delayMs} ms: ${exitCode} ${by}`);
        assert.deepEqual(processesWith(marker), []);
      }
    });
  }

  it('refuses before the program runs when the trace could not be written', () => {
    const file = path.join(temporary.folder, 'no', 'such', 'folder', 'trace.json');
    const { status, stdout, stderr } = run('--trace', file, '--', python, '-c', 'print("ran")');
    assert.equal(status, 125);
    assert.equal(stdout, '');
    assert.match(stderr, /The trace cannot be written: ENOENT/);
  });

  it('says in a sentence that the current folder was deleted', () => {
    const folder = path.join(temporary.folder, 'deleted');
    fs.mkdirSync(folder);
    const cli = path.join(temporary.folder, 'cli.js');
    const words = ['-c', `rmdir "${folder}" && exec "${process.execPath}" "${cli}" record true`];
    const { status, stderr } = spawnSync('/bin/sh', words, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /current folder has been deleted/);
  });

  it('names the version of a Python that is too old, and says when there was none', function () {
    const old = path.join(os.homedir(), '.pyenv/versions/2.7.18/bin/python');
    const sleeper = run('--', 'sleep', '1.2');
    assert.equal(sleeper.status, 0);
    assert.match(sleeper.stderr, /ended without showing a CPython/);
    if (!fs.existsSync(old)) skip(this, 'no Python 2.7 was found');
    const { status, stderr } = run('--', old, '-c', 'import time; time.sleep(3)');
    assert.equal(status, 0);
    assert.match(stderr, /does not know the inside of this Python \(2\.7\)/);
  });

  it('turns no text round and lets no long name push the figures away', () => {
    const name = `"\\u202edlrow" + "x" * 5000`;
    const program = PROGRAM.replace('"plain"', name);
    const { stderr } = run('--', python, '-c', program);
    assert.ok(!stderr.includes('\u202e'));
    assert.match(stderr, /^…x{59} +[\d.]+ m?s/m);
  });
});

/** Processes whose command line contains a text. */
function processesWith(text: string): string[] {
  const commands = fs.readdirSync('/proc').flatMap(id => {
    if (!/^\d+$/.test(id)) return [];
    try {
      return [fs.readFileSync(`/proc/${id}/cmdline`, 'utf8')];
    } catch {
      return []; // it has just ended
    }
  });
  return commands.filter(command => command.includes(text));
}
