// A mocha reporter that writes one JSON line per event to the file named by GIL_SCOPE_RESULTS, at once.
// Files survive what standard output does not: a crash, and VS Code's extension host, which swallows the console.
'use strict';
const fs = require('node:fs');
const { relative } = require('node:path');
const Mocha = require('mocha');

/** What results.mjs reads: `suite`, `pass`, `fail`, `skip`, and `end` last of all. Tests add `again` and `seen`. */
module.exports = class EventReporter extends Mocha.reporters.Base {
  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    const write = eventWriter(process.env['GIL_SCOPE_RESULTS'] ?? '');
    runner.on('suite', suite => {
      if (!suite.root)
        write({ kind: 'suite', title: suite.title, depth: suite.titlePath().length });
    });
    runner.on('pass', test =>
      write({ kind: 'pass', ...placeOf(test), durationMs: test.duration ?? 0 }),
    );
    runner.on('fail', (test, error) =>
      write({ kind: 'fail', ...placeOf(test), ...explain(error) }),
    );
    runner.on('pending', test => write({ kind: 'skip', ...placeOf(test), reason: reasonOf(test) }));
    runner.once('end', () => write({ kind: 'end' }));
  }
};

/** @param {string} file */
function eventWriter(file) {
  return (/** @type {object} */ event) => fs.appendFileSync(file, `${JSON.stringify(event)}\n`);
}

/** @param {Mocha.Runnable} test */
function placeOf(test) {
  const path = test.titlePath();
  const file = test.file ? relative(process.cwd(), test.file) : '';
  return { title: test.title, path, depth: path.length, file };
}

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof Error)) return { message: String(error), stack: '' };
  const { actual, expected } = /** @type {{ actual?: unknown, expected?: unknown }} */ (error);
  const differs = typeof actual === 'string' && typeof expected === 'string';
  const diff = differs ? Mocha.reporters.Base.generateDiff(actual, expected) : '';
  return { message: error.message + diff, stack: error.stack ?? '' };
}

/**
 * Why a test was skipped, as `skip` of test/support/skip.ts noted it on the test or on a suite around it.
 * @param {Mocha.Test} test
 * @returns {string} empty if nobody said
 */
function reasonOf(test) {
  for (const owner of [test, ...suitesAround(test.parent)]) {
    if ('skipReason' in owner) return String(owner.skipReason);
  }
  return '';
}

/**
 * @param {Mocha.Suite | undefined} suite
 * @returns {readonly Mocha.Suite[]} from the inside out
 */
function suitesAround(suite) {
  return suite ? [suite, ...suitesAround(suite.parent)] : [];
}
