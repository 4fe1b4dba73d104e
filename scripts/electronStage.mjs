// Runs the extension tests in a desktop VS Code, which @vscode/test-electron downloads (or VSCODE_EXECUTABLE names).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { copySamples } from './samples.mjs';
import { messageOf } from './userError.mjs';
import { makeHostFolders } from './vscodeServer.mjs';
import { testSettings } from './vscodeSettings.mjs';

/** @returns {Promise<number>} the exit code */
export async function main() {
  const root = process.cwd();
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'gil-scope-'));
  const { user, extensions } = makeHostFolders(folder, testSettings);
  const installed = process.env['VSCODE_EXECUTABLE'];
  try {
    return await runTests({
      ...(installed ? { vscodeExecutablePath: installed } : {}),
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(root, 'scripts/extensionHostTests.cjs'),
      launchArgs: [
        copySamples(root, folder),
        ...['--user-data-dir', user, '--extensions-dir', extensions, '--disable-workspace-trust'],
      ],
    });
  } catch (error) {
    console.error(
      `The tests in desktop VS Code did not pass or did not start (${messageOf(error)}). They need a VS Code that can be ` +
        'downloaded, or VSCODE_EXECUTABLE set to an installed one; `npm run test:extension` needs neither.',
    );
    return 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
