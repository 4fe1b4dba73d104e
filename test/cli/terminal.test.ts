// `gilscope record` in a real terminal: the program has it to itself, as if it had been started without a recorder.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { findInterpreters, pickInterpreter } from '../engines/recorder/interpreters';
import { buildCommandLine } from '../support/commandLine';
import { skip } from '../support/skip';
import { makeTemporaryFolder } from '../support/temporaryFolder';

/** Tells of its terminal, asks, tells of each new size, and waits to be interrupted. */
const PROGRAM = `
import os, signal, sys, threading, time
print("tty", [s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)])
print("size", os.get_terminal_size().columns)
print("in front", os.getpgrp() == os.tcgetpgrp(0))
signal.signal(signal.SIGWINCH, lambda *_: print("now", os.get_terminal_size().columns, flush=True))
threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
try:
    print("hello", input("name? "))
    while True: time.sleep(0.01)
except KeyboardInterrupt:
    if "stays" in sys.argv:
        print("caught", flush=True)
        sys.exit(4)
    raise
`;

/** Runs a command in a terminal of 72 columns, types and resizes as it asks, and prints all that shows there. */
const IN_TERMINAL = `
import fcntl, os, pty, struct, sys, termios
def resize(columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 72, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
steps = [(b"name? ", lambda: os.write(terminal, b"Ann\\n")), (b"hello Ann\\r\\n", lambda: resize(99)), (b"now 99\\r\\n", lambda: os.write(terminal, b"\\x03"))]
shown = b""
while True:
    try:
        shown += os.read(terminal, 65536)
    except OSError:
        break
    if steps and steps[0][0] in shown:
        steps.pop(0)[1]()
os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

describe('gilscope record in a terminal', function () {
  this.timeout(60_000);
  const temporary = makeTemporaryFolder();
  let python = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    const interpreters = findInterpreters();
    python = pickInterpreter(interpreters)?.path ?? skip(this, 'no CPython 3.8 to 3.15 was found');
    const { status } = spawnSync(python, ['-c', 'import os; os.waitstatus_to_exitcode']);
    if (status !== 0) skip(this, 'the terminal of this test needs Python 3.9');
    buildCommandLine(temporary.folder);
  });
  after(() => temporary.dispose());

  function inTerminal(...words: readonly string[]): { shown: string; status: number | null } {
    const recorder = [path.join(temporary.folder, 'dist/cli.js'), 'record', ...words];
    const { stdout, status } = spawnSync(
      python,
      ['-c', IN_TERMINAL, process.execPath, ...recorder],
      {
        encoding: 'utf8',
        timeout: 40_000,
      },
    );
    return { shown: stdout, status };
  }

  it('leaves it to the program: tty, size and new size, what is typed, and Ctrl+C', () => {
    const { shown, status } = inTerminal('--', python, '-c', PROGRAM, 'stays');
    assert.match(shown, /tty \[True, True, True\]\r\nsize 72\r\nin front True\r\n/);
    assert.match(shown, /name\? Ann\r\nhello Ann\r\n[^]*now 99\r\n[^]*caught\r\n/);
    assert.equal(status, 4, shown);
    assert.ok(shown.lastIndexOf('MainThread') > shown.indexOf('caught'), shown); // the report comes after it
  });

  it('exits with 130 when Ctrl+C ended the program, and still reports', () => {
    const { shown, status } = inTerminal('--', python, '-c', PROGRAM);
    assert.match(shown, /KeyboardInterrupt/);
    assert.match(shown, /MainThread/);
    assert.equal(status, 130, shown);
  });
});
