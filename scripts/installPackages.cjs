// Owns `npm ci`: it runs when node_modules is missing or was made from another lockfile, and not otherwise.
'use strict';
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { npmCommand } = require('./npmCommand.cjs');

/**
 * Makes node_modules fit the lockfile. The stamp is written last, so an install that was interrupted is done again.
 * @param {string} root the folder with package.json
 * @throws an error named `UserError` when npm fails
 */
exports.installPackages = function installPackages(root) {
  const stampFile = path.join(root, 'node_modules', '.gil-scope-stamp');
  const stamp = fingerprint(path.join(root, 'package-lock.json'));
  if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === stamp) return;
  if (matchesLockfile(root)) return void fs.writeFileSync(stampFile, stamp);

  console.log('Installing the packages (npm ci) …');
  const { command, args } = npmCommand(['ci', '--no-audit', '--no-fund']);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw installError();
  fs.writeFileSync(stampFile, stamp);
};

/** @param {string} file */
function fingerprint(file) {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

/**
 * Somebody may have run `npm install` by hand. npm then left its own record of what is installed; if that is what
 * the lockfile asks for, installing once more would only cost time.
 * @param {string} root
 */
function matchesLockfile(root) {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  if (!fs.existsSync(record)) return false;
  const installed = packagesIn(record);
  const wanted = packagesIn(path.join(root, 'package-lock.json'));
  return Object.entries(wanted).every(([folder, { version, optional }]) => {
    if (folder === '') return true;
    return folder in installed ? installed[folder].version === version : optional === true;
  });
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function packagesIn(lockfile) {
  return JSON.parse(fs.readFileSync(lockfile, 'utf8')).packages;
}

function installError() {
  const error = new Error(
    'npm ci failed (its reason is above). If the npm registry cannot be reached, connect to the network once and run this again.',
  );
  error.name = 'UserError';
  return error;
}
