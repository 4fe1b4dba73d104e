// The race lesson: a panel in which a person is the scheduler, beside the same race on this machine's real threads.
// Keeps the latest real run, so that a hidden page finds it again; a reloaded window's page brings its own.

import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { CountingRun } from '../../core/refcounts/refcounts';
import type { WorkersEngine } from '../../engines/workers';
import { Channel } from '../../protocol/channel';
import type {
  RaceNews,
  RaceNoticesToHost,
  RaceNoticesToPage,
  RaceRequestsToHost,
  RaceRequestsToPage,
} from '../../protocol/raceMessages';
import type { Log } from '../window/log';
import { raceLessonHtml } from './panelHtml';
import { PythonRaces } from '../python/pythonRaces';
import type { Samples } from '../runs/samples';

export const RACE_PANEL_TYPE = 'gilscope.raceLesson';
export const RACE_SAMPLE = 'race.py';

/** So many threads run the race for real. */
const RACING_THREADS = 2;

type PageChannel = Channel<
  RaceRequestsToPage,
  RaceNoticesToPage,
  RaceRequestsToHost,
  RaceNoticesToHost
>;

export interface RaceLessonOptions {
  readonly extensionUri: vscode.Uri;
  readonly workers: WorkersEngine;
  readonly samples: Samples;
  readonly log: Log;
}

/** The window's one lesson. */
export class RaceLesson implements vscode.Disposable {
  readonly #options: RaceLessonOptions;
  #panel: vscode.WebviewPanel | undefined;
  #channel: PageChannel | undefined;
  #abort: AbortController | undefined;
  #run: CountingRun | null = null;
  #sentence = '';
  #counted: Promise<unknown> = Promise.resolve();
  readonly #pythons: PythonRaces;

  constructor(options: RaceLessonOptions) {
    this.#options = options;
    this.#pythons = new PythonRaces({
      script: vscode.Uri.joinPath(options.extensionUri, 'media', 'samples', RACE_SAMPLE),
      log: options.log,
      changed: () => this.#tell(),
    });
  }

  /** The latest real run that came to its end, once none is under way. For tests. */
  async settled(): Promise<CountingRun | null> {
    await this.#counted;
    return this.#run;
  }

  /** Opens the lesson, with a first run, or brings it to the front. */
  open(): void {
    if (this.#panel) {
      this.#panel.reveal();
      return;
    }
    const title = 'The Race That the GIL Prevents';
    const place = vscode.window.activeTextEditor
      ? vscode.ViewColumn.Beside
      : vscode.ViewColumn.Active;
    this.revive(vscode.window.createWebviewPanel(RACE_PANEL_TYPE, title, place));
    this.#start();
  }

  /** Takes over a panel, new or of an earlier window. Only a person starts a run in the latter. */
  revive(panel: vscode.WebviewPanel): void {
    const { extensionUri, log } = this.#options;
    const { webview } = panel;
    const channel = new Channel<
      RaceRequestsToPage,
      RaceNoticesToPage,
      RaceRequestsToHost,
      RaceNoticesToHost
    >(
      { post: message => void webview.postMessage(message) },
      {
        reportDefect: log.reportDefect,
        notices: {
          log: ({ message }) => log.reportDefect(new Error(`in the race lesson: ${message}`)),
        },
        requests: {
          ready: () => this.#news(),
          run: () => (this.#start(), null),
          cancel: () => (this.#abort?.abort(), null),
          runPython: ({ ask }) => (void log.guard(() => this.#pythons.run(ask)), null),
          cancelPython: () => (this.#pythons.cancel(), null),
          openSample: async () => (await this.#options.samples.open(RACE_SAMPLE), null),
        },
      },
    );
    this.#panel = panel;
    this.#channel = channel;
    webview.onDidReceiveMessage((message: unknown) => channel.receive(message));
    panel.onDidDispose(() => this.#closed(channel));
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist')],
    };
    webview.html = raceLessonHtml(webview, extensionUri);
  }

  dispose(): void {
    this.#pythons.cancel();
    this.#panel?.dispose();
  }

  /** Runs the race unless it runs already. */
  #start(): void {
    if (this.#abort) return;
    this.#counted = this.#options.log.guard(() => this.#count());
  }

  async #count(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#sentence = '';
    this.#tell();
    try {
      this.#run = await this.#options.workers.countReferences(RACING_THREADS, abort.signal);
    } catch (error) {
      this.#sentence = error instanceof UserError ? error.message : 'Internal error; see the log.';
      if (!(error instanceof UserError)) this.#options.log.reportDefect(error);
    }
    this.#abort = undefined;
    this.#tell();
  }

  #news(): RaceNews {
    return {
      running: this.#abort !== undefined,
      run: this.#run,
      sentence: this.#sentence,
      python: this.#pythons.news,
    };
  }

  #tell(): void {
    this.#channel?.tell('news', this.#news());
  }

  #closed(channel: PageChannel): void {
    channel.dispose();
    this.#abort?.abort();
    this.#pythons.cancel();
    this.#panel = undefined;
    this.#channel = undefined;
  }
}
