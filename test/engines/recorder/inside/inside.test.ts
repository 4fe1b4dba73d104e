// Recording from inside of the program: that the program does not notice, and that what is estimated is near the truth.
import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';

import { LaneState, LANE_STATE_NAMES } from '../../../../src/core/model/lanes';
import {
  estimateStates,
  type InsideLook,
} from '../../../../src/engines/recorder/inside/insideEstimate';
import {
  INSIDE_PROGRAM_FILE,
  INSIDE_PROGRAM_TEXT,
  insideArguments,
  looksLikePython,
  parsePythonArguments,
} from '../../../../src/engines/recorder/inside/insideProgram';
import { InsideReader } from '../../../../src/engines/recorder/inside/insideReader';
import {
  whyNotFromOutside,
  type SystemFacts,
} from '../../../../src/engines/recorder/system/outsideAccess';
import { unlessDisturbed } from '../../../support/onABusyMachine';
import { skip } from '../../../support/skip';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';
import { findInterpreters, pickInterpreter } from '../interpreters';
import {
  buildRecorder,
  describeLane,
  laneNamed,
  programFile,
  recordProgram,
  shareOf,
} from '../recordings';

const { runningWithGil, runningWithoutGil, waitingForGil, blocked } = LaneState;

describe('the command line of a Python', () => {
  it('is taken apart as Python does', () => {
    const cases: readonly (readonly [words: string, kind: string, target: string, rest: string])[] =
      [
        ['a.py -m x', 'script', 'a.py', ' | -m x'],
        ['-u -X dev a.py', 'script', 'a.py', '-u -X dev | '],
        ['-uXdev a.py b', 'script', 'a.py', '-uX dev | b'],
        ['-m pytest -x', 'module', 'pytest', ' | -x'],
        ['-Bmpytest -x', 'module', 'pytest', '-B | -x'],
        ['-c pass 1 2', 'code', 'pass', ' | 1 2'],
        ['-W error -cpass', 'code', 'pass', '-W error | '],
        [
          '--check-hash-based-pycs always a.py',
          'script',
          'a.py',
          '--check-hash-based-pycs always | ',
        ],
      ];
    for (const [words, kind, target, rest] of cases) {
      const found = parsePythonArguments(words.split(' '));
      assert.ok(found, words);
      assert.equal(found.kind, kind, words);
      assert.equal(found.target, target, words);
      assert.equal(`${found.options.join(' ')} | ${found.args.join(' ')}`, rest, words);
    }
  });

  it('names no program when it is interactive or from standard input', () => {
    for (const words of [[], ['-'], ['-i'], ['-c'], ['-X']])
      assert.equal(parsePythonArguments(words), undefined, words.join(' '));
  });

  it('is believed to be one by its name', () => {
    const names = ['python', '/usr/bin/python3.13', 'python3.14t', 'C/python.exe', 'pypy3'];
    assert.deepEqual(
      names.filter(name => !looksLikePython(name)),
      [],
    );
    assert.deepEqual(['uwsgi', 'pytest', 'python-config'].filter(looksLikePython), []);
  });
});

