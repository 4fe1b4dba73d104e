// What a name stands for: follows imports, aliases and single assignments through Python's scopes; never guesses.

import { firstIndex } from '../../core/search';
import type { SourceRange } from './findings';
import { bindBlock, newScope, scopeAt, selfName, type Binding } from './nameScopes';
import type {
  CallExpression,
  ClassStatement,
  Expression,
  FunctionStatement,
  NameExpression,
  Statement,
} from './pythonCode';

/** How many assignments and attributes are followed for one name. */
const MAX_STEPS = 12;

/** Answers what names mean in one file. Reads the whole file once, in its constructor. */
export class Names {
  readonly #top = newScope({ from: 0, to: Number.MAX_SAFE_INTEGER }, undefined, false);

  readonly #paths = new Map<readonly Binding[], string | undefined>();

  readonly #others = new Map<readonly Binding[], readonly Binding[]>();

  readonly #values = new Map<readonly Binding[], readonly Expression[]>();

  constructor(statements: readonly Statement[]) {
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
    if (alias) return alias.kind === 'function' ? alias.statement : undefined;
    const isMethod = expression.kind === 'attribute' && !selfName(expression);
    const owner = isMethod ? this.instanceClassOf(expression.object) : undefined;
    return owner && methodOf(owner, expression.kind === 'attribute' ? expression.name : '');
  }

  /** The class of this file that an expression names. */
  classOf(expression: Expression): ClassStatement | undefined {
    const binding = this.#only(expression);
    return binding?.kind === 'class' ? binding.statement : undefined;
  }

  /** The class of this file of which an expression is an object (or the class itself). */
  instanceClassOf(expression: Expression): ClassStatement | undefined {
    const own = this.classOf(expression);
    if (own) return own;
    const binding = this.#only(expression);
    if (binding?.kind === 'typed') return this.classOf(binding.type);
    const value = binding?.kind === 'value' ? binding.value : expression;
    return value.kind === 'call' ? this.classOf(value.callee) : undefined;
  }

  /** What a call runs of this file: a function, a method, or the `__init__` of a class. */
  calledBy({ callee }: CallExpression): FunctionStatement | undefined {
    const made = this.classOf(callee);
    return made ? methodOf(made, '__init__') : this.functionOf(callee);
  }

  /** What a name was assigned, if exactly once; other expressions are their own value. */
  valueOf(expression: Expression): Expression | undefined {
    if (expression.kind !== 'name' && !selfName(expression)) return expression;
    const binding = this.#only(expression);
    return binding?.kind === 'value' ? this.#unwrapped(binding.value) : undefined;
  }

  /** Of several values that a name has had in its scope, the last one above the place. */
  latestValueOf(expression: Expression): Expression | undefined {
    const name = expression.kind === 'name' ? expression.name : selfName(expression);
    const found = name === undefined ? undefined : this.#bindingsOf(name, expression.from);
    const last = found && lastBefore(this.#valuesOf(found.bindings), expression.from);
    return last ? this.#unwrapped(last) : this.valueOf(expression);
  }

  #valuesOf(bindings: readonly Binding[]): readonly Expression[] {
    const known = this.#values.get(bindings);
    if (known) return known;
    const values = bindings.flatMap(binding => (binding.kind === 'value' ? [binding.value] : []));
    this.#values.set(bindings, values);
    return values;
  }

