// What a function of the file spends its time on, as far as its code tells: computing, waiting, or neither for sure.

import { firstIndex } from '../../core/search';
import type { CostClause, Mark, Marks } from '../annotations/marks';
import type { Names } from '../python/names';
import { isDatabaseCall, isWaiting, isWaitingCall, weightOf } from './knownCalls';
import {
  blocksOf,
  dottedName,
  expressionsOf,
  partsOf,
  type CallExpression,
  type Expression,
  type FunctionStatement,
  type Statement,
  type WhileStatement,
} from '../python/pythonCode';
import { releaseOf, type ReleaseRow } from './releases';
import { callsIn } from '../python/walkCode';

/**
 * `computes`: Python bytecode or C code that keeps the GIL, and nothing that lets go of it for long.
 * `waits`: blocking calls and little else. `unknown`: neither is certain.
 */
export type Workload = 'computes' | 'waits' | 'unknown';

interface Evidence {
  waits: boolean;
  /** Arithmetic in a loop. */
  computes: boolean;
  /** Arithmetic in loops inside loops, recursion and the like: a call of something unknown beside it changes little. */
  computesMuch: boolean;
  /** A call of which nobody knows what it does. */
  hasUnknown: boolean;
  /** A call that may wait or release the GIL, or code that is compiled or runs later. */
  isUncertain: boolean;
}

/** Decorators that compile a function, or run it elsewhere. */
const COMPILED =
  /^(?:numba|jax|cython|pythran|taichi|triton|cupy|ray|dask|celery|modal|pyximport|torch\.(?:jit|compile))\b|(?:^|\.)(?:n?jit|vectorize|guvectorize|compile|task|shared_task|contextmanager)$/;

/** Judges functions of one file; remembers what it judged. */
export class Workloads {
  readonly #names: Names;
  readonly #marks: Marks | undefined;
  readonly #known = new Map<FunctionStatement, Evidence>();
  readonly #judged = new Map<FunctionStatement, Workload>();
  #inOrder: readonly Mark[] | undefined;

  /** Annotations, where there are any, are believed rather than the code. */
  constructor(names: Names, marks: Marks | undefined) {
    this.#names = names;
    this.#marks = marks;
  }

  of(statement: FunctionStatement): Workload {
    const known = this.#judged.get(statement);
    if (known) return known;
    const workload = this.#annotated(statement) ?? judged(this.#evidence(statement));
    this.#judged.set(statement, workload);
    return workload;
  }

