// Brings newer interpreters than the system's for the recorder's tests, where that can be done in a minute.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

const limitMs = 180_000;

/** Says what came of it and goes on: a test whose interpreter could not be had skips with its reason. */
export function fetchPythons() {
  if (process.platform !== 'linux' || fs.existsSync('.pythons/usr/bin/python3.15')) return;
  const { status, stderr, error } = spawnSync('bash', ['test/pythons/fetch'], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: limitMs,
  });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim().split('\n').at(-1);
  console.log(`Python 3.14, 3.15 and PyPy could not be brought: ${why}`);
}
