// Drives a VS Code workbench as a person does: by the palette, the mouse and the keyboard. Open one with `openWorkbench`
// of host.ts.
//
//   await workbench.openFile('cpu_bound.py');
//   await workbench.run('GIL Scope: Run GIL Demo');       // waits until the command is offered
//   await workbench.pick('threads + GIL');                // an item of the quick pick that is open
//   const panel = await workbench.webview();              // locators and evaluate inside our page
//   await panel.locator('#play').click();
//   const hover = await workbench.hover('def work', 'work');
//   await workbench.replaceInLine('# gil: threads 4', '4', '8');
//   await workbench.screenshot('eight-threads');          // out/screenshots/eight-threads.png
//
// `workbench.page` is Playwright's page for all else. Nothing here sleeps: each step waits for what it expects, a long
// time where a loaded machine may need one.
import fs from 'node:fs';
import path from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { messageOf } from '../../src/core/errors';

/** How long the first things may take on a loaded machine (seen: 16 s), in milliseconds. */
const patienceMs = 60_000;

/** A theme as the theme picker names it, and the class it gives the workbench and (prefixed) a webview's body. */
export const themes = {
  'Dark Modern': { workbench: 'vs-dark', webview: 'vscode-dark' },
  'Light Modern': { workbench: 'vs', webview: 'vscode-light' },
  'Dark High Contrast': { workbench: 'hc-black', webview: 'vscode-high-contrast' },
  'Light High Contrast': { workbench: 'hc-light', webview: 'vscode-high-contrast-light' },
} as const;

interface Surroundings {
  readonly workspace: string;
  readonly serverLog: () => string;
  readonly dispose: () => Promise<void>;
}

/** A workbench in a page. */
export class Workbench {
  /** Playwright's page, for what has no method here. */
  readonly page: Page;
  /** The absolute path of the open folder, a copy that tests may change. */
  readonly workspace: string;
  /** What the server has printed so far; extension hosts that crash say so there. */
  readonly serverLog: () => string;
  /** Closes the browser, ends the server and removes the folders. */
  readonly dispose: () => Promise<void>;

  constructor(page: Page, { workspace, serverLog, dispose }: Surroundings) {
    this.page = page;
    this.workspace = workspace;
    this.serverLog = serverLog;
    this.dispose = dispose;
    page.setDefaultTimeout(30_000);
  }