  #annotated(statement: FunctionStatement): Workload | undefined {
    const costs = this.#costsInside(statement);
    if (costs.length === 0) return undefined;
    const total = (kinds: readonly string[]) =>
      costs.reduce((sum, { cost, ns }) => sum + (kinds.includes(cost) ? ns : 0), 0);
    const held = total(['compute', 'holds']);
    const waited = total(['io', 'sleep']);
    const all = held + waited + total(['releases']);
    if (held > 0.6 * all) return 'computes';
    return waited > 0.9 * all ? 'waits' : 'unknown';
  }

  /** The costs in a function, and in the functions of the file that it calls. */
  #costsInside(statement: FunctionStatement, seen = new Set<FunctionStatement>()): CostClause[] {
    const marks = this.#marks?.byTarget;
    if (!marks || marks.size === 0 || seen.has(statement)) return [];
    seen.add(statement);
    const { from, to } = statement;
    const own = this.#marksFrom(from, to).flatMap((mark: Mark) =>
      mark.target.to <= to ? mark.costs : [],
    );
    const called = this.#functionsCalledIn(statement.body);
    return [...own, ...called.flatMap(inner => this.#costsInside(inner, seen))];
  }

  /** The marks of what begins in a stretch of the text. */
  #marksFrom(from: number, to: number): readonly Mark[] {
    this.#inOrder ??= [...(this.#marks?.byTarget.values() ?? [])].sort(
      (a, b) => a.target.from - b.target.from,
    );
    return this.#inOrder.slice(firstFrom(this.#inOrder, from), firstFrom(this.#inOrder, to));
  }

  #functionsCalledIn(statements: readonly Statement[]): FunctionStatement[] {
    return statements.flatMap(statement => [
      ...expressionsOf(statement)
        .flatMap(callsIn)
        .flatMap(call => this.#names.functionOf(call.callee) ?? []),
      ...blocksOf(statement).flatMap(block => this.#functionsCalledIn(block)),
    ]);
  }

  #evidence(statement: FunctionStatement): Evidence {
    const known = this.#known.get(statement);
    if (known) return known;
    const evidence: Evidence = {
      waits: false,
      computes: false,
      computesMuch: false,
      hasUnknown: false,
      isUncertain: statement.isAsync || this.#isCompiled(statement) || isGenerator(statement.body),
    };
    // Recursion finds this entry, and adds nothing.
    this.#known.set(statement, evidence);
    this.#block(statement.body, 0, evidence);
    if (this.#isRecursion(statement)) evidence.computesMuch = true;
    return evidence;
  }

  #isCompiled({ decorators }: FunctionStatement): boolean {
    return decorators.some(decorator => {
      const name = decorator.kind === 'call' ? decorator.callee : decorator;
      return COMPILED.test(this.#names.pathOf(name) ?? dottedName(name) ?? '');
    });
  }

  /** `return fib(n - 1) + fib(n - 2)`: the work is in how often it calls itself. */
  #isRecursion(statement: FunctionStatement): boolean {
    const isOwn = (call: CallExpression) => this.#names.functionOf(call.callee) === statement;
    const expressions = flattened(statement.body).flatMap(expressionsOf);
    const ownCount = expressions.flatMap(callsIn).filter(isOwn).length;
    if (ownCount === 0) return false;
    const isInSum = (expression: Expression): boolean =>
      (isOperation(expression) && callsIn(expression).some(isOwn)) ||
      partsOf(expression).some(isInSum);
    return ownCount > 1 || expressions.some(isInSum);
  }

  #block(statements: readonly Statement[], loopDepth: number, evidence: Evidence): void {
    for (const statement of statements) {
      if (statement.kind === 'function' || statement.kind === 'class') continue;
      this.#statement(statement, loopDepth, evidence);
    }
  }

  #statement(statement: Statement, loopDepth: number, evidence: Evidence): void {
    const isLoop = statement.kind === 'for' || statement.kind === 'while';
    // The test of a `while` belongs to its rounds; so does the walk over a `for`'s items.
    const depth = loopDepth + (isLoop ? 1 : 0);
    if (depth > 0 && isArithmetic(statement)) {
      evidence.computes = true;
      if (depth > 1 || isSearching(statement)) evidence.computesMuch = true;
    }
    if (statement.kind === 'while' && isBusyLoop(statement)) evidence.computesMuch = true;
    for (const expression of expressionsOf(statement)) {
      if (hasBusyComprehension(expression)) {
        evidence.computes = true;
        if (depth > 0) evidence.computesMuch = true;
      }
      for (const call of callsIn(expression)) this.#call(call, depth, evidence);
    }
    for (const block of blocksOf(statement)) this.#block(block, depth, evidence);
  }

  #call(call: CallExpression, loopDepth: number, evidence: Evidence): void {
    const path = this.#names.pathOf(call.callee);
    if (isWaiting(path) || isDatabaseCall(path)) {
      if (isDatabaseCall(path) || isWaitingCall(call, this.#names)) evidence.waits = true;
      else evidence.hasUnknown = true;
      return;
    }
    const own = this.#names.calledBy(call);
    if (own) {
      this.#ownCall(own, loopDepth, evidence);
      return;
    }
    if (this.#names.classOf(call.callee)) return;
    const row = releaseOf(call, this.#names);
    if (row?.gil === 'holds' && loopDepth > 0 && HEAVY.test(row.name)) evidence.computes = true;
    if (row?.gil === 'holds') return;
    const weight = weightOf(call.callee, path);
    if (weight === 'light') {
      if (path === 'sum' && sumsRange(call)) evidence.computes = true;
      return;
    }
    evidence.hasUnknown = true;
    if (weight === 'elsewhere' || row) evidence.isUncertain = true;
  }

  #ownCall(own: FunctionStatement, loopDepth: number, evidence: Evidence): void {
    const inner = this.#evidence(own);
    evidence.waits ||= inner.waits;
    evidence.isUncertain ||= inner.isUncertain;
    evidence.hasUnknown ||= inner.hasUnknown;
    evidence.computes ||= inner.computes;
    evidence.computesMuch ||= inner.computesMuch || (inner.computes && loopDepth > 0);
  }
}

/** The first of some marks, which are in the order of the text, at a place or after it. */
function firstFrom(marks: readonly Mark[], at: number): number {
  return firstIndex(0, marks.length, i => marks[i].target.from >= at);
}

/** Calls that are work in themselves when a loop makes them. */
const HEAVY =
  /^(?:re\.(?!compile)|json\.|pickle|marshal|sorted|copy\.deepcopy|decimal|difflib|xml|PyYAML|orjson|ujson|simplejson|msgpack|math\.factorial|int (?:multiplication|to str)|pow|csv|ast\.parse|html\.parser|email\.|configparser|unicodedata|numpy\.(?:loadtxt|vectorize)|pandas (?:to_csv|groupby\.apply|string)|networkx|libcst|sympy|scipy\.(?:optimize|integrate)|protobuf)/;

function judged(evidence: Evidence): Workload {
  const { waits, computes, computesMuch, hasUnknown, isUncertain } = evidence;
  const isWork = computesMuch || (computes && !hasUnknown);
  if (isUncertain || waits === (computes || computesMuch)) return 'unknown';
  if (isWork) return 'computes';
  return waits && !hasUnknown ? 'waits' : 'unknown';
}

/** `sum(range(10 ** 8))`: a loop inside C that keeps the GIL. */
function sumsRange({ args }: CallExpression): boolean {
  const value = args.at(0)?.value;
  return value?.kind === 'call' && value.callee.kind === 'name' && value.callee.name === 'range';
}

/** A test with arithmetic and without calls that a loop repeats: `if n % d == 0`. */
function isSearching(statement: Statement): boolean {
  if (statement.kind !== 'if' && statement.kind !== 'while') return false;
  return expressionsOf(statement).every(expression => callsIn(expression).length === 0);
}

/** A function with `yield` runs nothing when it is called. */
function isGenerator(body: readonly Statement[]): boolean {
  const isYield = (expression: Expression): boolean =>
    (expression.kind === 'other' && expression.node === 'YieldExpression') ||
    (expression.kind !== 'lambda' && partsOf(expression).some(isYield));
  return flattened(body).some(
    statement =>
      (statement.kind === 'simple' && statement.node === 'YieldStatement') ||
      expressionsOf(statement).some(isYield),
  );
}

/** The statements of a block and of the blocks inside, without those of functions and classes defined there. */
function flattened(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap(statement =>
    statement.kind === 'function' || statement.kind === 'class'
      ? []
      : [statement, ...blocksOf(statement).flatMap(flattened)],
  );
}

/** Whether a row of the data is work in itself rather than a moment. */
export function isHeavy(row: ReleaseRow): boolean {
  return HEAVY.test(row.name);
}

/** Whether a line is a loop in itself: `sum(n * n for n in numbers)`. */
export function isLoopInOneLine(statement: Statement): boolean {
  return blocksOf(statement).length === 0 && expressionsOf(statement).some(hasBusyComprehension);
}

/** Whether a statement inside a loop, or the loop itself, shows that its rounds compute. */
export function isBusyInLoop(statement: Statement): boolean {
  if (statement.kind === 'while' && isBusyLoop(statement)) return true;
  return isLoopInOneLine(statement) || isArithmetic(statement);
}

/** Arithmetic that a loop repeats: `x += y`, `a = b * c`. Counting alone (`n += 1`) proves nothing. */
function isArithmetic(statement: Statement): boolean {
  if (statement.kind === 'while') return hasOperator(statement.test);
  if (statement.kind === 'if') {
    return statement.branches.some(({ header }) => header.some(hasOperator));
  }
  if (statement.kind !== 'assign') return false;
  if (statement.operator !== '=') {
    const isCounting = statement.value?.kind === 'number' && statement.value.text === '1';
    return !isCounting && isNumeric(statement.value);
  }
  return hasOperator(statement.value);
}

/** A `while` that changes numbers and calls nothing: only computing can end it. */
function isBusyLoop({ test, body }: WhileStatement): boolean {
  const isPlain = body.every(
    statement =>
      statement.kind === 'assign' &&
      expressionsOf(statement).every(expression => callsIn(expression).length === 0),
  );
  return body.length > 0 && isPlain && test !== undefined && callsIn(test).length === 0;
}

/** A sum of numbers rather than of strings or lists. */
function isNumeric(value: Expression | undefined): boolean {
  if (!value || isText(value)) return false;
  if (value.kind === 'number' || hasOperator(value)) return true;
  return value.kind === 'name';
}

function hasOperator(expression: Expression | undefined): boolean {
  if (!expression) return false;
  if (isOperation(expression) && !partsOf(expression).some(isText)) return true;
  return partsOf(expression).some(hasOperator);
}

function isOperation(expression: Expression): boolean {
  return (
    expression.kind === 'other' &&
    expression.node === 'BinaryExpression' &&
    /^(?:[-*/%&|^]|\/\/|\*\*|<<|>>|\+)$/.test(expression.operator ?? '')
  );
}

/** Text, also with replacement fields: adding it up is no arithmetic. */
function isText(expression: Expression): boolean {
  return (
    expression.kind === 'string' ||
    (expression.kind === 'other' &&
      (expression.node === 'FormatString' || expression.node === 'ContinuedString'))
  );
}

/** `sum(i * i for i in range(n))`: a loop in one line. */
function hasBusyComprehension(expression: Expression): boolean {
  if (expression.kind === 'lambda') return false;
  if (expression.kind === 'comprehension' && expression.parts.some(hasOperator)) return true;
  return partsOf(expression).some(hasBusyComprehension);
}
