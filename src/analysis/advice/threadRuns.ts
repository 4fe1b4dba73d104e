// Which functions the threads of a file run, and which of their objects are the same in all of them.

import type { RuleContext } from './advice';
import { partialOf, type Construct } from '../knowledge/constructs';
import type { SourceRange } from '../python/findings';
import { isLock, isProtectedCall } from './protection';
import type { CallExpression, Expression, FunctionStatement } from '../python/pythonCode';
import { iterablesAround, repetitionOf } from '../knowledge/repetition';
import { argumentOf } from '../python/walkCode';

/** What names of one function mean to every thread that runs it: `self`, or a parameter, to one object. */
export type SharedNames = ReadonlyMap<string, string>;

/** One construct that starts threads, with the functions they run. */
export interface ThreadRun {
  readonly construct: Construct;
  /** At least so many threads at once: 2 stands for “several”. */
  readonly count: number;
  /** Every function that the threads run outside of locks, and its names that mean a shared object. */
  readonly functions: ReadonlyMap<FunctionStatement, SharedNames>;
  /** Whether each thread is given a number of its own. */
  readonly isNumbered: boolean;
}

/** More constructs are not looked at: nobody reads so much advice. */
const MAX_RUNS = 200;

/** The threads of a file that run functions of the file. */
export function threadRuns(context: RuleContext): readonly ThreadRun[] {
  return context.constructs
    .filter(({ family, workFunction }) => family === 'threads' && workFunction)
    .slice(0, MAX_RUNS)
    .flatMap(construct => {
      const { workFunction } = construct;
      if (!workFunction || construct.workerCount === 1) return [];
      const start = namesAtStart(construct, workFunction, context);
      const functions = follow(workFunction, start, context);
      const numbered = iterablesAround(construct).some(isNumbering);
      return [{ construct, count: countOf(construct, context), functions, isNumbered: numbered }];
    });
}

function isNumbering(iterable: Expression | undefined): boolean {
  if (iterable?.kind !== 'call' || iterable.callee.kind !== 'name') return false;
  return iterable.callee.name === 'range' || iterable.callee.name === 'enumerate';
}

function countOf(construct: Construct, context: RuleContext): number {
  const { isMany, times } = repetitionOf(construct, context);
  return isMany && !isOneAfterAnother(construct, context) ? (times ?? 2) : 1;
}

