// Calibration on the real interpreters of this machine, and on things that are none.

import { deepStrictEqual, ok, rejects, strictEqual, throws } from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { costsOf, readCalibration, type Calibration } from '../../src/core/worlds/calibration';
import { COSTS } from '../../src/core/worlds/costs';
import { UserError } from '../../src/core/errors';
import { calibrate, calibrationFrom } from '../../src/engines/calibration';
import { unlessDisturbed } from '../support/onABusyMachine';
import { skip } from '../support/skip';
import { makeTemporaryFolder } from '../support/temporaryFolder';
import { findInterpreters, pickInterpreter } from './recorder/interpreters';

const never = new AbortController().signal;

/** What every CPython on Linux can tell. */
const ALWAYS = [
  'timerSlackNs',
  'timeoutWake',
  'wakeLatency',
  'hotWakeLatency',
  'evaluationPointNs',
  'threadStartNs',
  'threadBootstrapNs',
  'askerTakesShare',
  'forkParentNs',
  'forkChildNs',
  'forkserverChildNs',
  'spawnChildNs',
  'messageNs',
  'pickleNsPerMB',
  'unpickleNsPerMB',
  'copyNsPerMB',
  'pipeNsPerMB',
];

function namesFound({ found }: Calibration): string[] {
  return found.map(({ name }) => name);
}

describe('calibrating on a real Python', function () {
  this.timeout(120_000);
  const all = findInterpreters();
  const oldest = all.at(0);
  const newest = all.at(-1);

  for (const [which, interpreter] of [
    ['oldest', oldest],
    ['newest', newest],
  ] as const) {
    it(`finds what the ${which} one costs, and says of every constant what it is or why it is not known`, async function () {
      const { path: python, version } = interpreter ?? skip(this, 'no CPython here');
      const calibration = await calibrateAll(python);
      strictEqual(calibration.python.version, version);
      const names = namesFound(calibration);
      const told = [...names, ...calibration.notMeasured.map(({ name }) => name)];
      deepStrictEqual(told.sort(), Object.keys(COSTS).sort());
      ok(calibration.found.every(({ low, high, sampleCount }) => low <= high && sampleCount > 0));
      deepStrictEqual(readCalibration(JSON.parse(JSON.stringify(calibration))), {
        ok: true,
        calibration,
      });
      // What the world promises on any machine: a new interpreter takes longer than a new thread.
      const { spawnChildNs = 0, threadBootstrapNs = 0 } = costsOf(calibration);
      ok(spawnChildNs > threadBootstrapNs && threadBootstrapNs > 0);
      ok(calibration.holdNs !== undefined && calibration.holdNs > 0);
    });
  }

  /** A calibration that found what every machine has; one that is too busy may show too few hand-offs. */
  const calibrateAll = (python: string): Promise<Calibration> =>
    unlessDisturbed(async () => {
      const calibration = await calibrate(python, never);
      const names = namesFound(calibration);
      const missing = ALWAYS.filter(name => !names.includes(name));
      deepStrictEqual(missing, [], JSON.stringify(calibration.notMeasured));
      return calibration;
    });

  it('finds the cost of a sub-interpreter where there are some with a GIL of their own', async function () {
    const first = pickInterpreter(all, { from: 12, to: 12 }) ?? skip(this, 'no CPython 3.12 here');
    ok(namesFound(await calibrate(first.path, never)).includes('interpreterStartNs'));
  });

  it('stops when it is cancelled', async function () {
    const { path: python } = newest ?? skip(this, 'no CPython here');
    const abort = new AbortController();
    const promise = calibrate(python, abort.signal);
    setImmediate(() => abort.abort());
    await rejects(promise, isTold('The calibration was cancelled; the costs stay as they were.'));
    await rejects(calibrate(python, abort.signal), isTold('The calibration was cancelled'));
  });

  it('stops when it takes too long', async function () {
    const { path: python } = newest ?? skip(this, 'no CPython here');
    await rejects(calibrate(python, never, { limitMs: 1 }), isTold('did not end its measurements'));
  });
});

