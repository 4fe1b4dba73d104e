// Python's scopes: which names a file binds where, and to what.

import { firstIndex } from '../../core/search';
import type { SourceRange } from './findings';
import {
  blocksOf,
  expressionsOf,
  partsOf,
  type ClassStatement,
  type Expression,
  type FunctionStatement,
  type Statement,
} from './pythonCode';

/** What a name was bound to at one place. */
export type Binding =
  | { readonly kind: 'import'; readonly path: string }
  | { readonly kind: 'value'; readonly value: Expression }
  | { readonly kind: 'function'; readonly statement: FunctionStatement }
  | { readonly kind: 'class'; readonly statement: ClassStatement }
  /** Bound somewhere else, with a written type: a parameter, a field. */
  | { readonly kind: 'typed'; readonly type: Expression }
  /** A parameter, a loop variable, an unpacked element: nobody knows. */
  | { readonly kind: 'unknown' };

export interface NameScope extends SourceRange {
  readonly parent: NameScope | undefined;
  readonly isClass: boolean;
  readonly bindings: Map<string, Binding[]>;
  readonly inner: NameScope[];
}

/** `self.pool` and `cls.pool` as one name of the class. */
export function selfName(expression: Expression): string | undefined {
  if (expression.kind !== 'attribute' || expression.object.kind !== 'name') return undefined;
  return /^(?:self|cls)$/.test(expression.object.name) ? `self.${expression.name}` : undefined;
}

export function newScope(
  { from, to }: SourceRange,
  parent: NameScope | undefined,
  isClass: boolean,
): NameScope {
  return { from, to, parent, isClass, bindings: new Map(), inner: [] };
}

export function scopeAt(top: NameScope, at: number): NameScope {
  let scope = top;
  for (;;) {
    const inner = innerAt(scope.inner, at);
    if (!inner) return scope;
    scope = inner;
  }
}

/** The scope around a place; scopes of one block are in the order of the text and do not overlap. */
function innerAt(scopes: readonly NameScope[], at: number): NameScope | undefined {
  const next = scopes.at(firstIndex(0, scopes.length, i => scopes[i].to > at));
  return next && next.from <= at ? next : undefined;
}

export function bindBlock(
  statements: readonly Statement[],
  scope: NameScope,
  top: NameScope,
): void {
  const globals = new Set<string>();
  const outer = new Set<string>();
  addDeclared(statements, 'ScopeStatement', globals);
  addDeclared(statements, 'NonlocalStatement', outer);
  for (const statement of statements) bindStatement(statement, { scope, top, globals, outer });
}

/** Names that `global` or `nonlocal` give away, anywhere in the block of a function. */
function addDeclared(statements: readonly Statement[], node: string, names: Set<string>): void {
  for (const statement of statements) {
    if (statement.kind === 'function' || statement.kind === 'class') continue;
    if (statement.kind === 'simple' && statement.node === node) {
      for (const part of statement.expressions) if (part.kind === 'name') names.add(part.name);
    }
    for (const block of blocksOf(statement)) addDeclared(block, node, names);
  }
}

interface Binder {
  readonly scope: NameScope;
  readonly top: NameScope;
  /** Names that a `global` statement of this block gives to the file. */
  readonly globals: ReadonlySet<string>;
  /** Names that a `nonlocal` statement of this block gives to the function around. */
  readonly outer: ReadonlySet<string>;
}

function bind(binder: Binder, name: string, binding: Binding): void {
  const { bindings } = homeOf(binder, name);
  const known = bindings.get(name);
  if (known) known.push(binding);
  else bindings.set(name, [binding]);
  // What a class binds in its own block, its methods know as `self.name`.
  if (binder.scope.isClass && !name.startsWith('self.')) bind(binder, `self.${name}`, binding);
}

