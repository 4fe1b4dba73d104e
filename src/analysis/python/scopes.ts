// Which function of the same file a call means.

import { blocksOf, type Expression, type FunctionStatement, type Statement } from './pythonCode';

/** A function of the file and where its name is known. */
export interface KnownFunction {
  readonly statement: FunctionStatement;
  /** `Worker.run`, `outer.inner`: as `__qualname__` without `<locals>`. */
  readonly qualifiedName: string;
  readonly scope: Scope;
}

/** The functions defined in one block of names. A class's names are found through `self` only. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly isClass: boolean;
  readonly functions: Map<string, KnownFunction>;
}

export interface FileScopes {
  readonly top: Scope;
  /** Every function in the order of the text. */
  readonly all: readonly KnownFunction[];
  readonly byStatement: ReadonlyMap<FunctionStatement, KnownFunction>;
  /** What is defined inside a function, by the function. */
  readonly inside: ReadonlyMap<FunctionStatement, Scope>;
}

/** Collects every function of a file; of two with one name in one scope the later wins, as in Python. */
export function readScopes(statements: readonly Statement[]): FileScopes {
  const all: KnownFunction[] = [];
  const byStatement = new Map<FunctionStatement, KnownFunction>();
  const inside = new Map<FunctionStatement, Scope>();
  const newScope = (parent: Scope | undefined, isClass: boolean): Scope => ({
    parent,
    isClass,
    functions: new Map(),
  });
  const visit = (block: readonly Statement[], scope: Scope, prefix: string): void => {
    for (const statement of block) {
      if (statement.kind === 'function') {
        const qualifiedName = prefix + statement.name;
        const known = { statement, qualifiedName, scope };
        scope.functions.set(statement.name, known);
        byStatement.set(statement, known);
        all.push(known);
        const inner = newScope(scope, false);
        inside.set(statement, inner);
        visit(statement.body, inner, `${qualifiedName}.`);
      } else if (statement.kind === 'class') {
        visit(statement.body, newScope(scope, true), `${prefix}${statement.name}.`);
      } else {
        for (const inner of blocksOf(statement)) visit(inner, scope, prefix);
      }
    }
  };
  const top = newScope(undefined, false);
  visit(statements, top, '');
  return { top, all, byStatement, inside };
}

/** The function that `callee` names when it is called inside `caller` (undefined: at the top of the file). */
export function resolveFunction(
  callee: Expression,
  caller: KnownFunction | undefined,
  scopes: FileScopes,
): KnownFunction | undefined {
  if (callee.kind === 'attribute') {
    const isOwn = callee.object.kind === 'name' && /^(?:self|cls)$/.test(callee.object.name);
    const around = isOwn ? enclosingClass(caller) : undefined;
    return around?.functions.get(callee.name);
  }
  if (callee.kind !== 'name') return undefined;
  let scope = caller ? scopes.inside.get(caller.statement) : scopes.top;
  for (; scope; scope = scope.parent) {
    const found = scope.isClass ? undefined : scope.functions.get(callee.name);
    if (found) return found;
  }
  return undefined;
}

function enclosingClass(caller: KnownFunction | undefined): Scope | undefined {
  let scope = caller?.scope;
  while (scope && !scope.isClass) scope = scope.parent;
  return scope;
}
