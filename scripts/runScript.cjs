// Installs the packages when they are missing or stale, then runs one of the scripts beside this file.
'use strict';
const { pathToFileURL } = require('node:url');
const path = require('node:path');
const { installPackages } = require('./installPackages.cjs');

/**
 * Runs `scripts/<name>.mjs`, whose `main(args)` answers with the exit code. A `UserError` is printed as its
 * sentence; anything else is our own mistake and keeps its stack.
 * @param {string} root
 * @param {string} name
 * @param {string[]} args
 */
exports.runScript = async function runScript(root, name, args) {
  try {
    installPackages(root);
    const script = await import(pathToFileURL(path.join(root, 'scripts', `${name}.mjs`)).href);
    process.exitCode = await script.main(args);
  } catch (error) {
    if (process.exitCode !== undefined) return; // a signal ended what we waited for, which is no news
    const problem = error instanceof Error ? error : new Error(String(error));
    console.error(problem.name === 'UserError' ? problem.message : problem.stack);
    process.exitCode = 1;
  }
};
