// Rule: several threads read, change and store the same variable without a lock.

import type { Rule, RuleContext, RuleHit } from '../advice';
import { manyTimes } from '../constructs';
import type { CallExpression, Expression, FunctionStatement, Statement } from '../pythonCode';
import { dottedName } from '../pythonCode';
import type { PlacedStatement } from '../walkCode';

export const unprotectedUpdate: Rule = {
  id: 'unprotected-update',
  severity: 'warning',
  title: 'Shared value changed without a lock',
  explanation:
    'x += 1 reads, adds and stores. Python does not promise that no other thread comes between. Measured on CPython: up to 3.9 such updates are lost by the hundred thousand; from 3.10 on none was seen lost in a plain x += 1, but they are as soon as Python code is called between reading and storing, and a free-threaded build has no GIL to help. A threading.Lock around the statement makes it safe everywhere.',
  check: context => {
    const shared = functionsOfManyThreads(context);
    if (shared.size === 0) return [];
    return context.code.statements.flatMap(placed => hits(placed, shared, context));
  },
};

/** Functions that more than one thread runs, and the functions that these call. */
function functionsOfManyThreads(context: RuleContext): ReadonlySet<FunctionStatement> {
  const counts = new Map<FunctionStatement, number>();
  for (const construct of context.constructs) {
    const { workFunction, family } = construct;
    if (family !== 'threads' || !workFunction) continue;
    const many = manyTimes(construct, context.code) ? 2 : 1;
    counts.set(workFunction, (counts.get(workFunction) ?? 0) + many);
  }
  const shared = new Set([...counts].flatMap(([known, count]) => (count > 1 ? [known] : [])));
  for (const { call, owner } of context.code.calls) {
    const called = owner && shared.has(owner) ? context.names.functionOf(call.callee) : undefined;
    if (called) shared.add(called);
  }
  return shared;
}

function hits(
  placed: PlacedStatement,
  shared: ReadonlySet<FunctionStatement>,
  context: RuleContext,
): readonly RuleHit[] {
  const { statement, owner } = placed;
  if (!owner || !shared.has(owner) || statement.kind !== 'assign') return [];
  const target = statement.targets.at(0);
  if (!target || !isUpdate(statement, target, context) || isProtected(placed, context)) return [];
  if (!isSharedTarget(target, owner, context)) return [];
  const name = dottedName(target) ?? 'the value';
  const message = `Several threads run ${owner.name}(): one may come between reading ${name} and storing it, and an update is lost. Put a threading.Lock around it.`;
  return [{ from: statement.from, to: statement.to, message, fixes: [] }];
}

/** `x += 1`, or `x = x + 1`. */
function isUpdate(
  { operator, value }: { readonly operator: string; readonly value: Expression | undefined },
  target: Expression,
  { source }: RuleContext,
): boolean {
  if (operator !== '=') return true;
  const text = source.slice(target.from, target.to);
  return value?.kind === 'other' && value.node === 'BinaryExpression'
    ? value.parts.some(part => source.slice(part.from, part.to) === text)
    : false;
}

/** A name given to the file by `global`, or an item or attribute of an object of the file. */
function isSharedTarget(
  target: Expression,
  owner: FunctionStatement,
  { names }: RuleContext,
): boolean {
  if (target.kind === 'name') return declaresGlobal(owner.body, target.name);
  const object =
    target.kind === 'attribute'
      ? target.object
      : target.kind === 'other' && target.node === 'Subscript'
        ? target.parts.at(0)
        : undefined;
  if (object?.kind !== 'name' || !names.isGlobal(object.name, object.from)) return false;
  // Each thread has its own of these.
  return names.pathOf(object) !== 'threading.local()';
}

function declaresGlobal(body: readonly Statement[], name: string): boolean {
  return body.some(
    statement =>
      statement.kind === 'simple' &&
      statement.node === 'ScopeStatement' &&
      statement.expressions.some(part => part.kind === 'name' && part.name === name),
  );
}

/** Any `with` over a name may be a lock, one over a call such as `open(…)` is none; `acquire()` counts anywhere before. */
function isProtected(
  { enclosing, owner, statement }: PlacedStatement,
  { code }: RuleContext,
): boolean {
  const start = owner ? enclosing.indexOf(owner) + 1 : 0;
  const isInWith = enclosing
    .slice(start)
    .some(
      around =>
        around.kind === 'with' && around.items.some(({ context }) => context.kind !== 'call'),
    );
  return (
    isInWith ||
    code.calls.some(placed => placed.owner === owner && isAcquire(placed.call, statement))
  );
}

function isAcquire({ callee, to }: CallExpression, before: Statement): boolean {
  return callee.kind === 'attribute' && callee.name === 'acquire' && to <= before.from;
}