describe('what can be estimated from inside', () => {
  const at = (thread: number, ranNs: number, isAtCall: boolean): InsideLook => ({
    thread,
    position: 1,
    ranNs,
    isAtCall,
  });
  /** The states in an interval of 10 ms, times in ms. */
  const story = (lateMs: number, looks: readonly InsideLook[], isAtOnce = false): string[] => {
    const interval = { fromNs: 0, toNs: 10e6, lateNs: lateMs * 1e6, isAtOnce, looks, turns: [] };
    return estimateStates(interval).map(
      ({ thread, fromNs, state }) => `${thread} @${fromNs / 1e6} ${LANE_STATE_NAMES[state]}`,
    );
  };

  it('two threads that compute share the time, and each waits for the rest', () => {
    assert.deepEqual(story(5, [at(0, 6e6, false), at(1, 4e6, false)]).sort(), [
      '0 @0 running with the GIL',
      '0 @6 waiting for the GIL',
      '1 @0 waiting for the GIL',
      '1 @6 running with the GIL',
    ]);
  });

  it('who computes in a call while the GIL is free does so without it', () => {
    assert.deepEqual(story(0.1, [at(0, 10e6, true), at(1, 10e6, true)]), [
      '0 @0 running without the GIL',
      '1 @0 running without the GIL',
    ]);
  });

  it('threads that had more of the cores than one GIL allows were not all under it', () => {
    assert.deepEqual(story(5, [at(0, 9e6, true), at(1, 9e6, true)]), [
      '0 @0 running without the GIL',
      '1 @0 running without the GIL',
    ]);
  });

  it('who had no core and stands in a call is blocked', () => {
    assert.deepEqual(story(5, [at(0, 0, true)]), ['0 @0 blocked']);
  });

  it('who woke for a moment while the GIL was taken waited as long as the probe did', () => {
    // 5 ms late, so from 10 - 5 on
    assert.deepEqual(story(5, [at(0, 50e3, true)]), ['0 @0 blocked', '0 @5 waiting for the GIL']);
  });

  it('a probe that was late for want of a core says nothing of the GIL', () => {
    assert.deepEqual(story(5, [at(0, 50e3, true)], true), ['0 @0 blocked']);
    // 5 ms of 10 had no core to give: the other 5 it computed in C.
    assert.deepEqual(story(5, [at(0, 4.5e6, true)], true), ['0 @0 running without the GIL']);
    assert.deepEqual(story(5, [at(0, 4.5e6, false)], true), [
      '0 @0 running with the GIL',
      '0 @4.5 waiting for the GIL',
    ]);
    // All the time without a core: what it did with a little of one is not known.
    assert.deepEqual(story(9.9, [at(0, 0.2e6, true)], true), [
      '0 @0 running with the GIL',
      '0 @0.2 blocked',
    ]);
  });

  it('who stands in Python code and had no core wants the GIL', () => {
    assert.deepEqual(story(5, [at(0, 0, false)]), ['0 @0 waiting for the GIL']);
  });

  it('never lets two threads hold the GIL at the same time, whatever was measured', () => {
    const look = fc.record({
      thread: fc.nat(3),
      position: fc.constant(1),
      ranNs: fc.integer({ min: -1, max: 30e6 }),
      isAtCall: fc.boolean(),
    });
    const looks = fc.uniqueArray(look, { selector: one => one.thread, maxLength: 4 });
    fc.assert(
      fc.property(looks, fc.nat(20e6), (found, lateNs) => {
        const states = estimateStates({ fromNs: 5, toNs: 10e6, lateNs, looks: found, turns: [] });
        const current = new Map<number, number>();
        states.forEach(({ thread, state, fromNs }, index) => {
          current.set(thread, state);
          // At one instant several may change: the last of them counts.
          if (states[index + 1]?.fromNs === fromNs) return;
          const holders = [...current.values()].filter(one => one === runningWithGil);
          assert.ok(holders.length <= 1, JSON.stringify(states));
        });
        assert.equal(new Set(states.map(({ thread }) => thread)).size, found.length);
      }),
    );
  });
});

describe('the file that is written inside of a program', () => {
  const temporary = makeTemporaryFolder();
  after(() => temporary.dispose());

  it('is believed line by line: what makes no sense is left out', () => {
    const file = path.join(temporary.folder, 'inside.jsonl');
    const lines = [
      'no JSON',
      'null',
      '{"kind":"interval"}',
      '{"kind":"process","pid":1,"version":"3.13.0","switchIntervalNs":5000000}',
      '{"kind":"thread","index":7,"nativeId":1,"isMain":true,"name":"skips","sinceNs":0}',
      '{"kind":"thread","index":0,"nativeId":1,"isMain":true,"name":"good","sinceNs":0}',
      '{"kind":"position","index":1,"file":"a.py","line":-3,"functionName":"f"}',
      '{"kind":"interval","fromNs":0,"toNs":-5,"lateNs":0,"threads":[[0,0,1,0]]}',
      '{"kind":"interval","fromNs":0,"toNs":9e99,"lateNs":0,"threads":[[0,0,1,0]]}',
      '{"kind":"interval","fromNs":0,"toNs":10000000,"lateNs":0,"threads":[[5,0,0,0],"x",[0,0,9000000,0]],"turns":[],"ended":[4]}',
      '{"kind":"interval","fromNs":0,"toNs":10000001,"lateNs":0,"threads":[]}',
      '{"cut',
    ];
    fs.writeFileSync(file, lines.join('\n'));
    const reader = new InsideReader(file, 'probe');
    const { definitions, rows } = reader.read();
    reader.close();
    assert.deepEqual(
      definitions.map(({ kind }) => kind),
      ['process', 'gil', 'thread', 'name'],
    );
    // told: 0 holds from 0, waits from 9 ms; then the tick. 7 numbers a row.
    assert.equal(rows.length, 3 * 7);
    assert.equal(reader.counts.nowNs, 10e6);
  });

  it('draws no GIL for a free-threaded build that has none', () => {
    const file = path.join(temporary.folder, 'free.jsonl');
    const line = {
      kind: 'process',
      pid: 1,
      version: '3.14.0',
      switchIntervalNs: 5e6,
      hasGil: false,
    };
    fs.writeFileSync(file, `${JSON.stringify(line)}\n`);
    const reader = new InsideReader(file, 'probe');
    reader.read();
    reader.close();
    assert.equal(reader.isBegun, false);
    assert.equal(reader.freeThreaded, '3.14.0');
  });

  it('may come after its reader, and in pieces', () => {
    const file = path.join(temporary.folder, 'late.jsonl');
    const reader = new InsideReader(file, 'probe');
    reader.read();
    assert.equal(reader.isBegun, false);
    fs.writeFileSync(file, '{"kind":"process","pid":1,"version":"3.13.0",');
    reader.read();
    fs.appendFileSync(file, '"switchIntervalNs":5000000}\n');
    reader.read();
    assert.equal(reader.isBegun, true);
    reader.close();
  });
});

