import fs from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';

/** Builds the command line and its recorder below a folder, as in a package; the file to run. */
export function buildCommandLine(folder: string): string {
  esbuild.buildSync({
    entryPoints: { cli: 'src/cli/index.ts', recorder: 'src/engines/recorder/recorder.ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    outdir: path.join(folder, 'dist'),
    loader: { '.py': 'text' },
    logLevel: 'error',
  });
  fs.copyFileSync('package.json', path.join(folder, 'package.json'));
  return path.join(folder, 'dist/cli.js');
}
