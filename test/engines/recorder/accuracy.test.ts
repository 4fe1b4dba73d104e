// Held and waited time against what follows from the program alone: a thread that only computes either has the GIL or
// wants it, has a core only while it has the GIL, and nobody else has it then.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { LaneState } from '../../../src/core/model/lanes';
import type { Trace } from '../../../src/core/model/trace';
import { record, type RecordingMode } from '../../../src/engines/recorded';
import { unlessDisturbed } from '../../support/onABusyMachine';
import { skip } from '../../support/skip';
import { makeTemporaryFolder } from '../../support/temporaryFolder';
import { findInterpreters, pickInterpreter } from './interpreters';
import {
  buildRecorder,
  describeLane,
  laneNamed,
  programFile,
  readToEnd,
  shareOf,
  timePerState,
} from './recordings';

const { runningWithGil, waitingForGil, ready, unknown, blocked } = LaneState;

describe('the times of a recording', function () {
  this.timeout(60_000);
  const recorderFile = buildRecorder();
  const python = pickInterpreter(findInterpreters(), { to: 14 })?.path;

  for (const mode of ['light', 'normal'] as const) {
    it(`add up for threads that compute beside others that do I/O, in ${mode} mode`, async function () {
      if (python === undefined) return skip(this, 'no CPython was found');
      await unlessDisturbed(async () => {
        const { trace, coreNs } = await recordWork(python, 'mixed', mode);
        for (const name of ['cpu 0', 'cpu 1']) assertOnlyComputes(trace, name, coreNs[name]);
        for (const name of ['io 0', 'io 1', 'io 2', 'io 3']) assertMostlyWaits(trace, name);
        assertOneAtATime(trace);
      });
    });
  }

  it('add up for four threads that compute, in normal mode', async function () {
    if (python === undefined) return skip(this, 'no CPython was found');
    await unlessDisturbed(async () => {
      const { trace, coreNs } = await recordWork(python, 'cpu', 'normal');
      for (let i = 0; i < 4; i++) assertOnlyComputes(trace, `cpu ${i}`, coreNs[`cpu ${i}`]);
      assertOneAtATime(trace);
    });
  });

  function assertOnlyComputes(trace: Trace, name: string, coreNs: number): void {
    const lane = laneNamed(trace, name);
    const times = timePerState(trace, lane);
    const explained = shareOf(trace, lane, [runningWithGil, waitingForGil, ready]);
    assert.ok(explained > 0.97, describeLane(trace, lane));
    const heldNs = times[runningWithGil];
    const message = `${coreNs / 1e6} ms with a core; ${describeLane(trace, lane)}`;
    // Asking for the GIL takes a little of a core, too.
    assert.ok(heldNs + times[unknown] > 0.97 * coreNs, message);
  }

  /** Each of them sleeps 2 ms, and waits for longer than that. */
  function assertMostlyWaits(trace: Trace, name: string): void {
    const lane = laneNamed(trace, name);
    assert.ok(
      shareOf(trace, lane, [waitingForGil, ready, blocked]) > 0.9,
      describeLane(trace, lane),
    );
    assert.ok(shareOf(trace, lane, [runningWithGil]) < 0.05, describeLane(trace, lane));
  }

  function assertOneAtATime(trace: Trace): void {
    const heldNs = trace.lanes.map((_, lane) => timePerState(trace, lane)[runningWithGil]);
    const sum = heldNs.reduce((total, ns) => total + ns, 0);
    assert.ok(sum > 0 && sum <= trace.nowNs * 1.001, `${sum} of ${trace.nowNs} ns`);
  }

  async function recordWork(
    pythonPath: string,
    kind: string,
    mode: RecordingMode,
  ): Promise<{ trace: Trace; coreNs: Readonly<Record<string, number>> }> {
    const temporary = makeTemporaryFolder();
    try {
      const output = path.join(temporary.folder, 'work.json');
      const recording = await record(
        {
          python: pythonPath,
          run: { kind: 'script', file: programFile('work.py') },
          args: [kind, '1.5', output],
          cwd: temporary.folder,
          mode,
        },
        new AbortController().signal,
        { recorderFile, stdio: ['ignore', 'ignore', 'inherit'] },
      );
      const { trace } = await readToEnd(recording);
      const { coreNs } = JSON.parse(fs.readFileSync(output, 'utf8')) as {
        coreNs: Readonly<Record<string, number>>;
      };
      return { trace, coreNs };
    } finally {
      temporary.dispose();
    }
  }
});
