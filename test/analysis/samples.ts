// The samples as they ship.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const SAMPLE_FOLDER = path.resolve('media', 'samples');

export interface Sample {
  readonly name: string;
  readonly path: string;
  readonly source: string;
}

export function readSamples(): readonly Sample[] {
  return readdirSync(SAMPLE_FOLDER)
    .filter(name => name.endsWith('.py'))
    .sort()
    .map(name => {
      const file = path.join(SAMPLE_FOLDER, name);
      return { name, path: file, source: readFileSync(file, 'utf8') };
    });
}