describe('whether a system lets memory be read', () => {
  const system = (files: Readonly<Record<string, string>>, platform = 'linux'): SystemFacts => ({
    platform: platform as NodeJS.Platform,
    arch: 'x64',
    read: file => files[file],
    exists: () => true,
  });
  const scope = '/proc/sys/kernel/yama/ptrace_scope';
  const status = '/proc/self/status';

  it('depends on its kind and on how it is hardened', () => {
    assert.equal(whyNotFromOutside(system({})), undefined);
    assert.equal(whyNotFromOutside(system({ [scope]: '1\n' })), undefined);
    assert.match(whyNotFromOutside(system({ [scope]: '2\n' })) ?? '', /ptrace_scope is 2/);
    const root = system({ [scope]: '2\n', [status]: 'Name:\tx\nCapEff:\t000001ffffffffff\n' });
    assert.equal(whyNotFromOutside(root), undefined);
    const some = system({ [scope]: '2\n', [status]: 'CapEff:\t0000000000000001\n' });
    assert.match(whyNotFromOutside(some) ?? '', /ptrace_scope is 2/);
    assert.match(whyNotFromOutside(system({ [scope]: '3' })) ?? '', /ptrace_scope is 3/);
    assert.match(whyNotFromOutside(system({}, 'darwin')) ?? '', /from inside/);
    assert.match(whyNotFromOutside(system({}, 'win32')) ?? '', /from inside/);
    assert.match(whyNotFromOutside({ ...system({}), exists: () => false }) ?? '', /PID\/mem/);
    assert.match(whyNotFromOutside({ ...system({}), arch: 'ia32' }) ?? '', /64-bit/);
  });
});

