// Runs straight-line Python on names and objects only: what is bound to what after each statement, and how many
// references each object has. What it cannot follow it does not guess: it stops, or marks the objects concerned.

import { MOST_OBJECTS, type Value } from '../../core/refcounts/objectHeap';
import type { Expression, FunctionStatement, Statement } from '../python/pythonCode';
import { ReferenceExpressions } from './referenceExpressions';
import { pictureOf, type MemoryPicture } from './referencePicture';
import { Beyond, displayOf, NONE, UNKNOWN, type Definition, type Frame } from './referencePlaces';

/** So many statements are run at most, loops and calls included. */
const MOST_STATEMENTS = 3_000;
const MOST_FRAMES = 30;
const MOST_ROUNDS = 50;

export interface MachineOptions {
  readonly source: string;
  /** Bind copies instead of references, as C++ does with values. */
  readonly copies: boolean;
  /** Called after each statement; for `call` see {@link Frame}. */
  readonly ran: (statement: Statement, call: number, picture: () => MemoryPicture) => void;
}

/** Ends a function early. */
interface Returned {
  readonly value: Value;
}

export class ReferenceMachine extends ReferenceExpressions {
  readonly #ran: MachineOptions['ran'];
  #statementCount = 0;
  #callCount = 0;
  #at: Statement | undefined;

  constructor({ source, copies, ran }: MachineOptions) {
    super(source, copies);
    this.#ran = ran;
  }

  /** Where it is, or stopped. */
  get at(): Statement | undefined {
    return this.#at;
  }

  runModule(statements: readonly Statement[]): void {
    this.#block(statements);
  }

  /** Runs a function whose caller is not known: its parameters could be anything. */
  runAlone(definition: FunctionStatement): void {
    this.call(definition, new Map(definition.parameters.map(name => [name, UNKNOWN])));
  }

  #block(statements: readonly Statement[]): Returned | undefined {
    for (const statement of statements) {
      this.#at = statement;
      if (++this.#statementCount > MOST_STATEMENTS) throw new Beyond('it runs too long');
      if (this.heap.size > MOST_OBJECTS) throw new Beyond('it makes too many objects');
      const returned = this.#statement(statement);
      const freed = this.heap.takeFreed();
      this.#ran(statement, this.frame().call, () => pictureOf(this.heap, this.frames, freed));
      if (returned) return returned;
    }
    return undefined;
  }

  #statement(statement: Statement): Returned | undefined {
    switch (statement.kind) {
      case 'function':
      case 'class':
        this.#define(statement);
        return undefined;
      case 'import':
        for (const { boundName } of statement.names) this.definitions.delete(boundName);
        return undefined;
      case 'assign':
        this.#assign(statement);
        return undefined;
      case 'simple':
        return this.#simple(statement.node, statement.expressions);
      case 'for':
        return this.#loop(statement);
      case 'if':
        if (/^if\s+__name__\s*==\s*(['"])__main__\1\s*:/.test(this.textOf(statement))) {
          return this.#block(statement.branches.at(0)?.body ?? []); // of a half-typed one: none
        }
        throw new Beyond('which branch of the “if” runs depends on the run');
      default:
        throw new Beyond(`a “${statement.kind}” statement`);
    }
  }

  #define(statement: Definition): void {
    if (this.frame().locals) throw new Beyond('a function inside a function');
    const header = this.source.slice(statement.from, statement.headerTo);
    const mentioned = [...header.matchAll(/[A-Za-z_]\w*/g)].map(([name]) => name);
    const body =
      statement.kind === 'class' ? statement.body.filter(({ kind }) => kind !== 'function') : [];
    const inside = body.flatMap(inner => this.textOf(inner).match(/[A-Za-z_]\w*/g) ?? []);
    const isKept = [...mentioned, ...inside].some(
      name => this.frame().names.get(name)?.kind === 'object',
    );
    if (isKept) throw new Beyond('a definition that keeps an object');
    this.frame().names.delete(statement.name);
    this.definitions.set(statement.name, statement);
  }

