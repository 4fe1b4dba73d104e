// The extension in development mode, copied to a folder of its own.
//
// VS Code chooses the colour theme of an extension under development, and takes every theme below that extension's
// folder for one of its own. Our VS Code lies below the project's folder, and so all its themes did: whatever the
// settings said, the workbench came up in the first of them (Light+). Links instead of copies do not help: VS Code
// knows an extension by the real path of its code, and an unknown extension's messages lose their buffers.
import fs from 'node:fs';
import path from 'node:path';

/** What an extension needs at run time. */
const parts = ['package.json', 'README.md', 'LICENSE', 'dist', 'docs', 'media'];

/**
 * @param {string} root the folder with package.json
 * @param {string} folder where `extension` is made
 * @returns {string} the folder to give to VS Code
 */
export function copyExtension(root, folder) {
  const extension = path.join(folder, 'extension');
  for (const name of parts) {
    fs.cpSync(path.join(root, name), path.join(extension, name), { recursive: true });
  }
  return extension;
}
