// The page as people meet it: the real bundle in a real Chromium, fed by a stand-in host over the real channel.

import assert from 'node:assert/strict';
import { LaneState } from '../../src/core/model/lanes';
import type { Mark } from '../../src/core/model/mark';
import { simulate } from '../../src/core/machine/machine';
import { statisticsOf } from '../../src/core/insight/statistics';
import { EventKind, NO_LOCK } from '../../src/core/model/trace';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../src/core/units';
import { encodeChunk } from '../../src/protocol/batch';
import { COLORS } from '../../webview/drawing/colors';
import { browserOfTests } from '../support/pagesOfTests';
import { crunchProgram } from '../support/programs';
import type { TimelinePage, TimelinePageOptions } from '../support/timelinePage';
import { EXACT_HEADER } from '../support/traces';

describe('the page', function () {
  this.timeout(60_000);
  const browser = browserOfTests();
  let page: TimelinePage;

  const open = async (options: TimelinePageOptions = {}): Promise<void> => {
    page = await browser.newPage(options);
  };

  it('shows in its headers what the core makes of the traces', async () => {
    await open();
    const [gil, processes] = crunchRuns();
    await page.show([gil, processes]);
    const [a, b] = [statisticsOf(gil), statisticsOf(processes)];
    const speedUp = (a.wallNs / b.wallNs).toFixed(1);
    assert.deepEqual(await metrics(0), {
      wall: `${(a.wallNs / 1e9).toFixed(2)} s wall time`,
      speedUp: '1.0× baseline',
      waiting: `${Math.round(a.waitingShare * 100)} % waiting for the GIL`,
      handOffs: `${a.handOffCount} hand-offs`,
      cores: `${a.effectiveCores.toFixed(1)} of 4 cores busy`,
    });
    assert.deepEqual(await metrics(1), {
      wall: `${(b.wallNs / 1e9).toFixed(2)} s wall time`,
      speedUp: `${speedUp}× speed-up`,
      waiting: `${Math.round(b.waitingShare * 100)} % waiting for the GIL`,
      handOffs: `${b.handOffCount} hand-offs`,
      cores: `${b.effectiveCores.toFixed(1)} of 4 cores busy`,
    });
    assert.match(
      (await page.describe())[1],
      new RegExp(`^Multiprocessing: .*${speedUp}× speed-up`),
    );
    assert.match(await text('.verdict'), /The GIL lets one thread compute at a time/);
    assert.match(await text('.run:nth-of-type(2) .saved strong'), new RegExp(`${speedUp}× faster`));
    assert.deepEqual(
      page.heard.acknowledged.map(({ sequence }) => sequence),
      [0, 0],
    );
  });

  it('draws a lane in the colours and heights of its states', async () => {
    await open();
    await page.show([stepTrace()]);
    // Half the run runs with the GIL, then waits for it: full height, then 46 % of it.
    const [running, waiting] = [colorOf('running'), colorOf('waitingForGil')];
    const rows = await page.page.evaluate(columnPixels, [0.25, 0.75]);
    assert.ok(rows[0].filter(pixel => pixel === running).length > 20, 'running');
    assert.equal(rows[0].filter(pixel => pixel === waiting).length, 0);
    const tall = rows[0].filter(pixel => pixel === running).length;
    const low = rows[1].filter(pixel => pixel === waiting).length;
    // The ribbon's row is among the running pixels too; a lane is at most 44 px, so allow for both.
    assert.ok(low > 0.3 * tall && low < 0.6 * tall, `${low} against ${tall}`);
  });

  it('keeps the picture before behind the lanes until the new one is complete, and below them then', async () => {
    await open();
    await page.show([stepTrace()]);
    const slow = new TraceBuilder(EXACT_HEADER);
    const lane = slow.addLane({
      name: 'Thread-1',
      process: 0,
      interpreter: 0,
      gil: NO_LOCK,
      main: true,
    });
    slow.setState(lane, 0, LaneState.blocked, 0);
    slow.advanceTo(NS_PER_MS);
    const comparison = page.begin([slow]);
    const run = comparison * 100;
    page.channel.tell('chunk', { run, ...encodeChunk(slow.takeChunk()) });
    await page.until(() => page.heard.acknowledged.length === 2, 'the first chunk is taken');
    await page.settle();
    const faint = (await page.page.evaluate(columnPixels, [0.25]))[0].filter(isGreenish);
    assert.ok(faint.length > 10, 'the run before shines through');
    assert.ok(!faint.includes(colorOf('running')), 'but dimmed');
    slow.finish(2 * NS_PER_MS);
    page.channel.tell('chunk', { run, ...encodeChunk(slow.takeChunk()) });
    page.channel.tell('ended', { run, outcome: 'complete', sentence: '' });
    await page.until(() => page.heard.painted.includes(comparison), 'it is painted');
    const after = (await page.page.evaluate(columnPixels, [0.25]))[0].filter(isGreenish);
    assert.ok(after.length > 3 && after.length < faint.length / 2, 'as a strip below the lane');
    await page.page.click('.previous-run');
    await page.until(() => page.heard.previousRun.length === 1, 'the choice is remembered');
    assert.deepEqual(page.heard.previousRun, [false]);
    await page.settle();
    const hidden = (await page.page.evaluate(columnPixels, [0.25]))[0].filter(isGreenish);
    assert.equal(hidden.length, 0, 'it is hidden');
    await page.page.keyboard.press('b');
    await page.until(() => page.heard.previousRun.length === 2, 'the choice is remembered');
    assert.deepEqual(page.heard.previousRun, [false, true]);
  });

  it('pins a run by its button and by a key, and says what is different from it', async () => {
    page = await browser.newPage();
    const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 1 };
    const runs = ['gil', 'processes'].map(runtime =>
      simulate({ program: crunchProgram(), runtime, conditions }),
    );
    await page.show(runs);
    await page.page.locator('.pin').nth(1).click();
    await page.until(() => page.heard.pinned.length === 1, 'the run is pinned');
    await page.page.keyboard.press('p');
    await page.until(() => page.heard.pinned.length === 2, 'the run is pinned');
    assert.deepEqual(page.heard.pinned, [101, 100]);
    const said = await page.page.locator('.run .difference').allTextContents();
    assert.match(said[1], /^All threads: the same computing, .* · waiting for the GIL .* s → 0/);
  });

  it('says what is wrong with the file and keeps the last good picture', async () => {
    await open();
    await page.show(crunchRuns());
    const before = await page.describe();
    page.channel.tell('problems', {
      problems: [{ line: 12, message: 'expected a unit, got <b>5</b>', severity: 'error' }],
    });
    await page.settle();
    assert.equal(await text('.problems li'), 'line 12 expected a unit, got <b>5</b>');
    assert.deepEqual(await page.describe(), before);
    await page.page.click('.problems button');
    await page.until(() => page.heard.revealed.length === 1, 'the line is asked for');
    assert.deepEqual(page.heard.revealed, [{ file: 'crunch.py', line: 12 }]);
    page.channel.tell('problems', { problems: [] });
    await page.settle();
    assert.equal(await page.page.isVisible('.problems'), false);
  });

  it('offers the demo when there is nothing to show', async () => {
    await open();
    page.channel.tell('empty', { reason: 'Nothing has been run yet.', offerDemo: true });
    await page.settle();
    assert.match(await text('.empty'), /Nothing has been run yet\./);
    await page.page.click('text=Run GIL Demo');
    await page.until(() => page.heard.asked.includes('runDemo'), 'the demo is asked for');
    await page.show(crunchRuns());
    assert.equal(await page.page.isVisible('.empty'), false);
    page.channel.tell('empty', { reason: 'It was closed.', offerDemo: false });
    await page.settle();
    assert.equal(await page.page.isVisible('text=Run GIL Demo'), false);
    assert.equal(await page.page.isVisible('.run'), false);
  });

  it('grows from zero while it plays; paused, stepped or sent to the end it shows the whole', async () => {
    await open({ speed: 0.001 });
    const traces = crunchRuns();
    const comparison = page.begin(traces, { show: 'play' });
    page.sendAll(comparison, traces);
    await page.until(() => page.heard.acknowledged.length === 2, 'all is there');
    await page.settle();
    const early = await page.describe();
    assert.match(early[1], /still running/);
    assert.deepEqual(page.heard.painted, [], 'the whole is not on the screen yet');
    assert.equal(await page.page.isVisible('.playhead-line'), true);
    await page.page.keyboard.press('Space');
    await page.settle();
    assert.equal(await page.page.getAttribute('.tool.primary', 'aria-label'), 'Play (Space)');
    await page.until(() => page.heard.painted.includes(comparison), 'the whole is painted');
    const whole = await page.describe();
    assert.match(whole[1], /speed-up/);
    assert.equal(await page.page.isVisible('.playhead-line'), true, 'the playhead marks its time');
    await page.page.keyboard.press('n');
    await page.settle();
    assert.deepEqual(await page.describe(), whole);
    await page.page.keyboard.press('Space');
    await page.settle();
    assert.match((await page.describe())[1], /still running/, 'it plays on from there');
    await page.page.click('.segmented button:last-child');
    await page.settle();
    assert.equal(await page.page.isVisible('.playhead-line'), false);
    assert.deepEqual(await page.describe(), whole);
    assert.deepEqual(page.heard.speeds, [], 'showing the whole is no setting');
    await page.page.click('.segmented button:text-is("4×")');
    await page.until(() => page.heard.speeds.length === 1, 'the speed is remembered');
    assert.deepEqual(page.heard.speeds, [4]);
  });

  it('shows everything at once to those who asked for less motion', async () => {
    await open({ reducedMotion: true, speed: 0.001 });
    await page.show(crunchRuns(), { show: 'play' });
    assert.match((await page.describe())[1], /speed-up/);
  });

  it('offers to cancel while a run goes on, and tells how it ended', async () => {
    await open();
    const trace = new TraceBuilder(EXACT_HEADER);
    trace.addLane({ name: 'A', process: 0, interpreter: 0, gil: NO_LOCK, main: true });
    trace.setState(0, 0, LaneState.blocked, 0);
    trace.advanceTo(500);
    const comparison = page.begin([trace]);
    page.channel.tell('chunk', { run: comparison * 100, ...encodeChunk(trace.takeChunk()) });
    await page.page.click('text=Cancel');
    await page.until(() => page.heard.asked.includes('cancel'), 'cancelling is asked for');
    page.channel.tell('ended', {
      run: comparison * 100,
      outcome: 'failed',
      sentence: 'Python 3.14 was not found. Install it, or choose another.',
    });
    await page.settle();
    assert.match(await text('.failure'), /Python 3\.14 was not found/);
    assert.equal(await page.page.isVisible('text=Cancel'), false);
  });

  it('tells what a real run says of itself: its clocks, its cores, why it ended', async () => {
    await open();
    const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'workers' });
    trace.addLane({ name: 'A', process: 0, interpreter: 0, gil: NO_LOCK, main: true });
    trace.setState(0, 0, LaneState.blocked, 0);
    const lost = 'A was ended from outside: SIGKILL. What it did until then is shown.';
    const said: readonly Mark[] = [
      { kind: 'clock', text: 'All stamps are of one clock.' },
      { kind: 'few-cores', text: 'This machine has one core for 3 threads.' },
      { kind: 'failed', text: lost },
    ];
    for (const mark of said) {
      const argument = trace.addMark(mark);
      trace.addEvent({ timeNs: 0, kind: EventKind.mark, lane: 0, lock: 0, argument });
    }
    trace.finish(500);
    const run = page.begin([trace]) * 100;
    page.channel.tell('chunk', { run, ...encodeChunk(trace.takeChunk()) });
    page.channel.tell('ended', { run, outcome: 'failed', sentence: lost });
    await page.settle();
    assert.equal(await text('.failure'), lost);
    assert.equal(
      await text('.notes'),
      'All stamps are of one clock. This machine has one core for 3 threads.',
    ); // once is enough
  });

  it('walks through spans and lanes by keys, reads them as sentences, and goes to their line', async () => {
    await open();
    await page.show(crunchRuns());
    await page.page.keyboard.press('Tab');
    await page.page.focus('.lane-grid');
    await page.page.keyboard.press('ArrowDown');
    await page.page.keyboard.press('ArrowDown');
    await page.page.keyboard.press('End');
    await page.page.keyboard.press('ArrowLeft');
    await page.settle();
    const active = await page.page.getAttribute('.lane-grid', 'aria-activedescendant');
    assert.equal(active, 'span-0-1');
    const sentence = await text('#span-0-1');
    assert.match(
      sentence,
      /^Thread-1 (runs|waits|is blocked).*, for .*, from .*, at .*crunch\.py:\d+$/,
    );
    assert.match(await text('.card'), /^Thread-1/);
    await page.page.keyboard.press('Enter');
    await page.until(() => page.heard.revealed.length === 1, 'the line is asked for');
    assert.equal(page.heard.revealed[0].file, 'crunch.py');
    assert.deepEqual(((await page.savedState()) as { chosen: unknown }).chosen, {
      run: 0,
      lane: 1,
      segment: Number(await page.page.evaluate('window.savedState.chosen.segment')),
    });
    await page.page.keyboard.press('?');
    assert.equal(await page.page.isVisible('dialog.help'), true);
    await page.page.keyboard.press('Escape');
    assert.equal(await page.page.isVisible('dialog.help'), false);
  });

  it('zooms and moves by keys, wheel and dragging, and remembers the window', async () => {
    await open();
    await page.show(crunchRuns());
    const window = async (): Promise<{ fromNs: number; toNs: number } | undefined> =>
      ((await page.savedState()) as { window?: { fromNs: number; toNs: number } } | null)?.window;
    await page.page.keyboard.press('w');
    const first = await window();
    assert.ok(first && first.fromNs > 0);
    await page.page.keyboard.press('d');
    const moved = await window();
    assert.ok(moved && moved.fromNs > first.fromNs);
    await page.page.mouse.move(600, 300);
    await page.page.mouse.down();
    await page.page.mouse.move(700, 300, { steps: 4 });
    await page.page.mouse.up();
    const dragged = await window();
    assert.ok(dragged && dragged.fromNs < moved.fromNs, 'dragging to the right looks further left');
    await page.page.keyboard.down('Control');
    await page.page.mouse.wheel(0, -300);
    await page.page.keyboard.up('Control');
    const closer = await window();
    assert.ok(closer && closer.toNs - closer.fromNs < dragged.toNs - dragged.fromNs);
    await page.page.keyboard.press('0');
    assert.equal(await window(), undefined);
  });

  it('explains what is under the pointer and who held the GIL meanwhile', async () => {
    await open();
    await page.show([handedOverTrace()]);
    const box = await page.page.locator('.plot canvas').first().boundingBox();
    assert.ok(box);
    const label = await page.page.locator('.lane-label.of-lane').nth(1).boundingBox();
    assert.ok(label);
    // Thread B waits from 0 to 10 ms of 20; the window is 2 % wider than the run.
    await page.page.mouse.move(box.x + (5 / 20.4) * box.width, label.y + label.height / 2);
    await page.settle();
    assert.equal(await text('.card-title'), 'B waits for the GIL');
    assert.match(await text('.card'), /held by.*A 10 ms/);
    assert.match(await text('.card'), /crunch\.py:7/);
    await page.page.mouse.move(box.x + box.width - 2, label.y);
    await page.settle();
    assert.equal(await page.page.isVisible('.card'), false);
  });

  it('chooses by a click and goes to the line by a double click', async () => {
    await open();
    await page.show([handedOverTrace()]);
    const box = await page.page.locator('.plot canvas').first().boundingBox();
    const label = await page.page.locator('.lane-label.of-lane').nth(1).boundingBox();
    assert.ok(box && label);
    const at = [box.x + (15 / 20.4) * box.width, label.y + label.height / 2] as const;
    await page.page.mouse.click(...at);
    await page.until(() => page.heard.brought.length === 1, 'the line is brought into view');
    assert.deepEqual(page.heard.brought[0], { file: 'crunch.py', line: 7, keepFocus: true });
    await page.settle();
    assert.deepEqual(((await page.savedState()) as { chosen: unknown }).chosen, {
      run: 0,
      lane: 1,
      segment: 1,
    });
    await page.page.mouse.dblclick(...at);
    await page.until(() => page.heard.revealed.length > 0, 'the line is asked for');
    assert.deepEqual(page.heard.revealed[0], { file: 'crunch.py', line: 7 });
  });

  it('fades all but the line of the cursor', async () => {
    await open();
    await page.show([handedOverTrace()]);
    const bright = (await page.page.evaluate(columnPixels, [0.25]))[0];
    page.channel.tell('cursor', { file: 'crunch.py', line: 7 });
    await page.settle();
    const lit = (await page.page.evaluate(columnPixels, [0.25]))[0];
    // At a quarter of the run A runs at line 3 and fades, B waits at line 7 and stays.
    assert.ok(bright.includes(colorOf('running')));
    assert.ok(!lit.includes(colorOf('running')));
    assert.ok(lit.includes(colorOf('waitingForGil')));
    page.channel.tell('cursor', { file: 'crunch.py', line: 0 });
    await page.settle();
    assert.deepEqual((await page.page.evaluate(columnPixels, [0.25]))[0], bright);
  });

  it('follows the theme at once, also where a theme has colours of its own', async () => {
    await open({ theme: 'dark' });
    await page.show([stepTrace()]);
    await page.setTheme('light');
    const light = (await page.page.evaluate(columnPixels, [0.25]))[0];
    assert.ok(light.includes(colorOf('running', 'light')));
    await page.setTheme('dark', { '--vscode-gilscope-running': 'rgb(1, 2, 3)' });
    const own = (await page.page.evaluate(columnPixels, [0.25]))[0];
    assert.ok(own.includes('1,2,3'));
  });

  it('comes back as it was after it was hidden and made anew', async () => {
    await open();
    await page.show(crunchRuns());
    for (const key of ['w', 'w', 'ArrowDown', 'ArrowRight']) await page.page.keyboard.press(key);
    await page.settle();
    const state = await page.savedState();
    await page.dispose();
    await open({ state });
    await page.show(crunchRuns());
    await page.settle();
    assert.deepEqual(await page.savedState(), state);
    assert.equal((state as { document: string }).document, 'file:///w/crunch.py');
    assert.notEqual(await page.page.getAttribute('.lane-grid', 'aria-activedescendant'), null);
  });

  it('says where there is no lock, and what is not exact', async () => {
    await open();
    const free = new TraceBuilder({
      ...EXACT_HEADER,
      certainty: { ...EXACT_HEADER.certainty, states: { kind: 'sampled', intervalNs: NS_PER_MS } },
    });
    free.addLock({ name: 'GIL', kind: 'gil' });
    free.addLane({ name: 'A', process: 0, interpreter: 0, gil: 0, main: true });
    free.setState(0, 0, LaneState.runningWithoutGil, 0);
    free.countDropped(1234);
    free.finish(NS_PER_MS);
    await page.show([free, stepTrace()]);
    assert.equal(await text('.lane-label.of-ribbon'), 'No GIL');
    assert.equal(await page.page.isVisible('.no-lock'), true);
    assert.equal(
      await text('.subtitle'),
      'one thread runs at a time · sampled every 1 ms · 1,234 events lost',
    );
  });

  it('takes other people’s words as words', async () => {
    await open();
    const hostile = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>';
    const trace = new TraceBuilder({ ...EXACT_HEADER, title: hostile, subtitle: hostile });
    trace.addLock({ name: hostile, kind: 'gil' });
    const at = trace.addPosition({ file: hostile, line: 3, functionName: hostile });
    trace.addLane({ name: hostile.repeat(200), process: 0, interpreter: 0, gil: 0, main: true });
    trace.setState(0, 0, LaneState.waitingForGil, at);
    trace.finish(1000);
    await page.show([trace], { title: hostile, detail: hostile });
    page.channel.tell('problems', { problems: [{ line: 1, message: hostile, severity: 'error' }] });
    await page.page.focus('.lane-grid');
    await page.page.keyboard.press('ArrowDown');
    await page.settle();
    assert.equal(await page.page.locator('img, #app script').count(), 0);
    assert.equal(await page.page.evaluate('window.hurt'), undefined);
    assert.match(await text('.card-title'), /^<img src=x/);
  });

  for (const [what, make] of [
    ['no lanes', (): TraceBuilder => finished(new TraceBuilder(EXACT_HEADER), 0)],
    ['one lane that never started', (): TraceBuilder => finished(withLanes(1), 0)],
    ['a trace of no length', (): TraceBuilder => finished(withLanes(3, LaneState.blocked), 0)],
    [
      'a single nanosecond',
      (): TraceBuilder => finished(withLanes(1, LaneState.runningWithGil), 1),
    ],
    ['a hundred days', (): TraceBuilder => finished(withLanes(2, LaneState.unknown), 8.64e15)],
  ] as const) {
    it(`draws a trace with ${what}`, async () => {
      await open();
      await page.show([make(), make()]);
      for (const key of ['w', 'ArrowDown', 'ArrowRight', 'n', 'Enter', 'd', 's', '0', ' ']) {
        await page.page.keyboard.press(key === ' ' ? 'Space' : key);
      }
      await page.page.mouse.move(500, 200);
      await page.settle();
      assert.equal((await page.describe()).length, 2);
    });
  }

  it('scrolls through 500 lanes on canvases of a bounded size', async () => {
    await open();
    const trace = finished(withLanes(500, LaneState.runningWithoutGil), 1_000_000);
    await page.show([trace]);
    await page.page.evaluate("document.querySelector('.scroller').scrollTop = 7000");
    await page.settle();
    const seen = await page.page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas');
      const box = canvas?.getBoundingClientRect();
      return { canvasHeight: canvas?.height ?? 0, top: box?.top ?? 0, bottom: box?.bottom ?? 0 };
    });
    assert.ok(seen.canvasHeight < 2000, `${seen.canvasHeight} px`);
    assert.ok(seen.top <= 100 && seen.bottom >= 760, 'the canvas covers what is seen');
    const row = (await page.page.evaluate(columnPixels, [0.5]))[0];
    assert.ok(row.filter(pixel => pixel === colorOf('runningWithoutGil')).length > 500);
  });

  it('drops stale runs and keeps its charts while a person types', async () => {
    await open();
    await page.show(crunchRuns());
    const canvas = await page.page.$('.plot canvas');
    const traces = Array.from({ length: 30 }, () => [stepTrace(), stepTrace()]);
    const last = traces
      .map(pair => {
        const comparison = page.begin(pair);
        page.sendAll(comparison, pair);
        return comparison;
      })
      .at(-1);
    await page.until(() => page.heard.painted.includes(last ?? -1), 'the last one is painted');
    assert.equal(await page.page.locator('.plot canvas').count(), 2, 'one a run');
    assert.ok(await canvas?.evaluate(node => node.isConnected), 'the same canvas as before');
    assert.match((await page.describe())[0], /^Threads \+ GIL: 2 ms/);
  });

  async function metrics(run: number): Promise<Record<string, string>> {
    return page.page.evaluate(index => {
      const cells = document.querySelectorAll('.run')[index].querySelectorAll('.metric');
      return Object.fromEntries(
        [...cells].map(cell => [
          cell.className.replace('metric of-', ''),
          `${cell.querySelector('dd')?.textContent ?? ''} ${cell.querySelector('dt')?.textContent ?? ''}`,
        ]),
      );
    }, run);
  }

  async function text(selector: string): Promise<string> {
    await page.settle();
    return (await page.page.textContent(selector)) ?? '';
  }
});

