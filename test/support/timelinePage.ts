// The real bundle of the page in a real Chromium, with a stand-in for VS Code: a local server with the panel's
// content security policy, `acquireVsCodeApi`, and the host's end of the channel in Node.
//
//   const page = await openTimelinePage({ theme: 'dark' });
//   await page.show(comparisonOf(traces));
//   …
//   await page.dispose();

import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { comparisonVerdict } from '../../src/core/insight/comparisonVerdict';
import type { TraceBuilder } from '../../src/core/model/traceBuilder';
import { encodeChunk } from '../../src/protocol/batch';
import { Channel } from '../../src/protocol/channel';
import type {
  ComparisonHead,
  NoticesToHost,
  NoticesToPage,
  RequestsToHost,
  RequestsToPage,
} from '../../src/protocol/messages';
import type { PlaceInSource } from '../../src/protocol/place';
import { chainOf } from '../../src/editor/runs/chainOf';
import { search } from '../../src/editor/runs/search';
import { launchChromium } from '../../scripts/chromium.mjs';

export type ThemeName = 'dark' | 'light' | 'highContrast' | 'highContrastLight';

/** How the page is opened. */
export interface TimelinePageOptions {
  readonly theme?: ThemeName;
  readonly size?: { readonly width: number; readonly height: number };
  readonly pixelRatio?: number;
  /** What `getState` returns at first. */
  readonly state?: unknown;
  readonly speed?: number;
  readonly previousRun?: boolean;
  readonly reducedMotion?: boolean;
  /** Runs in the page before its own script, as a benchmark's feeder does. */
  readonly script?: string;
  /** Theme variables on top of those of the theme. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What the host has heard. */
export interface HeardByHost {
  readonly acknowledged: { run: number; sequence: number }[];
  readonly painted: number[];
  readonly logged: string[];
  readonly asked: string[];
  readonly revealed: PlaceInSource[];
  /** Lines that were only brought into view. */
  readonly brought: PlaceInSource[];
  readonly speeds: number[];
  readonly pinned: number[];
  /** Whether the run before is to be seen, as it was chosen. */
  readonly previousRun: boolean[];
  /** Queries, each as it was answered. */
  readonly searched: string[];
}

type HostEnd = Channel<RequestsToPage, NoticesToPage, RequestsToHost, NoticesToHost>;

/** One browser for all pages of a test file: starting one takes a second. */
export class TimelineBrowser {
  readonly #browser: Browser;
  readonly #server: http.Server;

  private constructor(browser: Browser, server: http.Server) {
    this.#browser = browser;
    this.#server = server;
  }

  static async open(): Promise<TimelineBrowser> {
    const server = http.createServer(serve);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return new TimelineBrowser(await launchChromium(), server);
  }

  async newPage(options: TimelinePageOptions = {}): Promise<TimelinePage> {
    const context = await this.#browser.newContext({
      viewport: options.size ?? { width: 1200, height: 800 },
      deviceScaleFactor: options.pixelRatio ?? 1,
      reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
    });
    const { port } = this.#server.address() as AddressInfo;
    return TimelinePage.open(context, `http://127.0.0.1:${port}/`, options);
  }

  async dispose(): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}

/** A page and the host's end of its wire. */
export class TimelinePage {
  readonly heard: HeardByHost = {
    acknowledged: [],
    painted: [],
    logged: [],
    asked: [],
    revealed: [],
    brought: [],
    speeds: [],
    pinned: [],
    previousRun: [],
    searched: [],
  };
  /** Console errors, uncaught errors and violations of the policy. */
  readonly complaints: string[] = [];
  readonly page: Page;
  readonly channel: HostEnd;
  /** What else happens when the page has taken a part of a run. */
  onAcknowledge: (run: number) => void = () => undefined;
  readonly #context: BrowserContext;
  readonly #waiting: (() => void)[] = [];

