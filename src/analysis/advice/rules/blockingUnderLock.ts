// Rule: a thread waits for something outside the program while other threads wait for its lock.

import type { Rule, RuleContext, RuleHit } from '../advice';
import { isWaitingCall } from '../../knowledge/knownCalls';
import {
  dottedName,
  type CallExpression,
  type Expression,
  type Statement,
} from '../../python/pythonCode';
import type { PlacedCall, Surroundings } from '../../python/walkCode';

const LOCKS = /^threading\.(?:Lock|RLock|Condition)\(\)$/;

export const blockingUnderLock: Rule = {
  id: 'blocking-under-lock',
  severity: 'warning',
  title: 'Waiting while holding a lock',
  explanation:
    'A blocking call lets go of the GIL, but not of a threading.Lock: every thread that needs the lock waits as long as the call does, and threads that were meant to wait side by side wait one after the other. Do the waiting first, and take the lock for the result.',
  check: context => {
    const acquired = context.code.calls.filter(placed => isAcquire(placed, context));
    return context.code.calls.flatMap(placed => hits(placed, acquired, context));
  },
};

function hits(
  placed: PlacedCall,
  acquired: readonly PlacedCall[],
  context: RuleContext,
): readonly RuleHit[] {
  const { callee } = placed.call;
  const lock = lockAround(placed, context) ?? lockTaken(placed, acquired, context);
  if (!lock || !waits(placed, context) || isLater(placed, context)) return [];
  // A condition lets go of its own lock while it waits.
  if (callee.kind === 'attribute' && sameText(callee.object, lock, context)) return [];
  const name = dottedName(callee) ?? 'This call';
  const held = dottedName(lock) ?? 'a lock';
  const message = `${shortName(name)} waits here while this thread holds ${shortName(held, 'a lock')}: whoever needs the lock waits as long. Wait first, then take the lock.`;
  return [{ from: callee.from, to: callee.to, message, fixes: [] }];
}

function waits({ call, owner }: PlacedCall, { names, workloads, source }: RuleContext): boolean {
  if (isWaitingCall(call, names)) return true;
  // A coroutine that waits keeps the lock, and the event loop goes on to others that need it.
  if (names.pathOf(call.callee) === 'asyncio.sleep') {
    return /\bawait\s+$/.test(source.slice(Math.max(0, call.from - 20), call.from));
  }
  const own = names.functionOf(call.callee);
  return own !== undefined && own !== owner && !own.isAsync && workloads.of(own) === 'waits';
}

/** In a lambda: not now. */
function isLater({ call, statement }: PlacedCall, { source }: RuleContext): boolean {
  return /\blambda\b[^\n]*$/.test(source.slice(statement.from, call.from));
}

/** The lock of a `with` around the call, inside the same function. */
function lockAround({ enclosing, owner }: Surroundings, { names }: RuleContext) {
  const start = owner ? enclosing.indexOf(owner) + 1 : 0;
  const contexts = enclosing.slice(start).flatMap(contextsOf);
  return contexts.find(
    context => context.kind !== 'call' && LOCKS.test(names.pathOf(context) ?? ''),
  );
}

/** The lock of an `acquire()` before the call, if its `release()` comes after. */
function lockTaken(
  placed: PlacedCall,
  acquired: readonly PlacedCall[],
  context: RuleContext,
): Expression | undefined {
  const { owner, call } = placed;
  const before = acquired.filter(
    taken => taken.owner === owner && taken.call.to < call.from && isSameBlock(taken, placed),
  );
  const found = before.find(taken => {
    const lock = objectOf(taken.call);
    const releases = context.code.calls.filter(
      other => other.owner === owner && isRelease(other.call, lock, context),
    );
    const [first] = releases.filter(other => other.call.from > taken.call.to);
    return releases.length > 0 && first.call.from > call.to;
  });
  return found && objectOf(found.call);
}

/** Whether what is around the first is around the second too: the first has run when the second does. */
function isSameBlock(first: Surroundings, second: Surroundings): boolean {
  return first.enclosing.every((around, index) => second.enclosing[index] === around);
}

/** `lock.acquire()` as a statement: with a condition or a time limit it may fail. */
function isAcquire({ call, statement }: PlacedCall, { names }: RuleContext): boolean {
  const isStatement = statement.kind === 'simple' && statement.node === 'ExpressionStatement';
  if (!isStatement || call.args.length > 0 || call.callee.kind !== 'attribute') return false;
  return call.callee.name === 'acquire' && LOCKS.test(names.pathOf(call.callee.object) ?? '');
}

function isRelease(call: CallExpression, lock: Expression, context: RuleContext): boolean {
  return (
    call.callee.kind === 'attribute' &&
    call.callee.name === 'release' &&
    sameText(call.callee.object, lock, context)
  );
}

function objectOf({ callee }: CallExpression): Expression {
  return callee.kind === 'attribute' ? callee.object : callee;
}

function sameText(one: Expression, other: Expression, { source }: RuleContext): boolean {
  return source.slice(one.from, one.to) === source.slice(other.from, other.to);
}

/** Names are repeated to people up to a length that fits a sentence. */
function shortName(name: string, otherwise = 'This call'): string {
  return name.length > 60 ? otherwise : name;
}

function contextsOf(statement: Statement): readonly Expression[] {
  return statement.kind === 'with' ? statement.items.map(({ context }) => context) : [];
}
