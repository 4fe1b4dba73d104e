// What a field program says of itself: which finding is right, where, by whom, and what must not be said of it.
//
//   # expect: KIND [| KIND …] [here] [by THREAD] [from 3.14 | to 3.13]
//   # never: KIND, KIND …         kinds that must not be among the findings at all
//   # attach: 3 s                 it runs on its own for so long, and is attached to
//   # cpus: 0.5                   it runs under a limit of so many cores
//   # needs: numpy                a package without which it cannot run
//
// `here` means: at one of the lines that end with a comment `here`.

/** What must be said of a program. */
export interface Expectation {
  readonly kinds: readonly string[];
  readonly isHere: boolean;
  /** What the name of the culprit begins with; empty for any. */
  readonly by: string;
  readonly fromMinor: number;
  readonly toMinor: number;
}

export interface FieldProgram {
  readonly expectations: readonly Expectation[];
  readonly never: readonly string[];
  /** The lines that are marked. */
  readonly here: readonly number[];
  /** Seconds that it is recorded from outside; undefined: launched, to its end. */
  readonly attachSeconds: number | undefined;
  readonly cpus: number | undefined;
  readonly needs: string | undefined;
}

/** A finding as the report tells it, as far as it is looked at. */
export interface SaidFinding {
  readonly kind: string;
  readonly where: { readonly file: string; readonly line: number } | null;
  readonly culprit: string | null;
}

export function readFieldProgram(text: string): FieldProgram {
  const lines = text.split('\n');
  const told = (word: string): string[] =>
    lines.filter(line => line.startsWith(`# ${word}: `)).map(line => line.slice(word.length + 4));
  const seconds = /^(\d+) s$/.exec(told('attach').at(0) ?? '')?.at(1);
  const cpus = told('cpus').at(0);
  return {
    expectations: told('expect').map(readExpectation),
    never: told('never').flatMap(kinds => kinds.split(', ')),
    here: lines.flatMap((line, i) => (/[#;] here$/.test(line) ? [i + 1] : [])),
    attachSeconds: seconds === undefined ? undefined : Number(seconds),
    cpus: cpus === undefined ? undefined : Number(cpus),
    needs: told('needs').at(0),
  };
}

function readExpectation(text: string): Expectation {
  const parts = /^(.+?)( here)?(?: by (.+?))?(?: from 3\.(\d+))?(?: to 3\.(\d+))?$/.exec(text);
  if (!parts) throw new Error(`cannot read the expectation “${text}”`);
  const [, kinds, here, by, from, to] = parts as readonly (string | undefined)[];
  return {
    kinds: (kinds ?? '').split(' | '),
    isHere: here !== undefined,
    by: by ?? '',
    fromMinor: Number(from ?? 0),
    toMinor: Number(to ?? Infinity),
  };
}

/** What is wrong with what was said of a program under CPython 3.`minor`; empty when it is right. */
export function problemsWith(
  program: FieldProgram,
  minor: number,
  said: readonly SaidFinding[],
): string[] {
  const problems = said
    .filter(({ kind }) => program.never.includes(kind))
    .map(({ kind }) => `must not say ${kind}`);
  const fitting = program.expectations.filter(
    ({ fromMinor, toMinor }) => minor >= fromMinor && minor <= toMinor,
  );
  const headline = said.at(0);
  if (!headline) return ['says nothing'];
  if (!fitting.some(expectation => isMet(expectation, headline, program.here)))
    problems.push(
      `expected ${fitting.map(({ kinds }) => kinds.join(' | ')).join(' | ')}, got ${describe(headline)}`,
    );
  return problems;
}

function isMet(
  { kinds, isHere, by }: Expectation,
  { kind, where, culprit }: SaidFinding,
  here: readonly number[],
): boolean {
  if (!kinds.includes(kind)) return false;
  if (isHere && !here.includes(where?.line ?? 0)) return false;
  return (culprit ?? '').startsWith(by);
}

function describe({ kind, where, culprit }: SaidFinding): string {
  const place = where === null ? '' : ` at ${where.file.split('/').at(-1)}:${where.line}`;
  return `${kind}${place}${culprit === null ? '' : ` by ${culprit}`}`;
}
