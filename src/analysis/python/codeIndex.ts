// Answers that rules ask for again and again, each worked out once for a file, so that no rule reads the whole file for
// each of its places. Everything here is made when first asked for, in one walk.

import { groupedBy } from './grouping';
import type { Expression, FunctionStatement, Statement } from './pythonCode';
import type { CallExpression, ClassStatement } from './pythonCode';
import type { PlacedCall, PlacedStatement, WalkedCode } from './walkCode';

export type Owner = FunctionStatement | undefined;

export class CodeIndex {
  readonly #code: WalkedCode;
  readonly #top: readonly Statement[];
  readonly #made = new Map<(index: CodeIndex) => unknown, unknown>();

  constructor(code: WalkedCode, top: readonly Statement[]) {
    this.#code = code;
    this.#top = top;
  }

  get code(): WalkedCode {
    return this.#code;
  }

  get top(): readonly Statement[] {
    return this.#top;
  }

  /** What `make` makes of the file, made once. */
  once<Made>(make: (index: CodeIndex) => Made): Made {
    if (!this.#made.has(make)) this.#made.set(make, make(this));
    return this.#made.get(make) as Made;
  }

  /** Where a statement stands. */
  placeOf(statement: Statement): PlacedStatement | undefined {
    return this.once(places).get(statement);
  }

  /** Its number among the statements of the top, or -1. */
  topNumberOf(statement: Statement): number {
    return this.once(topNumbers).get(statement) ?? -1;
  }

  /** The statements of the methods of a class. */
  statementsOfMethods(owner: ClassStatement): readonly PlacedStatement[] {
    return this.once(methodStatements).get(owner) ?? [];
  }

  /** The methods of this name of all classes. */
  methodsNamed(name: string): readonly FunctionStatement[] {
    return this.once(methodsByName).get(name) ?? [];
  }

  /** The assignment of a call: `t = Thread(…)`. */
  assignmentOf(call: CallExpression): Statement | undefined {
    return this.once(assignments).get(call);
  }

  callsOf(owner: Owner): readonly PlacedCall[] {
    return this.once(callsByOwner).get(owner) ?? [];
  }

  /** The calls of methods of this name: `….join(…)`. */
  callsNamed(method: string): readonly PlacedCall[] {
    return this.once(callsByMethod).get(method) ?? [];
  }

  /** Where the first `….acquire(…)` of a function ends. */
  firstAcquireEnd(owner: Owner): number | undefined {
    return this.once(firstAcquires).get(owner);
  }
}

function places({ code }: CodeIndex): ReadonlyMap<Statement, PlacedStatement> {
  return new Map(code.statements.map(placed => [placed.statement, placed]));
}

function topNumbers({ top }: CodeIndex): ReadonlyMap<Statement, number> {
  return new Map(top.map((statement, number) => [statement, number]));
}

function methodStatements({ code }: CodeIndex) {
  return groupedBy(code.statements, ({ ownerClass }) => ownerClass);
}

function methodsByName({ code }: CodeIndex): ReadonlyMap<string, readonly FunctionStatement[]> {
  const methods = code.statements.flatMap(({ statement, enclosing }) =>
    statement.kind === 'function' && enclosing.at(-1)?.kind === 'class' ? [statement] : [],
  );
  return groupedBy(methods, ({ name }) => name);
}

function assignments({ code }: CodeIndex): ReadonlyMap<Expression, Statement> {
  return new Map(
    code.statements.flatMap(({ statement }) =>
      statement.kind === 'assign' && statement.value ? [[statement.value, statement]] : [],
    ),
  );
}

function callsByOwner({ code }: CodeIndex): ReadonlyMap<Owner, readonly PlacedCall[]> {
  return groupedBy(code.calls, ({ owner }) => owner);
}

function callsByMethod({ code }: CodeIndex): ReadonlyMap<string, readonly PlacedCall[]> {
  return groupedBy(code.calls, ({ call: { callee } }) =>
    callee.kind === 'attribute' ? callee.name : '',
  );
}

function firstAcquires(index: CodeIndex): ReadonlyMap<Owner, number> {
  const ends = new Map<Owner, number>();
  for (const { owner, call } of index.callsNamed('acquire')) {
    ends.set(owner, Math.min(call.to, ends.get(owner) ?? Infinity));
  }
  return ends;
}

/** The first of each of some places: two rules or constructs may find the same. */
export function firstOfEach<Hit extends { readonly from: number }>(hits: readonly Hit[]): Hit[] {
  const seen = new Set<number>();
  return hits.filter(({ from }) => !seen.has(from) && seen.add(from));
}
