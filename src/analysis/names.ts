// What a name stands for: follows imports, aliases and single assignments through Python's scopes; never guesses.

import type { SourceRange } from './findings';
import {
  blocksOf,
  type ClassStatement,
  type Expression,
  type FunctionStatement,
  type Statement,
} from './pythonCode';

/** What a name was bound to at one place. */
type Binding =
  | { readonly kind: 'import'; readonly path: string }
  | { readonly kind: 'value'; readonly value: Expression }
  | { readonly kind: 'function'; readonly statement: FunctionStatement }
  | { readonly kind: 'class'; readonly statement: ClassStatement }
  /** A parameter, a loop variable, an unpacked element: nobody knows. */
  | { readonly kind: 'unknown' };

interface NameScope extends SourceRange {
  readonly parent: NameScope | undefined;
  readonly isClass: boolean;
  readonly bindings: Map<string, Binding[]>;
  readonly inner: NameScope[];
}

/** How many assignments and attributes are followed for one name. */
const MAX_STEPS = 12;

/** Answers what names mean in one file. Reads the whole file once, in its constructor. */
export class Names {
  readonly #top: NameScope;

  constructor(statements: readonly Statement[]) {
    this.#top = newScope({ from: 0, to: Number.MAX_SAFE_INTEGER }, undefined, false);
    bindBlock(statements, this.#top, this.#top);
  }

  /**
   * The dotted path that an expression means, with `()` for what a call returns: after `from zlib import compressobj
   * as c`, `c(9).compress` is `zlib.compressobj().compress`. Names that the file does not bind keep their own name
   * (builtins). Undefined where several meanings are possible.
   */
  pathOf(expression: Expression): string | undefined {
    return this.#path(expression, MAX_STEPS);
  }

  /** The function of this file that an expression names. */
  functionOf(expression: Expression): FunctionStatement | undefined {
    const binding = this.#only(expression);
    if (binding?.kind === 'function') return binding.statement;
    const alias = binding?.kind === 'value' ? this.#only(binding.value) : undefined;
    return alias?.kind === 'function' ? alias.statement : undefined;
  }

  /** The class of this file that an expression names. */
  classOf(expression: Expression): ClassStatement | undefined {
    const binding = this.#only(expression);
    return binding?.kind === 'class' ? binding.statement : undefined;
  }

  /** What a name was assigned, if exactly once; other expressions are their own value. */
  valueOf(expression: Expression): Expression | undefined {
    if (expression.kind !== 'name' && !selfName(expression)) return expression;
    const binding = this.#only(expression);
    return binding?.kind === 'value' ? binding.value : undefined;
  }

  /** Whether a name is bound at the top of the file: what functions share. */
  isGlobal(name: string, at: number): boolean {
    const found = this.#bindingsOf(name, at);
    return found?.scope === this.#top;
  }

  #path(expression: Expression, stepsLeft: number): string | undefined {
    if (stepsLeft === 0) return undefined;
    switch (expression.kind) {
      case 'name':
        return this.#pathOfName(expression.name, expression, stepsLeft);
      case 'attribute': {
        const own = selfName(expression);
        if (own) return this.#pathOfName(own, expression, stepsLeft, '');
        const object = this.#path(expression.object, stepsLeft - 1);
        return object === undefined ? undefined : `${object}.${expression.name}`;
      }
      case 'call': {
        const callee = this.#path(expression.callee, stepsLeft - 1);
        return callee === undefined ? undefined : `${callee}()`;
      }
      case 'string':
        return /^[a-z]*b/i.test(expression.text) ? 'bytes()' : 'str()';
      case 'other':
        return DISPLAYS[expression.node] ?? this.#awaited(expression, stepsLeft);
      default:
        return undefined;
    }
  }

