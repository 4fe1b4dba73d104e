// What memory looks like after each line of a file, in Python and as C++ values: worked out from the code as it stands.

import type { LineIndex } from '../python/lineIndex';
import { blocksOf, type FunctionStatement, type Statement } from '../python/pythonCode';
import { ReferenceMachine } from './referenceMachine';
import type { MemoryPicture } from './referencePicture';
import { Beyond } from './referencePlaces';

/** Memory after one line. */
export interface MemoryAfterLine {
  readonly python: MemoryPicture;
  /** The same with values instead of references; undefined where that is not worked out. */
  readonly cpp: MemoryPicture | undefined;
  /** The function was looked at on its own: who calls it, and with what, is not known. */
  readonly isAlone: boolean;
}

export interface Memory {
  readonly lines: ReadonlyMap<number, MemoryAfterLine>;
  /** Lines at which following ended, and why: the end of a sentence. */
  readonly ends: ReadonlyMap<number, string>;
}

export interface MemoryInput {
  readonly source: string;
  readonly statements: readonly Statement[];
  readonly lines: LineIndex;
}

interface Seen {
  readonly pictures: Map<number, MemoryPicture>;
  readonly alone: Set<number>;
  readonly ends: Map<number, string>;
}

/** So many functions that nobody was seen to call are followed: each of them knows all definitions of the file. */
const MOST_ALONE = 200;

/** Follows a file from its top; functions that nobody was seen to call are followed alone. Never throws. */
export function memoryOf(input: MemoryInput): Memory {
  const python = follow(input, false);
  const cpp = follow(input, true);
  const lines = [...python.pictures].map(
    ([line, picture]) =>
      [
        line,
        { python: picture, cpp: cpp.pictures.get(line), isAlone: python.alone.has(line) },
      ] as const,
  );
  return { lines: new Map(lines), ends: python.ends };
}

function follow(input: MemoryInput, copies: boolean): Seen {
  const seen: Seen = { pictures: new Map(), alone: new Set(), ends: new Map() };
  const fromTop = run(input, copies, seen, machine => machine.runModule(input.statements));
  const missed = functionsIn(input.statements).filter(
    ({ body }) => body.length > 0 && !fromTop.has(input.lines.lineAt(body[0].from)),
  );
  const beyond = missed.at(MOST_ALONE);
  if (beyond) seen.ends.set(input.lines.lineAt(beyond.from), 'there are too many functions');
  const definitions = definitionsOf(input.statements);
  for (const definition of missed.slice(0, MOST_ALONE)) {
    const visited = run(input, copies, seen, machine => {
      for (const [name, known] of definitions) machine.definitions.set(name, known);
      machine.runAlone(definition);
    });
    for (const line of visited) seen.alone.add(line);
  }
  return seen;
}

/** Lines that were seen for the first time. A line keeps its first call's picture; in a loop that of its last round. */
function run(
  { source, lines }: MemoryInput,
  copies: boolean,
  seen: Seen,
  act: (machine: ReferenceMachine) => void,
): ReadonlySet<number> {
  const calls = new Map<number, number>();
  const machine = new ReferenceMachine({
    source,
    copies,
    ran: (statement, call, picture) => {
      const line = lines.lineAt(statement.from);
      if (seen.pictures.has(line) && calls.get(line) !== call) return;
      calls.set(line, call);
      seen.pictures.set(line, picture());
    },
  });
  try {
    act(machine);
  } catch (problem) {
    if (!(problem instanceof Beyond)) throw problem;
    const line = machine.at ? lines.lineAt(machine.at.from) : 1;
    if (!seen.ends.has(line)) seen.ends.set(line, problem.message);
  }
  return new Set(calls.keys());
}

function functionsIn(statements: readonly Statement[]): FunctionStatement[] {
  return statements.flatMap(statement => [
    ...(statement.kind === 'function' ? [statement] : []),
    ...(statement.kind === 'function' ? [] : blocksOf(statement).flatMap(functionsIn)),
  ]);
}

function definitionsOf(statements: readonly Statement[]) {
  return statements.flatMap(statement =>
    statement.kind === 'function' || statement.kind === 'class'
      ? [[statement.name, statement] as const]
      : [],
  );
}
