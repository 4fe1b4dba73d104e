// Opens an address in the person's browser, without showing it to the machine's other users.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasDisplay } from './desktop.mjs';
import { findOnPath } from './findOnPath.mjs';

/**
 * A page that only this person can read and that leads on to an address. The address of VS Code has its token in it, and
 * everybody on the machine can read the arguments of a browser that is started with it.
 * @param {string} url
 * @param {string} folder which nobody else may enter
 */
export function pageLeadingTo(url, folder) {
  const file = path.join(folder, 'open.html');
  const address = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const lines = [
    '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">',
    `<meta http-equiv="refresh" content="0; url=${address}">`,
    `<title>GIL Scope</title><a href="${address}">Open GIL Scope in VS Code</a>`,
  ];
  fs.writeFileSync(file, lines.join('\n'), { mode: 0o600 });
  return pathToFileURL(file).href;
}

/**
 * @param {string} url
 * @param {string} folder for what leads to it; which nobody else may enter
 * @returns {boolean} whether there was something to open it with
 */
export function openInBrowser(url, folder) {
  const opener = openers[process.platform] ?? ['xdg-open'];
  const [program = '', ...args] = opener;
  if (!hasDisplay() || (process.platform === 'linux' && findOnPath(program) === undefined))
    return false;
  // The browser is the person's own: it is not ours to end, and what it prints is not our business.
  const child = spawn(program, [...args, pageLeadingTo(url, folder)], {
    stdio: 'ignore',
    detached: true,
  });
  child.on('error', () => console.log('No browser could be started; open the address yourself.'));
  child.unref();
  return true;
}

/** @type {Partial<Record<NodeJS.Platform, readonly string[]>>} */
const openers = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'], // takes the address as it is; `start` would split it at `&`
};
