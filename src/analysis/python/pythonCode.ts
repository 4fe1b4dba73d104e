// Python source as plain data: the statements and expressions the analysis asks about, with their places.

import type { SourceRange } from './findings';

export type Expression =
  | NameExpression
  | AttributeExpression
  | CallExpression
  | NumberExpression
  | StringExpression
  | LambdaExpression
  | ComprehensionExpression
  | OtherExpression;

export interface NameExpression extends SourceRange {
  readonly kind: 'name';
  readonly name: string;
}

/** `object.name` */
export interface AttributeExpression extends SourceRange {
  readonly kind: 'attribute';
  readonly object: Expression;
  readonly name: string;
}

export interface CallExpression extends SourceRange {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly args: readonly Argument[];
}

/** `value`, `keyword=value`, `*value` or `**value`. */
export interface Argument {
  readonly keyword: string | undefined;
  readonly star: '' | '*' | '**';
  readonly value: Expression;
}

export interface NumberExpression extends SourceRange {
  readonly kind: 'number';
  readonly text: string;
}

/** A string without replacement fields; `text` includes quotes and prefix. */
export interface StringExpression extends SourceRange {
  readonly kind: 'string';
  readonly text: string;
}

export interface LambdaExpression extends SourceRange {
  readonly kind: 'lambda';
  readonly parameters: readonly string[];
  readonly body: Expression;
}

/** List, set, dict comprehension or generator expression. */
export interface ComprehensionExpression extends SourceRange {
  readonly kind: 'comprehension';
  /** Evaluated every round: the element (key and value), conditions, inner iterables. */
  readonly parts: readonly Expression[];
  /** The iterable of the first `for`, evaluated once. */
  readonly iterable: Expression | undefined;
  readonly isLazy: boolean;
}

/**
 * All else: what matters are the expressions inside. `node` is the grammar's name, `operator` its sign if it has one;
 * `…` if there are more parts than are read.
 */
export interface OtherExpression extends SourceRange {
  readonly kind: 'other';
  readonly node: string;
  readonly operator: string | undefined;
  readonly parts: readonly Expression[];
}

export type Statement =
  | FunctionStatement
  | ClassStatement
  | ForStatement
  | WhileStatement
  | WithStatement
  | BranchingStatement
  | AssignStatement
  | ImportStatement
  | SimpleStatement;

interface Compound extends SourceRange {
  /** Where the header ends: at the colon. */
  readonly headerTo: number;
}

export interface FunctionStatement extends Compound {
  readonly kind: 'function';
  readonly name: string;
  readonly nameRange: SourceRange;
  readonly isAsync: boolean;
  readonly decorators: readonly Expression[];
  readonly parameters: readonly string[];
  /** The written type of each parameter, in the order of `parameters`. */
  readonly parameterTypes: readonly (Expression | undefined)[];
  readonly body: readonly Statement[];
}

export interface ClassStatement extends Compound {
  readonly kind: 'class';
  readonly name: string;
  readonly bases: readonly Argument[];
  readonly decorators: readonly Expression[];
  readonly body: readonly Statement[];
}

export interface ForStatement extends Compound {
  readonly kind: 'for';
  readonly targets: readonly Expression[];
  readonly iterable: Expression | undefined;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Branch[];
}

export interface WhileStatement extends Compound {
  readonly kind: 'while';
  readonly test: Expression | undefined;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Branch[];
}

export interface WithStatement extends Compound {
  readonly kind: 'with';
  readonly items: readonly WithItem[];
  readonly body: readonly Statement[];
}

export interface WithItem {
  readonly context: Expression;
  readonly name: Expression | undefined;
}

/** `if`, `try`, `match`: blocks of which some run. */
export interface BranchingStatement extends Compound {
  readonly kind: 'if' | 'try' | 'match';
  /** What a `match` looks at. */
  readonly subject: Expression | undefined;
  readonly branches: readonly Branch[];
}

export type BranchWord = 'if' | 'elif' | 'else' | 'try' | 'except' | 'finally' | 'case';

export interface Branch extends Compound {
  readonly kind: 'branch';
  readonly word: BranchWord;
  readonly header: readonly Expression[];
  readonly body: readonly Statement[];
}

/** `a = b = value`, `a: int = value`, `a += value`; the operator is `=` or `+=` and so on. */
export interface AssignStatement extends SourceRange {
  readonly kind: 'assign';
  readonly targets: readonly Expression[];
  readonly operator: string;
  readonly value: Expression | undefined;
  /** The written type: `lock` in `guard: lock`. */
  readonly type: Expression | undefined;
}

/** One bound name of an import: `import a.b as c` has no `member`, `from a import b` has. `*` is a member too. */
export interface ImportedName {
  readonly module: string;
  readonly member: string | undefined;
  readonly boundName: string;
  readonly range: SourceRange;
}

export interface ImportStatement extends SourceRange {
  readonly kind: 'import';
  readonly names: readonly ImportedName[];
}

/**
 * Any other statement of one line: the expressions it evaluates, in order. `node` is the grammar's name, but
 * `NonlocalStatement` for what the grammar calls a `ScopeStatement` with `nonlocal`.
 */
export interface SimpleStatement extends SourceRange {
  readonly kind: 'simple';
  readonly node: string;
  readonly expressions: readonly Expression[];
}

export interface PythonComment extends SourceRange {
  readonly text: string;
}

export interface PythonFile {
  readonly statements: readonly Statement[];
  readonly comments: readonly PythonComment[];
  /** The first place that the parser could not read. */
  readonly firstError: SourceRange | undefined;
  /** Whether nesting went beyond what is read (and beyond what CPython accepts); then the rest inside is left out. */
  readonly isTooDeep: boolean;
}

/** The blocks inside a statement, in the order of the text. */
export function blocksOf(statement: Statement): readonly (readonly Statement[])[] {
  switch (statement.kind) {
    case 'function':
    case 'class':
    case 'with':
      return [statement.body];
    case 'for':
    case 'while':
      return [statement.body, ...statement.otherwise.map(branch => branch.body)];
    case 'if':
    case 'try':
    case 'match':
      return statement.branches.map(branch => branch.body);
    default:
      return [];
  }
}

/** The expressions of a statement's own line (its header, if it has blocks), in the order of evaluation. */
export function expressionsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case 'function':
      return statement.decorators;
    case 'class':
      return [...statement.decorators, ...statement.bases.map(base => base.value)];
    case 'for':
      return statement.iterable ? [statement.iterable] : [];
    case 'while':
      return statement.test ? [statement.test] : [];
    case 'with':
      return statement.items.map(item => item.context);
    case 'if':
    case 'try':
    case 'match':
      return [
        ...(statement.subject ? [statement.subject] : []),
        ...statement.branches.flatMap(branch => branch.header),
      ];
    case 'assign':
      return [...(statement.value ? [statement.value] : []), ...statement.targets];
    case 'import':
      return [];
    case 'simple':
      return statement.expressions;
  }
}

/** The expressions directly inside an expression, in the order of evaluation. A lambda's body counts as inside. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'attribute':
      return [expression.object];
    case 'call':
      return [expression.callee, ...expression.args.map(argument => argument.value)];
    case 'lambda':
      return [expression.body];
    case 'comprehension':
      return expression.iterable ? [expression.iterable, ...expression.parts] : expression.parts;
    case 'other':
      return expression.parts;
    default:
      return [];
  }
}

/** `a.b.c` as text, or undefined if the expression is anything but names joined by dots. */
export function dottedName(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind !== 'attribute') return undefined;
  const object = dottedName(expression.object);
  return object === undefined ? undefined : `${object}.${expression.name}`;
}
