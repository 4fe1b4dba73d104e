// What expressions of straight-line Python come to: references to objects, each owned by whoever asked for it.

import type { Value } from '../../core/refcounts/objectHeap';
import type { Argument, ClassStatement, Expression, FunctionStatement } from '../python/pythonCode';
import { callKnown, callMethod } from './referenceCalls';
import { literalOf } from './referenceLiterals';
import { Beyond, displayOf, ReferencePlaces, UNKNOWN } from './referencePlaces';

export abstract class ReferenceExpressions extends ReferencePlaces {
  /** Runs a function with these names bound; takes over their references, and answers with one. */
  protected abstract call(definition: FunctionStatement, names: Map<string, Value>): Value;

  evaluate(expression: Expression): Value {
    const literal = literalOf(expression, this.textOf(expression));
    if (literal) return literal;
    switch (expression.kind) {
      case 'name':
        return this.bound(this.heap.hold(this.lookUp(expression.name) ?? UNKNOWN));
      case 'attribute':
        return this.bound(this.heap.hold(this.place(expression)));
      case 'call':
        return this.#callExpression(expression);
      case 'other':
        return this.#other(expression);
      default:
        return this.unknown([expression], 'kept by code that is not followed');
    }
  }

  #other(expression: Extract<Expression, { kind: 'other' }>): Value {
    const { node, parts, operator } = expression;
    const isStarred = /(?:^|[,([{])\s*\*/.test(this.textOf(expression));
    const kind = operator === undefined ? displayOf(node) : undefined;
    if (kind && !isStarred) return this.#display(kind, parts);
    if (node === 'DictionaryExpression' && operator === undefined) return this.#dictionary(parts);
    if (node === 'Subscript' && this.slotOf(expression)) {
      return this.bound(this.heap.hold(this.place(expression)));
    }
    if (node === 'Subscript' && /\[\s*:\s*\]$/.test(this.textOf(expression))) {
      const copied = parts.at(0);
      return (copied && this.copyOf(copied)) ?? UNKNOWN;
    }
    if (node === 'BinaryExpression' && operator === '*') return this.#repeated(parts);
    if (node === 'FormatString' || operator === 'is') return this.unknown(parts, undefined);
    return this.unknown(parts, 'used in an operation that is not followed');
  }

  #display(kind: 'list' | 'tuple' | 'set', parts: readonly Expression[]): Value {
    const elements = parts.map(part => this.evaluate(part));
    const kept = kind === 'set' ? this.#distinct(elements) : elements;
    return this.heap.make(
      kind,
      kind,
      kept.map((element, index) => [String(index), element]),
    );
  }

  /** Of equal elements a set keeps one; instances without an `__eq__` are equal to themselves only. */
  #distinct(elements: readonly Value[]): readonly Value[] {
    const seen = new Set<string>();
    return elements.filter(element => {
      const name = JSON.stringify(element);
      if (seen.has(name)) this.heap.drop(element);
      return !seen.has(name) && seen.add(name);
    });
  }