describe('calibrating on something else', () => {
  const temporary = makeTemporaryFolder();
  after(() => temporary.dispose());

  function script(name: string, lines: string): string {
    const file = path.join(temporary.folder, name);
    fs.writeFileSync(file, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    return file;
  }

  it('says that there is nothing', async () => {
    await rejects(
      calibrate('no-such-python', never),
      isTold('There is no Python at “no-such-python”.'),
    );
  });

  it('says what the interpreter said at its end', async function () {
    if (process.platform === 'win32') skip(this, 'uses scripts of the shell');
    const failing = script('failing', 'echo "pyenv: python3: command not found" >&2\nexit 127');
    await rejects(
      calibrate(failing, never),
      isTold(
        'ended with exit code 127 before it had measured anything: pyenv: python3: command not found.',
      ),
    );
    await rejects(calibrate(script('killed', 'kill -9 $$'), never), isTold('ended with SIGKILL'));
    await rejects(
      calibrate(script('chatty', 'echo hello'), never),
      isTold('did not print what it was asked for, but “hello”'),
    );
    await rejects(calibrate(script('endless', 'exec yes'), never), isTold('prints without end'));
  });

  it('ends what the interpreter has started when it is cancelled', async function () {
    if (process.platform !== 'linux') skip(this, 'looks into /proc');
    const file = path.join(temporary.folder, 'child');
    const parent = script(
      'parent',
      `sleep 600 &\necho $! > ${file}.new\nmv ${file}.new ${file}\nwait`,
    );
    const abort = new AbortController();
    const promise = calibrate(parent, abort.signal);
    await until(() => fs.existsSync(file));
    const pid = fs.readFileSync(file, 'utf8').trim();
    ok(isAlive(pid));
    abort.abort();
    await rejects(promise, isTold('was cancelled'));
    await until(() => !isAlive(pid));
  });

  it('refuses what is not CPython, and CPythons that are too old', () => {
    const pypy = { python: { implementation: 'PyPy', version: '3.11.17' } };
    throws(() => calibrationFrom(JSON.stringify(pypy), 'pypy3'), isTold('pypy3 is PyPy 3.11.17.'));
    const old = { python: { implementation: 'CPython', version: '2.7.18' } };
    throws(() => calibrationFrom(JSON.stringify(old), 'python'), isTold('needs 3.8 or later'));
  });

  it('refuses figures that cannot be', () => {
    for (const odd of [-1, 1e12, null, '7']) {
      throws(
        () => calibrationFrom(printed({ loopTurn: [30, odd] }), 'py'),
        isTold('which cannot be'),
      );
    }
    throws(
      () => calibrationFrom(printed({ loopTurn: [] }), 'py'),
      isTold('no samples of loopTurn'),
    );
    throws(
      () => calibrationFrom(printed({ loopTurn: [0] }).replace('[0]', '[NaN]'), 'py'),
      isTold('did not print what it was asked for'),
    );
    // 20 s for a turn of a loop is a figure, but not one of this world.
    throws(
      () => calibrationFrom(printed({ loopTurn: [20e9] }), 'py'),
      isTold('cannot be: evaluationPointNs'),
    );
  });

  it('keeps the defaults of what could not be measured, with the reason', () => {
    const notMeasured = { slice: 'only Linux lets a program keep to one core' };
    const calibration = calibrationFrom(printed({ loopTurn: [30, 32, 31] }, notMeasured), 'py');
    deepStrictEqual(costsOf(calibration), { evaluationPointNs: 31 });
    const slice = calibration.notMeasured.find(({ name }) => name === 'timeSliceNs');
    strictEqual(slice?.why, 'only Linux lets a program keep to one core');
  });

  it('tells the two kinds of gaps apart, and the share of each', () => {
    const handOffGap = [4000, 5000, 6000, 40_000, 50_000, 50_000, 60_000];
    const { found } = calibrationFrom(printed({ handOffGap, distinctTurns: [1, 0, 1, 1] }), 'py');
    const value = (name: string) => found.find(row => row.name === name)?.value;
    // Sleepers: 40, 50, 50, 60, the tenth of which lies 0.3 of the way from 40 to 50.
    deepStrictEqual(value('wakeLatency'), { p10: 43_000, p50: 50_000, p90: 57_000 });
    deepStrictEqual(value('askerTakeOver'), { p10: 4200, p50: 5000, p90: 5800 });
    strictEqual(value('askerTakesShare'), 0.25);
  });

  it('takes all gaps for one kind on a machine that wakes threads fast', () => {
    const { found, notMeasured } = calibrationFrom(
      printed({ handOffGap: [3000, 4000, 5000] }),
      'py',
    );
    deepStrictEqual(found.find(({ name }) => name === 'wakeLatency')?.value, {
      p10: 3200,
      p50: 4000,
      p90: 4800,
    });
    ok(notMeasured.some(({ name, why }) => name === 'askerTakeOver' && why.includes('one kind')));
  });
});

function printed(samples: object, notMeasured: object = {}): string {
  const python = {
    implementation: 'CPython',
    version: '3.13.0',
    gil: true,
    cores: 2,
    switchIntervalNs: 5_000_000,
  };
  return JSON.stringify({ python, samples, notMeasured });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5));
}

/** Whether a process runs: one that nobody has asked for its end does not. */
function isAlive(pid: string): boolean {
  try {
    return !fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

function isTold(part: string): (error: unknown) => true {
  return error => {
    ok(error instanceof UserError, String(error));
    ok(error.message.includes(part), error.message);
    return true;
  };
}
