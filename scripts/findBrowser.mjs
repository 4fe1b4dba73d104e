// Finds a browser of the Chromium family, and may install Debian's.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { installPackages, mayInstall } from './debian.mjs';
import { findOnPath } from './findOnPath.mjs';
import { UserError } from './userError.mjs';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'microsoft-edge-stable',
  'msedge',
];

const usualPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ...['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA']
    .flatMap(name => process.env[name] ?? [])
    .flatMap(folder => [
      path.join(folder, 'Google/Chrome/Application/chrome.exe'),
      path.join(folder, 'Microsoft/Edge/Application/msedge.exe'),
    ]),
];

/**
 * The program of an installed browser: $CHROMIUM, the PATH, the usual places, in this order.
 * @returns {string | undefined}
 * @throws {UserError} when $CHROMIUM names a file that is not there
 */
export function findBrowser() {
  const asked = process.env['CHROMIUM'];
  if (asked && !fs.existsSync(asked))
    throw new UserError(`CHROMIUM names ${asked}, and there is no such file.`);
  return (
    asked ?? names.map(findOnPath).find(Boolean) ?? usualPlaces.find(place => fs.existsSync(place))
  );
}

/**
 * Like `findBrowser`, but where nothing is installed and packages may be (root, apt), Debian's Chromium is installed.
 * @returns {string}
 * @throws {UserError} that says what to install
 */
export function requireBrowser() {
  const browser = findBrowser() ?? (mayInstall() ? installDebianChromium() : undefined);
  if (browser) return browser;
  throw new UserError(
    'The tests need a browser: install Chromium, Chrome or Edge, or set CHROMIUM to the program of one.',
  );
}

function installDebianChromium() {
  console.log(
    'No Chromium, Chrome or Edge is installed: installing the chromium package (apt-get) …',
  );
  // The fonts are only recommended by chromium, but without any a page has no text.
  installPackages(['chromium', 'fonts-liberation']);
  const browser = findBrowser();
  // On some systems the package only points to a snap, which a container cannot start.
  const works = browser && spawnSync(browser, ['--version', '--no-sandbox']).status === 0;
  return works ? browser : undefined;
}