  #simple(node: string, expressions: readonly Expression[]): Returned | undefined {
    switch (node) {
      case 'PassStatement':
      case 'ScopeStatement':
        return undefined;
      case 'DeleteStatement':
        for (const target of expressions) this.delete(target);
        return undefined;
      case 'ReturnStatement':
        return { value: expressions.length === 1 ? this.evaluate(expressions[0]) : NONE };
      case 'ExpressionStatement':
        for (const expression of expressions) this.heap.drop(this.evaluate(expression));
        return undefined;
      default:
        throw new Beyond(`“${this.#at ? firstWord(this.textOf(this.#at)) : node}”`);
    }
  }

  #loop(statement: Extract<Statement, { kind: 'for' }>): Returned | undefined {
    const { targets, iterable, body, otherwise } = statement;
    const rounds = iterable && this.#roundsOf(iterable);
    if (!rounds || targets.length !== 1 || otherwise.length > 0) {
      throw new Beyond('how often the loop turns depends on the run');
    }
    for (let round = 0; ; round++) {
      const element = rounds.at(round);
      if (!element) break;
      if (round >= MOST_ROUNDS) throw new Beyond('a loop of many rounds');
      this.store(targets[0], this.bound(this.heap.hold(element)));
      const returned = this.#block(body);
      if (returned) return returned;
    }
    this.heap.drop(rounds.sequence);
    return undefined;
  }

  /** The loop itself holds the sequence, but not its elements. */
  #roundsOf(iterable: Expression): Rounds | undefined {
    const range = /^range\(\s*(\d{1,3})\s*\)$/.exec(this.textOf(iterable));
    if (range && Number(range[1]) <= MOST_ROUNDS) {
      const at = (round: number) => (round < Number(range[1]) ? numberValue(round) : undefined);
      return { sequence: UNKNOWN, at };
    }
    const sequence = iterable.kind === 'call' ? UNKNOWN : this.evaluate(iterable);
    if (sequence.kind !== 'object') return undefined;
    const { kind, doubt } = this.heap.object(sequence.id);
    if ((kind !== 'list' && kind !== 'tuple') || doubt !== undefined) return undefined;
    return { sequence, at: round => this.heap.object(sequence.id).slots.get(String(round)) };
  }

  #assign({ targets, operator, value }: Extract<Statement, { kind: 'assign' }>): void {
    if (!value) return;
    // Half-typed: `: = x` is read as an assignment, and nothing is assigned to.
    if (targets.length === 0) throw new Beyond('an assignment to nothing');
    if (operator !== '=') {
      this.#update(targets[0], operator, value);
      return;
    }
    const found = this.evaluate(value);
    const last = targets.length - 1;
    const signs = this.#signsBetween(targets);
    if (targets.length > 1 && signs === 0) {
      this.unpack(targets, found);
      return;
    }
    targets.forEach((target, index) => {
      const bound = index < last ? this.heap.hold(found) : found;
      this.store(target, this.copies && index < last ? this.bound(bound) : bound);
    });
  }

  /** `a = b = value` against `a, b = value`: the parser gives the same list. Mixtures are not followed. */
  #signsBetween(targets: readonly Expression[]): number {
    const { source } = this;
    const gaps = targets.map(({ to }, index) =>
      source.slice(to, targets.at(index + 1)?.from ?? to),
    );
    const signs = gaps.filter(gap => gap.includes('=')).length;
    const first = source.slice(targets[0].to, targets[0].to + 8);
    const isMixed = signs > 0 && signs < targets.length - 1;
    if (isMixed || (targets.length === 1 && /^\s*,/.test(first))) throw new Beyond('such targets');
    return signs;
  }

  #update(target: Expression, operator: string, value: Expression): void {
    const before = this.place(target);
    const added = this.evaluate(value);
    if (before.kind !== 'object') {
      this.doubt(added, 'used in an operation that is not followed');
      this.heap.drop(added);
      this.store(target, UNKNOWN);
      return;
    }
    const { kind, slots } = this.heap.object(before.id);
    const isSequence = added.kind === 'object' && this.heap.object(added.id).kind !== 'instance';
    if (operator !== '+=' || kind !== 'list' || !isSequence) {
      throw new Beyond(`“${operator}” of an object`);
    }
    const more = [...this.heap.object(added.id).slots.values()];
    for (const element of more) this.heap.hold(element);
    this.heap.setElements(before.id, [...slots.values(), ...more], false);
    this.heap.drop(added);
  }

  protected override call(definition: FunctionStatement, names: Map<string, Value>): Value {
    if (this.frames.length > MOST_FRAMES) throw new Beyond('calls nested deeply');
    const locals = localsOf(definition, this.source);
    const call = ++this.#callCount;
    const frame: Frame = { name: `${definition.name}()`, call, names, locals };
    const caller = this.#at;
    this.frames.push(frame);
    const returned = this.#block(definition.body);
    this.frames.pop();
    this.#at = caller;
    for (const value of frame.names.values()) this.heap.drop(value);
    return returned?.value ?? NONE;
  }
}

interface Rounds {
  readonly sequence: Value;
  /** What the loop's name is bound to in a round, not held; undefined after the last. */
  readonly at: (round: number) => Value | undefined;
}

function numberValue(value: number): Value {
  return { kind: 'plain', text: String(value), lifetime: value <= 256 ? 'immortal' : 'unknown' };
}

function firstWord(text: string): string {
  return /^\w+/.exec(text)?.[0] ?? text.slice(0, 20);
}

/** Parameters and all that the body binds, less what it declares global. */
function localsOf(definition: FunctionStatement, source: string): ReadonlySet<string> {
  const names = new Set<string>(definition.parameters);
  const add = (target: Expression): void => {
    if (target.kind === 'name') names.add(target.name);
    if (target.kind === 'other' && displayOf(target.node)) target.parts.forEach(add);
  };
  const globals: string[] = [];
  const visit = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'assign' || statement.kind === 'for') statement.targets.forEach(add);
      if (statement.kind === 'for') visit(statement.body);
      if (statement.kind === 'import')
        statement.names.forEach(({ boundName }) => names.add(boundName));
      if (statement.kind === 'simple' && statement.node === 'DeleteStatement')
        statement.expressions.forEach(add);
      if (statement.kind === 'simple' && statement.node === 'ScopeStatement') {
        globals.push(
          ...source
            .slice(statement.from, statement.to)
            .split(/[\s,]+/)
            .slice(1),
        );
      }
    }
  };
  visit(definition.body);
  for (const name of globals) names.delete(name);
  return names;
}