/** Work that is waited for before the next is handed over: `await to_thread(…)`, `t.join()` in the same loop. */
function isOneAfterAnother({ name, from, to, call, enclosing }: Construct, context: RuleContext) {
  const { source, index } = context;
  if (name.endsWith('.apply') || /\bawait\s*$/.test(source.slice(Math.max(0, from - 20), from))) {
    return true;
  }
  if (/^\s*\.(?:result|get)\(/.test(source.slice(to, to + 20))) return true;
  const loop = enclosing.filter(({ kind }) => kind === 'for' || kind === 'while').at(-1);
  const assignment = index.assignmentOf(call);
  const target = assignment?.kind === 'assign' ? assignment.targets.at(0) : undefined;
  if (!loop || !target) return false;
  const text = source.slice(target.from, target.to);
  return index
    .callsNamed('join')
    .some(
      ({ call: { callee }, enclosing: around }) =>
        callee.kind === 'attribute' &&
        around.at(-1) === loop &&
        source.slice(callee.object.from, callee.object.to) === text,
    );
}

/** What the threads of one construct have in common when they start. */
function namesAtStart(
  construct: Construct,
  workFunction: FunctionStatement,
  context: RuleContext,
): SharedNames {
  const shared = new Map<string, string>();
  const { work } = construct;
  const [first] = workFunction.parameters;
  const isMethod = first === 'self' || first === 'cls';
  if (isMethod && work?.kind === 'attribute') {
    const tag = tagAtStart(work.object, construct, context);
    if (tag) shared.set(first, tag);
  }
  const parameters = workFunction.parameters.slice(isMethod ? 1 : 0);
  argumentsAtStart(construct, context).forEach((argument, index) => {
    const tag = tagAtStart(argument, construct, context);
    if (tag && parameters.length > index) shared.set(parameters[index], tag);
  });
  return shared;
}

/** What the work is given: `args=(…)`, the rest of `submit`, the rest of a `partial`. */
function argumentsAtStart({ name, call, work }: Construct, context: RuleContext) {
  if (/\.(?:map|imap|imap_unordered|starmap|map_async|starmap_async|Parallel)$/.test(name))
    return [];
  const isTuple = /\.(?:Thread|Timer|start_new_thread|apply|apply_async)$/.test(name);
  const position = name.endsWith('Thread') ? 3 : name.endsWith('Timer') ? 2 : 1;
  const tuple = isTuple ? argumentOf(call, 'args', position) : undefined;
  const given = tuple?.kind === 'other' ? tuple.parts : [];
  const value = work && context.names.valueOf(work);
  const isPartial = value?.kind === 'call' && partialOf(value, context.names) !== undefined;
  const bound = isPartial ? value.args.slice(1).map(argument => argument.value) : [];
  if (isTuple) return [...bound, ...given];
  const start = call.args.findIndex(argument => argument.value === work) + 1;
  return [...bound, ...call.args.slice(start).map(argument => argument.value)];
}

/** A name for the object, if it is the same each time: not of the loop that starts the threads. */
function tagAtStart(
  expression: Expression,
  { enclosing, owner }: Construct,
  { names, source }: RuleContext,
): string | undefined {
  const root = rootOf(expression);
  if (!root) return undefined;
  const text = source.slice(expression.from, expression.to);
  const isOwnParameter = owner?.parameters.includes(root.name) ?? false;
  const value = names.valueOf(root);
  if (!isOwnParameter && (!value || value === root)) return undefined;
  if (value && (value.kind === 'number' || value.kind === 'string')) return undefined;
  const start = owner ? enclosing.indexOf(owner) + 1 : 0;
  const loops = enclosing.slice(start).filter(({ kind }) => kind === 'for' || kind === 'while');
  if (value && loops.some(loop => isInside(value, loop))) return undefined;
  return text;
}

function isInside(inner: SourceRange, outer: SourceRange): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

/** The name that an expression starts with: `stats` of `stats.pages["a"]`. */
export function rootOf(expression: Expression): Extract<Expression, { kind: 'name' }> | undefined {
  let root = expression;
  for (;;) {
    if (root.kind === 'name') return root;
    if (root.kind === 'attribute') root = root.object;
    else if (root.kind === 'other' && root.node === 'Subscript' && root.parts.length > 0) {
      root = root.parts[0];
    } else return undefined;
  }
}

/** All functions that a thread comes to, without those it calls with a lock taken. */
function follow(
  start: FunctionStatement,
  names: SharedNames,
  context: RuleContext,
): ReadonlyMap<FunctionStatement, SharedNames> {
  const known = new Map<FunctionStatement, SharedNames>([[start, names]]);
  const todo = [start];
  for (let owner = todo.pop(); owner; owner = todo.pop()) {
    const shared = known.get(owner) ?? new Map<string, string>();
    for (const placed of context.index.callsOf(owner)) {
      const called = calledIn(placed.call, owner, shared, context);
      if (!called || known.has(called) || isProtectedCall(placed, context)) continue;
      known.set(called, namesInCall(placed.call, called, { owner, shared }, context));
      todo.push(called);
    }
  }
  return known;
}

/** What a call runs; of an object that all threads share, the only method of that name in the file. */
function calledIn(
  call: CallExpression,
  owner: FunctionStatement,
  shared: SharedNames,
  context: RuleContext,
): FunctionStatement | undefined {
  const { callee } = call;
  const known = context.names.calledBy(call);
  if (known || callee.kind !== 'attribute') return known;
  if (!sharedTag(callee.object, owner, shared, context)) return undefined;
  const named = context.index.methodsNamed(callee.name);
  return named.length === 1 ? named[0] : undefined;
}

function namesInCall(
  { callee, args }: CallExpression,
  called: FunctionStatement,
  caller: { readonly owner: FunctionStatement; readonly shared: SharedNames },
  context: RuleContext,
): SharedNames {
  const shared = new Map<string, string>();
  const [first] = called.parameters;
  const isMethod = first === 'self' || first === 'cls';
  if (isMethod && callee.kind === 'attribute') {
    const tag = sharedTag(callee.object, caller.owner, caller.shared, context);
    if (tag) shared.set(first, tag);
  }
  args.forEach(({ value, keyword, star }, index) => {
    const name = keyword ?? called.parameters.at(index + (isMethod ? 1 : 0));
    const tag = star === '' ? sharedTag(value, caller.owner, caller.shared, context) : undefined;
    if (tag && name) shared.set(name, tag);
  });
  return shared;
}

/** A name for the object that an expression means in every thread; undefined if each may have its own. */
export function sharedTag(
  expression: Expression,
  owner: FunctionStatement,
  shared: SharedNames,
  { names, source }: RuleContext,
): string | undefined {
  const root = rootOf(expression);
  if (!root) return undefined;
  const rest = source.slice(root.to, expression.to);
  const known = shared.get(root.name);
  if (known) return known + rest;
  if (root.name === 'cls') return `cls${rest}`;
  if (!names.isFromOutside(root, owner) || isLock(names.pathOf(root))) return undefined;
  // Each thread has its own of these.
  return names.pathOf(root) === 'threading.local()' ? undefined : root.name + rest;
}
