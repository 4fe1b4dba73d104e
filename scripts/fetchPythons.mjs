// Brings Pythons for the tests, where that can be done in a minute: the system's own, if a new machine lacks it, and
// newer ones than that.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { installPackages, mayInstall } from './debian.mjs';
import { findOnPath } from './findOnPath.mjs';

const limitMs = 180_000;
/** Of what is fetched, the last of each kind: an older folder lacks the later kinds. */
const fetched = ['.pythons/usr/bin/python3.15', '.pythons/usr/include/python3.15/Python.h'];

/** A python3 on the PATH; where there is none and packages may be installed, Debian's. Else what needs it skips. */
export function bringPython() {
  if (findOnPath('python3') || !mayInstall()) return;
  console.log('There is no python3: installing Debian’s (apt-get) …');
  installPackages(['python3']);
}

/** Says what came of it and goes on: a test whose interpreter could not be had skips with its reason. */
export function fetchPythons() {
  if (process.platform !== 'linux' || fetched.every(file => fs.existsSync(file))) return;
  const { status, stderr, error } = spawnSync('bash', ['test/pythons/fetch'], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: limitMs,
  });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim().split('\n').at(-1);
  console.log(`Python 3.14, 3.15 and PyPy could not be brought: ${why}`);
}
