// Rule: something is sent to a process or an interpreter that cannot be pickled.

import type { Rule, RuleContext, RuleHit } from '../advice';
import { partialOf, type Construct } from '../../knowledge/constructs';
import { isTopLevel } from '../executorFix';
import { methodOf } from '../../python/names';
import {
  dottedName,
  type ClassStatement,
  type Expression,
  type FunctionStatement,
} from '../../python/pythonCode';
import { isStateless } from '../stateless';
import { argumentOf } from '../../python/walkCode';
import { KEPT_BY_INHERITANCE, unpicklableNameOf } from '../../knowledge/unpicklable';

export const unpicklableWork: Rule = {
  id: 'unpicklable-work',
  severity: 'warning',
  title: 'Sent to a process or interpreter, but cannot be pickled',
  explanation:
    'What goes to another process or interpreter is pickled: functions by their name in a module, objects by their content. Lambdas and functions inside functions have no such name; locks, open files, sockets and generators have no content to send, and a bound method takes its whole object along. Interpreters take a lambda only if it uses nothing but its parameters and builtins. multiprocessing.Process pickles under spawn and forkserver, which are the defaults on Windows, macOS and, since Python 3.14, Linux.',
  check: context =>
    context.constructs.flatMap(construct =>
      construct.family !== 'threads' &&
      construct.name !== 'joblib.Parallel' &&
      !isForked(construct, context)
        ? [...workHits(construct, context), ...argumentHits(construct, context)]
        : [],
    ),
};

/** `get_context("fork").Process(…)`: the child has everything already, nothing is pickled. */
function isForked({ call, isPickled }: Construct, { names, index }: RuleContext): boolean {
  if (isPickled) return false;
  const chosen = index
    .callsNamed('set_start_method')
    .filter(placed => names.pathOf(placed.call.callee) === 'multiprocessing.set_start_method');
  const context = call.callee.kind === 'attribute' ? names.valueOf(call.callee.object) : undefined;
  const calls = [...chosen.map(placed => placed.call), context];
  return calls.some(made => {
    const method = made?.kind === 'call' ? made.args.at(0)?.value : undefined;
    return method?.kind === 'string' && method.text.slice(1, -1) === 'fork';
  });
}

function workHits(construct: Construct, context: RuleContext): readonly RuleHit[] {
  const { work } = construct;
  if (!work || context.names.classOf(work)) return [];
  const what = whyNot(work, construct, context);
  if (!what) return [];
  const message = `${what} cannot be pickled${whenOf(construct)}. ${adviceFor(work, context)}`;
  return [{ from: work.from, to: work.to, message, fixes: [] }];
}

/** What is wrong with a function that is sent, as the start of a sentence. */
function whyNot(work: Expression, construct: Construct, context: RuleContext): string | undefined {
  const { names } = context;
  const value = names.valueOf(work);
  const inner = value && partialOf(value, names);
  if (inner) return whyNot(inner, construct, context);
  const isInterpreter = construct.family === 'interpreters';
  if (value?.kind === 'lambda') {
    return isInterpreter && isStateless(value, context) ? undefined : 'A lambda';
  }
  const known = names.functionOf(work);
  if (known && isInsideFunction(known, context)) {
    if (isInterpreter && isStateless(known, context)) return undefined;
    return `${known.name}() is defined inside a function and`;
  }
  const holder = work.kind === 'attribute' ? holderOf(work.object, construct, context) : undefined;
  const kept = holder && keptBy(holder, context);
  if (kept)
    return `${dottedName(work) ?? 'A method'} takes its object along, which keeps ${kept}: it`;
  return undefined;
}

function adviceFor(work: Expression, { names }: RuleContext): string {
  const isMethod = work.kind === 'attribute' && names.valueOf(work)?.kind !== 'lambda';
  return isMethod
    ? 'Use a function at the top of the file and give it what it needs.'
    : 'Define a function at the top of the file.';
}

/** The class whose object a bound method belongs to. */
function holderOf(
  object: Expression,
  { ownerClass }: Construct,
  { names }: RuleContext,
): ClassStatement | undefined {
  if (object.kind === 'name' && object.name === 'self') return ownerClass;
  // A class itself is pickled by its name.
  return names.classOf(object) ? undefined : names.instanceClassOf(object);
}

