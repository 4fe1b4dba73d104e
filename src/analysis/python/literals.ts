// What can be known of numbers without running anything: literals, names bound once to a literal, `range`.

import { blocksOf, type Expression, type Statement } from './pythonCode';

/** Whole numbers bound exactly once at the top of the file: `ROUNDS = 10`. */
export type Constants = ReadonlyMap<string, number>;

/** Finds names that the whole file binds exactly once, at its top level, to a whole number. */
export function constantsOf(statements: readonly Statement[]): Constants {
  const constants = new Map<string, number>();
  for (const statement of statements) {
    if (statement.kind !== 'assign' || statement.operator !== '=') continue;
    const [target] = statement.targets;
    if (statement.targets.length !== 1 || target.kind !== 'name') continue;
    const value = wholeNumber(statement.value, new Map());
    if (value !== undefined) constants.set(target.name, value);
  }
  if (constants.size === 0) return constants;
  const boundCount = new Map<string, number>([...constants.keys()].map(name => [name, 0]));
  countBindings(statements, boundCount);
  for (const [name, count] of boundCount) if (count !== 1) constants.delete(name);
  return constants;
}

/** Counts how often the names of the map are bound. */
function countBindings(statements: readonly Statement[], counts: Map<string, number>): void {
  const bind = (name: string): void => {
    const count = counts.get(name);
    if (count !== undefined) counts.set(name, count + 1);
  };
  for (const statement of statements) {
    if (statement.kind === 'assign' || statement.kind === 'for') {
      for (const target of statement.targets) if (target.kind === 'name') bind(target.name);
    } else if (statement.kind === 'function') {
      statement.parameters.forEach(bind);
    } else if (statement.kind === 'import') {
      for (const name of statement.names) bind(name.boundName);
    }
    for (const block of blocksOf(statement)) countBindings(block, counts);
  }
}

/** The whole number that an expression is, if it is a literal or a known constant. */
export function wholeNumber(
  expression: Expression | undefined,
  constants: Constants,
): number | undefined {
  if (expression?.kind === 'name') return constants.get(expression.name);
  if (expression?.kind !== 'number' || !/^\d[\d_]*$/.test(expression.text)) return undefined;
  const value = Number(expression.text.replaceAll('_', ''));
  return Number.isSafeInteger(value) ? value : undefined;
}

/** How many rounds a loop over this expression makes: `range(10)`, `range(2, 10, 2)`, a list or tuple display. */
export function roundCount(
  iterable: Expression | undefined,
  constants: Constants,
): number | undefined {
  if (iterable?.kind === 'other') {
    const isDisplay = iterable.node === 'ArrayExpression' || iterable.node === 'TupleExpression';
    return isDisplay && iterable.operator === undefined ? iterable.parts.length : undefined;
  }
  if (iterable?.kind !== 'call' || iterable.callee.kind !== 'name') return undefined;
  if (iterable.callee.name === 'enumerate' && iterable.args.length > 0) {
    return roundCount(iterable.args[0].value, constants);
  }
  if (iterable.callee.name !== 'range') return undefined;
  if (iterable.args.some(argument => argument.star !== '' || argument.keyword)) return undefined;
  const numbers = iterable.args.map(argument => wholeNumber(argument.value, constants));
  const [first, second, step = 1] = numbers;
  if (numbers.length === 0 || numbers.length > 3 || numbers.includes(undefined)) return undefined;
  const start = numbers.length === 1 ? 0 : (first ?? 0);
  const stop = numbers.length === 1 ? (first ?? 0) : (second ?? 0);
  return step > 0 ? Math.max(0, Math.ceil((stop - start) / step)) : undefined;
}
