// Which calls release the GIL: looks a call up in data with evidence, and tells it in two lines.

import type { SourceRange } from '../python/findings';
import type { Names } from '../python/names';
import {
  blocksOf,
  expressionsOf,
  partsOf,
  type CallExpression,
  type Expression,
  type Statement,
} from '../python/pythonCode';
import data from './releases.json';

/** What a call does to the GIL. `depends`: only under a condition, which the row tells. */
export type GilBehaviour = 'releases' | 'holds' | 'depends';

/** One row of the data. */
export interface ReleaseRow {
  readonly name: string;
  /** Paths as `Names.pathOf` gives them. */
  readonly calls: readonly string[];
  readonly gil: GilBehaviour;
  /** When, how far, from which size on; may be empty. */
  readonly condition: string;
  /** First and last Python version for which this holds, if bounded. */
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** Source file and function, or documentation. */
  readonly evidence: string;
  /** Python versions on which it was measured; empty if it was read in the source or documentation only. */
  readonly measuredOn: readonly string[];
  /** Share of the call's time with the GIL released, 0 to 1, as measured. */
  readonly releasedShare: number | undefined;
}

/** What to show over a call. */
export interface ReleaseNote extends SourceRange {
  readonly row: ReleaseRow;
  /** First line: what the call does. Second: when, and how we know. Plain text, no markup. */
  readonly lines: readonly [string, string];
}

/** All that is known, one row per call or family of calls. */
export function releaseRows(): readonly ReleaseRow[] {
  return (ONCE.rows ??= data.rows.map(rowOf));
}

/** Made when first asked for: most sessions never look a call up. */
const ONCE: { rows?: readonly ReleaseRow[]; byCall?: ReadonlyMap<string, ReleaseRow> } = {};

function rowsByCall(): ReadonlyMap<string, ReleaseRow> {
  return (ONCE.byCall ??= new Map(
    releaseRows().flatMap(row => row.calls.map(call => [call, row] as const)),
  ));
}

type RawRow = (typeof data.rows)[number];

function rowOf(raw: RawRow): ReleaseRow {
  return {
    name: raw.name,
    calls: raw.calls ?? [raw.name],
    gil: raw.gil === 'releases' || raw.gil === 'holds' ? raw.gil : 'depends',
    condition: raw.condition ?? '',
    since: raw.since,
    until: raw.until,
    evidence: raw.evidence,
    measuredOn: raw.measured === undefined ? [] : data.measurements[raw.measured],
    releasedShare: raw.releasedShare,
  };
}

/** The row of a call, through imports and aliases; undefined if nothing is known, or the callee is not certain. */
export function releaseOf(call: CallExpression, names: Names): ReleaseRow | undefined {
  const path = names.pathOf(call.callee);
  return path === undefined ? undefined : releaseOfPath(path);
}

/** The row of a call by its path, as `Names.pathOf` gives it. */
export function releaseOfPath(path: string): ReleaseRow | undefined {
  return rowsByCall().get(path);
}

/** The note of the innermost known call around an offset, if the offset is on its callee. */
export function releaseNoteAt(
  statements: readonly Statement[],
  names: Names,
  offset: number,
): ReleaseNote | undefined {
  const calls = callsAround(statements, offset);
  for (const call of calls.reverse()) {
    if (offset > call.callee.to) continue;
    const row = releaseOf(call, names);
    if (row) return { row, lines: linesOf(row), from: call.callee.from, to: call.callee.to };
  }
  return undefined;
}

/** Calls that contain an offset, outermost first. */
function callsAround(statements: readonly Statement[], offset: number): CallExpression[] {
  const statement = statements.find(({ from, to }) => from <= offset && offset <= to);
  if (!statement) return [];
  const calls = expressionsOf(statement).flatMap(expression => callsInside(expression, offset));
  if (calls.length > 0) return calls;
  return blocksOf(statement).flatMap(block => callsAround(block, offset));
}

function callsInside(expression: Expression, offset: number): CallExpression[] {
  if (offset < expression.from || offset > expression.to) return [];
  const inner = partsOf(expression).flatMap(part => callsInside(part, offset));
  return expression.kind === 'call' ? [expression, ...inner] : inner;
}

const VERDICTS: Readonly<Record<GilBehaviour, string>> = {
  releases: 'releases the GIL while it works',
  holds: 'keeps the GIL to its end',
  depends: 'releases the GIL only under a condition',
};

function linesOf(row: ReleaseRow): readonly [string, string] {
  const versions = row.since
    ? ` (since Python ${row.since})`
    : row.until
      ? ` (up to Python ${row.until})`
      : '';
  const condition = row.condition === '' ? '' : `${row.condition}. `;
  return [
    `${row.name}: ${VERDICTS[row.gil]}${versions}.`,
    `${upperFirst(condition)}${knownFrom(row)}`,
  ];
}

/** Above this a measurement of a call that holds measured something beside it, which the row's condition tells. */
const MOST_HELD_SHARE = 0.35;

function knownFrom({ gil, measuredOn, releasedShare, evidence }: ReleaseRow): string {
  if (measuredOn.length === 0) return `Not measured; known from ${evidence}.`;
  const share =
    releasedShare === undefined || (gil === 'holds' && releasedShare > MOST_HELD_SHARE)
      ? ''
      : `: GIL released for ${percentOf(releasedShare)} of the call`;
  return `Measured on CPython ${spokenVersions(measuredOn)}${share} (${evidence}).`;
}

function percentOf(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 1) return 'less than 1 %';
  return percent > 99 && percent < 100 ? 'more than 99 %' : `${Math.round(percent)} %`;
}

function spokenVersions(versions: readonly string[]): string {
  return versions.length < 3
    ? versions.join(' and ')
    : `${versions[0]} to ${versions[versions.length - 1]}`;
}

/** Sentences begin with a capital; code such as `len(data) > 2048` does not. */
function upperFirst(text: string): string {
  return /^[a-z-]+,? [a-z]/.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
}
