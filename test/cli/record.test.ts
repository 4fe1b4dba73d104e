// `gilscope record` as a person runs it: what it prints, what it writes, and which exit code comes out.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { readTraceJson } from '../../src/formats/traceJson';
import { SPILL_FILE } from '../../src/engines/recorder/file/request';
import { findInterpreters, pickInterpreter } from '../engines/recorder/interpreters';
import { buildCommandLine } from '../support/commandLine';
import { skip } from '../support/skip';
import { makeTemporaryFolder } from '../support/temporaryFolder';

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

/** Runs a command in a terminal of 80 columns and prints what it printed there. */
const IN_TERMINAL = `
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    try:
        told = os.read(terminal, 65536)
    except OSError:
        break
    os.write(1, told)
`;

describe('gilscope record', function () {
  this.timeout(30_000);
  const temporary = makeTemporaryFolder();
  let python = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    const interpreter = pickInterpreter(findInterpreters());
    python = interpreter?.path ?? skip(this, 'no CPython 3.8 to 3.15 was found');
    buildCommandLine(temporary.folder);
  });
  after(() => temporary.dispose());

  function run(...words: string[]): SpawnSyncReturns<string> {
    const cli = path.join(temporary.folder, 'dist', 'cli.js');
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
        const cli = path.join(temporary.folder, 'dist', 'cli.js');
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
    const cli = path.join(temporary.folder, 'dist', 'cli.js');
    const words = ['-c', `rmdir "${folder}" && exec "${process.execPath}" "${cli}" record true`];
    const { status, stderr } = spawnSync('/bin/sh', words, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 125);
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

  /** Runs a line of shell, in which "$0" is Node and "$1" the command line. */
  function shell(line: string, ...words: string[]): SpawnSyncReturns<string> {
    const cli = path.join(temporary.folder, 'dist', 'cli.js');
    return spawnSync('/bin/bash', ['-c', line, process.execPath, cli, ...words], {
      encoding: 'utf8',
      cwd: temporary.folder,
    });
  }

  it('takes the value of an option behind “=”, too, and tells of itself when asked', () => {
    const file = path.join(temporary.folder, 'a=b.json');
    const { status, stderr } = run('--mode=fine', `--trace=${file}`, python, '-c', PROGRAM);
    assert.equal(status, 7);
    assert.match(stderr, /\(fine mode\)/);
    assert.equal(readTraceJson(fs.readFileSync(file, 'utf8')).header.engine, 'recorded');
    for (const words of [['--json', '-h'], ['--help']]) {
      const help = run(...words);
      assert.equal(help.status, 0);
      assert.match(help.stdout, /^usage: gilscope record/);
    }
    for (const words of [['--mode='], ['--json=1', 'x'], ['--in-process=x', 'y'], ['--pid=-1']])
      assert.equal(run(...words).status, 2, words.join(' '));
  });

  it('is one of the commands of gilscope, which tells its version', () => {
    const told = shell('"$0" "$1" --version');
    const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string };
    assert.deepEqual([told.status, told.stdout], [0, `gilscope ${version}\n`]);
    const wrong = shell('"$0" "$1" rekord');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /no command rekord\n\nusage: .*record/);
  });

  it('exits with 125 instead of 0 when the trace could not be written, in one report', () => {
    for (const [code, expected] of [
      [0, 125],
      [7, 7],
    ]) {
      const program = PROGRAM.replace('sys.exit(7)', `sys.exit(${code})`);
      const { status, stderr } = run('--json', '--trace', '/dev/full', python, '-c', program);
      assert.equal(status, expected);
      const report = JSON.parse(stderr) as { recorder: { problems: { text: string }[] } };
      assert.match(
        report.recorder.problems.map(({ text }) => text).join(),
        /The trace cannot be written: ENOSPC/,
      );
    }
  });

  it('exits with 125 instead of 0 when the report could not be written', () => {
    const program = 'import time; time.sleep(0.3)';
    assert.equal(shell('"$0" "$1" record "$2" -c "$3" 2>/dev/full', python, program).status, 125);
  });

  it('passes the exit code through when whoever reads the report stops early', () => {
    const line = '"$0" "$1" record "$2" -c "$3" 2>&1 >/dev/null | head -n 0; exit ${PIPESTATUS[0]}';
    assert.equal(shell(line, python, PROGRAM).status, 7);
  });

  it('says why a program cannot be started, and leaves no empty trace behind', () => {
    const trace = path.join(temporary.folder, 'never.json');
    const script = path.join(temporary.folder, 'script.py');
    fs.writeFileSync(script, PROGRAM);
    for (const [program, sentence] of [
      ['no-such-program', /there is no such program\. Check/],
      [script, /may be run\. Put the Python interpreter before it: python3 .*script\.py/],
      [path.join(script, 'below'), /a part of its path is not a folder/],
    ] as const) {
      const { status, stderr } = run('--trace', trace, '--', program);
      assert.equal(status, 127, program);
      assert.match(stderr, sentence);
      assert.equal(fs.existsSync(trace), false);
    }
  });

  it('does not start a program of which the recording could not be written', () => {
    const { status, stdout, stderr } = shell(
      'TMPDIR=/no/such/folder "$0" "$1" record "$2" -c "$3"',
      python,
      PROGRAM,
    );
    assert.deepEqual([status, stdout], [125, '']);
    assert.match(stderr, /cannot be written: ENOENT.*TMPDIR/);
  });

  it('refuses an argument that it could not pass on as it is, but runs in a folder of any name', () => {
    const argument = shell('"$0" "$1" record "$2" -c "print(1)" $\'a\\xff\'', python);
    assert.deepEqual([argument.status, argument.stdout], [2, '']);
    assert.match(argument.stderr, /not valid UTF-8/);
    const whole = shell('"$0" "$1" record "$2" -c "$3" $\'a\\xef\\xbf\\xbd\'', python, PROGRAM);
    assert.equal(whole.status, 7);
    const line = `mkdir $'odd \\xff\\n;' && cd $'odd \\xff\\n;' && echo "$3" >x.py && "$0" "$1" record "$2" x.py`;
    const folder = shell(line, python, PROGRAM);
    assert.equal(folder.status, 7, folder.stderr);
    assert.match(folder.stderr, /^Recorded: x\.py/m);
  });

  it('passes standard input through', () => {
    const program = 'import sys, time; print(sys.stdin.read()[::-1]); time.sleep(0.2)';
    const { status, stdout } = shell('echo hello | "$0" "$1" record "$2" -c "$3"', python, program);
    assert.deepEqual([status, stdout], [0, '\nolleh\n']);
  });

  it('fits its report into 80 columns of a terminal, without colours', () => {
    const name = '"a thread with quite a long name for a table"';
    const script = path.join(temporary.folder, 'long.py');
    fs.writeFileSync(script, PROGRAM.replace('"plain"', name));
    const cli = path.join(temporary.folder, 'dist', 'cli.js');
    const { stdout } = spawnSync(
      python,
      ['-c', IN_TERMINAL, process.execPath, cli, 'record', '--', python, script],
      { encoding: 'utf8' },
    );
    const lines = stdout.replaceAll('\r', '').split('\n');
    const table = lines.slice(lines.findIndex(line => /^thread +held +waited/.test(line)));
    assert.ok(table.length > 8, stdout);
    assert.deepEqual(
      lines.filter(line => line.length > 80),
      [],
    );
    assert.match(table.join('\n'), /^…[\w ]*for a table +[\d.–]+/m);
    assert.ok(!stdout.includes('\x1b'));
  });

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    it(`reports what it has of a running process after ${signal}, which runs on`, async () => {
      const burn = 'import time\nend = time.time() + 30\nwhile time.time() < end: pass';
      const program = spawn(python, ['-c', burn], { stdio: 'ignore' });
      const cli = path.join(temporary.folder, 'dist', 'cli.js');
      const words = [cli, 'record', '--pid', String(program.pid)];
      const folder = fs.mkdtempSync(path.join(temporary.folder, 'kept-'));
      const child = spawn(process.execPath, words, {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, TMPDIR: folder },
      });
      let report = '';
      child.stderr.on('data', chunk => (report += String(chunk)));
      await untilRowsAreKept(folder);
      child.kill(signal);
      const [exitCode] = (await once(child, 'close')) as [number | null];
      assert.equal(exitCode, 0, report);
      assert.match(report, /^MainThread +[\d.]+ m?s/m);
      assert.equal(program.exitCode, null);
      program.kill('SIGKILL');
    });
  }

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

/** Waits until a recorder has kept what it saw, below a folder for temporary files. */
async function untilRowsAreKept(folder: string): Promise<void> {
  for (;;) {
    const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
    const sizes = files.filter(({ name }) => name === SPILL_FILE).map(file => sizeOf(file));
    if (sizes.some(size => size > 4096)) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

function sizeOf({ parentPath, name }: fs.Dirent): number {
  return fs.statSync(path.join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0;
}