  #dictionary(parts: readonly Expression[]): Value {
    const made = this.heap.make('dict', 'dict');
    if (made.kind !== 'object' || parts.length % 2 === 1) throw new Beyond('a dictionary');
    for (let index = 0; index < parts.length; index += 2) {
      const key = this.keyOf(parts[index]);
      const value = this.evaluate(parts[index + 1]);
      if (key === undefined) throw new Beyond('a key that is not written as a number or a string');
      this.heap.setSlot(made.id, key, value);
    }
    return made;
  }

  /** `[a] * 3` holds a three times. */
  #repeated(parts: readonly Expression[]): Value {
    const operands = parts.filter(part => part.kind !== 'other' || part.node !== 'ArithOp');
    const [first, second] = operands;
    const times = operands.length === 2 ? /^\d{1,2}$/.exec(this.textOf(second)) : null;
    if (!times || first.kind !== 'other' || displayOf(first.node) !== 'list') {
      return this.unknown(parts, 'used in an operation that is not followed');
    }
    const list = this.evaluate(first);
    if (list.kind !== 'object') return list;
    const once = [...this.heap.object(list.id).slots.values()];
    const all = Array.from({ length: Number(times[0]) }, () => once).flat();
    for (const element of all) this.heap.hold(element);
    this.heap.setElements(list.id, all, true);
    return list;
  }

  /** A new list, tuple or dictionary with the same elements. */
  copyOf(expression: Expression): Value | undefined {
    const value = this.place(expression);
    if (value.kind !== 'object') return undefined;
    const { kind, type, slots } = this.heap.object(value.id);
    if (kind === 'instance') return undefined;
    if (kind === 'tuple') return this.heap.hold(value);
    for (const element of slots.values()) this.heap.hold(element);
    return this.heap.make(kind, type, slots);
  }

  /** A value that is not followed, made of these; with a reason, their objects' counts are in doubt from now on. */
  unknown(parts: readonly Expression[], why: string | undefined): Value {
    for (const part of parts) {
      const value = this.evaluateLoosely(part);
      if (why !== undefined) this.doubt(value, why);
      this.heap.drop(value);
    }
    return UNKNOWN;
  }

  /** Comprehensions and lambdas bind names of their own: their inside is not evaluated, only its objects are doubted. */
  evaluateLoosely(expression: Expression): Value {
    if (expression.kind !== 'lambda' && expression.kind !== 'comprehension') {
      return this.evaluate(expression);
    }
    for (const [name] of this.textOf(expression).matchAll(/[A-Za-z_]\w*/g)) {
      const value = this.frameOf(name).names.get(name);
      if (value) this.doubt(value, `named in a ${expression.kind}, which is not followed`);
    }
    return UNKNOWN;
  }

  #callExpression(call: Extract<Expression, { kind: 'call' }>): Value {
    if (this.textOf(call).includes(':=')) throw new Beyond('“:=” inside a call');
    const { callee, args } = call;
    if (callee.kind === 'attribute') {
      const receiver = this.place(callee.object);
      const method = callMethod(this, receiver, callee.name, args);
      if (method) return method;
      const own = this.#methodOf(receiver, callee.name);
      if (own) return this.#callWith(own, args, this.heap.hold(receiver));
      this.doubt(receiver, `${callee.name}() is not followed`);
    }
    const isFree = callee.kind !== 'name' || this.lookUp(callee.name) === undefined;
    const definition =
      callee.kind === 'name' && isFree ? this.definitions.get(callee.name) : undefined;
    if (definition?.kind === 'function') return this.#callWith(definition, args, undefined);
    if (definition) return this.#instance(definition, args);
    const known = isFree ? callKnown(this, this.textOf(callee), args) : undefined;
    if (known) return known;
    const name = this.textOf(callee).slice(0, 40);
    return this.unknown(
      args.map(({ value }) => value),
      `${name}() may have kept it`,
    );
  }

  #methodOf(receiver: Value, name: string): FunctionStatement | undefined {
    if (receiver.kind !== 'object') return undefined;
    const definition = this.definitions.get(this.heap.object(receiver.id).type);
    return definition?.kind === 'class' ? methodNamed(definition, name) : undefined;
  }

  #instance(definition: ClassStatement, args: readonly Argument[]): Value {
    if (!isPlain(definition)) {
      const name = definition.name.slice(0, 40);
      return this.unknown(
        args.map(({ value }) => value),
        `${name}() may have kept it`,
      );
    }
    const made = this.heap.make('instance', definition.name);
    const constructor = methodNamed(definition, '__init__');
    if (!constructor) {
      if (args.length > 0) throw new Beyond('arguments without an __init__');
      return made;
    }
    this.heap.drop(this.#callWith(constructor, args, this.heap.hold(made)));
    return made;
  }

  /** Arguments move into the parameters: since CPython 3.11 the caller keeps no reference of its own meanwhile. */
  #callWith(
    definition: FunctionStatement,
    args: readonly Argument[],
    self: Value | undefined,
  ): Value {
    if (definition.decorators.length > 0 || definition.isAsync) {
      throw new Beyond(`${definition.name}() has decorators or is async`);
    }
    const header = this.source.slice(definition.nameRange.to, definition.headerTo);
    const isGenerator = /\b(?:yield|nonlocal)\b/.test(this.textOf(definition));
    if (isGenerator) throw new Beyond(`${definition.name}() is a generator, or has “nonlocal”`);
    if (header.includes('*') || args.some(({ star }) => star !== '')) throw new Beyond('a “*”');
    const names = [...definition.parameters];
    const bound = new Map<string, Value>();
    if (self) bound.set(names.shift() ?? '', self);
    args.forEach(({ keyword, value }, index) => {
      const name = keyword ?? names.at(index);
      if (name === undefined || bound.has(name) || !definition.parameters.includes(name)) {
        throw new Beyond(`arguments that ${definition.name}() does not take`);
      }
      bound.set(name, this.evaluate(value));
    });
    for (const name of names) {
      if (bound.has(name)) continue;
      if (!header.includes('=')) throw new Beyond(`a call without “${name}”`);
      bound.set(name, UNKNOWN);
    }
    return this.call(definition, bound);
  }
}

function methodNamed(definition: ClassStatement, name: string): FunctionStatement | undefined {
  return definition.body.find(
    (statement): statement is FunctionStatement =>
      statement.kind === 'function' && statement.name === name,
  );
}

const FOLLOWED_METHODS = /^(?:__init__|__repr__|__str__|__del__)$/;

/** A class of its own, with no base, no decorator and no method that changes what binding or reading means. */
function isPlain({ bases, decorators, body }: ClassStatement): boolean {
  if (decorators.length > 0 || bases.length > 0) return false;
  return body.every(
    statement =>
      statement.kind !== 'function' ||
      !statement.name.startsWith('__') ||
      (FOLLOWED_METHODS.test(statement.name) &&
        (statement.name !== '__del__' || onlyPrints(statement))),
  );
}

/** A destructor that stores nothing anywhere. */
function onlyPrints({ body }: FunctionStatement): boolean {
  return body.every(
    statement =>
      statement.kind === 'simple' &&
      statement.expressions.every(
        expression =>
          expression.kind === 'string' ||
          (expression.kind === 'call' &&
            expression.callee.kind === 'name' &&
            expression.callee.name === 'print'),
      ),
  );
}
