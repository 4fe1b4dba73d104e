// Walks a whole file once: every statement and every call, with what is around it.

import {
  blocksOf,
  expressionsOf,
  partsOf,
  type CallExpression,
  type ClassStatement,
  type Expression,
  type FunctionStatement,
  type Statement,
} from './pythonCode';

/** What is around a place in the code, from outside to inside. */
export interface Surroundings {
  /** Enclosing compound statements, outermost first. */
  readonly enclosing: readonly Statement[];
  /** The innermost function, if any. */
  readonly owner: FunctionStatement | undefined;
  /** The class whose method `owner` is, if it is one. */
  readonly ownerClass: ClassStatement | undefined;
}

export interface PlacedCall extends Surroundings {
  readonly call: CallExpression;
  /** The statement in whose own line the call stands. */
  readonly statement: Statement;
}

export interface PlacedStatement extends Surroundings {
  readonly statement: Statement;
}

export interface WalkedCode {
  readonly calls: readonly PlacedCall[];
  readonly statements: readonly PlacedStatement[];
}

/** Lists all calls and statements in the order of the text. */
export function walkCode(statements: readonly Statement[]): WalkedCode {
  const calls: PlacedCall[] = [];
  const placed: PlacedStatement[] = [];
  const visit = (block: readonly Statement[], around: Surroundings): void => {
    for (const statement of block) {
      placed.push({ statement, ...around });
      for (const expression of expressionsOf(statement)) {
        for (const call of callsIn(expression)) calls.push({ call, statement, ...around });
      }
      const inside = surroundingsIn(statement, around);
      for (const inner of blocksOf(statement)) visit(inner, inside);
    }
  };
  visit(statements, { enclosing: [], owner: undefined, ownerClass: undefined });
  return { calls, statements: placed };
}

function surroundingsIn(statement: Statement, around: Surroundings): Surroundings {
  const enclosing = [...around.enclosing, statement];
  if (statement.kind === 'class') return { enclosing, owner: undefined, ownerClass: statement };
  if (statement.kind !== 'function') return { ...around, enclosing };
  const outer = around.enclosing.at(-1);
  const ownerClass = outer?.kind === 'class' ? outer : undefined;
  return { enclosing, owner: statement, ownerClass };
}

/** All calls inside an expression, outer before inner; lambdas included. */
export function callsIn(expression: Expression): readonly CallExpression[] {
  const calls: CallExpression[] = [];
  addCalls(expression, calls);
  return calls;
}

function addCalls(expression: Expression, calls: CallExpression[]): void {
  if (expression.kind === 'call') calls.push(expression);
  for (const part of partsOf(expression)) addCalls(part, calls);
}

/** The argument given by this keyword or at this position; undefined where `*args` make the position uncertain. */
export function argumentOf(
  call: CallExpression,
  keyword: string | undefined,
  position: number | undefined,
): Expression | undefined {
  const named = keyword && call.args.find(argument => argument.keyword === keyword);
  if (named) return named.value;
  if (position === undefined) return undefined;
  const positional = call.args.filter(argument => argument.keyword === undefined);
  const isCertain = positional.slice(0, position + 1).every(argument => argument.star === '');
  return isCertain ? positional.at(position)?.value : undefined;
}