function crunchRuns(): TraceBuilder[] {
  const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
  return ['gil', 'processes'].map(runtime =>
    simulate({ program: crunchProgram(), runtime, conditions }),
  );
}

/** One lane: 1 ms running with the GIL, 1 ms waiting for it. */
function stepTrace(): TraceBuilder {
  const trace = new TraceBuilder(EXACT_HEADER);
  trace.addLock({ name: 'GIL', kind: 'gil' });
  trace.addLane({ name: 'Thread-1', process: 0, interpreter: 0, gil: 0, main: true });
  trace.setState(0, 0, LaneState.runningWithGil, 0);
  trace.setState(0, NS_PER_MS, LaneState.waitingForGil, 0);
  trace.finish(2 * NS_PER_MS);
  return trace;
}

/** A runs at line 3 for 10 ms while B waits at line 7; then B runs for 10 ms. */
function handedOverTrace(): TraceBuilder {
  const trace = new TraceBuilder(EXACT_HEADER);
  trace.addLock({ name: 'GIL', kind: 'gil' });
  for (const name of ['A', 'B'])
    trace.addLane({ name, process: 0, interpreter: 0, gil: 0, main: name === 'A' });
  const ofA = trace.addPosition({ file: 'crunch.py', line: 3, functionName: 'a' });
  const ofB = trace.addPosition({ file: 'crunch.py', line: 7, functionName: 'b' });
  const event = (timeNs: number, kind: 0 | 2 | 3, lane: number, argument: number): void =>
    trace.addEvent({ timeNs, kind, lane, lock: 0, argument });
  event(0, 2, 0, 0);
  trace.setState(0, 0, LaneState.runningWithGil, ofA);
  event(0, 0, 1, 0);
  trace.setState(1, 0, LaneState.waitingForGil, ofB);
  const at = 10 * NS_PER_MS;
  event(at, 3, 0, 3);
  event(at, 2, 1, 1);
  trace.setState(0, at, LaneState.finished, 0);
  trace.setState(1, at, LaneState.runningWithGil, ofB);
  trace.finish(20 * NS_PER_MS);
  return trace;
}

