// Functions that need nothing but their parameters: interpreters take them without a name in a module.

import type { RuleContext } from './advice';
import {
  blocksOf,
  expressionsOf,
  partsOf,
  type Expression,
  type FunctionStatement,
  type LambdaExpression,
} from '../python/pythonCode';

/**
 * Whether a function uses no name of the file and of functions around, and has no defaults. Seen on CPython 3.14 and
 * 3.15: `Interpreter.call` and `InterpreterPoolExecutor.submit` take such lambdas and nested functions, and no others.
 */
export function isStateless(
  made: FunctionStatement | LambdaExpression,
  { names, source }: RuleContext,
): boolean {
  const bodyFrom = made.kind === 'lambda' ? made.body.from : made.headerTo;
  if (/[^=!<>]=[^=]/.test(source.slice(made.from, bodyFrom))) return false;
  const body = made.kind === 'lambda' ? [made.body] : made.body.flatMap(allExpressions);
  return !body.some(expression => usesOutside(expression));

  function usesOutside(expression: Expression): boolean {
    if (expression.kind === 'name') {
      if (made.parameters.includes(expression.name)) return false;
      return names.isFromOutside(expression, made);
    }
    return partsOf(expression).some(usesOutside);
  }
}

function allExpressions(statement: Parameters<typeof expressionsOf>[0]): readonly Expression[] {
  return [...expressionsOf(statement), ...blocksOf(statement).flat().flatMap(allExpressions)];
}
