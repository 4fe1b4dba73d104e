// Runs the extension tests in the browser host: VS Code's server with a headless Chromium as its window.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endOnSignals } from './processes.mjs';
import { launchChromium } from './chromium.mjs';
import { copyExtension } from './copiedExtension.mjs';
import { installVscode } from './vscodeInstall.mjs';
import { makeHostFolders, startServer, workbenchUrl } from './vscodeServer.mjs';
import { testSettings } from './vscodeSettings.mjs';
import { copySamples } from './samples.mjs';

/** @returns {Promise<number>} the exit code */
export async function main() {
  endOnSignals();
  const root = process.cwd();
  const vscode = installVscode(root);
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'gil-scope-'));
  const server = await startServer({ vscode, folders: makeHostFolders(folder, testSettings) });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const outcome = outcomeOf(page, server);
    await page.goto(
      workbenchUrl(server, {
        folder: copySamples(root, folder),
        extension: copyExtension(root, folder),
        tests: path.join(root, 'scripts/extensionHostTests.cjs'),
      }),
    );
    const { code, problem } = await outcome;
    // What kept the tests from running to their end stands in the server's log and nowhere else.
    if (problem) console.error(`${problem}\n${server.log()}`);
    return code;
  } finally {
    await browser.close();
    await server.end();
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Resolves when the tests are over, with a sentence if something else than a test went wrong. VS Code reports success
 * even when its extension host has crashed, so the host's own end counts too.
 * @param {import('playwright-core').Page} page
 * @param {import('./vscodeServer.mjs').VscodeServer} server
 * @returns {Promise<{ code: number, problem?: string | undefined }>}
 */
function outcomeOf(page, server) {
  return new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ problem) => resolve({ code: 1, problem });
    page.on('crash', () => fail('The page of VS Code crashed.'));
    page.on('close', () => fail('The page of VS Code was closed.'));
    void server.ended.then(() => fail('The VS Code server ended.'));
    setInterval(() => {
      const crash = hostCrash(server.log());
      if (crash) fail(crash);
    }, 500).unref();
    // VS Code calls these when it runs tests in a browser.
    const exposed = [
      page.exposeFunction('codeAutomationLog', () => undefined),
      page.exposeFunction('codeAutomationExit', (/** @type {number} */ code) => {
        const problem = hostCrash(server.log());
        resolve(problem ? { code: 1, problem } : { code });
      }),
    ];
    Promise.all(exposed).catch(reject);
  });
}

/** @param {string} log @returns {string | undefined} */
function hostCrash(log) {
  const exits = log.matchAll(/Extension Host Process exited with code: (\S+), signal: (\w+)/g);
  const crash = [...exits].find(([, code, signal]) => code !== '0' || signal !== 'null');
  return crash && `The extension host ended with code ${crash[1]}, signal ${crash[2]}.`;
}
