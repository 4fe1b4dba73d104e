// Runs test/extension inside a VS Code's extension host. VS Code calls `run` and waits for its promise.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const Mocha = require('mocha');
const EventReporter = require('./eventReporter.cjs');

const folder = path.join(__dirname, '../out/test/extension');

/** Rejects, so that VS Code exits with 1, if a test fails. */
exports.run = async function run() {
  // The limit is for a machine under load. Started from VS Code's debugger nobody reads events, and the debug console shows what mocha prints.
  const reporter = process.env['GIL_SCOPE_RESULTS'] ? EventReporter : 'spec';
  const mocha = new Mocha({ timeout: 60_000, reporter });
  for (const file of testFiles()) mocha.addFile(file);
  const failures = await runOrExplain(mocha);
  if (failures > 0) throw new Error(`${failures} tests failed.`);
};

/**
 * @param {Mocha} mocha
 * @returns {Promise<number>} how many tests failed
 */
async function runOrExplain(mocha) {
  try {
    return await new Promise(resolve => mocha.run(resolve));
  } catch (error) {
    // A file that cannot be loaded: VS Code would keep the reason to itself.
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const event = {
      kind: 'fail',
      title: 'loading',
      path: ['loading the extension tests'],
      message,
      stack,
    };
    const results = process.env['GIL_SCOPE_RESULTS'];
    if (results) fs.appendFileSync(results, `${JSON.stringify(event)}\n`);
    throw error;
  }
}

function testFiles() {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.cjs'))
    .map(file => path.join(folder, file))
    .sort();
}
