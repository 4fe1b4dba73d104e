// Real interpreters: what the system counted, in a program that computes where Python does not see it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { LaneState } from '../../../../src/core/model/lanes';
import { measuredCores } from '../../../../src/core/model/measured';
import { skip } from '../../../support/skip';
import { findInterpreters, pickInterpreter } from '../interpreters';
import {
  buildRecorder,
  describeLane,
  programFile,
  recordProgram,
  timePerState,
  type Finished,
} from '../recordings';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';

describe('what a recording measures', function () {
  this.timeout(60_000);
  const interpreters = findInterpreters();
  let recorder = '';
  before(function () {
    if (process.platform !== 'linux') skip(this, 'the recorder reads /proc: Linux only');
    recorder = buildRecorder();
  });

  for (const range of [{ to: 10 }, { from: 11, to: 13 }, { from: 14 }]) {
    const python = pickInterpreter(interpreters, range);
    const versions = `3.${range.from ?? 8} to 3.${range.to ?? 15}`;
    it(`counts threads that Python did not make (one of ${versions})`, async function () {
      if (!python) skip(this, `no CPython ${versions} was found`);
      if (!hasCompiler()) skip(this, 'no C compiler');
      const { trace } = await recordNative(recorder, python.path);
      const native = trace.lanes.flatMap((lane, i) => (lane.native === true ? [i] : []));
      assert.equal(native.length, 1, trace.lanes.map(({ name }) => name).join(', '));
      const ranNs = timePerState(trace, native[0])[LaneState.runningWithoutGil];
      const last = trace.cpu?.at(-1);
      // It computes for 1 s, however long that takes; it is met a little after its beginning.
      assert.ok(ranNs > 200e6 && ranNs < 1050e6, describeLane(trace, native[0]));
      assert.ok(last && last.cpuNs >= 900e6, JSON.stringify(last));
      assert.ok(last.nativeNs > 200e6 && last.nativeNs <= 1050e6, JSON.stringify(last));
      const cores = measuredCores(trace, 0, trace.nowNs);
      assert.ok(cores !== undefined && cores > 0, String(cores));
      const names = trace.lanes.map(({ name }) => name).filter(name => name.startsWith('same'));
      assert.deepEqual(names.sort(), ['same', 'same (2)']);
      const info = trace.processes?.[0];
      assert.ok(info && info.pid > 0 && info.command.includes('nativeThreads.py'));
    });
  }
});

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function recordNative(recorder: string, python: string): Promise<Finished> {
  const temporary = makeTemporaryFolder();
  try {
    const library = path.join(temporary.folder, 'native.so');
    const source = programFile('nativeThreads.c');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-lpthread']);
    return await recordProgram(recorder, python, 'nativeThreads.py', { moreArgs: [library] });
  } finally {
    temporary.dispose();
  }
}
