// The extension in development mode, seen through links from a folder of its own.
//
// VS Code chooses the colour theme of an extension under development, and takes every theme below that extension's
// folder for one of its own. Our VS Code lies below the project's folder, and so all its themes did: whatever the
// settings said, the workbench came up in the first of them (Light+).
import fs from 'node:fs';
import path from 'node:path';

/** What an extension needs at run time. */
const files = ['package.json', 'README.md', 'LICENSE'];
const folders = ['dist', 'media'];

/**
 * @param {string} root the folder with package.json
 * @param {string} folder where `extension` is made
 * @returns {string} the folder to give to VS Code; a new build shows after a reload of the window
 */
export function linkExtension(root, folder) {
  const extension = path.join(folder, 'extension');
  fs.mkdirSync(extension, { recursive: true });
  for (const name of files) fs.copyFileSync(path.join(root, name), path.join(extension, name));
  for (const name of folders) {
    fs.symlinkSync(path.join(root, name), path.join(extension, name), 'junction');
  }
  return extension;
}
