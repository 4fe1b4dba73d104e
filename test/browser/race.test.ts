// The race lesson in a real browser: stepping, going back, the search, the real run, keys, and for everybody.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { axeFindings } from '../support/axe';
import { news, RaceBrowser, SOME_PYTHONS, SOME_RUN, type RacePage } from '../support/racePage';
import type { ThemeName } from '../support/timelinePage';

const sentence = (page: RacePage) => page.page.locator('.sentence').innerText();
const press = async (page: RacePage, keys: string) => {
  for (const key of keys.split(' ')) await page.page.keyboard.press(key);
};

describe('the race lesson', function () {
  this.timeout(60_000);
  let browser: RaceBrowser;
  before(async () => {
    browser = await RaceBrowser.open();
  });
  after(() => browser.dispose());

  it('loses an update when both threads load before either stores, and says so where it happens', async () => {
    const page = await browser.newPage();
    // Both load 1 and make 2 of it; the second store puts 2 over 2: two references more, one counted.
    await press(page, '1 2 1 2 1');
    assert.equal(await sentence(page), 'Thread 1 stores 2.');
    await press(page, '2');
    assert.match(await sentence(page), /^Thread 2 stores 2\. Lost update/);
    const object = (await page.page.locator('.object').innerText()).replace(/\s+/g, ' ');
    assert.match(object, /2 count references there really are: 3/);
    assert.equal(await page.page.locator('.thread-2 .alarmed').innerText(), 'store the count');
    const { complaints } = page;
    await page.dispose();
    assert.deepEqual(complaints, []);
  });

  it('goes back and forward over the same steps, and starts again', async () => {
    const page = await browser.newPage();
    await press(page, '1 2 1');
    const third = await sentence(page);
    await press(page, 'ArrowLeft ArrowLeft');
    assert.equal(await sentence(page), 'Thread 1 loads 1 into its register.');
    await press(page, 'ArrowRight ArrowRight');
    assert.equal(await sentence(page), third);
    await press(page, 'r');
    assert.match(await sentence(page), /^You are the scheduler/);
    assert.equal(await page.page.locator('.trail li').count(), 3);
    await page.dispose();
  });

  it('finds the shortest bad order, and shows that with the GIL none exists up to its bound', async () => {
    const page = await browser.newPage();
    const found = page.page.locator('.found');
    // 15 steps: see test/core/refcounts/refcounts.test.ts for the sum.
    assert.match(await found.innerText(), /has 15 steps.*freed in use/);
    await page.page.getByRole('button', { name: 'Shortest bad order' }).click();
    assert.match(await sentence(page), /Freed while in use/);
    assert.equal(await page.page.locator('.trail li').count(), 15);
    for (const way of ['With GIL', 'Atomic', 'Lock per object', 'Biased']) {
      await page.page.getByRole('button', { name: way }).click();
      await page.page.getByText(/^No order goes wrong\. The search covered all/).waitFor();
      assert.match(await found.innerText(), /2 threads that do this once each/);
      const shortest = page.page.getByRole('button', { name: 'Shortest bad order' });
      assert.equal(await shortest.getAttribute('aria-disabled'), 'true');
    }
    await page.dispose();
  });

  it('lets nobody take a lock that another thread has', async () => {
    const page = await browser.newPage();
    await page.page.getByRole('button', { name: 'With GIL' }).click();
    await press(page, '1 2');
    assert.equal(await sentence(page), 'Thread 1 takes the lock.');
    assert.match(
      await page.page.locator('.thread-2 .thread-head').innerText(),
      /waits for the lock/,
    );
    await page.dispose();
  });

  it('shows that a lock around each half does not protect a statement with a call in it', async () => {
    const page = await browser.newPage();
    await page.page.getByRole('button', { name: 'v = c.v; f(); c.v = v + 1' }).click();
    await page.page.getByRole('button', { name: 'With GIL' }).click();
    await page.page.getByText('wrong count').waitFor();
    assert.equal(await page.page.getByRole('button', { name: 'Biased' }).isVisible(), false);
    await page.page.getByRole('button', { name: 'threading.Lock' }).click();
    await page.page.getByText(/^No order goes wrong/).waitFor();
    await page.dispose();
  });

  it('shows that x += 1 was lost up to 3.9, and why not since', async () => {
    const page = await browser.newPage();
    const choose = (name: string) => page.page.getByRole('button', { name, exact: true }).click();
    await choose('x += 1');
    await choose('GIL up to 3.9');
    await page.page.getByText('wrong count').waitFor();
    await press(page, 'b');
    assert.match(await sentence(page), /the count says 2, but it should be 3: an update was lost/);
    await page.page.screenshot({ path: 'out/screenshots/race x += 1.png', fullPage: true });
    await choose('With GIL');
    await page.page.getByText(/^No order goes wrong/).waitFor();
    assert.match(await page.page.locator('.object').innerText(), /\bx\b/);
    await page.dispose();
  });

  it('tells what the real run lost, runs it again and cancels it', async () => {
    const page = await browser.newPage();
    const table = (await page.page.locator('.real table').innerText()).replace(/\s+/g, ' ');
    // 123 of 1000 updates.
    assert.match(table, /No protection 12\.3 % 4 of 10 5 of 10 2\.4 ns 25 ns/);
    await page.page.getByRole('button', { name: 'Run again' }).click();
    page.tell(news({ running: true, run: SOME_RUN }));
    await page.page.getByRole('button', { name: 'Cancel' }).click();
    page.tell(news({ run: SOME_RUN, sentence: 'The threads were stopped.' }));
    await page.page.getByText('The threads were stopped.').waitFor();
    await page.page.waitForFunction(() => true);
    assert.deepEqual(page.asked, ['ready', 'run', 'cancel']);
    await page.dispose();
  });

  it('has race.py run by a Python, by another one, and stopped; tells of each what was lost', async () => {
    const page = await browser.newPage();
    await page.page.getByRole('button', { name: 'Run race.py on your Python' }).click();
    page.tell(news({ python: { ...SOME_PYTHONS, races: [], running: 'python3.9' } }));
    await page.page.getByText('python3.9 counts. Some seconds…').waitFor();
    await page.page.getByRole('button', { name: 'Cancel' }).click();
    page.tell(news({ python: SOME_PYTHONS }));
    await page.page.getByText(/^CPython 3\.13\.0 \(2 threads, 1,000 additions each\)/).waitFor();
    const table = (await page.page.locator('.own-pythons').innerText()).replace(/\s+/g, ' ');
    // 400, 500 and 300 of 2 · 1000
    assert.match(table, /CPython 3\.9\.18 20\.0 % 25\.0 % 0 CPython 3\.13\.0 0 15\.0 % 0/);
    await page.page.getByRole('button', { name: 'Run with another Python…' }).click();
    await page.page.getByRole('button', { name: 'Open race.py' }).click();
    page.tell(news({ python: { ...SOME_PYTHONS, sentence: 'There is no Python at “py”.' } }));
    await page.page.getByText('There is no Python at “py”.').waitFor();
    assert.deepEqual(page.asked, [
      'ready',
      'runPython',
      'cancelPython',
      'runPython (ask)',
      'openSample',
    ]);
    const kept = await page.savedState();
    await page.dispose();
    const later = await browser.newPage({ state: kept, news: news({}) });
    assert.match(await later.page.locator('.own-pythons').innerText(), /CPython 3\.13\.0/);
    await later.dispose();
  });

  it('does not repeat the book: x += 1 has lost nothing since 3.10, which is no proof', async () => {
    const page = await browser.newPage();
    const text = (await page.page.locator('.python').innerText()).replace(/\s+/g, ' ');
    await page.dispose();
    // Versions down, statements across: x += 1, a method that reads, a call between.
    assert.match(
      text,
      /3\.8, 3\.9 232,000 to 787,000 .* 3\.10 0 0 to 144,000 .* 3\.11 0 0 0 to 234,000/,
    );
    assert.match(text, /3\.14, 3\.15 0 0 91,000 to 285,000/);
    assert.match(text, /no longer loses anything/);
    assert.match(text, /zero observed is no proof/);
    for (const today of [/Biased counts/, /Immortal objects/, /Deferred counts/])
      assert.match(text, today);
  });

  it('comes back where it was after it was hidden, with the run it had', async () => {
    const first = await browser.newPage();
    await first.page.getByRole('button', { name: '3 threads' }).click();
    await press(first, '3 1 ArrowLeft');
    const [said, state] = [await sentence(first), await first.savedState()];
    await first.dispose();
    const second = await browser.newPage({ state, news: news({}) });
    assert.equal(await sentence(second), said);
    assert.equal(await second.page.locator('.trail li').count(), 2);
    assert.match(await second.page.locator('.real table').innerText(), /12\.3 %/);
    await second.dispose();
  });

  it('begins anew when what was kept is not what it expects', async () => {
    const odd = {
      lesson: { setting: { work: 'x' }, schedule: [7], done: 9 },
      run: { threadCount: 2, cores: 2, results: [{ method: 'none' }] },
    };
    const page = await browser.newPage({ state: odd, news: news({}) });
    assert.match(await sentence(page), /^You are the scheduler/);
    const { complaints } = page;
    await page.dispose();
    assert.deepEqual(complaints, []);
  });

  it('moves nothing for people who want no motion, and the keyboard reaches every control', async () => {
    const page = await browser.newPage({ reducedMotion: true });
    await press(page, '1');
    const row = page.page.locator('.instructions li').first();
    assert.equal(await row.evaluate(one => getComputedStyle(one).transitionDuration), '0s');
    // Every button that shows, and the tables, which scroll by keyboard.
    const wanted = await page.page.locator('button:visible, .scroller').count();
    const reached = new Set<string>();
    for (let i = 0; i < wanted; i++) {
      await page.page.keyboard.press('Tab');
      reached.add(
        await page.page.evaluate(
          'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
        ),
      );
    }
    assert.equal(reached.size, wanted, [...reached].join(' | '));
    await page.dispose();
  });

  for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as ThemeName[]) {
    // 600 px is a panel of 1200 px at a zoom of 200 %.
    for (const width of [1200, 600, 320]) {
      it(`gives axe nothing to find in ${theme} at ${width} px, and nothing is cut off`, async () => {
        const page = await browser.newPage({ theme, size: { width, height: 900 } });
        await press(page, '1 2 1 2 1 2');
        mkdirSync('out/screenshots', { recursive: true });
        await page.page.screenshot({
          path: `out/screenshots/race ${theme} ${width}.png`,
          fullPage: true,
        });
        const told = await axeFindings(page.page);
        const widthPx = await page.page.evaluate(() => document.documentElement.scrollWidth);
        const complaints = [...page.complaints];
        await page.dispose();
        assert.deepEqual([...told, ...complaints], []);
        assert.ok(widthPx <= width, `${widthPx} px wide`);
      });
    }
  }
});
