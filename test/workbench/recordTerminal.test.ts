// A recorded program in a real terminal of VS Code: it has a tty, is typed to, is interrupted, and its terminal is
// closed when the file is recorded again. And what a window offers of the recordings of the window before.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { openWorkbench } from '../support/host';
import { whyNotRecordable } from '../support/recordable';
import { skip } from '../support/skip';
import type { Workbench } from '../support/workbench';

/** Tells what its terminal is, asks for a name, and counts until it is interrupted. */
const TALKS = `import json, os, sys

def tell(name, what):
    with open(name + ".part", "w") as file:
        json.dump(what, file)
    os.rename(name + ".part", name)

size = os.get_terminal_size()
tell("terminal.json", {"tty": [s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)], "columns": size.columns})
name = input("name? ")
tell("name.json", name)
try:
    while True:
        sum(range(1000))
except KeyboardInterrupt:
    tell("interrupted.json", True)
    sys.exit(5)
`;

const WAITS = `import threading, time
threading.Thread(target=time.sleep, args=(60,), name="sleeper").start()
print("waits")
`;

describe('recording in a terminal', () => {
  let workbench: Workbench;

  before(async function () {
    const why = whyNotRecordable();
    if (why !== undefined) return skip(this, why);
    workbench = await openWorkbench({
      files: { 'talks.py': TALKS, 'waits.py': WAITS },
      open: 'talks.py',
      settings: { 'terminal.integrated.gpuAcceleration': 'off' }, // its text is in the page then
    });
  });

  after(() => (workbench as Workbench | undefined)?.dispose());

  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  async function told(file: string): Promise<unknown> {
    for (let i = 0; i < 300; i++) {
      if (fs.existsSync(`${workbench.workspace}/${file}`)) return JSON.parse(workbench.read(file));
      await workbench.page.waitForTimeout(100);
    }
    throw new Error(`${file} was never written`);
  }

  /** The recordings that can be opened, as the quick pick lists them. */
  async function namesOffered(): Promise<readonly string[]> {
    await workbench.run('GIL Scope: Open Recent Recording…');
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    const names = (await rows.allInnerTexts()).map(text => text.slice(0, text.indexOf('.py')));
    await workbench.dismiss();
    return names;
  }

  async function recording(file: string): Promise<void> {
    const panel = await workbench.webview();
    await panel.getByText(`Recorded: ${file}`).first().waitFor({ timeout: 60_000 });
  }

  it('gives the program a terminal, with what is typed and its size', async () => {
    await workbench.run('GIL Scope: Record This File');
    const { tty, columns } = (await told('terminal.json')) as { tty: unknown; columns: number };
    assert.deepEqual(tty, [true, true, true]);
    assert.ok(columns > 40, String(columns));
    await recording('talks.py');
    await workbench.page.locator('.terminal.xterm').last().click();
    await workbench.page.keyboard.type('Ann\n');
    assert.equal(await told('name.json'), 'Ann');
  });

  it('lets Ctrl+C reach the program, which ends as it likes', async () => {
    await workbench.page.keyboard.press('Control+c');
    assert.equal(await told('interrupted.json'), true);
    await workbench.notification('Recorded ');
    const rows = workbench.page.locator('.terminal.xterm .xterm-rows').last();
    await rows.filter({ hasText: /ended.with.code.5;.press.any.key/ }).waitFor();
    await workbench.screenshot('interrupted in its terminal');
    await workbench.clearNotifications();
  });

  it('stops by its button; the program runs on, and its verdict is there', async () => {
    await workbench.openFile('waits.py');
    await workbench.run('GIL Scope: Record This File');
    await recording('waits.py');
    const panel = await workbench.webview();
    await panel.locator('.verdict', { hasText: 'Recording.' }).waitFor();
    await panel.locator('.lane-label', { hasText: 'sleeper' }).first().waitFor();
    await workbench.statusItem('Recording: waits.py').waitFor();
    await panel.getByRole('button', { name: 'Stop recording; the program runs on' }).click();
    await workbench.notification('Recorded ');
    await panel.locator('.verdict', { hasText: 'I/O' }).waitFor();
    await panel.locator('.verdict', { hasText: 'Recording.' }).waitFor({ state: 'detached' });
    await workbench.clearNotifications();
  });

  it('is listed with what it came to, and can be opened again', async () => {
    await workbench.run('GIL Scope: Open Recent Recording…');
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    const texts = await rows.allInnerTexts();
    assert.equal(texts.length, 2, texts.join(' | '));
    assert.match(texts[0], /waits\.py[^]* long, \d+ hand-offs · [\d.]+ [kM]?B/);
    assert.match(texts[1], /talks\.py[^]* long, \d+ hand-offs · [\d.]+ [kM]?B/);
    await workbench.screenshot('recent recordings');
    await workbench.pick('talks.py');
    await recording('talks.py');
  });

  it('is offered by the next window when this one was closed before its end', async () => {
    await workbench.run('View: Focus First Editor Group');
    await workbench.run('GIL Scope: Record This File');
    await recording('waits.py');
    // What the panel shows comes back by itself: only another recording is offered.
    await workbench.run('GIL Scope: Open Recent Recording…');
    await workbench.pick('talks.py');
    await recording('talks.py');
    await workbench.reload();
    const offer = await workbench.notification('waits.py went on while the window was closed');
    await workbench.screenshot('offered');
    await offer.locator('.monaco-button', { hasText: 'Show' }).click();
    await recording('waits.py');
    const panel = await workbench.webview();
    await panel.locator('.lane-label', { hasText: 'sleeper' }).first().waitFor();
  });

  it('is thrown away when that is chosen, and its recorder ends', async () => {
    await workbench.run('GIL Scope: Open Recent Recording…');
    await workbench.pick('talks.py');
    await recording('talks.py');
    await workbench.reload();
    const offer = await workbench.notification('waits.py went on while the window was closed');
    await offer.locator('.monaco-button', { hasText: 'Discard' }).click();
    // Its recorder needs a while to end; until then it is on the list.
    let names = await namesOffered();
    for (let i = 0; i < 100 && names.length > 2; i++) names = await namesOffered();
    assert.deepEqual(names, ['waits', 'talks'], 'the one that was stopped before is there');
  });
});
