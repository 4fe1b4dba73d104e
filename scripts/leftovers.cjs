// Tests that leave something running fail, and say what it is, rather than keep the whole run waiting.
'use strict';
const fs = require('node:fs');

const graceMs = 10_000;

/** mocha calls this when all tests are over. The timer itself keeps nothing alive. */
exports.mochaGlobalTeardown = function mochaGlobalTeardown() {
  setTimeout(() => {
    const running = process.getActiveResourcesInfo().join(', ');
    const message = `Something still runs ${graceMs / 1000} s after the last test: ${running}.`;
    const event = {
      kind: 'fail',
      title: 'after the last test',
      path: ['after the last test'],
      depth: 1,
      message,
    };
    fs.appendFileSync(process.env['GIL_SCOPE_RESULTS'] ?? '', `${JSON.stringify(event)}\n`);
    process.exit(1);
  }, graceMs).unref();
};