  /** Waits until the workbench stands and shows the folder. */
  async ready(): Promise<void> {
    const timeout = patienceMs;
    await this.page.waitForSelector('.monaco-workbench .part.statusbar', { timeout });
    await this.page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout });
  }

  /**
   * Runs a command by its full title in the palette ("Category: Title"). Extensions announce their commands some
   * seconds after the workbench stands, so this looks again until the command is offered.
   */
  async run(title: string): Promise<void> {
    await this.whenOffered(title, timeout => this.row(title).click({ timeout }));
  }

  /** Waits until the palette offers a command, and leaves the palette. */
  async waitForCommand(title: string): Promise<void> {
    await this.whenOffered(title, timeout => this.row(title).waitFor({ timeout }));
    await this.dismiss();
  }

  /** The titles that the palette offers for a text, at most as many as fit its list. */
  async commandsFor(text: string): Promise<readonly string[]> {
    await this.openPalette(`>${text}`);
    const rows = this.page.locator('.quick-input-list .monaco-list-row .label-name');
    await rows.first().waitFor();
    const titles = await rows.allInnerTexts();
    await this.dismiss();
    return titles;
  }

  /** Chooses an item of the quick pick that is open, by its label. */
  async pick(label: string): Promise<void> {
    await this.row(label).click();
    await this.row(label).waitFor({ state: 'hidden' }); // another question may have come in its place
  }

  /** An item of the quick pick that is open, by its label. */
  offer(label: string): Locator {
    return this.row(label);
  }

  /** Types into the input box or quick pick that is open. */
  async type(text: string): Promise<void> {
    await this.quickInput().fill(text);
  }

  /** Closes the palette, quick pick or input box that is open. */
  async dismiss(): Promise<void> {
    await this.retry(async timeout => {
      await this.page.keyboard.press('Escape');
      await this.quickInput().waitFor({ state: 'hidden', timeout });
    }, 3000);
  }

  /** Opens a file of the workspace by its name, and waits until its text shows. */
  async openFile(name: string): Promise<void> {
    await this.openPalette(name);
    await this.row(path.basename(name)).click();
    await this.tab(path.basename(name)).waitFor();
    await this.page.locator('.editor-instance .view-line').first().waitFor();
  }

  /** The tab of a file or a panel, by its name; it need not be the active one. */
  tab(name: string): Locator {
    return this.page.locator(`.tab[data-resource-name=${JSON.stringify(name)}]`);
  }

  /** The first visible editor line that contains the text. VS Code shows blanks as no-break spaces: both match. */
  line(text: string): Locator {
    const pattern = text.split(' ').map(escapeForPattern).join('[ \\u00a0]');
    return this.page
      .locator('.editor-instance .view-line', { hasText: new RegExp(pattern) })
      .first();
  }

  /**
   * Replaces the first `before` in a visible line by `after`, with mouse and keyboard. Does not save. Lines move when a
   * CodeLens comes or goes: if that happened between the look and the click, it looks and clicks again.
   */
  async replaceInLine(lineText: string, before: string, after: string): Promise<void> {
    await this.retry(() => this.select(lineText, before), 0);
    await this.page.keyboard.insertText(after);
  }

  private async select(lineText: string, word: string): Promise<void> {
    const box = await this.wordBox(lineText, word);
    await this.page.mouse.click(box.x + 1, box.y + box.height / 2);
    // Leaving the word first would be wrong if VS Code has just opened a suggestion: Escape closes that.
    await this.page.keyboard.press('Escape');
    const steps = Array.from(word, () => 'Shift+ArrowRight');
    for (const step of steps) await this.page.keyboard.press(step);
    const now = await this.wordBox(lineText, word);
    if (now.x !== box.x || now.y !== box.y) throw new Error(`“${lineText}” has moved meanwhile.`);
  }

  /** Writes text behind the end of a visible line, as it is: no auto-indent, no closing brackets. */
  async appendToLine(lineText: string, text: string): Promise<void> {
    await this.line(lineText).click();
    await this.page.keyboard.press('End');
    await this.page.keyboard.insertText(text);
  }

  /** Saves the active editor and waits until the file is written. */
  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
    await this.page.waitForFunction(() => document.querySelector('.tab.active.dirty') === null);
  }

  /** The text of a file of the workspace on disk. */
  read(name: string): string {
    return fs.readFileSync(path.join(this.workspace, name), 'utf8');
  }

  /** Rests the mouse on a word of a visible line until VS Code shows a hover with content, and answers with it. */
  async hover(lineText: string, word: string): Promise<Locator> {
    const hover = this.page
      .locator('.monaco-resizable-hover .monaco-hover:not(.hidden)') // an editor's; icons have others
      .filter({ has: this.page.locator('.hover-contents') })
      .filter({ hasNotText: /^\s*Loading/ }) // what VS Code says while the hover is made
      .first();
    await this.retry(async timeout => {
      const { x, y, width, height } = await this.wordBox(lineText, word);
      // VS Code reacts to the mouse coming in from elsewhere, not to its being there.
      await this.page.mouse.move(x + width / 2 - 40, Math.max(0, y - 60));
      await this.page.mouse.move(x + width / 2 - 3, y + height / 2);
      await this.page.mouse.move(x + width / 2, y + height / 2, { steps: 3 });
      await hover.waitFor({ state: 'visible', timeout });
    }, 3000);
    return hover;
  }

  /** Accepts the place that a dialog for saving offers, once it ends with `end`. */
  async acceptPlace(end: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    await input.waitFor();
    await this.page.waitForFunction(
      end =>
        document.querySelector<HTMLInputElement>('.quick-input-widget input')?.value.endsWith(end),
      end,
    );
    await input.press('Enter');
  }

  /** A CodeLens with this text. */
  codeLens(text: string): Locator {
    return this.page.locator('.codelens-decoration a', { hasText: text }).first();
  }

  /** The inside of a webview, the first one if several are open. Ask again after its html was set anew. */
  webview(index = 0): Promise<Frame> {
    return webviewIn(this.page, index);
  }

  /** Waits for a notification that contains the text; its buttons are `.locator('.monaco-button')`. */
  async notification(text: string): Promise<Locator> {
    const toast = this.page.locator('.notifications-toasts .notification-toast', { hasText: text });
    await toast.first().waitFor({ state: 'visible' });
    return toast.first();
  }

  /** The texts of the notifications that show now. */
  notifications(): Promise<readonly string[]> {
    return this.page.locator('.notification-toast .notification-list-item-message').allInnerTexts();
  }

  /** Takes all notifications away. */
  async clearNotifications(): Promise<void> {
    await this.run('Notifications: Clear All Notifications');
    await this.page.waitForFunction(() => document.querySelector('.notification-toast') === null);
  }

  /** A status bar item with this text. */
  statusItem(text: string): Locator {
    return this.page.locator('.statusbar-item', { hasText: text }).first();
  }

  /** Chooses a colour theme and waits until the workbench has it; webviews follow a moment later. */
  async theme(label: keyof typeof themes): Promise<void> {
    await this.run('Preferences: Color Theme');
    await this.type(label);
    await this.pick(label);
    await this.page.locator(`.monaco-workbench.${themes[label].workbench}`).waitFor();
  }

  /**
   * Reloads the window as the command does, which lets editors and webviews be saved and restored. Loading the page
   * anew would not: it comes before VS Code has stored them.
   */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load', { timeout: patienceMs });
    await this.run('Developer: Reload Window');
    await loaded;
    // Not `ready`: VS Code does not always bring the side bar back with the explorer.
    await this.page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: patienceMs });
  }

  /** Closes all editors and panels; what is unsaved is asked about by VS Code, so save first. */
  async closeEditors(): Promise<void> {
    await this.run('View: Close All Editors');
    await this.page.waitForFunction(() => document.querySelector('.tab') === null);
  }

  /** Saves what the page shows to out/screenshots/NAME.png and answers with the path. */
  async screenshot(name: string): Promise<string> {
    const file = path.resolve('out/screenshots', `${name.replace(/[^\w.-]+/g, '-')}.png`);
    await this.page.screenshot({ path: file });
    return file;
  }

  /** After a test that failed: takes a picture, and adds to its failure what the window and the server show. */
  async witness(test: Mocha.Test | undefined): Promise<void> {
    if (test?.state !== 'failed') return;
    const picture = await this.screenshot(`failed ${test.title}`).catch(messageOf);
    const shown = await this.page.evaluate(whatShows).catch(messageOf);
    const log = this.serverLog().split('\n').slice(-12).join('\n');
    const text = `The window showed:\n${shown}\nIts picture: ${path.basename(picture)}\nThe server said last:\n${log}`;
    const results = process.env.GIL_SCOPE_RESULTS;
    if (results === undefined) console.log(text);
    else fs.appendFileSync(results, `${JSON.stringify({ kind: 'seen', text })}\n`);
  }

  /** Where a word of a visible line is on the screen, in CSS pixels. */
  async wordBox(lineText: string, word: string): Promise<Box> {
    const box = await this.line(lineText).evaluate(boxOfWord, word);
    if (box === null) throw new Error(`“${word}” is not in the visible line “${lineText}”.`);
    return box;
  }

  private quickInput(): Locator {
    return this.page.locator('.quick-input-widget input.input').first();
  }

  /** A row of the open list. Its aria-label is the label alone, or the label, a comma and details. */
  private row(label: string): Locator {
    const [exact, withDetails] = [label, `${label},`].map(text => JSON.stringify(text));
    return this.page
      .locator(
        `.quick-input-list .monaco-list-row:is([aria-label=${exact}],[aria-label^=${withDetails}])`,
      )
      .first();
  }

  /**
   * Opens the palette with a text typed: `>` commands, nothing before it files. An editor that is just opening takes
   * the focus, which closes the palette: then it is opened again.
   */
  private async openPalette(text: string): Promise<void> {
    await this.retry(async timeout => {
      await this.page.keyboard.press('F1');
      await this.quickInput().fill(text, { timeout });
    }, 3000);
  }

  private async whenOffered(
    title: string,
    act: (timeoutMs: number) => Promise<void>,
  ): Promise<void> {
    await this.retry(async timeout => {
      await this.openPalette(`>${title}`);
      try {
        await act(timeout);
      } catch (error) {
        await this.dismiss();
        throw error;
      }
    }, 1500);
  }

  /** Tries again while an attempt fails, until the patience is used up. `timeoutMs` is for one attempt. */
  private async retry(
    attempt: (timeoutMs: number) => Promise<void>,
    timeoutMs: number,
  ): Promise<void> {
    const giveUpAtMs = performance.now() + patienceMs;
    for (;;) {
      try {
        await attempt(timeoutMs);
        return;
      } catch (error) {
        if (performance.now() > giveUpAtMs) throw error;
      }
    }
  }
}

