// Waits for locks of the program in a real Chromium: who has the lock and what that thread does, link by link.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { analyse } from '../../src/analysis/analyser';
import { simulate } from '../../src/core/machine/machine';
import { LaneState } from '../../src/core/model/lanes';
import { EventKind, Unseen } from '../../src/core/model/trace';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { axeFindings } from '../support/axe';
import { browserOfTests } from '../support/pagesOfTests';
import type { TimelinePage } from '../support/timelinePage';
import { EXACT_HEADER } from '../support/traces';

function runOf(name: string): TraceBuilder {
  const { program, conditions } = analyse(readFileSync(`media/samples/${name}`, 'utf8'), name);
  assert.ok(program);
  return simulate({ program, conditions, runtime: 'gil' });
}

/** A recording whose second thread waits for a lock that somebody took by `acquire()`. */
function takenUnseen(): TraceBuilder {
  const trace = new TraceBuilder({
    ...EXACT_HEADER,
    engine: 'recorded',
    title: 'Recorded: app.py',
  });
  const gil = trace.addLock({ name: 'GIL', kind: 'gil' });
  const lock = trace.addLock({ name: 'self._lock', kind: 'lock' });
  const position = trace.addPosition({ file: '/srv/app.py', line: 9, functionName: 'get' });
  for (const name of ['A', 'B'])
    trace.addLane({ name, process: 0, interpreter: 0, gil, main: name === 'A' });
  trace.setState(0, 0, LaneState.blocked, position);
  trace.setState(1, 0, LaneState.blocked, position);
  const at = { timeNs: 10e6, lane: 1, lock };
  trace.addEvent({ ...at, kind: EventKind.request, argument: 0 });
  trace.addEvent({ ...at, kind: EventKind.unseen, argument: Unseen.byAcquire });
  trace.setState(1, 10e6, LaneState.waitingForLock, position);
  trace.finish(100e6);
  return trace;
}

describe('a wait for a lock of the program', function () {
  this.timeout(60_000);
  const browser = browserOfTests();
  before(() => mkdirSync('out/screenshots', { recursive: true }));

  /** Searches `query` in the Timeline and chooses its first hit. */
  async function firstHit(page: TimelinePage, query: string): Promise<void> {
    await page.page.keyboard.press('2');
    await page.page.keyboard.press('/');
    await page.page.keyboard.type(query);
    await page.searched(query);
    await page.page.keyboard.press('Enter');
    await page.page.keyboard.press('Escape');
  }

  it('is explained by its holder and what that does meanwhile, each a link to its line', async () => {
    const page = await browser.newPage({ theme: 'light' });
    await page.show([runOf('locks.py')]);
    await firstHit(page, 'lock:cache_lock');
    await page.page.locator('.chains h3', { hasText: 'Why it waited for cache_lock' }).waitFor();
    const link = page.page.locator('.chain li', { hasText: 'has cache_lock and sleeps' }).first();
    await page.page.screenshot({ path: 'out/screenshots/lock-chain.png' });
    await link.getByRole('button').click();
    await page.until(() => page.heard.revealed.length === 1, 'the line is asked for');
    assert.equal(page.heard.revealed[0].line, 28, 'where it sleeps in I/O');
    assert.deepEqual(await axeFindings(page.page), []);
  });

  it('says so where nothing tells who has the lock', async () => {
    const page = await browser.newPage();
    await page.show([takenUnseen()]);
    await firstHit(page, 'lock:_lock');
    const link = page.page.locator('.chain li');
    await link.first().waitFor();
    assert.match((await link.first().textContent()) ?? '', /taken by acquire\(\) and not by with/);
    assert.equal(await link.getByRole('button').count(), 0, 'there is no line to go to');
  });

  it('is a circle above the runs where two threads wait for each other', async () => {
    const page = await browser.newPage();
    await page.show([runOf('deadlock.py')]);
    await page.page.locator('.verdict', { hasText: 'Deadlock' }).waitFor();
    const circle = page.page.getByRole('list', { name: /^Circle of waits/ });
    assert.deepEqual(await circle.locator('li').allTextContents(), [
      'Thread-1 waits for second, which Thread-2 has. deadlock.py:36',
      'Thread-2 waits for first, which Thread-1 has. deadlock.py:43',
    ]);
    await page.page.screenshot({ path: 'out/screenshots/deadlock-sample.png' });
    assert.deepEqual(await axeFindings(page.page), []);
  });
});