/** What an object of a class keeps that cannot be pickled: `self.lock = Lock()`. */
function keptBy(holder: ClassStatement, { index, names }: RuleContext): string | undefined {
  if (['__getstate__', '__reduce__', '__reduce_ex__'].some(name => methodOf(holder, name))) {
    return undefined;
  }
  for (const { statement } of index.statementsOfMethods(holder)) {
    if (statement.kind !== 'assign') continue;
    const target = statement.targets.at(0);
    if (target?.kind !== 'attribute' || target.object.kind !== 'name') continue;
    if (target.object.name !== 'self') continue;
    const path = statement.value && names.pathOf(statement.value);
    const what =
      statement.value?.kind === 'lambda' ? 'a lambda' : unpicklableNameOf(path)?.toLowerCase();
    if (what) return `${what} in self.${target.name}`.replace('threading.l', 'threading.L');
  }
  return undefined;
}

function whenOf({ isPickled, family }: Construct): string {
  if (family === 'interpreters') return ', so it cannot go to another interpreter';
  return isPickled
    ? ', so it cannot go to another process'
    : ', so it cannot go to a process that is spawned (the default on Windows, macOS and, since 3.14, Linux)';
}

/** Functions in an `if` at the top of a file can be pickled; those inside functions cannot. */
function isInsideFunction(known: FunctionStatement, context: RuleContext): boolean {
  if (isTopLevel(known, context)) return false;
  const placed = context.index.placeOf(known);
  return placed?.enclosing.some(({ kind }) => kind === 'function') ?? false;
}

function argumentHits(construct: Construct, context: RuleContext): readonly RuleHit[] {
  return sentArguments(construct)
    .flatMap(piecesOf)
    .flatMap(argument => {
      const what = whatCannot(argument, construct, context);
      if (!what) return [];
      const message = `${what}${whenOf(construct)}.`;
      return [{ from: argument.from, to: argument.to, message, fixes: [] }];
    });
}

function whatCannot(
  argument: Expression,
  { isPickled, family, name }: Construct,
  context: RuleContext,
): string | undefined {
  const { names } = context;
  const path = names.pathOf(argument);
  const value = names.valueOf(argument);
  if (argument.kind === 'comprehension') {
    return argument.isLazy ? 'A generator cannot be pickled' : undefined;
  }
  if (value?.kind === 'lambda') {
    const isFine = family === 'interpreters' && isStateless(value, context);
    return isFine ? undefined : 'A lambda cannot be pickled';
  }
  const inherited = path && isPickled && family === 'processes' && KEPT_BY_INHERITANCE.test(path);
  if (inherited && !name.endsWith('.Pool')) {
    return `${path.slice(0, -2)} can only be handed to a process when that starts (initargs of the pool)`;
  }
  const what = unpicklableNameOf(path);
  return what && `${what} cannot be pickled`;
}

/** The elements of tuples, lists and dictionaries that are written where they are sent. */
function piecesOf(argument: Expression): readonly Expression[] {
  const isDisplay =
    argument.kind === 'other' && /^(?:Array|Tuple|Set|Dictionary)Expression$/.test(argument.node);
  return isDisplay ? argument.parts.flatMap(piecesOf) : [argument];
}

/** What goes along with the work: the rest of `submit`, the `args` of `Process` and `apply`. `map` takes it apart. */
function sentArguments({ name, call, work }: Construct): readonly Expression[] {
  const initial = argumentOf(call, 'initargs', undefined);
  if (!work) return initial ? [initial] : [];
  if (/\.(?:submit|call|call_in_thread|run_in_executor)$/.test(name)) {
    const start = call.args.findIndex(({ value }) => value === work) + 1;
    const rest = start > 0 ? call.args.slice(start) : [];
    return rest.filter(({ star }) => star === '').map(({ value }) => value);
  }
  if (!/\.(?:Process|apply|apply_async)$/.test(name)) return [];
  const isProcess = name.endsWith('.Process');
  const args = argumentOf(call, 'args', isProcess ? 3 : 1);
  const keywords = argumentOf(call, isProcess ? 'kwargs' : 'kwds', isProcess ? 4 : 2);
  return [args, keywords].flatMap(given => given ?? []);
}
