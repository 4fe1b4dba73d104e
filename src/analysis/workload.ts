// What a function of the file spends its time on, as far as its code tells: computing, waiting, or neither for sure.

import type { CostClause, Mark, Marks } from './marks';
import type { Names } from './names';
import {
  blocksOf,
  expressionsOf,
  partsOf,
  type Expression,
  type FunctionStatement,
  type Statement,
  type WhileStatement,
} from './pythonCode';
import { releaseOf, type ReleaseRow } from './releases';
import { callsIn } from './walkCode';

/**
 * `computes`: Python bytecode or C code that keeps the GIL, and nothing that lets go of it for long.
 * `waits`: blocking calls and little else. `unknown`: neither is certain.
 */
export type Workload = 'computes' | 'waits' | 'unknown';

/** Blocking calls: their time is spent outside the program. */
const WAITING = new Set([
  'time.sleep',
  'input',
  'urllib.request.urlopen',
  'subprocess.run',
  'subprocess.call',
  'subprocess.check_call',
  'subprocess.check_output',
  'subprocess.Popen().wait',
  'subprocess.Popen().communicate',
  'socket.create_connection',
  'socket.getaddrinfo',
  'socket.gethostbyname',
  'select.select',
  'queue.Queue().get',
  'queue.SimpleQueue().get',
  'threading.Event().wait',
  'threading.Condition().wait',
  'threading.Thread().join',
  'http.client.HTTPConnection().getresponse',
  'http.client.HTTPSConnection().getresponse',
  ...['get', 'post', 'put', 'patch', 'delete', 'head', 'request'].flatMap(method => [
    `requests.${method}`,
    `requests.Session().${method}`,
    `requests.session().${method}`,
    `httpx.${method}`,
    `httpx.Client().${method}`,
  ]),
  ...['recv', 'recv_into', 'accept', 'connect', 'sendall', 'send'].flatMap(method => [
    `socket.socket().${method}`,
    `socket.create_connection().${method}`,
  ]),
]);

/** Whether a path, as `Names.pathOf` gives it, is a call that waits for something outside the program. */
export function isWaiting(path: string | undefined): boolean {
  return path !== undefined && WAITING.has(path);
}

/** Quick calls that keep the GIL: they neither hide waiting nor prove work. */
const LIGHT_BUILTINS = new Set(
  'abs all any bin bool bytearray bytes chr complex dict divmod enumerate filter float format frozenset getattr hash hex int isinstance iter len list map max min next ord pow print range repr reversed round set sorted str sum tuple zip ValueError TypeError RuntimeError'.split(
    ' ',
  ),
);
const LIGHT_MODULES =
  /^(?:math|cmath|operator|itertools|functools|collections|random|decimal|fractions|statistics|time\.(?:time|perf_counter|monotonic)|string|re|json|copy|struct|bisect|heapq|array|logging)\b/;
const LIGHT_METHODS = new Set(
  'append extend insert pop add discard remove clear copy items keys values setdefault count index find split rsplit splitlines strip lstrip rstrip join lower upper title replace startswith endswith encode decode format sort reverse group groups isdigit isalpha bit_length most_common appendleft popleft'.split(
    ' ',
  ),
);
const RESULT_OF_WAITING =
  /^(?:requests|httpx|urllib\.request|http\.client|subprocess)\b.*\(\)\.(?:json|read|raise_for_status|close|decode|iter_lines|strip)(?:\(\)\.\w+)*$/;

interface Evidence {
  waits: boolean;
  computes: boolean;
  /** A call of which nobody knows what it does, or that lets go of the GIL to work. */
  isUncertain: boolean;
}

/** Judges functions of one file; remembers what it judged. */
export class Workloads {
  readonly #names: Names;
  readonly #marks: Marks | undefined;
  readonly #known = new Map<FunctionStatement, Evidence>();

  /** Annotations, where there are any, are believed rather than the code. */
  constructor(names: Names, marks: Marks | undefined) {
    this.#names = names;
    this.#marks = marks;
  }

