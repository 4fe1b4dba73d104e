// The browser host of `npm start`: VS Code's server, for this person alone.
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
  const server = await startServer({
    vscode: installVscode(root),
    folders: makeHostFolders(folder, demoSettings),
    port,
  });
  const extension = copyExtension(root, folder);
  const place = { folder: workspace, extension, ...(file ? { file } : {}) };
  return { ...server, url: workbenchUrl(server, place) };
}
