// Calibrations as data: what comes back from a file is believed only as far as it can be.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import {
  biggestChanges,
  costsOf,
  problemOfCost,
  readCalibration,
  type Calibration,
  type FoundCost,
} from '../../../src/core/worlds/calibration';
import { calibrationText, changesText } from '../../../src/core/worlds/calibrationText';
import { DEFAULT_COSTS } from '../../../src/core/worlds/costs';
import { simulate } from '../../../src/core/machine/machine';
import { program } from '../../support/stories';

const PYTHON = {
  implementation: 'CPython',
  version: '3.12.3',
  gil: true,
  cores: 4,
  switchIntervalNs: 5_000_000,
};

function found(name: FoundCost['name'], value: FoundCost['value']): FoundCost {
  return { name, value, low: 1, high: 2, sampleCount: 3 };
}

const CALIBRATION: Calibration = {
  version: 1,
  python: PYTHON,
  found: [
    found('spawnChildNs', 30_000_000),
    found('wakeLatency', { p10: 1000, p50: 2000, p90: 3000 }),
    found('threadStartNs', 5_000),
  ],
  notMeasured: [{ name: 'tickGapNs', why: 'needs Python 2' }],
};

function problemOf(change: object): string {
  const read = readCalibration({ ...CALIBRATION, ...change });
  return read.ok ? 'it was read' : read.problem;
}

describe('a calibration', () => {
  it('comes back from JSON as it was', () => {
    const read = readCalibration(JSON.parse(JSON.stringify(CALIBRATION)));
    deepStrictEqual(read, { ok: true, calibration: CALIBRATION });
  });

  it('changes the costs it names and no other', () => {
    const costs = costsOf(CALIBRATION);
    deepStrictEqual(Object.keys(costs).sort(), ['spawnChildNs', 'threadStartNs', 'wakeLatency']);
    const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 1 };
    const plan = program`
      main  start A · join A
      A  compute 1ms
    `;
    const runtime = 'processes-spawn';
    const before = simulate({ program: plan, runtime, conditions }).nowNs;
    const after = simulate({ program: plan, runtime, conditions, costs }).nowNs;
    // A process takes 89 ms less 30 to come to life; two wake-ups are faster by less than 1 ms.
    ok(before - after > 59e6 && before - after < 60e6, `${before - after} ns`);
  });

  it('is refused with a sentence when it is something else, or says what cannot be', () => {
    const nothing = 'it is not what “gilscope calibrate --out” writes';
    for (const value of [undefined, null, 7, 'text', [], {}, { version: 2, found: [] }]) {
      deepStrictEqual(readCalibration(value), { ok: false, problem: nothing });
    }
    strictEqual(problemOf({ python: {} }), 'it does not say which Python was measured');
    strictEqual(problemOf({ found: [7] }), 'there is no constant 7');
    strictEqual(problemOf({ found: [found('spawnChildNs', NaN)] }).includes('NaN'), true);
    strictEqual(
      problemOf({ found: [{ ...found('timerSlackNs', 1), name: 'magic' }] }),
      'there is no constant "magic"',
    );
    strictEqual(
      problemOf({ found: [found('spawnChildNs', -1)] }),
      'spawnChildNs is -1, expected 0 ns to 10 s',
    );
    strictEqual(
      problemOf({ found: [found('askerTakesShare', 3)] }),
      'askerTakesShare is 3, expected 0 % to 100 %',
    );
    strictEqual(
      problemOf({ found: [found('wakeLatency', { p10: 3, p50: 2, p90: 1 })] }),
      'wakeLatency has a p10, p50 and p90 out of order',
    );
    strictEqual(
      problemOf({ found: [found('wakeLatency', 5)] }),
      'wakeLatency lacks p10, p50 or p90',
    );
    // A slice of nothing would stop the clock.
    ok(
      problemOf({ found: [found('timeSliceNs', 0)] }).startsWith('timeSliceNs is 0, expected 1 µs'),
    );
  });

  it('knows a limit for every constant, and every default is within it', () => {
    for (const [name, value] of Object.entries(DEFAULT_COSTS)) {
      const isName = (text: string): text is keyof typeof DEFAULT_COSTS => text in DEFAULT_COSTS;
      ok(isName(name));
      strictEqual(problemOfCost(name, value), undefined);
      ok(problemOfCost(name, 'much') !== undefined, name);
    }
  });

  it('tells what differs most from the defaults', () => {
    // 62 µs to 2 is a factor of 31, 89 ms to 30 one of 3; 5 µs are the default.
    deepStrictEqual(
      biggestChanges(CALIBRATION, 2).map(({ name }) => name),
      ['wakeLatency', 'spawnChildNs'],
    );
    strictEqual(
      changesText(CALIBRATION),
      'Most different: waking a thread 2 µs instead of 62 µs, a new process under spawn 30 ms instead of 89 ms.',
    );
  });

  it('shows each figure beside its default, and why others have none', () => {
    const lines = calibrationText(CALIBRATION).split('\n');
    strictEqual(lines[0], 'CPython 3.12.3, 4 cores, switch interval 5 ms');
    ok(lines.some(line => /^spawnChildNs +30 ms .* 89 ms +core time of a new process/.test(line)));
    ok(lines.some(line => /^tickGapNs +700 ns +needs Python 2$/.test(line)));
  });
});
