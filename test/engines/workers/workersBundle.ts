// The workers' bundle for tests, built anew from the sources as they are.

import path from 'node:path';
import * as esbuild from 'esbuild';
import { WorkersEngine, type WorkersOptions } from '../../../src/engines/workers';
import { makeTemporaryFolder } from '../../support/temporaryFolder';

/** Bundles a TypeScript file of the project for Node; returns where it is. Whoever makes it disposes it. */
export async function bundleOf(
  entry: string,
): Promise<{ readonly file: string; readonly dispose: () => void }> {
  const temporary = makeTemporaryFolder();
  const file = path.join(temporary.folder, 'bundle.js');
  await esbuild.build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    loader: { '.py': 'text' },
    logLevel: 'warning',
  });
  return { file, dispose: () => temporary.dispose() };
}

/** An engine with a bundle of its own. Whoever makes it disposes it. */
export async function makeEngine(options: Omit<WorkersOptions, 'bundle'> = {}): Promise<{
  readonly engine: WorkersEngine;
  readonly bundle: string;
  readonly dispose: () => Promise<void>;
}> {
  const { file, dispose } = await bundleOf('src/engines/workers/worker.ts');
  const engine = new WorkersEngine({ ...options, bundle: file });
  return {
    engine,
    bundle: file,
    async dispose() {
      await engine.dispose();
      dispose();
    },
  };
}