  private constructor(context: BrowserContext, page: Page, options: TimelinePageOptions) {
    this.#context = context;
    this.page = page;
    this.channel = new Channel<RequestsToPage, NoticesToPage, RequestsToHost, NoticesToHost>(
      {
        post: message => {
          const posted: Promise<unknown> = this.#post(message).finally(() =>
            this.#posting.delete(posted),
          );
          this.#posting.add(posted);
        },
      },
      {
        reportDefect: error => this.complaints.push(String(error)),
        notices: {
          acknowledge: notice => {
            this.onAcknowledge(notice.run);
            this.#hear(() => this.heard.acknowledged.push(notice));
          },
          log: ({ message }) => this.#hear(() => this.heard.logged.push(message)),
          painted: ({ comparison }) => this.#hear(() => this.heard.painted.push(comparison)),
        },
        requests: {
          ready: () =>
            this.#answer('ready', {
              speed: options.speed ?? 1,
              previousRun: options.previousRun ?? true,
            }),
          restart: () => this.#answer('restart', undefined),
          cancel: () => this.#answer('cancel', undefined),
          endProgram: () => void this.#answer('endProgram', null),
          runDemo: () => this.#answer('runDemo', undefined),
          verdict: ({ comparison }) => {
            this.#hear(() => this.#judged.add(comparison));
            return comparisonVerdict(
              this.runs.map(({ trace }) => ({ trace, title: trace.header.title })),
            );
          },
          chain: wish => chainOf(wish, this.runs),
          search: ({ query }) => {
            this.#hear(() => this.heard.searched.push(query));
            return search(query, this.runs);
          },
          pin: ({ run }) => {
            this.heard.pinned.push(run);
            this.#answer('pin', undefined);
          },
          export: () => this.#answer('export', undefined),
          reveal: place => {
            (place.keepFocus === true ? this.heard.brought : this.heard.revealed).push(place);
            this.#answer('reveal', undefined);
          },
          changeSettings: ({ speed, previousRun }) => {
            this.heard.speeds.push(speed);
            this.heard.previousRun.push(previousRun);
            this.#answer('changeSettings', undefined);
          },
        },
      },
    );
  }

  static async open(
    context: BrowserContext,
    url: string,
    options: TimelinePageOptions,
  ): Promise<TimelinePage> {
    const page = await context.newPage();
    const opened = new TimelinePage(context, page, options);
    page.on('console', message => {
      if (message.type() === 'error') opened.complaints.push(message.text());
    });
    page.on('pageerror', error => opened.complaints.push(String(error)));
    await page.exposeFunction('toHost', (message: unknown) => opened.channel.receive(message));
    await page.addInitScript(standIn, {
      state: options.state ?? null,
      theme: THEMES[options.theme ?? 'dark'],
      variables: options.variables ?? {},
    });
    if (options.script !== undefined) await page.addInitScript(options.script);
    await page.goto(url);
    await opened.until(() => opened.heard.asked.includes('ready'), 'the page says it is ready');
    return opened;
  }

  /** Waits for something that the page tells the host. */
  async until(condition: () => boolean, what: string, patienceMs = 15_000): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!condition()) {
      if (Date.now() > deadline) {
        throw new Error(
          `waited in vain until ${what}; complaints: ${this.complaints.join('; ')}; log: ${this.heard.logged.join('; ')}`,
        );
      }
      await new Promise<void>(resolve => {
        this.#waiting.push(resolve);
        setTimeout(resolve, 250);
      });
    }
  }

  /** Sends whole traces as one comparison and waits until it is painted. */
  async show(
    traces: readonly TraceBuilder[],
    head: Partial<Omit<ComparisonHead, 'runs'>> = {},
  ): Promise<number> {
    const comparison = this.begin(traces, head);
    this.sendAll(comparison, traces);
    await this.until(() => this.heard.painted.includes(comparison), 'the comparison is painted');
    if ((head.show ?? 'whole') === 'whole') {
      await this.until(() => this.#judged.has(comparison), 'the verdict is asked for');
      for (let i = 0; i < 2; i++) await this.settle(); // it is shown, and the runs below it take their new place
    }
    return comparison;
  }

  #comparisons = 0;
  /** Of which comparisons the page has asked for the verdict. */
  readonly #judged = new Set<number>();
  /** Messages to the page that have not arrived yet. */
  readonly #posting = new Set<Promise<unknown>>();
  runs: readonly { readonly id: number; readonly trace: TraceBuilder }[] = [];

  /** Announces a comparison; its chunks are to follow. */
  begin(traces: readonly TraceBuilder[], head: Partial<Omit<ComparisonHead, 'runs'>> = {}): number {
    const comparison = ++this.#comparisons;
    this.runs = traces.map((trace, i) => ({ id: comparison * 100 + i, trace }));
    this.channel.tell('begin', {
      comparison,
      document: 'file:///w/crunch.py',
      title: 'crunch.py',
      detail: '4 threads · 4 cores · switch interval 5 ms',
      show: 'whole',
      ...head,
      runs: traces.map(({ header }, i) => ({ run: comparison * 100 + i, header })),
    });
    return comparison;
  }

  /** Sends everything of every run, and that it is complete. */
  sendAll(comparison: number, traces: readonly TraceBuilder[]): void {
    traces.forEach((trace, i) => {
      const run = comparison * 100 + i;
      this.channel.tell('chunk', { run, ...encodeChunk(trace.takeChunk()) });
      this.channel.tell('ended', { run, outcome: 'complete', sentence: '' });
    });
  }

  /** What the page says is on the screen. */
  describe(): Promise<readonly string[]> {
    return this.channel.ask('describe', {});
  }

  /** Two frames later everything that was told has been drawn. */
  async settle(): Promise<void> {
    while (this.#posting.size > 0) await Promise.all(this.#posting);
    await this.page.evaluate(
      () =>
        new Promise<void>(resolve =>
          requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
        ),
    );
  }

  /** Waits until what is typed into the search has been answered, not only its first letters, and is shown. */
  async searched(query: string): Promise<void> {
    await this.until(() => this.heard.searched.at(-1) === query, `“${query}” is searched`);
    for (let i = 0; i < 2; i++) await this.settle(); // the answer is under way, and then it is drawn
  }

  /** Switches the theme as VS Code does: variables and the class of the body. */
  async setTheme(
    theme: ThemeName,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.page.evaluate(
      ({ kind, values }) => {
        document.body.className = kind;
        for (const [name, value] of Object.entries(values)) {
          document.documentElement.style.setProperty(name, value);
        }
      },
      { kind: THEMES[theme].kind, values: { ...THEMES[theme].variables, ...variables } },
    );
    await this.settle();
  }

  /** What the page has saved with `setState`. */
  savedState(): Promise<unknown> {
    return this.page.evaluate<unknown>('window.savedState');
  }

  async dispose(): Promise<void> {
    this.channel.dispose();
    await this.#context.close();
  }

  #answer<T>(name: string, result: T): T {
    this.#hear(() => this.heard.asked.push(name));
    return result;
  }

  #hear(write: () => void): void {
    write();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The wire's way in: buffers travel as base64 here and are buffers again in the page. */
  async #post(message: unknown): Promise<void> {
    const text = JSON.stringify(message, (_, value: unknown) =>
      value instanceof ArrayBuffer ? { base64: Buffer.from(value).toString('base64') } : value,
    );
    await this.page.evaluate(deliver, text).catch(() => undefined);
  }
}

