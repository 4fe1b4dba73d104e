// Installs Debian's packages where that may be done: what a test needs and a new machine does not have.
import { spawnSync } from 'node:child_process';
import { findOnPath } from './findOnPath.mjs';

/** Whether packages may be installed here: a Debian-like system, as root. */
export function mayInstall() {
  return (
    process.platform === 'linux' && process.getuid?.() === 0 && findOnPath('apt-get') !== undefined
  );
}

/**
 * Installs packages. Says nothing of whether it went well: whoever needs a program looks for it afterwards.
 * @param {readonly string[]} packages
 */
export function installPackages(packages) {
  const aptGet = (/** @type {string[]} */ ...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  aptGet('update'); // a mirror that is half down may still serve what we need
  aptGet('install', '-y', '--no-install-recommends', ...packages);
}
