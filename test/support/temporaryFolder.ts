// Folders for tests to write in.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A new folder below the system's folder for temporary files. Whoever makes it disposes it. */
export function makeTemporaryFolder(): { readonly folder: string; dispose(): void } {
  // The real path: on macOS the temporary folder is a link, and VS Code answers with the real one.
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'gil-scope-'));
  return {
    folder,
    dispose: () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
