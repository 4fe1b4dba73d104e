// The panel beside the editor: one per window, kept in step with what the sessions show. Hidden panels lose their
// page (memory) and are fed anew when they come back; a window reload brings the panel back through a serializer.

import * as vscode from 'vscode';
import { Channel, type ChannelEnd, type Handlers } from '../../protocol/channel';
import type {
  NoticesToHost,
  NoticesToPage,
  PanelSettings,
  Problem,
  PngWish,
  Wishes,
  RequestsToHost,
  RequestsToPage,
} from '../../protocol/messages';
import type { PlaceInSource } from '../../protocol/place';
import type { PictureScene } from '../../protocol/picture';
import { Feed } from './feed';
import type { Lineup } from '../runs/lineup';
import { panelHtml } from './panelHtml';

export const PANEL_TYPE = 'gilscope.timeline';

type PageChannel = Channel<RequestsToPage, NoticesToPage, RequestsToHost, NoticesToHost>;

/** What the panel asks of the rest of the editor. */
export interface PanelOwner {
  readonly settings: () => PanelSettings;
  /** A page of an earlier window is back and says what it showed; the owner shows it again. */
  readonly restore: (state: unknown) => void;
  /** What a person wishes in the page, done. */
  readonly wishes: Handlers<Wishes>;
  readonly painted: (comparison: number) => void;
  readonly closed: () => void;
  readonly reportDefect: (error: unknown) => void;
}

/** What the panel shows when it has no comparison. */
export interface EmptyState {
  readonly reason: string;
  readonly offerDemo: boolean;
}

export class TimelinePanel {
  readonly #panel: vscode.WebviewPanel;
  readonly #owner: PanelOwner;
  readonly #channel: PageChannel;
  readonly #disposables: vscode.Disposable[] = [];
  #feed: Feed | undefined;
  #comparison: Lineup | undefined;
  /** The comparison that a page has already been shown. */
  #firstShown: number | undefined;
  #empty: EmptyState = { reason: '', offerDemo: true };
  #cursor: PlaceInSource | undefined;
  #problems: readonly Problem[] = [];
  /** Whether a page is there and has said that it listens. */
  #ready = false;
  readonly #awaitingReady: (() => void)[] = [];

  /** Takes over a panel of VS Code's, new or restored. */
  constructor(panel: vscode.WebviewPanel, extensionUri: vscode.Uri, owner: PanelOwner) {
    this.#panel = panel;
    this.#owner = owner;
    const { webview } = panel;
    this.#channel = new Channel(
      { post: message => void webview.postMessage(message) },
      this.#end(),
    );
    this.#disposables.push(
      webview.onDidReceiveMessage((message: unknown) => this.#channel.receive(message)),
      panel.onDidChangeViewState(() => this.#viewStateChanged()),
      panel.onDidDispose(() => this.#closed()),
    );
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist')],
    };
    webview.html = panelHtml(webview, extensionUri);
  }

  /** A new panel beside the active editor; the editor keeps the keyboard. */
  static create(extensionUri: vscode.Uri, owner: PanelOwner): TimelinePanel {
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel(PANEL_TYPE, 'GIL Timeline', place);
    return new TimelinePanel(panel, extensionUri, owner);
  }

  get visible(): boolean {
    return this.#panel.visible;
  }

  /** Brings the panel to the front where it is, without taking the keyboard. */
  bringToFront(): void {
    this.#panel.reveal(undefined, true);
  }

  /** Brings the panel to the front and the keyboard into it. */
  takeKeyboard(): void {
    this.#panel.reveal(undefined, false);
  }

