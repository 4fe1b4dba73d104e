// From Python files with annotations to programs, and what is said about what cannot be used.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { analyse } from '../../../src/analysis/analyser';
import { findingsText, programText } from '../programText';

/** The steps of the first worker thread. */
function workerOf(source: string): string {
  return programText(analyse(source, 'demo.py').program).split('\n').slice(1, 2).join('');
}

function findings(source: string): string[] {
  return findingsText(analyse(source, 'demo.py'), source);
}

describe('the program of a file', () => {
  it('is a main thread that starts and joins the threads of each function, and their lines', () => {
    const source = [
      'def crunch(n):  # gil: threads 2',
      '    total = sum(n)   # gil: compute 12ms',
      '    pack(total)      # gil: releases 3ms',
      '',
      '# gil: threads 1',
      'def fetch():',
      '    sock.recv(1024)  # gil: io 20ms, holds 1ms',
      '    time.sleep(1)    # gil: sleep 1s',
    ].join('\n');
    assert.equal(
      programText(analyse(source, 'src/demo.py').program),
      [
        'MainThread  start 1 @1 · start 2 @1 · start 3 @6 · join 1 @1 · join 2 @1 · join 3 @6',
        'Thread-1  compute 12 ms @2 · releases 3 ms @3',
        'Thread-2  compute 12 ms @2 · releases 3 ms @3',
        'Thread-3  io 20 ms @7 · holds 1 ms @7 · sleep 1 s @8',
      ].join('\n'),
    );
  });

  it('has the name of the file, and positions with function names', () => {
    const program = analyse(
      'def f(): # gil: threads 1, compute 1ms\n  pass\n',
      'a/b/demo.py',
    ).program;
    assert.equal(program?.name, 'demo.py');
    assert.deepEqual(program.positions, [
      { file: '', line: 0, functionName: '' },
      { file: 'a/b/demo.py', line: 1, functionName: 'f' },
      { file: 'a/b/demo.py', line: 1, functionName: '<module>' },
    ]);
  });

  it('runs on what “machine” says, and on CPython’s defaults where it says nothing', () => {
    const run = 'def f(): # gil: threads 1, compute 1ms\n  pass\n';
    const conditions = (source: string) => analyse(source, 'demo.py').conditions;
    assert.deepEqual(conditions(run), { cores: 4, switchIntervalNs: 5_000_000, seed: 1 });
    assert.deepEqual(conditions(`# gil: machine interval=1ms cores=2\n${run}`), {
      cores: 2,
      switchIntervalNs: 1_000_000,
      seed: 1,
    });
    const twice = `# gil: machine cores=2\n# gil: machine cores=3\n${run}`;
    assert.equal(conditions(twice).cores, 2);
    assert.deepEqual(findings(twice), ['duplicate-machine: «machine cores=3»']);
  });

  it('repeats loops of known length, and those that say how often they run', () => {
    const source = `
ROUNDS = 3
def f():  # gil: threads 1
    for i in range(2, 10, 4):
        for j in range(ROUNDS):
            g()  # gil: compute 1ms
    while more():  # gil: repeat 10
        g()  # gil: io 1ms
    for name in ("a", "b"):
        g()  # gil: holds 1ms
    [g() for x in xs]  # gil: repeat 4, sleep 1ms
`;
    assert.equal(
      workerOf(source),
      'Thread-1  repeat 2 (repeat 3 (compute 1 ms @6) @5) @4 · repeat 10 (io 1 ms @8) @7 · ' +
        'repeat 2 (holds 1 ms @10) @9 · repeat 4 (sleep 1 ms @11) @11',
    );
    assert.deepEqual(findings(source), []);
  });

  it('counts a loop of unknown length once, and says so', () => {
    const source = 'def f():  # gil: threads 1\n  for x in xs:\n    g()  # gil: compute 1ms\n';
    assert.equal(workerOf(source), 'Thread-1  repeat 1 (compute 1 ms @3) @2');
    assert.deepEqual(findings(source), ['unknown-repeat: «for x in xs:»']);
  });

  it('follows calls into functions and methods of the same file', () => {
    const source = `
class Worker:
    def run(self):  # gil: threads 1
        total = add(self.load(), 1)
        later = lambda: add(0, 0)
    def load(self):
        return open("x")  # gil: io 2ms
def add(a, b):
    def inner():
        return a  # gil: compute 3ms
    return inner() + b
def load():
    x()  # gil: holds 9ms
`;
    assert.equal(workerOf(source), 'Thread-1  io 2 ms @7 · compute 3 ms @10');
    assert.deepEqual(findings(source), ['never-run: «holds 9ms»']);
    const names = analyse(source, 'demo.py').program?.positions.map(at => at.functionName);
    assert.deepEqual(names?.slice(1, 3), ['Worker.load', 'add.inner']);
  });

  it('takes a cost on a def, a loop or a branch for the whole block', () => {
    const source = `
def f():  # gil: threads 1
    whole()
    for x in xs:  # gil: compute 5ms
        g()  # gil: io 1ms
    if a:
        b()
    else:  # gil: holds 2ms
        c()
def whole():  # gil: compute 50ms, io 1ms
    g()  # gil: io 2ms
`;
    assert.equal(
      workerOf(source),
      'Thread-1  compute 50 ms @10 · io 1 ms @10 · compute 5 ms @4 · holds 2 ms @8',
    );
    assert.deepEqual(findings(source), ['never-run: «io 1ms»', 'never-run: «io 2ms»']);
    const messages = analyse(source, 'demo.py').findings.map(finding => finding.message);
    assert.equal(messages[0], 'Not counted: line 4 gives a cost for the whole block.');
  });

  it('takes the first branch with a cost, and of a try no handler', () => {
    const source = `
def f():  # gil: threads 1
    if ready():
        pass
    elif a:
        g()  # gil: compute 1ms
    else:
        g()  # gil: compute 2ms
    try:
        g()  # gil: compute 3ms
    except E:
        g()  # gil: compute 4ms
    else:
        g()  # gil: compute 5ms
    finally:
        g()  # gil: compute 6ms
    match x:
        case 1:
            g()  # gil: compute 7ms
        case _:
            g()  # gil: compute 8ms
`;
    assert.equal(
      workerOf(source),
      'Thread-1  compute 1 ms @6 · compute 3 ms @10 · compute 5 ms @14 · compute 6 ms @16 · compute 7 ms @19',
    );
    assert.deepEqual(findings(source), [
      'never-run: «compute 2ms»',
      'never-run: «compute 4ms»',
      'never-run: «compute 8ms»',
    ]);
  });

  it('takes and gives back the locks of with blocks', () => {
    const source = `
def f():  # gil: threads 2
    with self.lock:  # gil: lock
        g()  # gil: compute 1ms
        with other:  # gil: lock
            pass
    with (a as b, c as d):  # gil: lock cache, io 2ms
        pass
`;
    assert.equal(
      workerOf(source),
      'Thread-1  lock self.lock @3 · compute 1 ms @4 · lock other @5 · unlock other @5 · ' +
        'unlock self.lock @3 · lock cache @7 · io 2 ms @7 · unlock cache @7',
    );
    assert.deepEqual(findings(source), []);
  });

  it('leaves out a lock that the thread already has, instead of waiting for ever', () => {
    const source = `
def f():  # gil: threads 1
    with lock:  # gil: lock
        g()
def g():
    with lock:  # gil: lock
        h()  # gil: compute 1ms
`;
    assert.equal(workerOf(source), 'Thread-1  lock lock @3 · compute 1 ms @7 · unlock lock @3');
    assert.deepEqual(findings(source), ['lock-taken-twice: «lock»']);
  });

  it('ends at recursion, and says where', () => {
    const source = `
def f(n):  # gil: threads 1
    work()  # gil: compute 1ms
    return f(n - 1)
`;
    assert.equal(workerOf(source), 'Thread-1  compute 1 ms @3');
    assert.deepEqual(findings(source), ['recursion: «f(n - 1)»']);
  });

  it('does not take strings for annotations', () => {
    const source = `
def f():  # gil: threads 1, compute 1ms
    """Costs nothing.
    # gil: compute 5ms
    """
    x = "# gil: io 3ms"
`;
    assert.equal(workerOf(source), 'Thread-1  compute 1 ms @2');
    assert.deepEqual(findings(source), []);
  });

  it('finds the statement of a comment in the middle of it, above it, and on a line of two', () => {
    const source = `
def f():  # gil: threads 1
    g(1,  # gil: compute 1ms
      2)
    g(1,
      2)  # gil: compute 2ms
    # gil: compute 3ms

    # a remark between
    g()
    if x: g()  # gil: compute 4ms
    for _ in range(9): g()  # gil: repeat 2, compute 5ms
@decorated
# gil: threads 1
@again
def h(
    a,
): # gil: compute 6ms
    pass
`;
    assert.equal(
      workerOf(source),
      'Thread-1  compute 1 ms @3 · compute 2 ms @5 · compute 3 ms @10 · compute 4 ms @11 · repeat 2 (compute 5 ms @12) @12',
    );
    assert.match(programText(analyse(source, 'demo.py').program), /Thread-2 {2}compute 6 ms @16$/);
    assert.deepEqual(findings(source), []);
  });
});

