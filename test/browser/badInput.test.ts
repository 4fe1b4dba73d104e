// Input that nobody hopes for, in the real page: drawn honestly, counted, and nobody is hurt by it.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { LaneState } from '../../src/core/model/lanes';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../src/core/units';
import { figuresMarkdown } from '../../src/editor/drawings/figures';
import { encodeChunk } from '../../src/protocol/batch';
import { axeFindings } from '../support/axe';
import { lanesOf, oddlyNamed, partlySeen } from '../support/oddTraces';
import { overflowing } from '../support/overflowing';
import { browserOfTests } from '../support/pagesOfTests';
import type { TimelinePage } from '../support/timelinePage';

const VIEWS = { compare: '1', timeline: '2', table: '3' } as const;

describe('the page and bad input', function () {
  this.timeout(120_000);
  const browser = browserOfTests();
  before(() => mkdirSync('out/screenshots', { recursive: true }));

  /** Goes through the views and leaves a picture of each to be looked at. */
  async function eachView(
    page: TimelinePage,
    name: string,
    check: (view: keyof typeof VIEWS) => Promise<void>,
  ): Promise<void> {
    for (const view of ['compare', 'timeline', 'table'] as const) {
      await page.page.keyboard.press(VIEWS[view]);
      await page.page.waitForSelector(`.views [title$="(${VIEWS[view]})"][aria-pressed="true"]`);
      await page.settle();
      await page.page.screenshot({ path: `out/screenshots/bad-${name}-${view}.png` });
      await check(view);
    }
  }

  const text = async (page: TimelinePage, selector: string): Promise<string> => {
    await page.settle();
    return (await page.page.textContent(selector)) ?? '';
  };

  for (const width of [1200, 320]) {
    it(`shows names of any length, script and direction as words that stay in their place, at ${width} px`, async () => {
      const page = await browser.newPage({ size: { width, height: 800 } });
      await page.show([oddlyNamed(), oddlyNamed({ engine: 'workers' })]);
      await page.page.focus('.lane-grid');
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight'])
        await page.page.keyboard.press(key);
      await eachView(page, `names-${width}`, async view => {
        assert.deepEqual(await page.page.evaluate(overflowing), [], view);
        const { hurt, turned, text } = await page.page.evaluate(whatIsShown);
        assert.equal(hurt, undefined);
        assert.equal(turned, false, 'no name turns the text after it');
        assert.match(text, /<img src=x/);
      });
    });
  }

  it('gives axe nothing to find among odd names', async () => {
    const page = await browser.newPage();
    await page.show([oddlyNamed({ engine: 'workers' })]);
    assert.deepEqual(await axeFindings(page.page), []);
  });

  for (const width of [1200, 320]) {
    it(`hatches and counts what was not observed, in words everywhere, at ${width} px`, async () => {
      const page = await browser.newPage({ size: { width, height: 800 } });
      await page.show([partlySeen()]);
      await page.page.locator('.verdict', { hasText: 'not seen' }).waitFor();
      await eachView(page, `gaps-${width}`, async view => {
        // 3 of 16 stretches of 5 ms are unknown.
        const said = await text(page, '.verdict');
        assert.match(
          said,
          /1,234 hand-offs were counted but not seen: there may have been more waits and hand-offs\./,
        );
        assert.match(said, /15 ms, 19 % of the threads’ time, was not observed\./);
        if (view === 'timeline')
          assert.match(
            await text(page, '.inspector'),
            /not observed19 %, 15 ms.*hand-offs not seen1,234/,
          );
        if (view !== 'table') {
          // Of a recording it is the hand-offs that nobody saw that are lost, and that is what it says.
          assert.match(await text(page, '.subtitle'), /1,234 more hand-offs counted but not seen/);
          assert.match(await text(page, '.legend'), /not observed/);
        }
      });
      await page.page.click('button[data-kind="threads"]');
      await page.settle();
      const rows = await page.page.locator('tr').allTextContents();
      assert.match(rows[0], /Not observed/);
      assert.match(rows[3], /^B.*10 ms/);
    });
  }

  it('says in an export what was lost and not observed', () => {
    const run = { trace: partlySeen(), outcome: 'complete' as const };
    const markdown = figuresMarkdown({ title: 'crunch.py', detail: '' }, [run]);
    assert.match(markdown, /1,234 hand\\-offs were counted but not seen/);
    assert.match(markdown, /15 ms, 19 % .* was not observed/);
  });

  it('draws a hatch where nothing is known, and writes no word on it', async () => {
    const page = await browser.newPage();
    await page.show([partlySeen()]);
    await page.page.keyboard.press('2');
    await page.settle();
    const { calls } = (await page.channel.ask('scene', {})).plots[0];
    const written = calls.filter(([name]) => name === 'fillText').map(([, word]) => word);
    // 4 lanes of 4 stretches, two of them one wait and one blocked throughout.
    assert.deepEqual(written.filter(word => word === 'runs').length, 3);
    assert.ok(!written.some(word => String(word).includes('observed')));
  });

  it('says so where nothing happened at all, in each view', async () => {
    const page = await browser.newPage();
    for (const [name, trace] of [
      ['no lanes', lanesOf([])],
      ['no time', lanesOf([LaneState.blocked, LaneState.runningWithGil], { durationNs: 0 })],
      ['nobody started', lanesOf([LaneState.notStarted])],
    ] as const) {
      await page.show([trace]);
      await page.page.locator('.verdict', { hasText: 'No thread did anything' }).waitFor();
      await eachView(page, name.replace(' ', '-'), async view => {
        assert.deepEqual(await page.page.evaluate(overflowing), [], view);
        if (view === 'table')
          assert.equal(await text(page, '.table-view .hint'), 'none in this run');
        else assert.equal(await page.page.isVisible('.no-lock'), name === 'nobody started');
      });
    }
  });

  it('draws a single span over the whole width', async () => {
    const page = await browser.newPage();
    await page.show([lanesOf([LaneState.runningWithGil])]);
    await page.page.focus('.lane-grid');
    await page.page.keyboard.press('ArrowDown');
    await page.settle();
    assert.match(await text(page, '.card'), /T0 runs, holding the GIL.*1 ms/);
  });

  it('lists, scrolls and finds 10,000 lanes, and makes no more of them than are seen', async () => {
    const page = await browser.newPage();
    const states = Array.from({ length: 10_000 }, (_, lane) =>
      lane % 3 === 0 ? LaneState.waitingForGil : LaneState.runningWithoutGil,
    );
    const before = await memoryOf(page);
    await page.show([lanesOf(states)]);
    await eachView(page, 'lanes', async view => {
      assert.ok((await page.page.locator('*').count()) < 1_000, `${view} is small`);
      assert.deepEqual(await page.page.evaluate(overflowing), [], view);
    });
    await page.page.click('button[data-kind="threads"]');
    await page.settle();
    assert.equal(await page.page.getAttribute('table', 'aria-rowcount'), '10001');
    for (const view of ['timeline', 'compare'] as const) {
      await page.page.keyboard.press(VIEWS[view]);
      await page.settle();
      await page.page.evaluate("document.querySelector('.scroller').scrollTop = 1e7");
      await page.settle();
      await page.settle();
      const names = await page.page.locator('.lane-label.of-lane').allTextContents();
      assert.equal(names.at(-1), 'T9999', view);
    }
    await page.page.keyboard.press('/');
    await page.page.keyboard.type('thread:T9998');
    await page.searched('thread:T9998');
    await page.page.keyboard.press('Enter');
    await page.settle();
    assert.match(await text(page, '.card-title'), /^T9998 /);
    assert.ok((await memoryOf(page)) - before < 64e6, 'at most some kilobytes a lane');
  });

  describe('over the wire', () => {
    /** A run of one lane that has said something already. */
    async function begun(): Promise<{ page: TimelinePage; trace: TraceBuilder; run: number }> {
      const page = await browser.newPage();
      const trace = lanesOf([LaneState.blocked], { durationNs: -1 });
      const growing = new TraceBuilder({ ...trace.header, engine: 'workers' });
      growing.addLane(trace.lanes[0]);
      growing.setState(0, 0, LaneState.runningWithoutGil, 0);
      growing.advanceTo(5 * NS_PER_MS);
      const run = page.begin([growing]) * 100;
      page.channel.tell('chunk', { run, ...encodeChunk(growing.takeChunk()) });
      await page.until(() => page.heard.acknowledged.length === 1, 'the first part is taken');
      return { page, trace: growing, run };
    }

    const broken: readonly (readonly [
      what: string,
      said: RegExp,
      spoil: (wire: ReturnType<typeof encodeChunk>) => ReturnType<typeof encodeChunk>,
    ])[] = [
      ['a clock that goes backwards', /time goes backwards in lane 0/, spoilStart(-7)],
      ['a time that is no number', /time goes backwards in lane 0/, spoilStart(NaN)],
      ['a time that never ends', /lane 0 has a time that is too large/, spoilStart(Infinity)],
      ['an end that is no number', /known up to NaN ns/, spoilNow(NaN)],
      ['an end that never comes', /known up to Infinity ns/, spoilNow(Infinity)],
      [
        'bytes of something else',
        /no part of a trace/,
        wire => ({ ...wire, bytes: new ArrayBuffer(64) }),
      ],
      [
        'bytes that end too early',
        /./,
        ({ tables, bytes }) => ({ tables, bytes: bytes.slice(0, 40) }),
      ],
    ];
    for (const [what, said, spoil] of broken) {
      it(`keeps what was there and says why no more comes after ${what}`, async () => {
        const { page, trace, run } = await begun();
        trace.setState(0, 6 * NS_PER_MS, LaneState.blocked, 0);
        trace.advanceTo(7 * NS_PER_MS);
        page.channel.tell('chunk', { run, ...spoil(encodeChunk(trace.takeChunk())) });
        page.channel.tell('ended', { run, outcome: 'complete', sentence: '' });
        await page.until(() => page.heard.logged.length === 1, 'the log is told');
        await page.settle();
        assert.match(await text(page, '.failure'), /^The picture of this run is broken: .*\.$/);
        assert.match(await text(page, '.failure'), said);
        assert.match((await page.describe())[0], /: 5 ms, /);
        assert.equal(await page.page.isVisible('.plot canvas'), true);
        assert.equal(await text(page, '.verdict'), '', 'nothing is claimed of half a run');
        assert.match(page.heard.logged.splice(0)[0], /is broken/);
      });
    }

    it('shows what is there of a run that ends without its last part', async () => {
      const { page, run } = await begun();
      page.channel.tell('ended', { run, outcome: 'complete', sentence: '' });
      await page.until(() => page.heard.painted.length === 1, 'it is painted');
      assert.match((await page.describe())[0], /: 5 ms, baseline/);
      assert.equal(await page.page.isVisible('.live'), false);
    });

    it('shows what is there of a run whose maker fails half-way, and no sentence of the run before', async () => {
      const { page, run } = await begun();
      const sentence = 'The reader stopped: the disk is gone.';
      page.channel.tell('ended', { run, outcome: 'failed', sentence });
      await page.settle();
      assert.equal(await text(page, '.failure'), sentence);
      assert.match((await page.describe())[0], /: 5 ms, /);
      assert.equal(await text(page, '.verdict'), '');
    });

    it('shows a run that fails before anything is known of it', async () => {
      const page = await browser.newPage();
      await page.show([partlySeen()]);
      const run = page.begin([lanesOf([])]) * 100;
      page.channel.tell('ended', { run, outcome: 'failed', sentence: 'It did not start.' });
      await page.settle();
      await page.settle();
      assert.equal(await text(page, '.failure'), 'It did not start.');
      assert.equal(await text(page, '.verdict'), '');
      for (const key of ['2', '3', '1', 'n', 'w', 'ArrowDown', '0'])
        await page.page.keyboard.press(key);
      await page.settle();
    });
  });
});

/** The start of the first lane block of a chunk is another. */
function spoilStart(ns: number): (wire: ReturnType<typeof encodeChunk>) => typeof wire {
  return spoilAt(40, ns);
}

/** How far a chunk is known is another. */
function spoilNow(ns: number): (wire: ReturnType<typeof encodeChunk>) => typeof wire {
  return spoilAt(16, ns);
}

function spoilAt(offset: number, value: number) {
  return (wire: ReturnType<typeof encodeChunk>): typeof wire => {
    const bytes = wire.bytes.slice(0);
    new DataView(bytes).setFloat64(offset, value, true);
    return { ...wire, bytes };
  };
}

async function memoryOf(page: TimelinePage): Promise<number> {
  const session = await page.page.context().newCDPSession(page.page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

/** Runs in the page: whether a script ran, whether a name can turn the text after it, and all text that is shown. */
function whatIsShown(): { hurt: unknown; turned: boolean; text: string } {
  const text = document.querySelector('main')?.innerText ?? '';
  return {
    hurt: Reflect.get(window, 'hurt'),
    turned: /[\u202a-\u202e\u2066-\u2069]/.test(text),
    text,
  };
}
