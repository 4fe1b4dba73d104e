// Recording with arguments, of a process that runs, and what is left of a recording after a reload and after a crash.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { openWorkbench } from '../support/host';
import { whyNotRecordable } from '../support/recordable';
import { skip } from '../support/skip';
import type { Workbench } from '../support/workbench';

/** Counts in two threads for as many seconds as its first argument says, and writes down what it was given. */
const JOBS = `import json, os, sys, threading, time

def count(end):
    total = 0
    while time.monotonic() < end:
        for i in range(10_000):
            total += i * i % 7

if __name__ == "__main__":
    with open("given.json", "w") as file:
        json.dump({"args": sys.argv[1:], "level": os.environ.get("LEVEL")}, file)
    end = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 1)
    for i in range(2):
        threading.Thread(target=count, args=(end,), name=f"job-{i}").start()
    print("started with", sys.argv[1:])
`;

describe('recordings in the editor', () => {
  let workbench: Workbench;

  before(async function () {
    const why = whyNotRecordable();
    if (why !== undefined) return skip(this, why);
    workbench = await openWorkbench({
      files: { 'jobs.py': JOBS, 'long.py': JOBS },
      open: 'jobs.py',
    });
  });

  after(() => (workbench as Workbench | undefined)?.dispose());

  afterEach(async function () {
    await workbench.witness(this.currentTest);
  });

  async function given(file: string): Promise<unknown> {
    for (let i = 0; i < 100; i++) {
      try {
        return JSON.parse(workbench.read(file));
      } catch {
        await workbench.page.waitForTimeout(200);
      }
    }
    throw new Error(`${file} was never written`);
  }

  /** The panel shows a recording of which this is a thread. */
  async function lane(name: string): Promise<void> {
    const panel = await workbench.webview();
    await panel.locator('.lane-label', { hasText: name }).first().waitFor({ timeout: 60_000 });
  }

  async function recordingOf(file: string): Promise<void> {
    const panel = await workbench.webview();
    await panel.getByText(`Recorded: ${file}`).first().waitFor({ timeout: 60_000 });
  }

  it('begin at a lens above the place where the program does, with arguments that are remembered', async () => {
    await workbench.codeLens('with arguments…').click();
    await workbench.type('LEVEL=seven 1.5 "two words" --flag');
    await workbench.page.keyboard.press('Enter');
    await lane('job-0');
    assert.deepEqual(await given('given.json'), {
      args: ['1.5', 'two words', '--flag'],
      level: 'seven',
    });
    await workbench.notification('hand-offs counted');
    fs.rmSync(`${workbench.workspace}/given.json`);
    await workbench.clearNotifications();
    await workbench.codeLens('Record').click();
    await lane('job-1');
    assert.deepEqual(await given('given.json'), {
      args: ['1.5', 'two words', '--flag'],
      level: 'seven',
    });
    await workbench.notification('hand-offs counted');
  });

  it('say behind a line how long it made others wait', async () => {
    await workbench.page.waitForFunction(
      () =>
        [...document.querySelectorAll('.view-lines .view-line span')].some(span =>
          /held .* waited .* made others wait /.test(getComputedStyle(span, '::after').content),
        ),
      undefined,
      { timeout: 60_000 },
    );
    await workbench.screenshot('made others wait');
  });

  it('come back when the window is opened again', async () => {
    await workbench.clearNotifications();
    await workbench.reload();
    await lane('job-1');
    const panel = await workbench.webview();
    await panel.getByText('Recorded: jobs.py').first().waitFor();
  });

  it('are made of a process that a person chooses from those that run', async () => {
    await workbench.clearNotifications();
    const program =
      'import threading, time; threading.Thread(target=time.sleep, args=(60,), name="sleeper").start()';
    const child = spawn('python3', ['-c', program], { stdio: 'ignore' });
    try {
      await workbench.run('GIL Scope: Record Process by ID…');
      await workbench.type('target=time.sleep');
      await workbench.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
      await workbench.screenshot('processes');
      await workbench.page.keyboard.press('Enter');
      await lane('sleeper');
    } finally {
      child.kill('SIGKILL');
    }
    await workbench.notification('the GIL never went from one thread to another');
  });

  it('go on while the extension host is killed and comes back, and nothing is lost', async () => {
    await workbench.clearNotifications();
    await workbench.openFile('long.py');
    await workbench.run('GIL Scope: Record This File with Arguments…');
    await workbench.type('40');
    await workbench.page.keyboard.press('Enter');
    await recordingOf('long.py');
    await lane('job-0');
    const hosts = extensionHostsOf(workbench);
    assert.ok(hosts.length > 0);
    for (const pid of hosts) process.kill(pid, 'SIGKILL');
    await workbench.reload();
    await recordingOf('long.py');
    await lane('job-0');
    const toast = workbench.page.locator('.notification-toast', { hasText: 'hand-offs counted' });
    await toast.first().waitFor({ timeout: 90_000 }); // the program takes 40 s
    await workbench.screenshot('after a crash');
    const panel = await workbench.webview();
    // All of it, from before the crash to the end of the program.
    await panel.locator('body', { hasText: /4\d\.\d+ s/ }).waitFor();
  });
});

/** The extension hosts of the server that serves this workbench: its name stands in their command line or a parent's. */
function extensionHostsOf({ workspace }: Workbench): number[] {
  const folder = workspace.split('/').slice(0, -1).join('/');
  const commandOf = (pid: string): string => read(`/proc/${pid}/cmdline`);
  const parentOf = (pid: string): string =>
    /^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '0';
  return fs.readdirSync('/proc').flatMap(pid => {
    if (!/^\d+$/.test(pid) || !commandOf(pid).includes('type=extensionHost')) return [];
    for (let at = pid; at !== '0'; at = parentOf(at)) {
      if (commandOf(at).includes(folder)) return [Number(pid)];
    }
    return [];
  });
}

/** What is in a file of /proc; nothing if the process has just ended. */
function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