describe('an annotation that cannot be used', () => {
  it('is told when it stands beside nothing or in the wrong place', () => {
    const source = `
x = 1  # gil: threads 4
def f():  # gil: threads 1, compute 1ms
    if x:
        g()
        # gil: io 2ms
    y()  # gil: lock
class A:  # gil: compute 1ms
    pass
# gil: compute 1ms
`;
    assert.deepEqual(findings(source), [
      'wrong-place: «threads 4»',
      'nothing-to-annotate: «io 2ms»',
      'wrong-place: «lock»',
      'wrong-place: «compute 1ms»',
      'nothing-to-annotate: «compute 1ms»',
    ]);
  });

  it('is told when no function says that it runs in threads', () => {
    const source = 'def f():\n  g()  # gil: compute 1ms\n';
    assert.equal(analyse(source, 'demo.py').program, undefined);
    assert.deepEqual(findings(source), ['no-threads: «compute 1ms»']);
    assert.deepEqual(findings('# gil: machine cores=4\n'), ['no-threads: «machine cores=4»']);
  });

  it('is told when it is said twice', () => {
    const source = '# gil: threads 2\ndef f():  # gil: threads 3, compute 1ms\n  pass\n';
    assert.deepEqual(findings(source), ['said-twice: «threads 3»']);
    assert.equal(analyse(source, 'demo.py').program?.threads.length, 3);
  });

  it('makes the analysis incomplete, so that a picture of before can stay', () => {
    const good = 'def f():  # gil: threads 1, compute 5ms\n  pass\n';
    assert.equal(analyse(good, 'demo.py').isComplete, true);
    assert.equal(analyse(good.replace('5ms', '5m'), 'demo.py').isComplete, false);
    assert.equal(analyse(`${good}x = (\n`, 'demo.py').isComplete, false);
  });
});