  of(statement: FunctionStatement): Workload {
    return this.#annotated(statement) ?? judged(this.#evidence(statement));
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
    const own = [...marks.values()].flatMap((mark: Mark) =>
      mark.target.from >= from && mark.target.to <= to ? mark.costs : [],
    );
    const called = this.#functionsCalledIn(statement.body);
    return [...own, ...called.flatMap(inner => this.#costsInside(inner, seen))];
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
    const evidence: Evidence = { waits: false, computes: false, isUncertain: statement.isAsync };
    // Recursion finds this entry, and adds nothing.
    this.#known.set(statement, evidence);
    this.#block(statement.body, 0, evidence);
    return evidence;
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
    if (depth > 0 && isArithmetic(statement)) evidence.computes = true;
    if (statement.kind === 'while' && isBusyLoop(statement)) evidence.computes = true;
    for (const expression of expressionsOf(statement)) {
      if (hasBusyComprehension(expression)) evidence.computes = true;
      for (const call of callsIn(expression)) this.#call(call, depth, evidence);
    }
    for (const block of blocksOf(statement)) this.#block(block, depth, evidence);
  }

  #call(call: Expression, loopDepth: number, evidence: Evidence): void {
    if (call.kind !== 'call') return;
    const path = this.#names.pathOf(call.callee);
    if (isWaiting(path)) {
      evidence.waits = true;
      return;
    }
    const own = this.#names.functionOf(call.callee);
    if (own) {
      const inner = this.#evidence(own);
      evidence.waits ||= inner.waits;
      evidence.isUncertain ||= inner.isUncertain;
      evidence.computes ||= inner.computes;
      return;
    }
    const row = releaseOf(call, this.#names);
    if (row?.gil === 'holds' && loopDepth > 0 && HEAVY.test(row.name)) evidence.computes = true;
    if (row?.gil === 'holds' || this.#isLight(call.callee, path)) return;
    evidence.isUncertain = true;
  }

  #isLight(callee: Expression, path: string | undefined): boolean {
    if (path !== undefined && (LIGHT_BUILTINS.has(path) || LIGHT_MODULES.test(path))) return true;
    if (path !== undefined && RESULT_OF_WAITING.test(path)) return true;
    return callee.kind === 'attribute' && LIGHT_METHODS.has(callee.name) && !this.#isModule(callee);
  }

  /** `requests.update(…)` is no list's method. */
  #isModule(callee: Expression): boolean {
    const path = this.#names.pathOf(callee);
    return path !== undefined && !path.includes('()') && path.includes('.');
  }
}

/** Calls that are work in themselves when a loop makes them. */
const HEAVY = /^(?:re\.|json|pickle|sorted|copy\.deepcopy|decimal|difflib|xml|PyYAML|orjson)/;

function judged({ waits, computes, isUncertain }: Evidence): Workload {
  if (isUncertain || waits === computes) return 'unknown';
  return computes ? 'computes' : 'waits';
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
    return !isCounting && statement.value?.kind !== 'string' && isNumeric(statement.value);
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
  if (!value) return false;
  if (value.kind === 'number' || hasOperator(value)) return true;
  return value.kind === 'name';
}

function hasOperator(expression: Expression | undefined): boolean {
  if (!expression) return false;
  const isOperation =
    expression.kind === 'other' &&
    expression.node === 'BinaryExpression' &&
    /^(?:[-*/%&|^]|\/\/|\*\*|<<|>>|\+)$/.test(expression.operator ?? '');
  if (isOperation && !expression.parts.some(part => part.kind === 'string')) return true;
  return partsOf(expression).some(hasOperator);
}

/** `sum(i * i for i in range(n))`: a loop in one line. */
function hasBusyComprehension(expression: Expression): boolean {
  if (expression.kind === 'lambda') return false;
  if (expression.kind === 'comprehension' && expression.parts.some(hasOperator)) return true;
  return partsOf(expression).some(hasBusyComprehension);
}
