// Real interpreters: what the recorder says of programs whose behaviour is known.
import assert from 'node:assert/strict';
import fs from 'node:fs';

import { unlessDisturbed } from '../../../support/onABusyMachine';
import { LaneState } from '../../../../src/core/model/lanes';
import { statisticsOf } from '../../../../src/core/insight/statistics';
import { EventKind, type Trace } from '../../../../src/core/model/trace';
import { skip } from '../../../support/skip';
import { findInterpreters, pickInterpreter } from '../interpreters';
import {
  buildRecorder,
  describeLane,
  laneNamed,
  programFile,
  recordProgram,
  shareOf,
  timePerLine,
} from '../recordings';

const { runningWithGil, runningWithoutGil, waitingForGil, waitingForLock, blocked, ready } =
  LaneState;

/** More than half of what was observed of the lane was spent in these states. */
function assertMostly(trace: Trace, name: string, states: readonly number[]): void {
  const lane = laneNamed(trace, name);
  assert.ok(shareOf(trace, lane, states) > 0.5, describeLane(trace, lane));
}

/** Line of the first occurrence of a text in one of the programs. */
function lineOf(program: string, text: string): number {
  return fs.readFileSync(programFile(program), 'utf8').split('\n').indexOf(text) + 1;
}

describe('a recording', function () {
  this.timeout(60_000);
  const interpreters = findInterpreters();
  let recorder = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found');
    recorder = buildRecorder();
  });

  for (const { path: python, version } of interpreters) {
    describe(`of CPython ${version}`, () => {
      it('knows each thread by its name, what it mostly does, and at which line', async () => {
        await unlessDisturbed(async () => {
          const { trace, result } = await recordProgram(recorder, python, 'states.py');
          assert.equal(result.exitCode, 0);
          assert.ok(trace.header.subtitle.startsWith(`Python ${version.split('.', 2).join('.')}`));
          assert.equal(trace.header.switchIntervalNs, 5_000_000);
          assert.deepEqual(trace.lanes.map(lane => lane.name).sort(), [
            'MainThread',
            'burner 1',
            'burner 2',
            'schläfer ☃',
            'waits for a lock',
          ]);
          assert.deepEqual(trace.lanes.map(lane => lane.main).filter(Boolean), [true]);
          assertMostly(trace, 'burner 1', [runningWithGil, waitingForGil]);
          assertMostly(trace, 'burner 2', [runningWithGil, waitingForGil]);
          assertMostly(trace, 'schläfer ☃', [blocked]);
          assertMostly(trace, 'waits for a lock', [waitingForLock]);
          assertBurnsInBurn(trace, 'burner 1');
          assertWaitsAt(
            trace,
            'waits for a lock',
            waitingForLock,
            'wait_for_lock',
            '    lock.acquire()',
          );
          assertWaitsAt(trace, 'schläfer ☃', blocked, 'sleep', '        time.sleep(0.1)');
        });
      });
    });
  }

  function assertBurnsInBurn(trace: Trace, name: string): void {
    const lines = [...timePerLine(trace, laneNamed(trace, name), runningWithGil)];
    const total = lines.reduce((sum, [, time]) => sum + time, 0);
    const inBurn = lines.filter(([line]) => line.startsWith('burn:'));
    const first = lineOf('states.py', 'def burn():');
    for (const [place] of inBurn) {
      const line = Number(place.split(':')[1]);
      assert.ok(line > first && line <= first + 4, `${place} is not a line of burn`);
    }
    assert.ok(inBurn.reduce((sum, [, time]) => sum + time, 0) > total / 2, JSON.stringify(lines));
  }

  function assertWaitsAt(
    trace: Trace,
    name: string,
    state: number,
    ...[functionName, text]: [string, string]
  ): void {
    const lines = [...timePerLine(trace, laneNamed(trace, name), state)];
    const [longest] = lines.sort((a, b) => b[1] - a[1]);
    assert.equal(longest[0], `${functionName}:${lineOf('states.py', text)}`);
  }

  it('tells C code that keeps the GIL while it sleeps from C code that computes without it', async function () {
    const python = pickInterpreter(interpreters) ?? skip(this, 'no interpreter');
    const { trace } = await recordProgram(recorder, python.path, 'native.py');
    assertMostly(trace, 'hog', [runningWithGil]);
    assertMostly(trace, 'poor', [waitingForGil]);
    assert.ok(trace.marks.some(({ kind }) => kind === 'sleeps-with-gil'));
    for (const name of ['hash 1', 'hash 2']) {
      assertMostly(trace, name, [runningWithoutGil, ready]);
    }
  });

  for (const range of [{ to: 10 }, { from: 11, to: 13 }, { from: 14 }]) {
    const python = pickInterpreter(interpreters, range);
    const versions = `3.${range.from ?? 8} to 3.${range.to ?? 15}`;
    it(`counts every hand-off, seen or not (one of ${versions})`, async function () {
      if (!python) skip(this, `no CPython ${versions} was found`);
      const { trace, result } = await recordProgram(recorder, python.path, 'pingPong.py');
      // 2 threads x 2000 turns, each of which needs the GIL from the other; a turn may need it twice.
      assert.ok(result.handOffsCounted >= 3900, JSON.stringify(result));
      assert.ok(result.handOffsSeen <= result.handOffsCounted);
      assert.ok(result.handOffsSeen > 0);
      assert.equal(trace.droppedCount, result.handOffsCounted - result.handOffsSeen);
      assert.equal(statisticsOf(trace).handOffCount, result.handOffsSeen, 'the picture shows them');
    });
  }

  it('has at most one holder of a GIL at any time, and its waits begin with a request', async function () {
    const python = pickInterpreter(interpreters) ?? skip(this, 'no interpreter');
    const { trace } = await recordProgram(recorder, python.path, 'states.py', { mode: 'fine' });
    const { kinds, lanes, locks, times } = trace.events;
    let holder = -1;
    let acquires = 0;
    for (let i = 0; i < kinds.length; i++) {
      if (trace.locks[locks[i]].kind !== 'gil') continue;
      if (kinds[i] === EventKind.acquire) {
        assert.equal(holder, -1, `lane ${lanes[i]} takes the GIL that lane ${holder} has`);
        holder = lanes[i];
        acquires++;
      } else if (kinds[i] === EventKind.release) {
        assert.equal(holder, lanes[i]);
        holder = -1;
      } else if (kinds[i] === EventKind.request) {
        const store = trace.stores[lanes[i]];
        assert.equal(store.stateOf(store.segmentAt(times[i])), waitingForGil);
      }
    }
    assert.ok(acquires > 20, `only ${acquires} acquires`);
  });

  for (const method of ['fork', 'spawn', 'forkserver']) {
    it(`finds children that were started by ${method}, each with a GIL of its own`, async function () {
      const python = pickInterpreter(interpreters, { to: 13 }) ?? skip(this, 'no interpreter');
      const { trace } = await recordProgram(recorder, python.path, 'children.py', {
        args: [method],
        mode: 'light',
      });
      const helpers = trace.lanes.filter(lane => lane.name === 'helper of a child');
      assert.equal(helpers.length, 2);
      assert.notEqual(helpers[0].process, helpers[1].process);
      assert.notEqual(helpers[0].gil, helpers[1].gil);
      for (const lane of trace.lanes.filter(info => info.process > 0)) {
        assert.ok(trace.locks[lane.gil].name.includes(`process ${lane.process}`));
      }
    });
  }

  it('goes on when the program becomes another Python in the same process', async function () {
    const python = pickInterpreter(interpreters) ?? skip(this, 'no interpreter');
    const { trace } = await recordProgram(recorder, python.path, 'execs.py');
    const mains = trace.lanes.filter(lane => lane.main);
    assert.deepEqual(
      mains.map(lane => lane.process),
      [0, 1],
    );
  });

  it('gives each sub-interpreter its own GIL and lanes', async function () {
    const python = pickInterpreter(interpreters, { from: 13 });
    if (!python) skip(this, 'no CPython with own GILs per interpreter (3.13 or later) was found');
    const { trace } = await recordProgram(recorder, python.path, 'interpreters.py');
    for (const index of [0, 1]) {
      const lane = trace.lanes.findIndex(info =>
        info.name.startsWith(`sub ${index} in interpreter`),
      );
      assert.ok(lane >= 0, trace.lanes.map(info => info.name).join(', '));
      assert.ok(trace.locks[trace.lanes[lane].gil].name.startsWith('GIL of interpreter'));
      assert.ok(shareOf(trace, lane, [runningWithGil]) > 0.5, describeLane(trace, lane));
    }
  });

  it('bears 500 short threads and 200 at the same time', async function () {
    const python = pickInterpreter(interpreters) ?? skip(this, 'no interpreter');
    const { trace, result } = await recordProgram(recorder, python.path, 'shortThreads.py');
    assert.equal(result.exitCode, 0);
    const crowd = trace.lanes.filter(lane => lane.name.startsWith('one of many'));
    assert.ok(crowd.length > 100, `only ${crowd.length} of 200 were found`);
  });

  for (const range of [{ to: 10 }, { from: 11, to: 13 }, { from: 14 }]) {
    const versions = `one of 3.${range.from ?? 8} to 3.${range.to ?? 15}`;
    it(`bears 500 new threads a second beside 200 others, for seconds (${versions})`, async function () {
      const python = pickInterpreter(interpreters, range) ?? skip(this, `no ${versions} was found`);
      const args = ['4'];
      const { trace, result } = await recordProgram(recorder, python.path, 'manyThreads.py', {
        args,
      });
      assert.equal(result.exitCode, 0);
      assert.deepEqual(
        result.problems.filter(({ kind }) => kind !== 'not-observed'),
        [],
      );
      // Whoever lives shorter than the time between two looks may be missed; what the GIL did is counted all the same.
      const crowd = trace.lanes.filter(lane => lane.name.startsWith('one of many'));
      assert.ok(crowd.length >= 200, `only ${crowd.length} of 200 were found`);
      assert.ok(trace.lanes.length > 220, `${trace.lanes.length} lanes`);
      assert.ok(result.handOffsCounted > 1000, `${result.handOffsCounted} hand-offs`);
      const missed = result.handOffsCounted - result.handOffsSeen;
      assert.ok(trace.droppedCount >= missed * 0.9, `${trace.droppedCount} of ${missed} missed`);
    });
  }
});