/** The scope that a name of this block belongs to. */
function homeOf({ scope, top, globals, outer }: Binder, name: string): NameScope {
  if (globals.has(name)) return top;
  if (!outer.has(name)) return scope;
  let around = scope.parent;
  while (around && (around.isClass || !around.bindings.has(name))) around = around.parent;
  return around ?? scope;
}

function bindStatement(statement: Statement, binder: Binder): void {
  switch (statement.kind) {
    case 'import':
      for (const { boundName, module, member } of statement.names) {
        // `import a.b` binds `a`; `import a.b as c` binds the inner module.
        const isPlain = member === undefined && module.startsWith(`${boundName}.`);
        const path = isPlain ? boundName : member ? `${module}.${member}` : module;
        bind(binder, boundName, { kind: 'import', path });
      }
      return;
    case 'function':
      bind(binder, statement.name, { kind: 'function', statement });
      bindFunction(statement, binder);
      return;
    case 'class': {
      bind(binder, statement.name, { kind: 'class', statement });
      const inner = newScope(statement, binder.scope, true);
      binder.scope.inner.push(inner);
      bindBlock(statement.body, inner, binder.top);
      return;
    }
    default:
      bindTargets(statement, binder);
      // Blocks of loops and branches have no names of their own.
      for (const block of blocksOf(statement)) {
        for (const inside of block) bindStatement(inside, binder);
      }
  }
}

function bindFunction(statement: FunctionStatement, binder: Binder): void {
  const inner = newScope(statement, binder.scope, false);
  binder.scope.inner.push(inner);
  statement.parameters.forEach((parameter, index) => {
    const type = statement.parameterTypes.at(index);
    inner.bindings.set(parameter, [type ? { kind: 'typed', type } : { kind: 'unknown' }]);
  });
  bindBlock(statement.body, inner, binder.top);
}

function bindTargets(statement: Statement, binder: Binder): void {
  for (const expression of expressionsOf(statement)) bindInside(expression, binder);
  if (statement.kind === 'assign') {
    const { value, type } = statement;
    const isPlain = statement.operator === '=';
    const isSingle = isPlain && statement.targets.length === 1;
    // `x += 1` leaves what `x` is as it was, as far as anybody asks.
    if (!isPlain && value) return;
    const typed: Binding = type ? { kind: 'typed', type } : { kind: 'unknown' };
    for (const target of statement.targets) {
      bindTarget(target, isSingle && value ? { kind: 'value', value } : typed, binder);
    }
  } else if (statement.kind === 'for') {
    for (const target of statement.targets) bindTarget(target, { kind: 'unknown' }, binder);
  } else if (statement.kind === 'with') {
    for (const { name, context } of statement.items) {
      // What is opened, connected or started in a `with` returns itself, as all that we look up does.
      if (name) bindTarget(name, { kind: 'value', value: context }, binder);
    }
  }
}

/** `(name := value)`, wherever it stands. */
function bindInside(expression: Expression, binder: Binder): void {
  if (expression.kind === 'other' && expression.node === 'NamedExpression') {
    const [target, value] = expression.parts;
    if (expression.parts.length === 2) bindTarget(target, { kind: 'value', value }, binder);
  }
  for (const part of partsOf(expression)) bindInside(part, binder);
}

function bindTarget(target: Expression, binding: Binding, binder: Binder): void {
  if (target.kind === 'name') {
    bind(binder, target.name, binding);
  } else if (selfName(target)) {
    const owner = classAround(binder.scope);
    const name = selfName(target);
    if (owner && name)
      bind({ ...binder, scope: owner, globals: NOTHING, outer: NOTHING }, name, binding);
  } else if (target.kind === 'other' && target.node !== 'Subscript') {
    for (const part of target.parts) bindTarget(part, { kind: 'unknown' }, binder);
  }
}

const NOTHING: ReadonlySet<string> = new Set();

function classAround(scope: NameScope): NameScope | undefined {
  let around: NameScope | undefined = scope;
  while (around && !around.isClass) around = around.parent;
  return around;
}
