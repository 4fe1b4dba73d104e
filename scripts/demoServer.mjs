// The browser host of `npm start`: VS Code's server, for this person alone.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { copyExtension } from './copiedExtension.mjs';
import { installVscode } from './vscodeInstall.mjs';
import { makeHostFolders, startServer, workbenchUrl } from './vscodeServer.mjs';
import { demoSettings } from './vscodeSettings.mjs';

/**
 * @param {import('./start.mjs').Demo} demo
 * @param {number} port 0 for any free one
 * @returns {Promise<import('./vscodeServer.mjs').VscodeServer & { url: string }>}
 */
export async function startDemoServer({ root, folder, workspace, file }, port) {
  // Whoever has the token may edit files and run code as this person: it is random, and it stands in a file because
  // arguments can be read by everybody on the machine.
  const token = randomBytes(16).toString('hex');
  const tokenFile = path.join(folder, 'token');
  fs.writeFileSync(tokenFile, token, { mode: 0o600 });
  const server = await startServer({
    vscode: installVscode(root),
    folders: makeHostFolders(folder, demoSettings),
    port,
    tokenFile,
  });
  const extension = copyExtension(root, folder);
  const place = { folder: workspace, extension, token, ...(file ? { file } : {}) };
  return { ...server, url: workbenchUrl(server.port, place) };
}