  /** `stack.enter_context(x)` and `contextlib.closing(x)` give `x`. */
  #unwrapped(value: Expression): Expression {
    return this.#passedOn(value) ?? value;
  }

  /** Whether a name that a function uses is bound outside of it: by the file, or by a function around. */
  isFromOutside({ name, from }: NameExpression, { from: start, to: end }: SourceRange): boolean {
    const found = this.#bindingsOf(name, from);
    if (!found) return false;
    const { scope } = found;
    return scope.from < start || scope.to > end;
  }

  #path(expression: Expression, stepsLeft: number): string | undefined {
    if (stepsLeft <= 0) return undefined;
    switch (expression.kind) {
      case 'name':
        return this.#pathOfName(expression.name, expression, stepsLeft);
      case 'attribute': {
        const own = selfName(expression);
        if (own) return this.#pathOfName(own, expression, stepsLeft, '');
        const made = this.instanceClassOf(expression.object);
        if (made && methodOf(made, expression.name)) return undefined;
        const object = this.#path(expression.object, stepsLeft - 1);
        return object === undefined ? undefined : `${object}.${expression.name}`;
      }
      case 'call': {
        return this.#pathOfCall(expression, stepsLeft);
      }
      case 'string':
        return /^[a-z]*b/i.test(expression.text) ? 'bytes()' : 'str()';
      case 'other':
        return DISPLAYS[expression.node] ?? this.#pathOfOther(expression, stepsLeft);
      default:
        return undefined;
    }
  }

  #pathOfCall(call: CallExpression, stepsLeft: number): string | undefined {
    const callee = this.#path(call.callee, stepsLeft - 1);
    if (callee === 'dataclasses.field') {
      const factory = call.args.find(({ keyword }) => keyword === 'default_factory');
      const made = factory && this.#path(factory.value, stepsLeft - 1);
      return made && `${made}()`;
    }
    const inner = PASSING.test(callee ?? '') ? call.args.at(0) : undefined;
    if (inner) return this.#path(inner.value, stepsLeft - 1);
    return callee === undefined ? undefined : `${callee}()`;
  }

  /** What a call hands back of what it was given. */
  #passedOn(value: Expression): Expression | undefined {
    if (value.kind !== 'call') return undefined;
    const callee = this.#path(value.callee, MAX_STEPS - 1);
    return PASSING.test(callee ?? '') ? value.args.at(0)?.value : undefined;
  }

  /** `await x`, `(name := x)`, and `given or x` where nothing is known of `given`. */
  #pathOfOther(
    { node, operator, parts }: Extract<Expression, { kind: 'other' }>,
    stepsLeft: number,
  ): string | undefined {
    const last = parts.at(-1);
    if (!last) return undefined;
    if (node === 'AwaitExpression' || node === 'NamedExpression') {
      return this.#path(last, stepsLeft - 1);
    }
    if (node !== 'BinaryExpression' || operator !== 'or') return undefined;
    const given = this.#path(parts[0], stepsLeft - 1);
    const otherwise = this.#path(last, stepsLeft - 1);
    return given === undefined || given === otherwise ? otherwise : undefined;
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
    return this.#pathOfAll(found.bindings, stepsLeft);
  }

  /** The one path that all bindings of a name mean. Each name is looked up once: names that build on one another stay cheap. */
  #pathOfAll(bindings: readonly Binding[], stepsLeft: number): string | undefined {
    if (this.#paths.has(bindings)) return this.#paths.get(bindings);
    this.#paths.set(bindings, undefined); // for a name that means itself
    const paths = new Set(
      this.#meaningful(bindings).map(binding => this.#pathOfBinding(binding, stepsLeft - 1)),
    );
    const path = paths.size === 1 ? [...paths][0] : undefined;
    this.#paths.set(bindings, path);
    return path;
  }

  #pathOfBinding(binding: Binding, stepsLeft: number): string | undefined {
    switch (binding.kind) {
      case 'import':
        return binding.path;
      case 'value':
        return this.#path(binding.value, stepsLeft);
      case 'typed':
        return this.#pathOfType(binding.type, stepsLeft);
      case 'class':
        return this.#pathOfBase(binding.statement, stepsLeft);
      default:
        return undefined;
    }
  }

  /** `None` only holds the place of what comes later or is missing. */
  #meaningful(bindings: readonly Binding[]): readonly Binding[] {
    if (bindings.length === 1) return bindings;
    const known = this.#others.get(bindings);
    if (known) return known;
    const others = bindings.filter(one => one.kind !== 'value' || !isNone(one.value));
    const found = others.length > 0 ? others : bindings;
    this.#others.set(bindings, found);
    return found;
  }

  /** An object of the written type: `Executor`, `Executor | None`, `Optional[Executor]`. */
  #pathOfType(type: Expression, stepsLeft: number): string | undefined {
    if (type.kind === 'name' || type.kind === 'attribute') {
      const path = this.#path(type, stepsLeft - 1);
      return path === undefined ? undefined : `${path}()`;
    }
    if (type.kind !== 'other') return undefined;
    const inner = type.parts.filter(part => !isNone(part));
    if (type.node === 'BinaryExpression' && inner.length === 1 && type.operator === '|') {
      return this.#pathOfType(inner[0], stepsLeft - 1);
    }
    const isOptional = type.node === 'Subscript' && type.parts.length === 2;
    const outer = isOptional ? this.#path(type.parts[0], stepsLeft - 1) : undefined;
    if (outer === 'typing.Optional' || outer === 'typing.Final' || outer === 'typing.ClassVar') {
      return this.#pathOfType(type.parts[1], stepsLeft - 1);
    }
    // `Queue[int]` is a `Queue`.
    return outer && !outer.startsWith('typing.') ? `${outer}()` : undefined;
  }

  /** A class of the file behaves as the class of a library that it extends, but for the methods of its own. */
  #pathOfBase({ bases }: ClassStatement, stepsLeft: number): string | undefined {
    const paths = bases.flatMap(({ value, keyword }) =>
      keyword === undefined ? (this.#path(value, stepsLeft - 1) ?? []) : [],
    );
    const known = paths.filter(path => path.includes('.') && !path.startsWith('typing.'));
    return known.length === 1 ? known[0] : undefined;
  }

  #only(expression: Expression): Binding | undefined {
    const name = expression.kind === 'name' ? expression.name : selfName(expression);
    if (name === undefined) return undefined;
    const found = this.#bindingsOf(name, expression.from);
    const bindings = found ? this.#meaningful(found.bindings) : [];
    return bindings.length === 1 ? bindings[0] : undefined;
  }

  /** The bindings in the innermost scope around `at` that has any; classes are seen from their own block only. */
  #bindingsOf(name: string, at: number) {
    const innermost = scopeAt(this.#top, at);
    for (let scope: typeof innermost | undefined = innermost; scope; scope = scope.parent) {
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

/** Calls that give back their first argument. */
const PASSING = /^contextlib\.(?:(?:Async)?ExitStack\(\)\.enter_context|closing)$/;

/** The last of some values, which are in the order of the text, that begins before a place. */
function lastBefore(values: readonly Expression[], at: number): Expression | undefined {
  return values[firstIndex(0, values.length, i => values[i].from >= at) - 1];
}

/** Whether an expression is `None`. */
export function isNone(expression: Expression): boolean {
  return expression.kind === 'other' && expression.node === 'None';
}

/** The method of a class's own block. */
export function methodOf({ body }: ClassStatement, name: string): FunctionStatement | undefined {
  return body
    .filter(statement => statement.kind === 'function')
    .find(statement => statement.name === name);
}
