// Where a file starts threads, processes or interpreters, and which function it hands to them.

import type { Statement } from '../python/pythonCode';
import type { SourceRange } from '../python/findings';
import { wholeNumber, type Constants } from '../python/literals';
import { canonicalPath, MAKERS, type Maker, type WorkerFamily } from './makers';
import { methodOf, type Names } from '../python/names';
import {
  type CallExpression,
  type ClassStatement,
  type Expression,
  type FunctionStatement,
} from '../python/pythonCode';
import { argumentOf, type PlacedCall, type Surroundings } from '../python/walkCode';

/** A call that hands work to workers, or makes the pool that will. */
export interface Construct extends Surroundings, SourceRange {
  readonly call: CallExpression;
  /** The statement in whose own line the call stands. */
  readonly statement: Statement;
  /** `threading.Thread`, `concurrent.futures.ThreadPoolExecutor.submit`: what was called, without aliases. */
  readonly name: string;
  readonly family: WorkerFamily;
  /** Whether the work and its arguments are pickled on every platform. */
  readonly isPickled: boolean;
  /** The expression that is handed over; undefined for a pool that is only made. */
  readonly work: Expression | undefined;
  /** The function of this file that the expression means, if it does. */
  readonly workFunction: FunctionStatement | undefined;
  /** The expression that made the pool: `ThreadPoolExecutor(4)`; the call itself for `Thread(…)`. */
  readonly maker: CallExpression | undefined;
  /** Where the number of workers is written, if it is. */
  readonly workers: Expression | undefined;
  /** Workers as written, if they are written as a number. */
  readonly workerCount: number | undefined;
}

/** All constructs of a file, in the order of the text. */
export function findConstructs(
  calls: readonly PlacedCall[],
  names: Names,
  constants: Constants,
): readonly Construct[] {
  return calls.flatMap(placed => {
    const found = recognise(placed.call, names);
    if (!found) return [];
    const { call, statement, enclosing, owner, ownerClass } = placed;
    const { workers: size } = found.row;
    const workers = size && found.maker && argumentOf(found.maker, ...size);
    const construct: Construct = {
      call,
      statement,
      name: found.name,
      family: found.family,
      isPickled: found.row.isPickled ?? false,
      work: found.work,
      workFunction: found.runs ?? (found.work && functionBehind(found.work, names)),
      maker: found.maker,
      workers,
      workerCount: workers && wholeNumber(workers, constants),
      enclosing,
      owner,
      ownerClass,
      from: call.from,
      to: call.to,
    };
    return [construct];
  });
}

interface Recognised {
  readonly name: string;
  readonly row: Maker;
  readonly family: WorkerFamily;
  readonly work: Expression | undefined;
  readonly maker: CallExpression | undefined;
  /** The `run` method, where a class of the file is a thread or a process. */
  readonly runs?: FunctionStatement | undefined;
}

function recognise(call: CallExpression, names: Names): Recognised | undefined {
  const subclass = names.classOf(call.callee);
  if (subclass) return workerClass(call, subclass, names);
  const path = canonicalPath(names.pathOf(call.callee));
  const direct = path === undefined ? undefined : MAKERS.get(path);
  if (path !== undefined && direct) {
    const work = direct.work && argumentOf(call, ...direct.work);
    return { name: path, row: direct, family: direct.family, work, maker: call };
  }
  return poolMethod(call, path, names) ?? runInExecutor(call, names) ?? joblibCall(call, names);
}

/** `Worker()`, where `class Worker(Thread)` of this file has a `run`. */
function workerClass(
  call: CallExpression,
  statement: ClassStatement,
  names: Names,
): Recognised | undefined {
  const path = canonicalPath(names.pathOf(call.callee));
  const row = path === undefined ? undefined : MAKERS.get(path);
  if (path === undefined || !row) return undefined;
  const runs = row.work?.[0] === 'target' ? runMethod(statement, names) : undefined;
  if (row.work && !runs) return undefined;
  const work = runs ? call.callee : undefined;
  return { name: path, row, family: row.family, work, maker: call, runs };
}

/** The `run` of a class, or of the nearest class of the file that it extends. */
function runMethod(
  statement: ClassStatement,
  names: Names,
  stepsLeft = 5,
): FunctionStatement | undefined {
  const own = methodOf(statement, 'run');
  if (own || stepsLeft === 0) return own;
  const bases = statement.bases.flatMap(({ value }) => names.classOf(value) ?? []);
  return bases.length === 1 ? runMethod(bases[0], names, stepsLeft - 1) : undefined;
}

