// Does a call let go of the GIL on this very Python? Runs the call's probe, which is data, and reads what it measured.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { UserError } from '../core/errors';
import { readProbeOutput, type ProbeResult } from '../core/worlds/gilProbe';
import probeText from './probes/probe.py';
import data from './probes/probes.json';
import { outputOfPython } from './pythonScript';

/** One way to call: what is measured, in a few words; statements before it; the statements that are measured. */
export interface ProbeCase {
  readonly label: string;
  readonly setup: string;
  readonly call: string;
}

/** Parsed when first asked for: most sessions never probe a call. */
function byName(): Readonly<Record<string, readonly ProbeCase[] | undefined>> {
  return data.probes;
}

/** The cases of a row of the release data, by the row's name; undefined if nobody has written a probe for it. */
export function probeOf(name: string): readonly ProbeCase[] | undefined {
  return Object.hasOwn(byName(), name) ? byName()[name] : undefined;
}

/** Names of the rows that have a probe. */
export function probedNames(): readonly string[] {
  return Object.keys(byName());
}

const ERRAND = {
  cancelled: 'The check was cancelled.',
  unfinished: 'the check',
  before: 'it had measured anything',
};

const LIMIT_MS = 60_000;

export interface ProbeOptions {
  /** Where the interpreter is started: some are chosen by their folder. */
  readonly cwd?: string;
  /** After this it is stopped; a minute unless told otherwise. */
  readonly limitMs?: number;
}

/** Measures one row on a Python, in a second or two. Rejects with a `UserError` that says what is wrong. */
export async function probeCall(
  python: string,
  name: string,
  signal: AbortSignal,
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  const cases = probeOf(name);
  if (!cases) throw new UserError(`There is no probe for ${name}.`);
  return probeCases(python, cases, signal, options);
}

/** The same for any cases, one after the other in one interpreter. */
export async function probeCases(
  python: string,
  cases: readonly ProbeCase[],
  signal: AbortSignal,
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'gil-scope-'));
  try {
    const file = join(folder, 'probe.py');
    writeFileSync(file, probeText);
    writeFileSync(join(folder, 'probe.json'), JSON.stringify({ cases }));
    const script = { python, file, errand: ERRAND, limitMs: LIMIT_MS, ...options };
    return readProbeOutput(await outputOfPython(script, signal), cases, python);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
