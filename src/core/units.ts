// Times, and the only place that reads them from text or prints them.

/** A time or a duration: a whole number of nanoseconds since the start of the trace, exact up to 2^53 (104 days). */
export type Nanoseconds = number;

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

/** The longest time that a person may write: one hour. Longer work would only make a picture nobody can read. */
export const MAX_WRITTEN_NS = 3600 * NS_PER_S;

export type ParsedDuration =
  | { readonly ok: true; readonly ns: Nanoseconds }
  | { readonly ok: false; readonly problem: string };

const UNITS: Readonly<Partial<Record<string, number>>> = {
  ns: 1,
  us: NS_PER_US,
  µs: NS_PER_US,
  μs: NS_PER_US,
  ms: NS_PER_MS,
  s: NS_PER_S,
};

const DURATION = /^([+-]?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\s*([a-zµμ]*)$/i;

/**
 * Reads `5ms`, `0.5 s`, `200us`, `1_000 ns`. A unit is required: a bare number would be a guess.
 * Range: 0 up to one hour ({@link MAX_WRITTEN_NS}); rounded to whole nanoseconds.
 */
export function parseDuration(text: string): ParsedDuration {
  const match = DURATION.exec(text.trim());
  if (!match) {
    return { ok: false, problem: `expected a time such as 5ms or 0.2s, got “${text.trim()}”` };
  }
  const unit = UNITS[match[2].toLowerCase()];
  if (unit === undefined) {
    const got = match[2] === '' ? `“${text.trim()}” without one` : `“${match[2]}”`;
    return { ok: false, problem: `expected a unit (ns, us, ms or s), got ${got}` };
  }
  const ns = Math.round(Number(match[1].replaceAll('_', '')) * unit);
  if (ns < 0) {
    return { ok: false, problem: `expected a time of 0 or more, got ${text.trim()}` };
  }
  if (!(ns <= MAX_WRITTEN_NS)) {
    return { ok: false, problem: `expected at most one hour, got ${text.trim()}` };
  }
  return { ok: true, ns };
}

/** A time or number split into its figure and its unit, so that a page can set them in different type. */
export interface Figure {
  readonly value: string;
  readonly unit: string;
}

/** Splits a duration for people: three significant digits, in the largest unit that leaves a figure of 1 or more. */
export function durationFigure(ns: Nanoseconds): Figure {
  const size = Math.abs(ns);
  if (size >= 0.9995 * NS_PER_S) return { value: threeDigits(ns / NS_PER_S), unit: 's' };
  if (size >= 0.9995 * NS_PER_MS) return { value: threeDigits(ns / NS_PER_MS), unit: 'ms' };
  if (size >= 0.9995 * NS_PER_US) return { value: threeDigits(ns / NS_PER_US), unit: 'µs' };
  return { value: String(Math.round(ns)), unit: 'ns' };
}

/** Prints a duration for people: `5.12 ms`, `640 µs`, `2.1 s`. Use where the reader needs a size, not every digit. */
export function formatDuration(ns: Nanoseconds): string {
  const { value, unit } = durationFigure(ns);
  return `${value} ${unit}`;
}

/** Prints how long ago something was, in the unit in which people say it: `just now`, `40 s ago`, `3 days ago`. */
export function formatAgo(ns: Nanoseconds): string {
  const seconds = ns / NS_PER_S;
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  const minutes = seconds / 60;
  if (minutes < 60) return `${Math.floor(minutes)} min ago`;
  const hours = minutes / 60;
  if (hours < 24) return `${Math.floor(hours)} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

/** Prints the size of a file: `640 kB`, `1.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${threeDigits(bytes / 1000 ** power)} ${units[power]}`;
}

/** Prints a share between 0 and 1 as whole per cent; what is not zero is never shown as zero. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.005) return '<1 %';
  return `${Math.round(share * 100)} %`;
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const text = value.toFixed(decimals);
  return decimals === 0 ? text : text.replace(/\.?0+$/, '');
}
