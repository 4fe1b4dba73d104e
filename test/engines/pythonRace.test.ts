// The race in real Pythons: what race.py prints on each of this machine is what was measured of its version.

import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import path from 'node:path';
import { mergeRaces, readPythonRace, type PythonRace } from '../../src/core/refcounts/pythonRace';
import { racePython } from '../../src/engines/pythonRace';
import { skip } from '../support/skip';
import { findInterpreters } from './recorder/interpreters';

const never = new AbortController().signal;
const at = { file: path.resolve('media/samples/race.py'), cwd: process.cwd() };

describe('race.py on the Pythons of this machine', function () {
  this.timeout(200_000);
  const all = findInterpreters();

  it('loses additions where the lesson says so, and none where it was not seen to', async function () {
    if (all.length === 0) skip(this, 'no CPython here');
    for (const { path: python, version } of all) {
      const race = await racePython(python, at, never);
      strictEqual(race.python, `CPython ${version}`);
      const missing = Object.fromEntries(race.ways.map(one => [one.name, one.missing]));
      const names = ['x += 1', 'with a call in between', 'with a lock around'];
      deepStrictEqual(Object.keys(missing), names);
      console.log(
        `      ${race.python}: ${race.ways.map(one => `${one.name} ${one.missing}`).join(', ')}`,
      );
      strictEqual(missing['with a lock around'], 0);
      const [, minor] = version.split('.').map(Number);
      if (race.gil && minor >= 10) strictEqual(missing['x += 1'], 0);
      // Two threads that never meet lose nothing: more than that no run can promise.
      ok(Object.values(missing).every(count => count < 2 * race.additions));
    }
  });

  it('stops when it is told to, and says so', async function () {
    const { path: python } = all.at(-1) ?? skip(this, 'no CPython here');
    const abort = new AbortController();
    const race = racePython(python, at, abort.signal);
    setImmediate(() => abort.abort());
    await rejects(race, {
      name: 'UserError',
      message: 'The race was stopped before Python had counted.',
    });
  });

  it('says what is wrong with what is no Python', async function () {
    await rejects(racePython('no-such-python', at, never), /There is no Python at/);
    if (process.platform === 'win32') skip(this, 'has no echo to be taken for a Python');
    await rejects(racePython('echo', at, never), {
      name: 'UserError',
      message: /^echo did not print what race\.py prints, but “.*race\.py”\. Is it a Python\?$/,
    });
  });
});

describe('what race.py prints', () => {
  const printed = [
    'CPython 3.14.0t, GIL off',
    '2 threads add 1,000,000 times each; missing in the end:',
    '  x += 1:                   478,416',
    '  with a lock around:       0',
  ].join('\n');

  it('is read, and nothing else is', () => {
    const race: PythonRace = {
      python: 'CPython 3.14.0t',
      gil: false,
      threads: 2,
      additions: 1_000_000,
      ways: [
        { name: 'x += 1', missing: 478_416 },
        { name: 'with a lock around', missing: 0 },
      ],
    };
    deepStrictEqual(readPythonRace(printed), race);
    deepStrictEqual(readPythonRace('Python 3.14'), undefined);
    // The same Python again takes the place of its last race; a build without a GIL is another Python.
    const withGil = { ...race, gil: true };
    deepStrictEqual(mergeRaces([race, withGil], [race]), [withGil, race]);
  });
});
