// `npm start` as a person meets it: the address it prints, the sample it opens, what it leaves behind.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../scripts/chromium.mjs';
import { makeTemporaryFolder } from '../support/temporaryFolder';

/** What a run of `npm start` has printed, and how it ends. */
interface Run {
  readonly process: ChildProcess;
  readonly printed: () => string;
  readonly code: Promise<number | null>;
  /** Resolves with the first match in what is printed; rejects if the program ends without it. */
  waitFor(pattern: RegExp): Promise<string>;
}

function npmStart(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, ['scripts/bootstrap.cjs', 'start', ...args], {
    env: { ...process.env, ...env },
  });
  let text = '';
  const listeners = new Set<() => void>();
  const read = (chunk: Buffer): void => {
    text += String(chunk);
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const code = new Promise<number | null>(resolve => child.once('close', resolve));
  const waitFor = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text);
        if (match) resolve(match[0]);
      };
      listeners.add(look);
      look();
      void code.then(() => reject(new Error(`It ended without ${String(pattern)}:\n${text}`)));
    });
  return { process: child, printed: () => text, code, waitFor };
}

describe('npm start', () => {
  const temporary = makeTemporaryFolder();
  let run: Run | undefined;
  let browser: Browser | undefined;

  afterEach(async () => {
    await browser?.close();
    run?.process.kill('SIGINT');
    await run?.code;
  });
  after(() => temporary.dispose());

  it('serves VS Code with the extension and the first sample to who has the token, and ends on Ctrl+C', async () => {
    run = npmStart(['--browser', '--no-open']);
    const url = await run.waitFor(/http:\/\/127\.0\.0\.1:\d+\/\S+/);
    const folder = new URL(url).searchParams.get('folder') ?? '';
    browser = await launchChromium();

    const stranger = await fetch(new URL('/', url));
    assert.equal(stranger.status, 403);

    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForSelector('.tab.active[data-resource-name="cpu_bound.py"]', {
      timeout: 60_000,
    });
    // The sample is a copy: saving it changes nothing of the project.
    assert.ok(fs.existsSync(path.join(folder, 'cpu_bound.py')));
    assert.ok(!folder.startsWith(process.cwd()));
    // A button of ours in the editor's title: the extension was loaded from the project.
    await page.locator('.editor-actions [aria-label*="GIL"]').first().waitFor();
    await page.screenshot({ path: 'out/screenshots/start.png' });

    run.process.kill('SIGINT');
    assert.equal(await run.code, 130);
    assert.ok(!fs.existsSync(folder), 'the copy of the samples is still there');
    await assert.rejects(fetch(url), 'the server still answers');
  });

  it('hands the address to the browser by a page that nobody else can read, and in no argument', async function () {
    if (process.platform !== 'linux') return; // elsewhere the opener is a part of the system
    const record = path.join(temporary.folder, 'opened');
    standIn(
      'xdg-open',
      temporary.folder,
      `printf '%s\\n' "$@" > '${record}.new'; mv '${record}.new' '${record}'`,
    );
    run = npmStart(['--browser'], {
      PATH: `${temporary.folder}:${process.env.PATH ?? ''}`,
      DISPLAY: ':0',
    });
    await run.waitFor(/Ctrl\+C/);
    while (!fs.existsSync(record)) await new Promise(resolve => setTimeout(resolve, 20));
    const [page, ...others] = fs.readFileSync(record, 'utf8').trim().split('\n');
    assert.deepEqual(others, []);
    const file = fileURLToPath(page);
    const token = /tkn=([\w-]+)/.exec(fs.readFileSync(file, 'utf8'))?.[1] ?? '';
    assert.match(token, /^[\w-]{16,}$/);
    assert.ok(!page.includes(token));
    assert.equal(fs.statSync(file).mode & 0o077, 0, 'the page is for its owner alone');
    assert.equal(fs.statSync(path.dirname(file)).mode & 0o077, 0, 'and so is its folder');
    const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    assert.ok(!stdout.includes(token), 'an argument of a process has the token');
  });

  it('opens a desktop VS Code that is on the PATH, in a profile of its own', async function () {
    if (process.platform === 'win32') return;
    const record = path.join(temporary.folder, 'arguments');
    standInForCode(temporary.folder, record, '1.105.0');
    run = npmStart([], {
      PATH: `${temporary.folder}:${process.env.PATH ?? ''}`,
      DISPLAY: ':0',
      VSCODE_IPC_HOOK_CLI: '',
    });
    await run.waitFor(/Ctrl\+C ends it/);
    assert.equal(await run.code, 0); // the stand-in closes at once, as a person may
    const args = fs.readFileSync(record, 'utf8').split('\n');
    assert.ok(args.includes(`--extensionDevelopmentPath=${process.cwd()}`));
    assert.match(args[args.indexOf('--user-data-dir') + 1] ?? '', /gil-scope-\w+.user$/);
    assert.match(args.filter(Boolean).at(-1) ?? '', /samples.cpu_bound\.py$/);
  });

  it('takes the browser when the desktop VS Code is too old for the extension', async function () {
    if (process.platform === 'win32') return;
    standInForCode(temporary.folder, path.join(temporary.folder, 'arguments'), '1.99.3');
    run = npmStart(['--no-open'], {
      PATH: `${temporary.folder}:${process.env.PATH ?? ''}`,
      DISPLAY: ':0',
      VSCODE_IPC_HOOK_CLI: '',
    });
    await run.waitFor(/The installed VS Code \(1\.99\.3\) is older than 1\.100/);
    await run.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
  });

  it('says in one sentence that a port is in use', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => other.once('listening', resolve));
    const address = other.address();
    assert.ok(address !== null && typeof address === 'object');
    run = npmStart(['--port', String(address.port)]);
    assert.equal(await run.code, 1);
    assert.equal(
      run.printed(),
      `Port ${address.port} is in use. Choose another with --port, or leave it out to get a free one.\n`,
    );
    other.close();
  });

  it('says in one sentence what is wrong with an option', async () => {
    run = npmStart(['--port', 'eighty']);
    assert.equal(await run.code, 1);
    assert.equal(run.printed(), '--port takes a number from 1 to 65535, not “eighty”.\n');
  });
});

/** A program named `code` that tells its version, and else notes its arguments and ends. */
function standInForCode(folder: string, record: string, version: string): void {
  const telling = `if [ "$1" = --version ]; then echo ${version}; exit; fi`;
  standIn('code', folder, `${telling}\nprintf '%s\\n' "$@" > '${record}'`);
}

function standIn(name: string, folder: string, script: string): void {
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
