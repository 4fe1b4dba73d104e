// What a probe of a call measured on a Python: whether another thread got the GIL while the call ran, and for how much of
// it. Reads the figures, which come from outside, and says them in words beside what the data claims.

import { isRecord } from '../checks';
import { UserError } from '../errors';
import { formatDuration, NS_PER_S, type Nanoseconds } from '../units';

/** One case of a probe, as measured. */
export interface ProbedCase {
  readonly label: string;
  /** Mean time of the call; 0 if it could not be measured. */
  readonly callNs: Nanoseconds;
  /** Share of the call during which another thread could have the GIL, 0 to 1. A loaded machine makes it smaller. */
  readonly share: number;
  /** Why it was not measured, such as a module that is not there; else empty. */
  readonly missing: string;
}

export interface ProbeResult {
  /** `CPython 3.12.1` */
  readonly python: string;
  /** False where the interpreter runs without a GIL: there is nothing to release. */
  readonly gil: boolean;
  readonly cases: readonly ProbedCase[];
}

/** Above this it is another thread's turn for a good part of the call; what holds measures 0, whatever the load. */
const LETS_GO = 0.1;

/** Reads what probe.py printed. Throws a `UserError` for what is no CPython 3.8 or later, and for nonsense. */
export function readProbeOutput(
  output: string,
  cases: readonly { readonly label: string }[],
  command: string,
): ProbeResult {
  const told = readJson(output.trim().split('\n').at(-1) ?? '');
  const python = isRecord(told) && isRecord(told.python) ? told.python : {};
  const { implementation, version, gil } = python;
  if (typeof implementation !== 'string' || typeof version !== 'string') {
    throw new UserError(`${command} did not print what it was asked for. Is it a Python?`);
  }
  if (implementation !== 'CPython' || typeof gil !== 'boolean') {
    throw new UserError(
      `${command} is ${implementation} ${version}; this needs CPython 3.8 or later.`,
    );
  }
  const measured = isRecord(told) && Array.isArray(told.cases) ? told.cases : [];
  return {
    python: `CPython ${version.slice(0, 20)}`,
    gil,
    cases: cases.map(({ label }, index) => readCase(label, measured[index], command)),
  };
}

/** A result that was kept, checked again; undefined if it is none. */
export function readKeptResult(value: unknown): ProbeResult | undefined {
  if (!isRecord(value) || typeof value.python !== 'string' || typeof value.gil !== 'boolean') {
    return undefined;
  }
  const cases = Array.isArray(value.cases) ? value.cases : [];
  return { python: value.python, gil: value.gil, cases: cases.flatMap(keptCase) };
}

function keptCase(value: unknown): ProbedCase[] {
  if (!isRecord(value)) return [];
  const { label, callNs, share, missing } = value;
  const isSound = typeof label === 'string' && typeof missing === 'string';
  return isSound && isTime(callNs) && isShare(share) ? [{ label, callNs, share, missing }] : [];
}

function readCase(label: string, value: unknown, command: string): ProbedCase {
  if (isRecord(value) && typeof value.missing === 'string') {
    return { label, callNs: 0, share: 0, missing: value.missing.slice(0, 120) };
  }
  if (isRecord(value) && isTime(value.callNs) && isShare(value.share)) {
    return { label, callNs: value.callNs, share: value.share, missing: '' };
  }
  throw new UserError(`${command} measured ${JSON.stringify(value)}, which cannot be. Try again.`);
}

/** `4 MB: releases the GIL for 96 % of 2.4 ms` */
export function caseText({ label, callNs, share, missing }: ProbedCase): string {
  if (missing !== '') return `${label}: not measured (${missing})`;
  const time = formatDuration(callNs);
  if (share === 0) return `${label}: keeps the GIL for all of ${time}`;
  const percent = share < 0.01 ? 'less than 1' : String(Math.round(share * 100));
  return `${label}: releases the GIL for ${percent} % of ${time}`;
}

export type Agreement = 'agrees' | 'differs' | 'unclear';

/** Whether what was measured fits what the data says of the call. */
export function agreementOf(
  { gil, cases }: ProbeResult,
  claim: 'releases' | 'holds' | 'depends',
): Agreement {
  const measured = cases.filter(({ missing }) => missing === '');
  if (!gil || measured.length === 0) return 'unclear';
  const most = Math.max(...measured.map(({ share }) => share));
  if (claim === 'releases') return most >= LETS_GO ? 'agrees' : 'differs';
  if (claim === 'holds') return most < LETS_GO ? 'agrees' : 'differs';
  return most >= LETS_GO ? 'agrees' : 'unclear';
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 60 * NS_PER_S;
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what is not JSON is no measurement
  }
}
