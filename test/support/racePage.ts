// The race lesson's bundle in a real Chromium, with a stand-in for VS Code and the host's end of the wire in Node.

import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { CountingRun } from '../../src/core/refcounts/refcounts';
import { COUNTING_METHODS } from '../../src/core/refcounts/refcounts';
import { Channel } from '../../src/protocol/channel';
import type { PythonRace } from '../../src/core/refcounts/pythonRace';
import type {
  PythonNews,
  RaceNews,
  RaceNoticesToHost,
  RaceNoticesToPage,
  RaceRequestsToHost,
  RaceRequestsToPage,
} from '../../src/protocol/raceMessages';
import { launchChromium } from '../../scripts/chromium.mjs';
import { deliver, POLICY, standIn, THEMES, type ThemeName } from './timelinePage';

/** A run as a machine of two cores gives it: without protection 12.3 % are lost. */
export const SOME_RUN: CountingRun = {
  threadCount: 2,
  cores: 2,
  results: COUNTING_METHODS.map(({ name, safe }, i) => ({
    method: name,
    threadCount: 2,
    updateCount: 1000,
    lostCount: safe ? 0 : 123,
    objectCount: 10,
    freedInUseCount: safe ? 0 : 4,
    neverFreedCount: safe ? 0 : 5,
    nsPerUpdateAlone: 2.4 + i,
    nsPerUpdateTogether: 25 + i * 10,
  })),
};

/** What two Pythons printed: the newer one lost nothing with a plain +=. */
export const SOME_PYTHONS: PythonNews = {
  running: null,
  races: [
    { python: 'CPython 3.9.18', gil: true, threads: 2, additions: 1000, ways: waysOf(400, 500) },
    { python: 'CPython 3.13.0', gil: true, threads: 2, additions: 1000, ways: waysOf(0, 300) },
  ],
  sentence: '',
};

const NO_PYTHONS: PythonNews = { running: null, races: [], sentence: '' };

function waysOf(plain: number, withCall: number): PythonRace['ways'] {
  return [
    { name: 'x += 1', missing: plain },
    { name: 'with a call in between', missing: withCall },
    { name: 'with a lock around', missing: 0 },
  ];
}

/** News of the race; without Pythons unless told. */
export function news(told: Partial<RaceNews>): RaceNews {
  return { running: false, run: null, sentence: '', python: NO_PYTHONS, ...told };
}

const HTML = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="race-style.css"><title>Race</title></head>
<body><div id="app"></div><script nonce="test" src="race.js"></script></body></html>`;

export interface RacePageOptions {
  readonly theme?: ThemeName;
  readonly size?: { readonly width: number; readonly height: number };
  readonly state?: unknown;
  readonly news?: RaceNews;
  readonly reducedMotion?: boolean;
}

/** One browser for the pages of a test file. */
export class RaceBrowser {
  readonly #browser: Browser;
  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<RaceBrowser> {
    return new RaceBrowser(await launchChromium());
  }

  async newPage(options: RacePageOptions = {}): Promise<RacePage> {
    const context = await this.#browser.newContext({
      viewport: options.size ?? { width: 1200, height: 900 },
      reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
    });
    return RacePage.open(context, options);
  }

  async dispose(): Promise<void> {
    await this.#browser.close();
  }
}

/** A page that listens, what it asked and what went wrong in it. */
export class RacePage {
  readonly page: Page;
  readonly asked: string[] = [];
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #channel: Channel<
    RaceRequestsToPage,
    RaceNoticesToPage,
    RaceRequestsToHost,
    RaceNoticesToHost
  >;

  private constructor(context: BrowserContext, page: Page, first: RaceNews) {
    this.#context = context;
    this.page = page;
    const heard = <T>(name: string, result: T): T => {
      this.asked.push(name);
      return result;
    };
    this.#channel = new Channel<
      RaceRequestsToPage,
      RaceNoticesToPage,
      RaceRequestsToHost,
      RaceNoticesToHost
    >(
      { post: message => void page.evaluate(deliver, JSON.stringify(message)).catch(() => null) },
      {
        reportDefect: error => this.complaints.push(String(error)),
        notices: { log: ({ message }) => this.complaints.push(message) },
        requests: {
          ready: () => heard('ready', first),
          run: () => heard('run', null),
          cancel: () => heard('cancel', null),
          runPython: ({ ask }) => heard(ask ? 'runPython (ask)' : 'runPython', null),
          cancelPython: () => heard('cancelPython', null),
          openSample: () => heard('openSample', null),
        },
      },
    );
  }

  static async open(context: BrowserContext, options: RacePageOptions): Promise<RacePage> {
    const page = await context.newPage();
    const opened = new RacePage(context, page, options.news ?? news({ run: SOME_RUN }));
    page.on('console', message => {
      if (message.type() === 'error') opened.complaints.push(message.text());
    });
    page.on('pageerror', error => opened.complaints.push(String(error)));
    await page.exposeFunction('toHost', (message: unknown) => opened.#channel.receive(message));
    const theme = THEMES[options.theme ?? 'dark'];
    await page.addInitScript(standIn, { state: options.state ?? null, theme, variables: {} });
    await page.route('http://race.test/**', route => {
      const file = /\/(race\.js|race-style\.css)$/.exec(route.request().url())?.[1];
      const body = file === undefined ? HTML : readFileSync(`dist/${file}`);
      const kind = file === undefined ? 'html' : file.endsWith('.js') ? 'javascript' : 'css';
      return route.fulfill({ body, contentType: `text/${kind}` });
    });
    await page.goto('http://race.test/');
    await page.locator('.found', { hasNotText: 'Searching' }).waitFor();
    return opened;
  }

  tell(news: RaceNews): void {
    this.#channel.tell('news', news);
  }

  savedState(): Promise<unknown> {
    return this.page.evaluate<unknown>('window.savedState');
  }

  async dispose(): Promise<void> {
    this.#channel.dispose();
    await this.#context.close();
  }
}