describe('the bounds of a program', () => {
  it('are 1,000 threads in a file', () => {
    const source =
      'def f():  # gil: threads 600, compute 1ms\n  pass\ndef g():  # gil: threads 600, compute 1ms\n  pass\n';
    assert.deepEqual(findings(source), ['out-of-range: «threads 600»']);
    // 600 + 400, and the main thread
    assert.equal(analyse(source, 'demo.py').program?.threads.length, 1001);
  });

  it('are five million steps and turns, and a day of work', () => {
    const loops = (inner: string) => `
def f():  # gil: threads 1
    for _ in range(3000):
        for _ in range(3000):
            g()  # gil: ${inner}
`;
    // 9 million steps
    assert.deepEqual(findings(loops('io 1ns')), ['too-much-work: «f»']);
    const day = 'def f():  # gil: threads 25, io 1 s, repeat 3600\n  pass\n';
    // 25 threads x 3600 s = 25 hours
    const { program, findings: told } = analyse(day, 'demo.py');
    assert.equal(program, undefined);
    assert.equal(
      told.at(0)?.message,
      'All threads together would work for 25 hours; expected at most 24 hours.',
    );
  });

  it('stop functions that call each other without end, at once', () => {
    const doubling = (cost: string) =>
      Array.from({ length: 40 }, (_, i) =>
        i === 39 ? `def f39():\n  g()${cost}\n` : `def f${i}():\n  f${i + 1}(); f${i + 1}()\n`,
      ).join('');
    const main = 'def main():  # gil: threads 1\n  f0()\n';
    assert.deepEqual(findings(doubling('  # gil: compute 1ms') + main), ['too-much-work: «main»']);
    assert.deepEqual(findings(doubling('') + main), ['no-cost: «main»']);
    const ring = Array.from(
      { length: 40 },
      (_, i) => `def f${i}():\n  f${(i + 1) % 40}(); f${(i + 7) % 40}()\n`,
    ).join('');
    assert.ok(findings(ring + main).some(text => /too-much-work|no-cost/.test(text)));
  });
});
