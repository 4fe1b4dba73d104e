// What the host and the page of the race lesson say to each other, over a channel of their own.

import { isRecord } from '../core/checks';
import type { PythonRace } from '../core/refcounts/pythonRace';
import type { CountingRun } from '../core/refcounts/refcounts';

/** How things stand with the real run. */
export interface RaceNews {
  readonly running: boolean;
  /** The latest run that came to its end; null if there was none in this window. */
  readonly run: CountingRun | null;
  /** Why the last one did not come to its end; else empty. */
  readonly sentence: string;
  readonly python: PythonNews;
}

/** How things stand with the sample race.py on real Pythons. */
export interface PythonNews {
  /** The interpreter that runs it now; null if none does. */
  readonly running: string | null;
  /** The latest of each Python of this window, the newest last. */
  readonly races: readonly PythonRace[];
  readonly sentence: string;
}

/** What the page asks of the host. */
export interface RaceRequestsToHost {
  /** The page listens. */
  readonly ready: { readonly params: Record<string, never>; readonly result: RaceNews };
  /** Runs the race on real threads; news follow. */
  readonly run: { readonly params: Record<string, never>; readonly result: null };
  /** Runs race.py on the selected Python, or on one that the person is asked for; news follow. */
  readonly runPython: { readonly params: { readonly ask: boolean }; readonly result: null };
  readonly cancelPython: { readonly params: Record<string, never>; readonly result: null };
  readonly cancel: { readonly params: Record<string, never>; readonly result: null };
  /** Opens the sample to try it with a Python. */
  readonly openSample: { readonly params: Record<string, never>; readonly result: null };
}

export interface RaceNoticesToHost {
  /** For the log. */
  readonly log: { readonly message: string };
}

/** Nothing is asked of the page. */
export type RaceRequestsToPage = object;

export interface RaceNoticesToPage {
  readonly news: RaceNews;
}

/** Whether something that was kept on disk is a run that can be shown. */
export function isCountingRun(value: unknown): value is CountingRun {
  if (!isRecord(value)) return false;
  const { threadCount, cores, results } = value as Partial<Record<keyof CountingRun, unknown>>;
  return (
    typeof threadCount === 'number' &&
    typeof cores === 'number' &&
    Array.isArray(results) &&
    results.every(isCountingResult)
  );
}

function isCountingResult(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { method, ...numbers } = value as Record<string, unknown>;
  const names = ['updateCount', 'lostCount', 'objectCount', 'freedInUseCount', 'neverFreedCount'];
  const times = ['nsPerUpdateAlone', 'nsPerUpdateTogether'];
  return (
    typeof method === 'string' &&
    [...names, ...times].every(name => typeof numbers[name] === 'number')
  );
}
