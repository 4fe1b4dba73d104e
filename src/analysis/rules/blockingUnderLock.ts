// Rule: a thread waits for something outside the program while other threads wait for its lock.

import type { Rule, RuleContext, RuleHit } from '../advice';
import { dottedName, type Statement } from '../pythonCode';
import type { PlacedCall } from '../walkCode';
import { isWaitingCall } from '../knownCalls';

const LOCKS = new Set(['threading.Lock()', 'threading.RLock()']);

export const blockingUnderLock: Rule = {
  id: 'blocking-under-lock',
  severity: 'warning',
  title: 'Waiting while holding a lock',
  explanation:
    'A blocking call lets go of the GIL, but not of a threading.Lock: every thread that needs the lock waits as long as the call does, and threads that were meant to wait side by side wait one after the other. Do the waiting first, and take the lock for the result.',
  check: context => context.code.calls.flatMap(placed => hits(placed, context)),
};

function hits(placed: PlacedCall, context: RuleContext): readonly RuleHit[] {
  const { call } = placed;
  const lock = lockAround(placed, context);
  if (!lock || !waits(placed, context)) return [];
  const { callee } = call;
  const name = dottedName(callee) ?? 'This call';
  const message = `${shortName(name)} waits here while this thread holds ${lock}: whoever needs the lock waits as long. Wait first, then take the lock.`;
  return [{ from: callee.from, to: callee.to, message, fixes: [] }];
}

function waits({ call }: PlacedCall, { names, workloads }: RuleContext): boolean {
  if (isWaitingCall(call, names)) return true;
  const own = names.functionOf(call.callee);
  return own !== undefined && !own.isAsync && workloads.of(own) === 'waits';
}

/** The lock of a `with` around the call, inside the same function. */
function lockAround({ enclosing, owner }: PlacedCall, { names }: RuleContext): string | undefined {
  const start = owner ? enclosing.indexOf(owner) + 1 : 0;
  const contexts = enclosing.slice(start).flatMap(contextsOf);
  const lock = contexts.find(context => LOCKS.has(names.pathOf(context) ?? ''));
  return lock && (dottedName(lock) ?? 'a lock');
}

/** Names are repeated to people up to a length that fits a sentence. */
function shortName(name: string): string {
  return name.length > 60 ? 'This call' : name;
}

function contextsOf(statement: Statement) {
  return statement.kind === 'with' ? statement.items.map(({ context }) => context) : [];
}
