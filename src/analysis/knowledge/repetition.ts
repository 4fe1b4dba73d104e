// How often work is handed to workers, as far as the code says.

import type { Construct } from './constructs';
import type { SourceRange } from '../python/findings';
import { roundCount, type Constants } from '../python/literals';
import type { Names } from '../python/names';
import {
  expressionsOf,
  partsOf,
  type ComprehensionExpression,
  type Expression,
} from '../python/pythonCode';
import { argumentOf } from '../python/walkCode';

/** How often work is handed over: in how many places of a loop, a comprehension or by a pool's `map`. */
export interface Repetition {
  /** Whether it may be handed over more than once. */
  readonly isMany: boolean;
  /** How often, where the code says it. */
  readonly times: number | undefined;
}

/** Whether and how often a construct hands its work over. */
export function repetitionOf(construct: Construct, { names, constants }: CountContext): Repetition {
  const counts = iterablesAround(construct).map(iterable => {
    const value = iterable && (names.valueOf(iterable) ?? iterable);
    return roundCount(value, constants);
  });
  const times = counts.reduce<number | undefined>(
    (product, count) =>
      product === undefined || count === undefined ? undefined : product * count,
    1,
  );
  return { isMany: counts.length > 0 && times !== 1, times };
}

/** What the loops, comprehensions and `map`s around a construct run over, as far as it is written. */
export function iterablesAround(construct: Construct): readonly (Expression | undefined)[] {
  const start = construct.owner ? construct.enclosing.indexOf(construct.owner) + 1 : 0;
  const loops = construct.enclosing.slice(start).flatMap(around => {
    if (around.kind === 'while') return [undefined];
    return around.kind === 'for' ? [around.iterable] : [];
  });
  const comprehensions = expressionsOf(construct.statement).flatMap(inside =>
    comprehensionsAround(inside, construct),
  );
  const mapped = MAPS.test(construct.name) ? [mappedOver(construct)] : [];
  return [...loops, ...comprehensions.map(({ iterable }) => iterable), ...mapped];
}

/** What counting needs to know of a file. */
export interface CountContext {
  readonly names: Names;
  readonly constants: Constants;
}

/** What `pool.map(f, here)` runs over. */
function mappedOver({ name, call }: Construct): Expression | undefined {
  if (name.endsWith('Parallel')) {
    const tasks = call.args.at(0)?.value;
    return tasks?.kind === 'comprehension' ? tasks.iterable : undefined;
  }
  return argumentOf(call, 'iterable', 1);
}

const MAPS = /(?:\.|_)(?:map|imap|imap_unordered|starmap|map_async|starmap_async|Parallel)$/;

function comprehensionsAround(
  expression: Expression,
  construct: Construct,
): readonly ComprehensionExpression[] {
  if (expression.from > construct.from || expression.to < construct.to) return [];
  const inner = partsOf(expression).flatMap(part => comprehensionsAround(part, construct));
  const isAround = expression.kind === 'comprehension' && !isWithin(expression.iterable, construct);
  return isAround ? [expression, ...inner] : inner;
}

function isWithin(expression: Expression | undefined, { from, to }: SourceRange): boolean {
  return expression !== undefined && expression.from <= from && to <= expression.to;
}