/** Runs in the page: what a person would tell of a window in which something went wrong. */
function whatShows(): string {
  const texts = (name: string, selector: string): string => {
    const found = [...document.querySelectorAll<HTMLElement>(selector)].map(element =>
      element.innerText.replace(/\s+/g, ' ').trim(),
    );
    return `${name}: ${found.filter(text => text !== '').join(' | ') || 'none'}`;
  };
  const focus = document.activeElement;
  return [
    texts('notifications', '.notification-toast .notification-list-item-message'),
    texts('dialogs', '.monaco-dialog-box'),
    texts('quick input', '.quick-input-widget:not([style*="display: none"])'),
    texts('status bar', '.part.statusbar .statusbar-item'),
    texts('tabs', '.tab'),
    texts('lines with annotations', '.editor-instance .view-line:has(.mtk1)').slice(0, 1500),
    `squiggles: ${document.querySelectorAll('.squiggly-error').length}`,
    `focus: ${focus?.tagName} ${focus?.className}`,
  ].join('\n');
}

/** The inside of a webview of a window, the first one if several are open. */
export async function webviewIn(window: Page, index = 0): Promise<Frame> {
  const outer = window.locator('iframe.webview.ready').nth(index);
  await outer.waitFor({ state: 'attached', timeout: patienceMs });
  const outerFrame = await (await outer.elementHandle()).contentFrame();
  const inner = await outerFrame?.waitForSelector('iframe#active-frame', { state: 'attached' });
  const frame = await inner?.contentFrame();
  if (!frame) throw new Error('The webview was closed while it was being looked for.');
  await frame.waitForLoadState('domcontentloaded');
  return frame;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Runs in the page: the box of the first occurrence of a word in a line that is made of many spans. */
function boxOfWord(line: Element, word: string): Box | null {
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const start = line.textContent.replaceAll('\u00a0', ' ').indexOf(word);
  if (start < 0) return null;
  let passed = 0;
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0;
    const holds = (at: number): boolean => passed <= at && at < passed + length;
    if (holds(start)) range.setStart(node, start - passed);
    if (holds(start + word.length - 1)) range.setEnd(node, start + word.length - passed);
    passed += length;
  }
  const { x, y, width, height } = range.getBoundingClientRect();
  return { x, y, width, height };
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
