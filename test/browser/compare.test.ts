// The Compare view: what stands in the white space, under the headers and under the runs.

import assert from 'node:assert/strict';
import { simulate } from '../../src/core/machine/machine';
import { LaneState } from '../../src/core/model/lanes';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { NS_PER_MS } from '../../src/core/units';
import { program } from '../support/stories';
import { crunchProgram } from '../support/programs';
import { TimelineBrowser, type TimelinePage } from '../support/timelinePage';
import { EXACT_HEADER } from '../support/traces';

const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 1 };

function crunch(runtime: string): TraceBuilder {
  return simulate({ program: crunchProgram(), runtime, conditions });
}

function story(text: string): TraceBuilder {
  return simulate({ program: program(text), runtime: 'gil', conditions });
}

describe('the Compare view', function () {
  this.timeout(60_000);
  let browser: TimelineBrowser;
  let page: TimelinePage;

  before(async () => {
    browser = await TimelineBrowser.open();
  });
  after(() => browser.dispose());
  afterEach(async () => {
    const told = [...page.complaints, ...page.heard.logged];
    await page.dispose();
    assert.deepEqual(told, []);
  });

  /** What stands in the white space of each run; empty where nothing does. */
  const saved = (): Promise<string[]> =>
    page.page
      .locator('.run')
      .evaluateAll(runs =>
        runs.map(run => run.querySelector<HTMLElement>('.saved:not([hidden])')?.innerText ?? ''),
      );
  const speedUps = (): Promise<string[]> => page.page.locator('.of-speedUp').allInnerTexts();

  describe('in its white space', () => {
    it('says of each faster run how much, and how long before the first', async () => {
      page = await browser.newPage();
      await page.show(['gil', 'processes', 'free-threaded', 'subinterpreters'].map(crunch));
      const [first, ...others] = await saved();
      assert.equal(first, '');
      for (const text of others) {
        assert.match(text, /^2\.\d× faster\s+done at 0\.\d\d s, 1\.\d+ s before Threads \+ GIL$/);
      }
    });

    it('says it of the first run when the other takes longer, which has no room for it', async () => {
      page = await browser.newPage();
      await page.show(['processes', 'gil'].map(crunch));
      const [first, second] = await saved();
      assert.match(first, /^2\.\d× faster\s+done at .* before Threads \+ GIL$/);
      assert.equal(second, '');
      assert.match((await speedUps())[1], /^as long\s+2\.\d×$/);
    });

    it('says nothing of runs that take as long', async () => {
      page = await browser.newPage();
      await page.show([crunch('gil'), crunch('gil')]);
      assert.deepEqual(await saved(), ['', '']);
      assert.match((await speedUps())[1], /^speed-up\s+1\.0×$/);
    });

    it('does not praise a run that stopped before its work was done', async () => {
      page = await browser.newPage();
      const stuck = story('A  lock L · compute 20ms · lock M\nB  lock M · compute 20ms · lock L');
      await page.show([story('A  compute 900ms'), stuck]);
      const [, second] = await saved();
      assert.match(second, /^ended at .*, but it stopped before its work was done$/);
      assert.match((await speedUps())[1], /^not comparable\s+–$/);
      assert.match((await page.describe())[1], /not comparable/);
    });

    it('does not praise a run for cores that other programs took from the one before', async () => {
      page = await browser.newPage();
      const real = (title: string, state: number, wallNs: number): TraceBuilder => {
        const trace = new TraceBuilder({ ...EXACT_HEADER, engine: 'workers', title });
        trace.addLane({ name: 'T', process: 0, interpreter: 0, gil: -1, main: false });
        trace.setState(0, 0, LaneState.runningWithoutGil, 0);
        trace.setState(0, NS_PER_MS, state, 0);
        trace.finish(wallNs);
        return trace;
      };
      // For 99 ms the thread of the first was ready and got no core, though its own run used none.
      await page.show([
        real('Crowded', LaneState.ready, 100 * NS_PER_MS),
        real('Quiet', LaneState.blocked, 10 * NS_PER_MS),
      ]);
      const [, second] = await saved();
      assert.match(second, /other programs had the cores while Crowded ran: no fair comparison$/);
      assert.doesNotMatch(second, /faster/);
      assert.match((await speedUps())[1], /not comparable/);
    });
  });

  describe('under the header of a run', () => {
    it('tells what its threads spent their time on instead, in parts that are never broken', async () => {
      for (const width of [320, 500, 1000]) {
        page = await browser.newPage({ size: { width, height: 900 } });
        await page.show(['gil', 'processes'].map(crunch));
        const line = page.page.locator('.difference:visible');
        assert.match(
          await line.innerText(),
          /^All threads: the same computing, .* · waiting for the GIL .* → 0 · starting, pickling 0 → /,
        );
        const parts = await line.locator('span').evaluateAll(spans =>
          spans.map(span => ({
            lines: span.getClientRects().length,
            right: span.getBoundingClientRect().right,
          })),
        );
        assert.ok(
          parts.every(({ lines, right }) => lines === 1 && right <= width),
          String(width),
        );
        if (width < 1000) await page.dispose();
      }
    });
  });

  describe('after an edit', () => {
    const before = (): TraceBuilder[] => [story('load  compute 30ms\nparse  compute 10ms')];
    const now = (): TraceBuilder[] => [story('parse  compute 10ms\nload  compute 10ms')];

    it('keeps the run before below each lane, the same thread below the same, to its own end', async () => {
      page = await browser.newPage();
      await page.show(before());
      await page.show(now());
      // Of the window, 0.9 is after the end of now and before that of the run before.
      const ends = await page.page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas');
        const context = canvas?.getContext('2d');
        const labels = [...document.querySelectorAll<HTMLElement>('.of-lane')];
        return labels.map(({ innerText, offsetTop, offsetHeight }) => {
          const x = Math.round((canvas?.width ?? 0) * 0.9);
          const strip = context?.getImageData(x, offsetTop + offsetHeight + 2, 1, 3).data ?? [];
          return `${innerText} ${[...strip].some((value, i) => i % 4 === 3 && value > 60)}`;
        });
      });
      assert.deepEqual(ends, ['main false', 'parse false', 'load true']);
      assert.match(
        await page.page.locator('.difference').innerText(),
        /^Compared with the previous run: 40\.\d ms → 20\.\d ms · hand-offs \d+ → \d+ · computing 40 ms → 20 ms · /,
      );
    });

    it('shows nothing of it where a person does not want it, as the setting remembers', async () => {
      page = await browser.newPage({ previousRun: false });
      await page.show(before());
      await page.show(now());
      assert.equal(await page.page.isVisible('.difference'), false);
      assert.equal(await page.page.getAttribute('.previous-run', 'aria-pressed'), 'false');
      await page.page.keyboard.press('b');
      await page.settle();
      assert.equal(await page.page.getAttribute('.previous-run', 'aria-pressed'), 'true');
      assert.equal(await page.page.isVisible('.difference'), true);
    });

    it('has none where there is no run before', async () => {
      page = await browser.newPage();
      await page.show(before());
      assert.equal(await page.page.isVisible('.previous-run'), false);
      await page.show(before());
      assert.equal(await page.page.isVisible('.previous-run'), false, 'the same again');
    });
  });

  describe('in the names of its lanes', () => {
    it('has the same threads in the same order in both, and says who is not there', async () => {
      page = await browser.newPage();
      await page.show([
        story('load  compute 20ms\nparse  compute 20ms\nsave  compute 20ms'),
        story('save  compute 20ms\nreport  compute 20ms\nload  compute 20ms'),
      ]);
      const names = (): Promise<string[]> =>
        page.page.locator('.run').evaluateAll(runs =>
          runs.map(run =>
            [...run.querySelectorAll<HTMLElement>('.of-lane, .of-gap')]
              .sort((a, b) => a.offsetTop - b.offsetTop)
              .map(label => label.innerText)
              .join(', '),
          ),
        );
      assert.deepEqual(await names(), [
        'main, load, parse, save, no report',
        'main, load, no parse, save, report',
      ]);
      // What is told of a lane is told of the lane beside its name.
      await page.page.focus('.lane-grid');
      for (let i = 0; i < 8; i++) await page.page.keyboard.press('ArrowDown');
      await page.settle();
      const active = await page.page.getAttribute('.lane-grid', 'aria-activedescendant');
      assert.match(await page.page.locator(`#${active}`).innerText(), /^report /);
    });
  });

  describe('under its runs', () => {
    it('has the whole of each as a strip, with a window that can be dragged', async () => {
      page = await browser.newPage();
      await page.show(['gil', 'processes'].map(crunch));
      await page.page.keyboard.press('w');
      await page.page.keyboard.press('w');
      await page.settle();
      const frame = await page.page.locator('.overview-window').boundingBox();
      const runs = await page.page.locator('.scroller').boundingBox();
      assert.ok(frame && runs && frame.y >= runs.y + runs.height - 1, 'it stands below the runs');
      const before = await windowOf();
      await page.page.mouse.move(frame.x + frame.width / 2, frame.y + 20);
      await page.page.mouse.down();
      await page.page.mouse.move(frame.x + frame.width / 2 + 100, frame.y + 20, { steps: 3 });
      await page.page.mouse.up();
      await page.settle();
      const after = await windowOf();
      assert.ok(after.fromNs > before.fromNs, 'it moved to later times');
      assert.ok(Math.abs(after.toNs - after.fromNs - (before.toNs - before.fromNs)) < 1e3);
    });

    it('shows what each run spent its time on, the second only as long as it took', async () => {
      page = await browser.newPage();
      await page.show(['gil', 'processes'].map(crunch));
      const inked = await page.page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('.overview canvas');
        const context = canvas?.getContext('2d');
        if (!canvas || !context) return [];
        const half = canvas.height / 2;
        const count = (x: number, y: number): number =>
          [...context.getImageData(x, y, 1, half - 3).data].filter((v, i) => i % 4 === 3 && v > 0)
            .length;
        const at = (share: number): number => Math.floor(canvas.width * share);
        return [
          count(at(0.2), 0),
          count(at(0.2), half + 2),
          count(at(0.8), 0),
          count(at(0.8), half + 2),
        ];
      });
      const [, , late, gone] = inked;
      assert.ok(
        inked.slice(0, 3).every(pixels => pixels > 3),
        inked.join(),
      );
      assert.equal(gone, 0, `the second is over while ${late} pixels of the first are not`);
    });
  });

  async function windowOf(): Promise<{ fromNs: number; toNs: number }> {
    return ((await page.savedState()) as { window: { fromNs: number; toNs: number } }).window;
  }
});