function withLanes(count: number, state: number = LaneState.notStarted): TraceBuilder {
  const trace = new TraceBuilder(EXACT_HEADER);
  for (let lane = 0; lane < count; lane++) {
    trace.addLane({ name: `T${lane}`, process: 0, interpreter: 0, gil: NO_LOCK, main: lane === 0 });
    trace.setState(lane, 0, state, 0);
  }
  return trace;
}

function finished(trace: TraceBuilder, durationNs: number): TraceBuilder {
  trace.finish(durationNs);
  return trace;
}

/** `r,g,b` of a contributed colour. */
function colorOf(name: string, kind: 'dark' | 'light' = 'dark'): string {
  const hex = COLORS.find(({ id }) => id === `gilscope.${name}`)?.defaults[kind] ?? '#000000';
  return [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16)).join(',');
}

function isGreenish(pixel: string): boolean {
  const [red, green, blue] = pixel.split(',').map(Number);
  return green > red + 20 && green > blue;
}

/** Runs in the page: `r,g,b` of every pixel of some columns of the first run's canvas; 1 is the end of the run. */
function columnPixels(shares: readonly number[]): string[][] {
  const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas');
  const context = canvas?.getContext('2d');
  if (!canvas || !context) return [];
  return shares.map(share => {
    const x = Math.round((share / 1.02) * canvas.width);
    const { data } = context.getImageData(x, 0, 1, canvas.height);
    return Array.from({ length: canvas.height }, (_, y) =>
      [...data.slice(y * 4, y * 4 + 3)].join(','),
    );
  });
}