  /** Shows a comparison from now on; call `changed` when more of it is known. */
  show(comparison: Lineup): void {
    this.#comparison = comparison;
    this.#panel.title = `GIL Timeline: ${comparison.title.title}`;
    this.#feed = this.#ready
      ? new Feed(comparison, this.#channel, this.#showAnew(comparison))
      : undefined;
  }

  /** Shows nothing, and says why. */
  showEmpty(empty: EmptyState): void {
    this.#comparison = undefined;
    this.#feed = undefined;
    this.#empty = empty;
    this.#panel.title = 'GIL Timeline';
    if (this.#ready) this.#channel.tell('empty', empty);
  }

  /** The shown comparison grew or ended. */
  changed(): void {
    this.#feed?.pump();
  }

  showProblems(problems: readonly Problem[]): void {
    this.#problems = problems;
    if (this.#ready) this.#channel.tell('problems', { problems });
  }

  /** The program that is recorded stands still, or gets on again. */
  showStandstill(news: NoticesToPage['standstill']): void {
    if (this.#ready) this.#channel.tell('standstill', news);
  }

  /** Lights up the spans of a line; line 0 for none. */
  showCursor(place: PlaceInSource): void {
    this.#cursor = place;
    if (this.#ready) this.#channel.tell('cursor', place);
  }

  /** Passes a command of the editor on to the page, as soon as that listens. */
  command(name: NoticesToPage['command']['name']): void {
    const tell = (): void => this.#channel.tell('command', { name });
    if (this.#ready) tell();
    else this.#awaitingReady.push(tell);
  }

  /** Tells the page that a setting changed elsewhere. */
  settingsChanged(): void {
    if (this.#ready) this.#channel.tell('settings', this.#owner.settings());
  }

  /** What is on the screen, a line a run; waits for the page to be there. For tests. */
  async describe(): Promise<readonly string[]> {
    await this.#listening();
    return this.#channel.ask('describe', {});
  }

  /** Everything that is seen; waits for the page to be there. */
  async scene(): Promise<PictureScene> {
    await this.#listening();
    return this.#channel.ask('scene', {});
  }

  /** A picture in pixels, as base64 of a PNG. */
  async png(wish: PngWish): Promise<string> {
    await this.#listening();
    return this.#channel.ask('png', wish);
  }

  async #listening(): Promise<void> {
    if (!this.#ready) await new Promise<void>(resolve => this.#awaitingReady.push(resolve));
  }

  dispose(): void {
    this.#panel.dispose();
  }

  #end(): ChannelEnd<RequestsToHost, NoticesToHost> {
    const owner = this.#owner;
    return {
      reportDefect: owner.reportDefect,
      notices: {
        acknowledge: ({ run }) => this.#feed?.acknowledge(run),
        log: ({ message }) => owner.reportDefect(new Error(`in the panel: ${message}`)),
        painted: ({ comparison }) => owner.painted(comparison),
      },
      requests: {
        ...owner.wishes,
        ready: ({ restored }) => this.#pageReady(restored),
      },
    };
  }

  /** Answers first, so that the page has its settings, and feeds it after. */
  #pageReady(restored: unknown): PanelSettings {
    this.#ready = true;
    for (const resolve of this.#awaitingReady.splice(0)) resolve();
    this.#feed = undefined; // of the page before, if there was one
    setImmediate(() => this.#feedAnew(restored));
    return this.#owner.settings();
  }

  #feedAnew(restored: unknown): void {
    if (this.#comparison) {
      this.#feed ??= new Feed(this.#comparison, this.#channel, this.#showAnew(this.#comparison));
    } else if (restored !== null && restored !== undefined) {
      this.#owner.restore(restored);
    } else {
      this.#channel.tell('empty', this.#empty);
    }
    this.#channel.tell('problems', { problems: this.#problems });
    if (this.#cursor) this.#channel.tell('cursor', this.#cursor);
  }

  /** A first showing plays; a page that comes back shows what it had. */
  #showAnew({ title }: Lineup): 'play' | 'whole' {
    const first = this.#firstShown !== title.comparison;
    this.#firstShown = title.comparison;
    return first ? title.show : 'whole';
  }

  #viewStateChanged(): void {
    if (this.#panel.visible) return; // the page says `ready` itself when it is there again
    this.#ready = false;
    this.#feed = undefined;
  }

  #closed(): void {
    this.#ready = false;
    this.#channel.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
    this.#owner.closed();
  }
}
