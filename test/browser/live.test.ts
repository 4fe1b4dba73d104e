// A run that streams faster than the page can be fed: everything arrives, nothing twice, however slow the page is.

import assert from 'node:assert/strict';
import { Comparison } from '../../src/editor/runs/comparison';
import { Feed } from '../../src/editor/panel/feed';
import { lineUp } from '../../src/editor/runs/lineup';
import { convoyEngine, ConvoyStream, type ConvoyOptions } from '../support/convoyStream';
import { digestsIn, seenIn, watchPage } from '../support/pageWatch';
import { TimelineBrowser, type TimelinePage } from '../support/timelinePage';
import { digestOf, type TraceDigest } from '../support/traceDigest';

const MILLION: ConvoyOptions = {
  lanes: 8,
  segmentsPerSecond: 500_000,
  segments: 1_000_000,
  withEvents: true,
};
/** What happens between two chunks of the engine, in ns of the trace. */
const STEP_NS = 10e6;

describe('a live stream of a million segments', function () {
  this.timeout(120_000);
  let browser: TimelineBrowser;
  let page: TimelinePage;

  before(async () => {
    browser = await TimelineBrowser.open();
  });
  after(() => browser.dispose());
  beforeEach(async () => {
    page = await browser.newPage();
    await page.page.evaluate(watchPage);
  });
  afterEach(async () => {
    const { complaints } = page;
    const { logged } = page.heard;
    await page.dispose();
    assert.deepEqual([...complaints, ...logged], [], 'no error, no violation of the policy');
  });

  it('is in the lanes of the page to the last segment, as the engine made it, and is drawn while it grows', async () => {
    const { made, host, waiting } = await stream();
    const held = Object.values(await digestsIn(page.page));
    assert.equal(made, MILLION.segments);
    assert.equal(host.segments, made);
    assert.ok(host.events > 0.9 * made, `${host.events} lock events`);
    assert.deepEqual(held, [host]);
    assert.ok(waiting > 1 && waiting <= 4, `${waiting} parts were on their way at once`);
    const { painted } = await seenIn(page.page);
    const pictures = new Set(painted.map(({ nowNs }) => nowNs)).size;
    assert.ok(pictures > 10, `${pictures} different pictures`);
  });

  it('is whole in a page that is too slow for it, in fewer and larger parts', async () => {
    await page.page.evaluate(slowDown, 60);
    const { host, steps, sent, waiting } = await stream();
    assert.equal(host.segments, MILLION.segments);
    assert.deepEqual(Object.values(await digestsIn(page.page)), [host]);
    assert.ok(sent < steps / 4, `${sent} parts for ${steps} of the engine`);
    assert.ok(waiting <= 4, `${waiting} parts were on their way at once`);
  });

  interface Streamed {
    readonly made: number;
    /** What the host holds in the end. */
    readonly host: TraceDigest;
    /** Parts that the engine made. */
    readonly steps: number;
    /** Parts that were sent. */
    readonly sent: number;
    /** The most that had been sent and not yet been taken. */
    readonly waiting: number;
  }

  let comparisons = 0;

  /** Lets the million go through the host's own comparison and feed, each step as soon as the event loop allows. */
  async function stream(): Promise<Streamed> {
    const convoy = new ConvoyStream(MILLION);
    let untilNs = 0;
    const pace = async (): Promise<number> => {
      await new Promise(resolve => setTimeout(resolve, 2));
      return (untilNs += STEP_NS);
    };
    const comparison = begin(convoyEngine(convoy, pace));
    const under = { way: 0, most: 0, sent: 0 };
    const feed = new Feed(
      lineUp(comparison, { pinned: undefined, only: undefined }),
      {
        tell: (name, body) => {
          if (name === 'chunk') under.sent++;
          under.way += name === 'chunk' ? 1 : 0;
          under.most = Math.max(under.most, under.way);
          page.channel.tell(name, body);
        },
      },
      'whole',
    );
    changed = () => feed.pump();
    page.onAcknowledge = run => {
      under.way--;
      feed.acknowledge(run);
    };
    await comparison.ended;
    const { comparison: number } = comparison.title;
    const isPainted = (): boolean => page.heard.painted.includes(number);
    await page.until(isPainted, 'the whole run is painted', 90_000);
    const host = digestOf(comparison.runs[0].trace);
    const { sent, most: waiting } = under;
    return { made: convoy.count, steps: untilNs / STEP_NS, host, sent, waiting };
  }

  let changed = (): void => undefined;

  function begin(engine: ReturnType<typeof convoyEngine>): Comparison {
    const title = {
      comparison: ++comparisons,
      document: '',
      title: 'convoy.py',
      detail: '',
      show: 'whole',
    } as const;
    const program = { name: '', threads: [], locks: [], positions: [] };
    const conditions = { cores: 2, switchIntervalNs: 5e6, seed: 0 };
    const plan = { program, conditions, runtimes: ['recorded'], engine };
    return new Comparison(title, plan, {
      changed: () => changed(),
      reportDefect: error => page.complaints.push(String(error)),
    });
  }
});

/** Runs in the page: taking a part takes so much longer. */
function slowDown(ms: number): void {
  addEventListener('message', ({ data }) => {
    if ((data as { name?: string }).name !== 'chunk') return;
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs);
  });
}
