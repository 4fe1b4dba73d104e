// Whether a place in the code has a lock around it.

import type { RuleContext } from './advice';
import type { Expression, Statement } from '../python/pythonCode';
import type { PlacedCall, Surroundings } from '../python/walkCode';
import type { Owner } from '../python/codeIndex';

const LOCKS =
  /^(?:threading|multiprocessing|_thread)\.(?:Lock|RLock|Condition|Semaphore|BoundedSemaphore|allocate_lock)\(\)$/;

/** Whether a path, as `Names.pathOf` gives it, is a lock or something that is taken like one. */
export function isLock(path: string | undefined): boolean {
  return path !== undefined && LOCKS.test(path);
}

/** Whether a call stands in a `with` that takes a lock, or after `acquire()` in the same function. */
export function isProtectedCall(placed: PlacedCall, context: RuleContext): boolean {
  return isProtected(placed, placed.statement, context);
}

/** Whether a statement stands in a `with` that takes a lock, or after `acquire()` in the same function. */
export function isProtected(
  { enclosing, owner }: Surroundings,
  statement: Statement,
  context: RuleContext,
): boolean {
  const start = owner ? enclosing.indexOf(owner) + 1 : 0;
  const isInWith = enclosing
    .slice(start)
    .some(
      around =>
        around.kind === 'with' &&
        around.items.some(item => mayBeLock(item.context, owner, context)),
    );
  return isInWith || isAcquiredBefore(owner, statement, context);
}

/** A name that is not known to be something else may be a lock; a call such as `open(…)` is none. */
function mayBeLock(
  expression: Expression,
  owner: Statement | undefined,
  { names }: RuleContext,
): boolean {
  const path = names.pathOf(expression);
  if (expression.kind === 'call') {
    const { callee } = expression;
    const name = callee.kind === 'attribute' || callee.kind === 'name' ? callee.name : '';
    // `with Lock():` takes a new lock each time, `with self.locked():` takes one that somebody keeps.
    return (
      path?.startsWith('threading.') !== true && /lock|mutex|synchron|guard|atomic/i.test(name)
    );
  }
  if (path?.includes('.') && path.endsWith('()') && !/lock|condition|semaphore/i.test(path)) {
    return false;
  }
  const value = names.valueOf(expression);
  const isOwn =
    owner && value && value !== expression && owner.from <= value.from && value.to <= owner.to;
  // A lock that each thread makes for itself keeps nobody out.
  return !(isOwn && isLock(path));
}

function isAcquiredBefore(owner: Owner, before: Statement, { index }: RuleContext): boolean {
  const end = index.firstAcquireEnd(owner);
  return end !== undefined && end <= before.from;
}
