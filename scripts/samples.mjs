// The samples, copied: who tries the extension, person or test, may edit and save without changing the project.
import fs from 'node:fs';
import path from 'node:path';

/** The sample that a first look opens. */
export const firstSample = 'cpu_bound.py';

/**
 * @param {string} root the folder with package.json
 * @param {string} folder where `samples` is made
 * @returns {string} the folder with the copies
 */
export function copySamples(root, folder) {
  const samples = path.join(folder, 'samples');
  fs.cpSync(path.join(root, 'media/samples'), samples, { recursive: true });
  return samples;
}
