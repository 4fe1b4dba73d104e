// The words of the `# gil:` language: what each takes, within which bounds, and what people write instead.

import { MAX_WRITTEN_NS, NS_PER_S, NS_PER_US, type Nanoseconds } from '../../core/units';

/** The words that say what a line costs. */
export const COST_WORDS = ['compute', 'releases', 'holds', 'io', 'sleep'] as const;
export type CostWord = (typeof COST_WORDS)[number];

export const WORDS = [...COST_WORDS, 'threads', 'repeat', 'lock', 'machine'] as const;
export type AnnotationWord = (typeof WORDS)[number];

/** What `machine` can set. */
export const SETTINGS = ['cores', 'interval', 'seed'] as const;
export type SettingWord = (typeof SETTINGS)[number];

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** More lanes than this make no picture. */
export const THREAD_BOUNDS: Bounds = { least: 1, most: 1_000 };
export const CORE_BOUNDS: Bounds = { least: 1, most: 1_024 };
export const REPEAT_BOUNDS: Bounds = { least: 1, most: 1_000_000 };
export const SEED_BOUNDS: Bounds = { least: 0, most: 0xffff_ffff };
/** `sys.setswitchinterval` takes more, but CPython's clock does not follow below 1 µs, and nobody waits above 10 s. */
export const INTERVAL_BOUNDS_NS: Bounds = { least: NS_PER_US, most: 10 * NS_PER_S };
export const COST_BOUNDS_NS: Bounds = { least: 0, most: MAX_WRITTEN_NS };

/** The most steps and turns at the lock that one run may have, all threads and repetitions together. */
export const MAX_TURNS = 5_000_000;
/** The longest time that all threads together may work: the clock of a trace stays exact far beyond it. */
export const MAX_WORK_NS: Nanoseconds = 24 * 3600 * NS_PER_S;

export function isWord(text: string): text is AnnotationWord {
  return WORDS.some(word => word === text);
}

export function isCostWord(text: string): text is CostWord {
  return COST_WORDS.some(word => word === text);
}

export function isSetting(text: string): text is SettingWord {
  return SETTINGS.some(word => word === text);
}

/** What people write who have not read the page. */
const OTHER_NAMES: Readonly<Partial<Record<string, string>>> = {
  cpu: 'compute',
  python: 'compute',
  bytecode: 'compute',
  run: 'compute',
  work: 'compute',
  release: 'releases',
  released: 'releases',
  nogil: 'releases',
  native: 'releases',
  hold: 'holds',
  held: 'holds',
  keeps: 'holds',
  wait: 'io',
  blocks: 'io',
  block: 'io',
  network: 'io',
  disk: 'io',
  loop: 'repeat',
  times: 'repeat',
  thread: 'threads',
  workers: 'threads',
  processes: 'threads',
  mutex: 'lock',
  cores: 'machine',
  interval: 'machine',
  seed: 'machine',
  core: 'cores',
  cpus: 'cores',
  switchinterval: 'interval',
};

/** The word that was probably meant, or undefined if none is near. */
export function nearestWord<Word extends string>(
  text: string,
  words: readonly Word[],
): Word | undefined {
  const lower = text.toLowerCase();
  const known = OTHER_NAMES[lower];
  const named = words.find(word => word === lower || word === known);
  if (named) return named;
  if (lower.length >= 3) {
    const begun = words.find(word => word.startsWith(lower));
    if (begun) return begun;
  }
  const tries = words.map(word => ({ word, distance: editDistance(lower, word) }));
  const best = tries.reduce((a, b) => (b.distance < a.distance ? b : a));
  return best.distance <= Math.max(1, Math.floor(best.word.length / 3)) ? best.word : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours; texts longer than 20 are taken as far apart. */
function editDistance(a: string, b: string): number {
  if (a.length > 20) return a.length;
  const rows = [[...Array(b.length + 1).keys()]];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? rows[i - 2][j - 2] + 1
          : Infinity;
      row.push(Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, replaced, swapped));
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