describe('a program that is recorded from inside', function () {
  this.timeout(60_000);
  const interpreters = findInterpreters();
  let recorder = '';
  before(function () {
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found');
    recorder = buildRecorder();
  });

  /** Runs the program as it is, or with the recorder inside. */
  function run(
    python: string,
    words: readonly string[],
    folder?: string,
  ): SpawnSyncReturns<string> {
    const target = parsePythonArguments(words);
    assert.ok(target);
    if (folder !== undefined)
      fs.writeFileSync(path.join(folder, INSIDE_PROGRAM_FILE), INSIDE_PROGRAM_TEXT);
    const args = folder === undefined ? words : insideArguments(folder, 'probe', target);
    return spawnSync(python, args, { encoding: 'utf8', input: 'some input' });
  }

  for (const { path: python, version } of interpreters) {
    it(`runs as without, to its exit code and its traceback, in CPython ${version}`, () => {
      const temporary = makeTemporaryFolder();
      try {
        const file = programFile('itself.py');
        const ways = [
          ...['exit', 'error', 'interrupt', 'kill', 'end'].map(end => [file, end, 'ä b']),
          ['-X', 'dev', file, 'exit'],
          ['-c', 'import sys; print(sys.argv, __name__); 1 / 0', 'x'],
          ['-m', 'json.tool'],
          ['/no/such/file.py'],
        ];
        for (const words of ways) {
          const { status, signal, stdout, stderr } = run(python, words, temporary.folder);
          const alone = run(python, words);
          const what = words.join(' ');
          assert.deepEqual({ what, status, signal, stdout }, { ...ends(alone), what });
          assert.equal(stderr, alone.stderr, what);
        }
        assert.ok(fs.statSync(path.join(temporary.folder, 'inside.jsonl')).size > 0);
      } finally {
        temporary.dispose();
      }
    });

    it(`is seen to compute, to sleep and to wait by name and line, in CPython ${version}`, async () => {
      await unlessDisturbed(async () => {
        const { trace, result } = await recordProgram(recorder, python, 'states.py', {
          inside: 'probe',
        });
        assert.equal(result.exitCode, 0);
        assert.equal(result.inside, 'probe');
        assert.equal(trace.header.certainty.states.kind, 'estimated');
        assert.ok(trace.header.subtitle.startsWith(`Python ${version}, estimated from inside`));
        for (const name of ['burner 1', 'burner 2']) {
          const lane = laneNamed(trace, name);
          const share = shareOf(trace, lane, [runningWithGil, waitingForGil]);
          assert.ok(share > 0.5, describeLane(trace, lane));
        }
        for (const name of ['schläfer ☃', 'waits for a lock']) {
          const lane = laneNamed(trace, name);
          assert.ok(shareOf(trace, lane, [blocked]) > 0.5, describeLane(trace, lane));
        }
        const files = new Set(trace.positions.map(({ file }) => path.basename(file)));
        assert.ok(!files.has('inside.py'), [...files].join(', '));
      });
    });
  }

  function ends({ status, signal, stdout }: SpawnSyncReturns<string>): object {
    return { status, signal, stdout };
  }

  /** Python code that makes an interpreter, lets it compute, and ends it, three times. */
  const MAKES_INTERPRETERS = `
import time
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
code = "import time\\nend = time.time() + 0.3\\nwhile time.time() < end: pass"
for _ in range(3):
    time.sleep(0.1)
    other = interpreters.create()
    interpreters.run_string(other, code)
    interpreters.destroy(other)
print("all ran")
`;

  for (const { path: file, version, minor } of interpreters) {
    if (minor < 12) continue;
    it(`lives with interpreters that have GILs of their own, in CPython ${version}`, () => {
      for (const way of ['probe', 'events']) {
        const temporary = makeTemporaryFolder();
        fs.writeFileSync(path.join(temporary.folder, INSIDE_PROGRAM_FILE), INSIDE_PROGRAM_TEXT);
        const run = { kind: 'code', target: MAKES_INTERPRETERS, options: [], args: [] } as const;
        const isEvents = way === 'events' ? 'events' : 'probe';
        const words = insideArguments(temporary.folder, isEvents, run);
        const { status, signal, stdout } = spawnSync(file, words, { encoding: 'utf8' });
        assert.equal(signal, null, way);
        assert.equal(status, 0, way);
        assert.match(stdout, /all ran/);
        const reader = new InsideReader(path.join(temporary.folder, 'inside.jsonl'), isEvents);
        reader.read();
        reader.close();
        assert.equal(reader.hadOthers, true, 'it was noticed');
        temporary.dispose();
      }
    });
  }

  it('does not wait for the GIL where the head of a loop waits for an item', async function () {
    const python = pickInterpreter(interpreters) ?? skip(this, 'no interpreter');
    const options = { inside: 'probe' } as const;
    const { trace } = await recordProgram(recorder, python.path, 'idleIterator.py', options);
    const consumer = laneNamed(trace, 'consumer');
    assert.ok(shareOf(trace, consumer, [blocked]) > 0.6, describeLane(trace, consumer));
  });

  it('is seen to compute in C without the GIL', async function () {
    const python = pickInterpreter(interpreters) ?? skip(this, 'no interpreter');
    // What only two cores can show, a machine that gives the two threads less than one together does not.
    let most = 0;
    await unlessDisturbed(async () => {
      const { trace, cores = 2 } = await recordProgram(recorder, python.path, 'native.py', {
        inside: 'probe',
      });
      most = Math.max(most, cores);
      if (cores < 1) return;
      const lanes = ['hash 1', 'hash 2'].map(name => laneNamed(trace, name));
      const shares = lanes.map(lane => shareOf(trace, lane, [runningWithoutGil]));
      assert.ok(Math.max(...shares) > 0.1, lanes.map(lane => describeLane(trace, lane)).join('; '));
    });
    if (most < 1) skip(this, `the machine had ${most.toFixed(1)} cores for two threads`);
  });

  for (const range of [{ to: 11 }, { from: 12 }]) {
    const python = pickInterpreter(interpreters, range);
    it(`shows the turns that events tell (CPython ${python?.version ?? 'not found'})`, async function () {
      if (!python) skip(this, 'no such CPython was found');
      await unlessDisturbed(async () => {
        const {
          trace,
          result,
          cores = 1,
        } = await recordProgram(recorder, python.path, 'states.py', { inside: 'events' });
        // The two share one core under the GIL, if the machine has it for them.
        const least = 0.15 * Math.min(1, cores);
        // Two threads compute for 0.8 s with a switch interval of 5 ms: 160 turns, if nothing else runs.
        assert.ok(result.handOffsSeen > 20, JSON.stringify(result));
        assert.equal(result.exitCode, 0);
        for (const name of ['burner 1', 'burner 2']) {
          const lane = laneNamed(trace, name);
          assert.ok(shareOf(trace, lane, [runningWithGil]) > least, describeLane(trace, lane));
        }
      });
    });
  }

  it('bears 500 short threads and 200 at the same time', async function () {
    const python = pickInterpreter(interpreters) ?? skip(this, 'no interpreter');
    const { trace, result } = await recordProgram(recorder, python.path, 'shortThreads.py', {
      inside: 'probe',
    });
    assert.equal(result.exitCode, 0);
    const crowd = trace.lanes.filter(lane => lane.name.startsWith('one of many'));
    assert.ok(crowd.length > 100, `only ${crowd.length} of 200 were found`);
  });
});