  #awaited(expression: Expression, stepsLeft: number): string | undefined {
    const isAwait = expression.kind === 'other' && expression.node === 'AwaitExpression';
    return isAwait && expression.parts.length === 1
      ? this.#path(expression.parts[0], stepsLeft - 1)
      : undefined;
  }

  /** `unbound` is the answer for a name that the file does not bind; its own name if not given. */
  #pathOfName(
    name: string,
    { from }: SourceRange,
    stepsLeft: number,
    unbound = name,
  ): string | undefined {
    const found = this.#bindingsOf(name, from);
    if (!found) return unbound === '' ? undefined : unbound;
    const paths = new Set(
      found.bindings.map(binding => this.#pathOfBinding(binding, stepsLeft - 1)),
    );
    return paths.size === 1 ? [...paths][0] : undefined;
  }

  #pathOfBinding(binding: Binding, stepsLeft: number): string | undefined {
    if (binding.kind === 'import') return binding.path;
    return binding.kind === 'value' ? this.#path(binding.value, stepsLeft) : undefined;
  }

  #only(expression: Expression): Binding | undefined {
    const name = expression.kind === 'name' ? expression.name : selfName(expression);
    if (name === undefined) return undefined;
    const found = this.#bindingsOf(name, expression.from);
    return found?.bindings.length === 1 ? found.bindings[0] : undefined;
  }

  /** The bindings in the innermost scope around `at` that has any; classes are seen from their own block only. */
  #bindingsOf(name: string, at: number) {
    const innermost = scopeAt(this.#top, at);
    for (let scope: NameScope | undefined = innermost; scope; scope = scope.parent) {
      const isVisible = !scope.isClass || scope === innermost || name.startsWith('self.');
      const bindings = isVisible ? scope.bindings.get(name) : undefined;
      if (bindings) return { bindings, scope };
    }
    return undefined;
  }
}

const DISPLAYS: Readonly<Partial<Record<string, string>>> = {
  ArrayExpression: 'list()',
  DictionaryExpression: 'dict()',
  SetExpression: 'set()',
  ContinuedString: 'str()',
  FormatString: 'str()',
};

/** `self.pool` and `cls.pool` as one name of the class. */
function selfName(expression: Expression): string | undefined {
  if (expression.kind !== 'attribute' || expression.object.kind !== 'name') return undefined;
  return /^(?:self|cls)$/.test(expression.object.name) ? `self.${expression.name}` : undefined;
}

function newScope(
  { from, to }: SourceRange,
  parent: NameScope | undefined,
  isClass: boolean,
): NameScope {
  return { from, to, parent, isClass, bindings: new Map(), inner: [] };
}

function scopeAt(top: NameScope, at: number): NameScope {
  let scope = top;
  for (;;) {
    const inner = scope.inner.find(candidate => candidate.from <= at && at < candidate.to);
    if (!inner) return scope;
    scope = inner;
  }
}

function bindBlock(statements: readonly Statement[], scope: NameScope, top: NameScope): void {
  const globals = new Set(statements.flatMap(globalNames));
  for (const statement of statements) bindStatement(statement, { scope, top, globals });
}

function globalNames(statement: Statement): string[] {
  if (statement.kind !== 'simple' || statement.node !== 'ScopeStatement') return [];
  return statement.expressions.flatMap(part => (part.kind === 'name' ? [part.name] : []));
}

interface Binder {
  readonly scope: NameScope;
  readonly top: NameScope;
  /** Names that a `global` statement of this block gives to the file. */
  readonly globals: ReadonlySet<string>;
}

function bind(binder: Binder, name: string, binding: Binding): void {
  const { bindings } = binder.globals.has(name) ? binder.top : binder.scope;
  const known = bindings.get(name);
  if (known) known.push(binding);
  else bindings.set(name, [binding]);
  // What a class binds in its own block, its methods know as `self.name`.
  if (binder.scope.isClass && !name.startsWith('self.')) bind(binder, `self.${name}`, binding);
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
  for (const parameter of statement.parameters) {
    inner.bindings.set(parameter, [{ kind: 'unknown' }]);
  }
  bindBlock(statement.body, inner, binder.top);
}

function bindTargets(statement: Statement, binder: Binder): void {
  if (statement.kind === 'assign') {
    const isSingle = statement.targets.length === 1 && statement.operator === '=';
    const { value } = statement;
    for (const target of statement.targets) {
      bindTarget(
        target,
        isSingle && value ? { kind: 'value', value } : { kind: 'unknown' },
        binder,
      );
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

function bindTarget(target: Expression, binding: Binding, binder: Binder): void {
  if (target.kind === 'name') {
    bind(binder, target.name, binding);
  } else if (selfName(target)) {
    const owner = classAround(binder.scope);
    const name = selfName(target);
    if (owner && name) bind({ ...binder, scope: owner, globals: new Set() }, name, binding);
  } else if (target.kind === 'other' && target.node !== 'Subscript') {
    for (const part of target.parts) bindTarget(part, { kind: 'unknown' }, binder);
  }
}

function classAround(scope: NameScope): NameScope | undefined {
  let around: NameScope | undefined = scope;
  while (around && !around.isClass) around = around.parent;
  return around;
}
