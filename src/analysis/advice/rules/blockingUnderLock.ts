// Rule: a thread waits for something outside the program while other threads wait for its lock.

import { firstIndex } from '../../../core/search';
import type { Rule, RuleContext, RuleHit } from '../advice';
import { isWaitingCall } from '../../knowledge/knownCalls';
import {
  dottedName,
  type CallExpression,
  type Expression,
  type Statement,
} from '../../python/pythonCode';
import type { PlacedCall, Surroundings } from '../../python/walkCode';
import type { Owner } from '../../python/codeIndex';
import { groupedBy } from '../../python/grouping';

const LOCKS = /^threading\.(?:Lock|RLock|Condition)\(\)$/;

export const blockingUnderLock: Rule = {
  id: 'blocking-under-lock',
  severity: 'warning',
  title: 'Waiting while holding a lock',
  explanation:
    'A blocking call releases the GIL, but not a threading.Lock: every thread that needs the lock waits as long as the call does, and threads that were meant to wait side by side wait one after the other. Do the waiting first, and take the lock for the result.',
  check: context => {
    const holds = holdsIn(context);
    return context.code.calls.flatMap(placed => hits(placed, holds, context));
  },
};

function hits(placed: PlacedCall, holds: HoldsByOwner, context: RuleContext): readonly RuleHit[] {
  const { callee } = placed.call;
  if (!waits(placed, context)) return [];
  const lock = lockAround(placed, context) ?? lockTaken(placed, holds);
  if (!lock || isLater(placed, context)) return [];
  // A condition releases its own lock while it waits.
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

/** From an `acquire()` to the first `release()` of the same lock after it. */
interface Hold {
  readonly taken: PlacedCall;
  readonly lock: Expression;
  readonly from: number;
  readonly to: number;
  /** Where the last hold ends, of this one and those before it in its list. */
  readonly latestTo: number;
}

/** The holds of each function, in order of their beginnings. */
type HoldsByOwner = ReadonlyMap<Owner, readonly Hold[]>;

function holdsIn(context: RuleContext): HoldsByOwner {
  const { index } = context;
  const releases = groupedBy(index.callsNamed('release'), ({ owner }) => owner);
  const holds = new Map<Owner, Hold[]>();
  const acquired = index.callsNamed('acquire').filter(placed => isAcquire(placed, context));
  for (const [owner, takenHere] of groupedBy(acquired, placed => placed.owner)) {
    // From the end: the release that was seen last is the next one.
    const next = new Map<string, number>();
    const events = [...takenHere, ...(releases.get(owner) ?? [])];
    const found: Omit<Hold, 'latestTo'>[] = [];
    for (const placed of events.sort((a, b) => b.call.from - a.call.from)) {
      const lock = objectOf(placed.call);
      const text = context.source.slice(lock.from, lock.to);
      if (!isAcquire(placed, context)) next.set(text, placed.call.from);
      const to = next.get(text);
      if (isAcquire(placed, context) && to !== undefined)
        found.push({ taken: placed, lock, from: placed.call.to, to });
    }
    let latestTo = 0;
    holds.set(
      owner,
      found
        .reverse()
        .map(hold => ({ ...hold, latestTo: (latestTo = Math.max(latestTo, hold.to)) })),
    );
  }
  return holds;
}

/** The lock of an `acquire()` before the call, if its `release()` comes after. */
function lockTaken(placed: PlacedCall, holds: HoldsByOwner): Expression | undefined {
  const { owner, call } = placed;
  const own = holds.get(owner) ?? [];
  let first: Expression | undefined;
  for (let i = lastBefore(own, call.from); i >= 0 && own[i].latestTo > call.to; i--) {
    const { taken, lock, to } = own[i];
    if (to > call.to && isSameBlock(taken, placed)) first = lock;
  }
  return first;
}

/** The last hold that begins before a place, or -1. */
function lastBefore(holds: readonly Hold[], at: number): number {
  return firstIndex(0, holds.length, i => holds[i].from >= at) - 1;
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
