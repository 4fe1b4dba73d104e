// Pairs of real programs: one as it is, and the same one with a change. Each program takes `before` or `after`, and its
// first line names the change:
//
//   # pair: processes fork | interval 0.5ms | threads 4 | lock | together [N] | release | pieces
//
// `release` and `pieces` mean the line that ends with a comment `here`, `lock` the lock called LOCK.

import fs from 'node:fs';
import path from 'node:path';

import type { WhatIf } from '../../src/core/replay/change';
import { parseDuration } from '../../src/core/units';

export interface Pair {
  readonly name: string;
  readonly file: string;
  readonly changes: readonly WhatIf[];
  /** Nothing was tuned on it. */
  readonly isKeptAside: boolean;
}

const FOLDER = path.join('test', 'whatif', 'programs');
const KEPT_ASIDE = /^# kept aside$/m;

/** All pairs of the folder, by name. */
export function readPairs(): readonly Pair[] {
  return fs
    .readdirSync(FOLDER)
    .filter(name => name.endsWith('.py'))
    .flatMap(name => {
      const file = path.join(FOLDER, name);
      const text = fs.readFileSync(file, 'utf8');
      const words = /^# pair: (.*)$/m.exec(text)?.[1].split(' ');
      if (!words) return [];
      const changes = changesOf(words, text);
      return [{ name: name.slice(0, -3), file, changes, isKeptAside: KEPT_ASIDE.test(text) }];
    });
}

function changesOf([kind, value = '']: readonly string[], text: string): readonly WhatIf[] {
  const line = text.split('\n').findIndex(row => row.endsWith('# here')) + 1;
  switch (kind) {
    case 'processes':
      return [{ kind: 'runtime', runtime: `processes-${value}` }];
    case 'interval': {
      const duration = parseDuration(value);
      return [{ kind: 'interval', switchIntervalNs: duration.ok ? duration.ns : 0 }];
    }
    case 'threads':
      return [{ kind: 'threads', count: Number(value) }];
    case 'lock':
      return [{ kind: 'lock', lock: 'LOCK', how: 'not-over-io' }];
    case 'together':
      return [
        { kind: 'together' },
        ...(value === '' ? [] : [{ kind: 'threads', count: Number(value) } as const]),
      ];
    case 'release':
      return [{ kind: 'release', file: '', line }];
    case 'pieces':
      return [{ kind: 'pieces', file: '', line, ns: 1_000_000 }];
    default:
      throw new Error(`there is no pair of kind ${kind}`);
  }
}
