// Opens an address in the person's browser.
import { spawn } from 'node:child_process';
import { hasDisplay } from './desktop.mjs';
import { findOnPath } from './findOnPath.mjs';

/**
 * @param {string} url
 * @returns {boolean} whether there was something to open it with
 */
export function openInBrowser(url) {
  const opener = openers[process.platform] ?? ['xdg-open'];
  const [program = '', ...args] = opener;
  if (!hasDisplay() || (process.platform === 'linux' && findOnPath(program) === undefined))
    return false;
  // The browser is the person's own: it is not ours to end, and what it prints is not our business.
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => console.log('No browser could be started; open the address yourself.'));
  child.unref();
  return true;
}

/** @type {Partial<Record<NodeJS.Platform, readonly string[]>>} */
const openers = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'], // takes the address as it is; `start` would split it at `&`
};
