// Ending what was started, whatever it does.
import assert from 'node:assert/strict';
import { run, start } from '../../scripts/processes.mjs';

/** A program that starts another one in a process group of its own, which ignores polite requests and prints a line. */
const stubbornGrandchild = `
  const child = require('node:child_process').spawn(
    process.execPath,
    ['-e', 'process.on("SIGTERM", () => {}); console.log("here"); for (;;);'],
    { detached: true, stdio: ['ignore', 'inherit', 'ignore'] },
  );
  child.unref();
`;

describe('a started program', () => {
  it('is ended with its descendants, also one in an endless loop whose parent is gone', async () => {
    const started = start(process.execPath, ['-e', stubbornGrandchild], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = started.process.stdout;
    assert.ok(output);
    // The pipe is open for as long as anybody holds its other end.
    const closed = new Promise(resolve => output.once('close', resolve));
    await new Promise(resolve => output.once('data', resolve));
    output.resume();
    await started.ended; // the parent; the grandchild goes on
    assert.ok(!output.readableEnded);
    await started.end();
    await closed;
  });

  it('is ended at its time limit, and that is a problem', async () => {
    const outcome = await run(process.execPath, ['-e', 'for (;;);'], { limitMs: 300 });
    assert.deepEqual(outcome, { code: null, problem: 'hung, and was ended after 0.3 s' });
  });

  it('that cannot be started is a problem too', async () => {
    const { problem } = await run('no-such-program-anywhere', [], { limitMs: 10_000 });
    assert.match(problem ?? '', /^could not be started: .*ENOENT/);
  });

  it('passes its exit code on', async () => {
    assert.deepEqual(await run(process.execPath, ['-e', 'process.exit(7)'], { limitMs: 60_000 }), {
      code: 7,
    });
  });
});
