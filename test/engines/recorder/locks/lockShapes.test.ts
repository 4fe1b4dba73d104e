// Deadlocks of two to five threads are found in programs of random shapes, and none in those that merely wait long.
import assert from 'node:assert/strict';

import { deadlocksOf } from '../../../../src/core/insight/deadlock';
import { dumpOf } from '../../../../src/engines/recorded';
import { deep } from '../../../support/depth';
import { unlessDisturbed } from '../../../support/onABusyMachine';
import { skip } from '../../../support/skip';
import { findInterpreters } from '../interpreters';
import { buildRecorder, programFile, recordProgram } from '../recordings';
import { startPython } from './runningPython';

/** Of each interpreter. */
const PROGRAMS = Number(process.env.GIL_SCOPE_LOCK_PROGRAMS ?? (deep ? 5 : 1));
const SHAPES = ['circle', 'chain'] as const;
type Shape = (typeof SHAPES)[number];

describe('a deadlock in a program of a random shape', function () {
  this.timeout(300_000);
  const interpreters = findInterpreters();
  let recorder = '';
  before(function () {
    if (interpreters.length === 0) skip(this, 'no CPython 3.8 to 3.15 was found on this machine');
    recorder = buildRecorder();
  });

  it('is looked for with every interpreter that was found', () => {
    assert.ok(interpreters.length > 0);
  });

  for (const [index, { path: python, version }] of interpreters.entries())
    for (const shape of SHAPES) {
      const what = shape === 'circle' ? 'is found' : 'is not found where threads merely wait long';
      const seeds = Array.from({ length: PROGRAMS }, (_, i) => index * 100 + i);
      it(`${what} by a dump of CPython ${version}`, async () => {
        for (const seed of seeds)
          await unlessDisturbed(async () => {
            assert.deepEqual(await foundByDump(python, seed, shape), expected(seed, shape));
          });
      });

      it(`${what} in a recording of CPython ${version}`, async () => {
        for (const seed of seeds)
          await unlessDisturbed(async () => {
            const args = wordsFor(seed, shape, 1);
            const { trace } = await recordProgram(recorder, python, 'lockShapes.py', {
              args,
            });
            const found = deadlocksOf(trace).map(({ circle }) =>
              circle.map(({ lane }) => trace.lanes[lane].name).sort(),
            );
            assert.deepEqual(found, expected(seed, shape));
          });
      });
    }
});

function sizeOf(seed: number): number {
  return 2 + (seed % 4);
}

function wordsFor(seed: number, shape: Shape, seconds: number): readonly string[] {
  return [String(seed), String(sizeOf(seed)), shape, String(seconds)];
}

function expected(seed: number, shape: Shape): readonly (readonly string[])[] {
  const names = Array.from({ length: sizeOf(seed) }, (_, i) => `holder ${i}`);
  return shape === 'circle' ? [names] : [];
}

async function foundByDump(
  python: string,
  seed: number,
  shape: Shape,
): Promise<readonly (readonly string[])[]> {
  const running = startPython(python, [programFile('lockShapes.py'), ...wordsFor(seed, shape, 60)]);
  try {
    assert.equal(await running.line(), 'ready');
    const { standstills, threads } = await dumpOf(running.pid);
    const nameOf = (id: number): string => threads.find(thread => thread.id === id)?.name ?? '';
    const circles = standstills.filter(({ kind }) => kind === 'deadlock');
    return circles.map(({ circle }) => circle.map(({ from }) => nameOf(from)).sort());
  } finally {
    await running.end();
  }
}