/** Runs in the page before its scripts. */
export function standIn(options: {
  state: unknown;
  theme: { kind: string; variables: Record<string, string> };
  variables: Record<string, string>;
}): void {
  const world = globalThis as unknown as {
    acquireVsCodeApi: () => unknown;
    savedState: unknown;
    toHost: (message: unknown) => void;
  };
  world.savedState = options.state;
  world.acquireVsCodeApi = () => ({
    postMessage: (message: unknown) => world.toHost(message),
    getState: () => world.savedState,
    setState: (state: unknown) => (world.savedState = state),
  });
  const dress = (): void => {
    document.body.className = options.theme.kind;
    const values = { ...options.theme.variables, ...options.variables };
    for (const [name, value] of Object.entries(values)) {
      document.documentElement.style.setProperty(name, value);
    }
  };
  new MutationObserver((_, observer) => {
    if (!document.querySelector('body')) return;
    observer.disconnect();
    dress();
  }).observe(document, { childList: true, subtree: true });
}

/** Runs in the page: one message from the host. */
export function deliver(text: string): void {
  const data: unknown = JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
    return Uint8Array.from(atob(String(value.base64)), letter => letter.charCodeAt(0)).buffer;
  });
  window.dispatchEvent(new MessageEvent('message', { data }));
}

