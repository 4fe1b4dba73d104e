// What was found in a recording, under its headline, in a real Chromium.

import assert from 'node:assert/strict';
import { LaneState } from '../../src/core/model/lanes';
import { EventKind } from '../../src/core/model/trace';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { axeFindings } from '../support/axe';
import { browserOfTests } from '../support/pagesOfTests';
import { EXACT_HEADER } from '../support/traces';

/** A recording in which two threads compute in turn at line 7, and a third waits for a lock at line 9. */
function contended(): TraceBuilder {
  const trace = new TraceBuilder({
    ...EXACT_HEADER,
    engine: 'recorded',
    title: 'Recorded: app.py',
  });
  const lock = trace.addLock({ name: 'GIL', kind: 'gil' });
  const at = (line: number): number =>
    trace.addPosition({ file: '/srv/app.py', line, functionName: 'work' });
  const [computing, locking] = [at(7), at(9)];
  for (const name of ['MainThread', 'a', 'b', 'c'])
    trace.addLane({ name, process: 0, interpreter: 0, gil: lock, main: name === 'MainThread' });
  trace.setState(0, 0, LaneState.blocked, 0);
  for (let turn = 0; turn < 40; turn++) {
    const timeNs = turn * 5e6;
    const [holder, waiter] = turn % 2 === 0 ? [1, 2] : [2, 1];
    if (turn > 0)
      trace.addEvent({ timeNs, lane: waiter, lock, kind: EventKind.release, argument: 0 });
    trace.addEvent({ timeNs, lane: holder, lock, kind: EventKind.acquire, argument: waiter + 1 });
    trace.setState(holder, timeNs, LaneState.runningWithGil, computing);
    trace.setState(waiter, timeNs, LaneState.waitingForGil, computing);
  }
  trace.setState(3, 0, LaneState.blocked, locking);
  trace.setState(3, 100e6, LaneState.waitingForLock, locking);
  trace.finish(200e6);
  return trace;
}

describe('the findings in the panel', function () {
  this.timeout(60_000);
  const browser = browserOfTests();

  it('are the headline with its line, and the others folded below it', async () => {
    const page = await browser.newPage();
    await page.show([contended()]);
    await page.page.locator('.verdict', { hasText: 'The GIL lets one thread compute' }).waitFor();
    const places = page.page.locator('.findings .place:visible');
    assert.deepEqual(await places.allTextContents(), ['app.py:7']);
    await places.first().click();
    await page.until(() => page.heard.revealed.length === 1, 'the line is asked for');
    const [{ file, line }] = page.heard.revealed;
    assert.deepEqual({ file, line }, { file: '/srv/app.py', line: 7 });
    await page.page.locator('.findings summary', { hasText: 'One more finding' }).click();
    assert.deepEqual(await places.allTextContents(), ['app.py:7', 'app.py:9']);
    assert.match(
      (await page.page.textContent('.findings ul')) ?? '',
      /^Threads wait for a lock of the program: c waits/,
    );
    assert.deepEqual(await axeFindings(page.page), []);
  });
});
