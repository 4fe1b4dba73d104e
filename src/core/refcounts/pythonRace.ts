// What the sample race.py printed when a real Python ran it.

import { isRecord } from '../checks';

/** How many additions were missing in the end, for each way to add. */
export interface PythonRace {
  /** `CPython 3.12.1`. */
  readonly python: string;
  readonly gil: boolean;
  readonly threads: number;
  /** By each thread. */
  readonly additions: number;
  readonly ways: readonly PythonRaceWay[];
}

export interface PythonRaceWay {
  /** `x += 1`, as the program calls it. */
  readonly name: string;
  readonly missing: number;
}

/** Reads the program's output; undefined if it is not that. */
export function readPythonRace(output: string): PythonRace | undefined {
  const head = /^(\S+ \d\S*), GIL (on|off)$/m.exec(output);
  const size = /^(\d+) threads add ([\d,]+) times each; missing in the end:$/m.exec(output);
  const ways = [...output.matchAll(/^ {2}(.+?): +([\d,]+)$/gm)].map(([, name, missing]) => ({
    name,
    missing: numberOf(missing),
  }));
  if (!head || !size || ways.length === 0) return undefined;
  return {
    python: head[1],
    gil: head[2] === 'on',
    threads: Number(size[1]),
    additions: numberOf(size[2]),
    ways,
  };
}

/** Of each Python the latest race, the newest last. */
export function mergeRaces(
  races: readonly PythonRace[],
  newer: readonly PythonRace[],
): readonly PythonRace[] {
  const isAgain = ({ python, gil }: PythonRace): boolean =>
    newer.some(one => one.python === python && one.gil === gil);
  return [...races.filter(race => !isAgain(race)), ...newer];
}

/** Whether something that was kept on disk is one that can be shown. */
export function isPythonRace(value: unknown): value is PythonRace {
  if (!isRecord(value)) return false;
  const race = value as Partial<Record<keyof PythonRace, unknown>>;
  return (
    typeof race.python === 'string' &&
    typeof race.gil === 'boolean' &&
    typeof race.threads === 'number' &&
    typeof race.additions === 'number' &&
    Array.isArray(race.ways) &&
    race.ways.every(isWay)
  );
}

function isWay(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, missing } = value as Partial<Record<keyof PythonRaceWay, unknown>>;
  return typeof name === 'string' && typeof missing === 'number';
}

/** What to make of it: what was lost, and how sure that is. */
export function describePythonRace({ python, gil, threads, additions, ways }: PythonRace): string {
  const lost = ways.filter(({ missing }) => missing > 0);
  const kept = ways.filter(({ missing }) => missing === 0);
  const each = `${threads} threads, ${additions.toLocaleString('en')} additions each`;
  const parts = [
    ...lost.map(
      ({ name, missing }) =>
        `“${name}” lost ${((missing / (threads * additions)) * 100).toFixed(1)} %`,
    ),
    ...kept.map(({ name }) => `“${name}” lost nothing in this run`),
  ];
  const without = gil ? '' : ' without a GIL';
  return `${python}${without} (${each}): ${parts.join(', ')}.`;
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''));
}