export const POLICY = [
  `default-src 'none'`,
  `img-src 'self' data:`,
  `style-src 'self' 'unsafe-inline'`,
  `font-src 'self'`,
  `script-src 'nonce-test'`,
].join('; ');

const HTML = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="style.css"><title>GIL Timeline</title></head>
<body><div id="app"></div><script nonce="test" src="webview.js"></script></body></html>`;

function serve(request: http.IncomingMessage, response: http.ServerResponse): void {
  const url = request.url ?? '/';
  const file = /^\/(webview\.js|style\.css)$/.exec(url)?.[1];
  if (url === '/') return void response.setHeader('content-type', 'text/html').end(HTML);
  if (file === undefined) return void response.writeHead(204).end(); // the browser asks for an icon
  const type = file.endsWith('.js') ? 'text/javascript' : 'text/css';
  response.setHeader('content-type', type).end(readFileSync(`dist/${file}`));
}

/** The variables that matter here, with the values of VS Code's own default themes. */
export const THEMES: Readonly<
  Record<ThemeName, { kind: string; variables: Record<string, string> }>
> = {
  dark: {
    kind: 'vscode-dark',
    variables: {
      ...variables('#1f1f1f', '#cccccc', '#9d9d9d', '#2b2b2b', '#181818'),
      '--vscode-button-background': '#0078d4',
      '--vscode-button-foreground': '#ffffff',
      '--vscode-focusBorder': '#0078d4',
      '--vscode-textLink-foreground': '#4daafc',
      '--vscode-editorHoverWidget-background': '#202020',
      '--vscode-editorHoverWidget-border': '#454545',
    },
  },
  light: {
    kind: 'vscode-light',
    variables: {
      ...variables('#ffffff', '#3b3b3b', '#616161', '#e5e5e5', '#f8f8f8'),
      '--vscode-button-background': '#005fb8',
      '--vscode-button-foreground': '#ffffff',
      '--vscode-focusBorder': '#005fb8',
      '--vscode-textLink-foreground': '#005fb8',
      '--vscode-editorHoverWidget-background': '#f8f8f8',
      '--vscode-editorHoverWidget-border': '#c8c8c8',
    },
  },
  highContrast: {
    kind: 'vscode-high-contrast',
    variables: {
      ...variables('#000000', '#ffffff', '#ffffff', '#6fc3df', '#000000'),
      '--vscode-contrastBorder': '#6fc3df',
      '--vscode-contrastActiveBorder': '#f38518',
      '--vscode-focusBorder': '#f38518',
      '--vscode-button-foreground': '#ffffff',
      '--vscode-textLink-foreground': '#21a6ff',
      '--vscode-editorHoverWidget-background': '#0c141f',
      '--vscode-editorHoverWidget-border': '#6fc3df',
    },
  },
  highContrastLight: {
    kind: 'vscode-high-contrast-light vscode-high-contrast',
    variables: {
      ...variables('#ffffff', '#292929', '#292929', '#0f4a85', '#ffffff'),
      '--vscode-contrastBorder': '#0f4a85',
      '--vscode-contrastActiveBorder': '#006bbd',
      '--vscode-focusBorder': '#006bbd',
      '--vscode-textLink-foreground': '#0f4a85',
      '--vscode-editorHoverWidget-background': '#ffffff',
      '--vscode-editorHoverWidget-border': '#0f4a85',
    },
  },
};

function variables(
  background: string,
  foreground: string,
  ...[quiet, line, side]: [quiet: string, line: string, side: string]
): Record<string, string> {
  return {
    '--vscode-editor-background': background,
    '--vscode-foreground': foreground,
    '--vscode-descriptionForeground': quiet,
    '--vscode-panel-border': line,
    '--vscode-sideBar-background': side,
    '--vscode-font-family': 'Inter, "DejaVu Sans", sans-serif',
    '--vscode-font-size': '13px',
    '--vscode-editor-font-family': '"DejaVu Sans Mono", monospace',
  };
}
