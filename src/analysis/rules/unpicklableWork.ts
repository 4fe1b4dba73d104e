// Rule: something is sent to a process that cannot be pickled.

import type { Rule, RuleContext, RuleHit } from '../advice';
import type { Construct } from '../constructs';
import { isTopLevel } from '../executorFix';
import type { Expression } from '../pythonCode';

export const unpicklableWork: Rule = {
  id: 'unpicklable-work',
  severity: 'warning',
  title: 'Sent to a process, but cannot be pickled',
  explanation:
    'What goes to another process is pickled: functions by their name in a module, objects by their content. Lambdas and functions inside functions have no such name; locks, open files, sockets and generators have no content to send. multiprocessing.Process pickles under spawn and forkserver, which are the defaults on Windows, macOS and, since Python 3.14, Linux.',
  check: context =>
    context.constructs.flatMap(construct =>
      construct.family === 'processes' &&
      construct.name !== 'joblib.Parallel' &&
      !isForked(construct, context)
        ? [...workHits(construct, context), ...argumentHits(construct, context)]
        : [],
    ),
};

/** `get_context("fork").Process(…)`: the child has everything already, nothing is pickled. */
function isForked({ call, isPickled }: Construct, { names }: RuleContext): boolean {
  if (isPickled || call.callee.kind !== 'attribute') return false;
  const context = names.valueOf(call.callee.object);
  if (context?.kind !== 'call' || context.args.length === 0) return false;
  const [{ value }] = context.args;
  return value.kind === 'string' && value.text.slice(1, -1) === 'fork';
}

function workHits(construct: Construct, context: RuleContext): readonly RuleHit[] {
  const { work, workFunction } = construct;
  if (!work) return [];
  const value = context.names.valueOf(work);
  const isLambda = value?.kind === 'lambda';
  const isMethod = work.kind === 'attribute';
  const isLocal = workFunction && !isMethod && !isTopLevel(workFunction, context);
  if (!isLambda && !(isLocal && isInsideFunction(construct, context))) return [];
  const what = isLambda
    ? 'A lambda'
    : `${workFunction?.name ?? 'A function'}() is defined inside a function and`;
  const message = `${what} cannot be pickled${whenOf(construct)}. Define a function at the top of the file.`;
  return [{ from: work.from, to: work.to, message, fixes: [] }];
}

function whenOf({ isPickled }: Construct): string {
  return isPickled
    ? ', so it cannot go to another process'
    : ', so it cannot go to a process that is spawned (the default on Windows, macOS and, since 3.14, Linux)';
}

/** Functions in an `if` at the top of a file can be pickled; those inside functions cannot. */
function isInsideFunction({ workFunction }: Construct, { code }: RuleContext): boolean {
  return code.statements.some(
    ({ statement, owner }) => statement === workFunction && owner !== undefined,
  );
}

const UNPICKLABLE: ReadonlyMap<string, string> = new Map([
  ['threading.Lock()', 'A threading.Lock'],
  ['threading.RLock()', 'A threading.RLock'],
  ['threading.Condition()', 'A threading.Condition'],
  ['threading.Event()', 'A threading.Event'],
  ['threading.Semaphore()', 'A threading.Semaphore'],
  ['threading.BoundedSemaphore()', 'A threading.BoundedSemaphore'],
  ['open()', 'An open file'],
  ['socket.socket()', 'A socket'],
  ['socket.create_connection()', 'A socket'],
  ['sqlite3.connect()', 'A database connection'],
  ['queue.Queue()', 'A queue.Queue'],
]);

function argumentHits(construct: Construct, { names }: RuleContext): readonly RuleHit[] {
  return sentArguments(construct).flatMap(argument => {
    const value = argument.kind === 'comprehension' ? argument : undefined;
    const path = names.pathOf(argument);
    const what = value?.isLazy ? 'A generator' : path && UNPICKLABLE.get(path);
    const isLambda = argument.kind === 'lambda';
    if (!what && !isLambda) return [];
    const message = `${what ?? 'A lambda'} cannot be pickled${whenOf(construct)}.`;
    return [{ from: argument.from, to: argument.to, message, fixes: [] }];
  });
}

/** What goes along with the work: the rest of `submit`, the `args` of `Process` and `apply`. `map` takes it apart. */
function sentArguments({ name, call, work }: Construct): readonly Expression[] {
  if (!work) return [];
  if (name.endsWith('.submit')) {
    return call.args
      .filter(({ value, star }) => value !== work && star === '')
      .map(({ value }) => value);
  }
  if (!/\.(?:Process|apply|apply_async)$/.test(name)) return [];
  const position = name.endsWith('.Process') ? undefined : 1;
  const positional = call.args.filter(({ keyword }) => keyword === undefined);
  const args =
    call.args.find(({ keyword }) => keyword === 'args')?.value ??
    (position === undefined ? undefined : positional.at(position)?.value);
  return args?.kind === 'other' ? args.parts : [];
}