/** `pool.submit(f)` where the pool's making is known. */
function poolMethod(
  call: CallExpression,
  path: string | undefined,
  names: Names,
): Recognised | undefined {
  const parts = path && /^(.*)\(\)\.(\w+)$/.exec(path);
  if (!parts || call.callee.kind !== 'attribute') return undefined;
  const [, made, method] = parts;
  const row = MAKERS.get(made);
  if (!row?.methods?.includes(method)) return undefined;
  const maker = names.latestValueOf(call.callee.object);
  return {
    name: `${made}.${method}`,
    row,
    family: row.family,
    work: argumentOf(call, method === 'map' || method === 'submit' ? 'fn' : 'func', 0),
    maker: maker?.kind === 'call' ? maker : undefined,
  };
}

/** The loop is seldom known, the method's name says enough. No executor (None) means threads. */
function runInExecutor(call: CallExpression, names: Names): Recognised | undefined {
  if (call.callee.kind !== 'attribute' || call.callee.name !== 'run_in_executor') return undefined;
  const executor = argumentOf(call, 'executor', 0);
  const work = argumentOf(call, 'func', 1);
  const isDefault = executor?.kind === 'other' && executor.node === 'None';
  const path = executor && canonicalPath(names.pathOf(executor))?.replace(/\(\)$/, '');
  const row: Maker | undefined = isDefault
    ? { family: 'threads' }
    : path === undefined
      ? undefined
      : MAKERS.get(path);
  if (!row) return undefined;
  const maker = executor && names.latestValueOf(executor);
  return {
    name: 'asyncio.run_in_executor',
    row,
    family: row.family,
    work,
    maker: maker?.kind === 'call' ? maker : undefined,
  };
}

/** `Parallel(n_jobs=4)(delayed(f)(x) for x in xs)`: processes (loky) unless it says threads. */
function joblibCall(call: CallExpression, names: Names): Recognised | undefined {
  if (!isJoblib(names.pathOf(call.callee), 'Parallel()')) return undefined;
  const maker = names.valueOf(call.callee);
  if (maker?.kind !== 'call') return undefined;
  const [first] = call.args;
  const tasks = call.args.length === 1 ? first.value : undefined;
  const element = tasks?.kind === 'comprehension' ? tasks.parts.at(0) : undefined;
  const delayed = element?.kind === 'call' ? element.callee : undefined;
  const isDelayed = delayed?.kind === 'call' && isJoblib(names.pathOf(delayed.callee), 'delayed');
  const preference = argumentOf(maker, 'prefer', undefined) ?? argumentOf(maker, 'backend', 1);
  const requires = argumentOf(maker, 'require', undefined);
  const isThreads =
    (preference?.kind === 'string' && preference.text.includes('thread')) ||
    (requires?.kind === 'string' && requires.text.includes('sharedmem'));
  const family = isThreads ? 'threads' : 'processes';
  // loky pickles with cloudpickle, which takes lambdas and closures too.
  const row: Maker = { family, workers: ['n_jobs', 0] };
  const work = isDelayed ? argumentOf(delayed, 'function', 0) : undefined;
  return { name: 'joblib.Parallel', row, family, work, maker };
}

function isJoblib(path: string | undefined, name: string): boolean {
  return path === `joblib.${name}` || path === `sklearn.utils.parallel.${name}`;
}

/** The function behind a name, a `self.method`, a `functools.partial`, or a lambda that only calls it. */
export function functionBehind(work: Expression, names: Names): FunctionStatement | undefined {
  const known = names.functionOf(work);
  if (known) return known;
  const value = names.valueOf(work);
  if (value?.kind === 'lambda') {
    return value.body.kind === 'call' ? names.functionOf(value.body.callee) : undefined;
  }
  const inner = value && partialOf(value, names);
  return inner && functionBehind(inner, names);
}

/** What a `functools.partial` will call. */
export function partialOf(value: Expression, names: Names): Expression | undefined {
  if (value.kind !== 'call' || names.pathOf(value.callee) !== 'functools.partial') return undefined;
  return value.args.at(0)?.value;
}
