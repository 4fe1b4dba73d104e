// Where a file starts threads, processes or interpreters, and which function it hands to them.

import type { SourceRange } from './findings';
import { wholeNumber, type Constants } from './literals';
import type { Names } from './names';
import {
  expressionsOf,
  partsOf,
  type CallExpression,
  type Expression,
  type FunctionStatement,
} from './pythonCode';
import { argumentOf, type PlacedCall, type Surroundings, type WalkedCode } from './walkCode';

/** Who shares a GIL with whom: threads all, the others have one each. */
export type WorkerFamily = 'threads' | 'processes' | 'interpreters';

/** A call that hands work to workers, or makes the pool that will. */
export interface Construct extends Surroundings, SourceRange {
  readonly call: CallExpression;
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
  /** Workers as written, if they are written as a number. */
  readonly workerCount: number | undefined;
}

interface Maker {
  readonly family: WorkerFamily;
  /** Where the function is given directly: keyword and position. */
  readonly work?: readonly [keyword: string, position: number];
  /** Methods that take work as their first argument. */
  readonly methods?: readonly string[];
  readonly workers?: readonly [keyword: string, position: number];
  readonly isPickled?: boolean;
}

const EXECUTOR_METHODS = ['submit', 'map'];
const POOL_METHODS = [
  'map',
  'map_async',
  'imap',
  'imap_unordered',
  'starmap',
  'starmap_async',
  'apply',
  'apply_async',
];

const EXECUTOR = { methods: EXECUTOR_METHODS, workers: ['max_workers', 0] } as const;
const PROCESS_POOL: Maker = {
  family: 'processes',
  methods: POOL_METHODS,
  workers: ['processes', 0],
  isPickled: true,
};
const THREAD_POOL: Maker = { family: 'threads', methods: POOL_METHODS, workers: ['processes', 0] };
/** Under fork nothing is pickled; under spawn and forkserver (Linux since 3.14, macOS, Windows) it is. */
const PROCESS: Maker = { family: 'processes', work: ['target', 1] };

const MAKERS: ReadonlyMap<string, Maker> = new Map<string, Maker>(
  Object.entries<Maker>({
    'threading.Thread': { family: 'threads', work: ['target', 1] },
    'threading.Timer': { family: 'threads', work: ['function', 1] },
    '_thread.start_new_thread': { family: 'threads', work: ['function', 0] },
    'asyncio.to_thread': { family: 'threads', work: ['func', 0] },
    'concurrent.futures.ThreadPoolExecutor': { family: 'threads', ...EXECUTOR },
    'concurrent.futures.ProcessPoolExecutor': { family: 'processes', ...EXECUTOR, isPickled: true },
    'concurrent.futures.InterpreterPoolExecutor': {
      family: 'interpreters',
      ...EXECUTOR,
      isPickled: true,
    },
    'concurrent.interpreters.create': {
      family: 'interpreters',
      methods: ['call', 'call_in_thread'],
    },
    'multiprocessing.Process': PROCESS,
    'multiprocessing.Pool': PROCESS_POOL,
    'multiprocessing.pool.Pool': PROCESS_POOL,
    'multiprocessing.pool.ThreadPool': THREAD_POOL,
    'multiprocessing.dummy.Pool': THREAD_POOL,
    'multiprocessing.get_context().Process': PROCESS,
    'multiprocessing.get_context().Pool': PROCESS_POOL,
  }),
);

/** Other ways to the same thing. */
const SYNONYMS: readonly (readonly [from: string, to: string])[] = [
  ['concurrent.futures.thread.', 'concurrent.futures.'],
  ['concurrent.futures.process.', 'concurrent.futures.'],
  ['multiprocessing.context.', 'multiprocessing.'],
  ['multiprocessing.process.', 'multiprocessing.'],
];

/** All constructs of a file, in the order of the text. */
export function findConstructs(
  calls: readonly PlacedCall[],
  names: Names,
  constants: Constants,
): readonly Construct[] {
  return calls.flatMap(placed => {
    const found = recognise(placed.call, names);
    if (!found) return [];
    const { call, enclosing, owner, ownerClass } = placed;
    const { workers: size } = found.row;
    const workers = size && found.maker && argumentOf(found.maker, ...size);
    const construct: Construct = {
      call,
      name: found.name,
      family: found.family,
      isPickled: found.row.isPickled ?? false,
      work: found.work,
      workFunction: found.work && functionBehind(found.work, names),
      maker: found.maker,
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
}

function recognise(call: CallExpression, names: Names): Recognised | undefined {
  const path = canonicalPath(names.pathOf(call.callee));
  const direct = path === undefined ? undefined : MAKERS.get(path);
  if (path !== undefined && direct) {
    const work = direct.work && argumentOf(call, ...direct.work);
    return { name: path, row: direct, family: direct.family, work, maker: call };
  }
  return methodOf(call, path, names) ?? runInExecutor(call, names) ?? joblibCall(call, names);
}

function canonicalPath(path: string | undefined): string | undefined {
  return SYNONYMS.reduce((known, [from, to]) => known?.replace(from, to), path);
}

/** `pool.submit(f)` where the pool's making is known. */
function methodOf(
  call: CallExpression,
  path: string | undefined,
  names: Names,
): Recognised | undefined {
  const parts = path && /^(.*)\(\)\.(\w+)$/.exec(path);
  if (!parts || call.callee.kind !== 'attribute') return undefined;
  const [, made, method] = parts;
  const row = MAKERS.get(made);
  if (!row?.methods?.includes(method)) return undefined;
  const maker = names.valueOf(call.callee.object);
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
  const maker = executor && names.valueOf(executor);
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
  if (names.pathOf(call.callee) !== 'joblib.Parallel()') return undefined;
  const maker = names.valueOf(call.callee);
  if (maker?.kind !== 'call') return undefined;
  const [first] = call.args;
  const tasks = call.args.length === 1 ? first.value : undefined;
  const element = tasks?.kind === 'comprehension' ? tasks.parts.at(0) : undefined;
  const delayed = element?.kind === 'call' ? element.callee : undefined;
  const isDelayed = delayed?.kind === 'call' && names.pathOf(delayed.callee) === 'joblib.delayed';
  const preference = argumentOf(maker, 'prefer', undefined) ?? argumentOf(maker, 'backend', 1);
  const isThreads = preference?.kind === 'string' && preference.text.includes('thread');
  const family = isThreads ? 'threads' : 'processes';
  // loky pickles with cloudpickle, which takes lambdas and closures too.
  const row: Maker = { family, workers: ['n_jobs', 0] };
  const work = isDelayed ? argumentOf(delayed, 'function', 0) : undefined;
  return { name: 'joblib.Parallel', row, family, work, maker };
}

/** The function behind a name, a `self.method` or a `functools.partial`. */
function functionBehind(work: Expression, names: Names): FunctionStatement | undefined {
  const known = names.functionOf(work);
  if (known) return known;
  const value = names.valueOf(work);
  if (value?.kind !== 'call' || names.pathOf(value.callee) !== 'functools.partial')
    return undefined;
  const [first] = value.args;
  return value.args.length > 0 ? names.functionOf(first.value) : undefined;
}

/** Whether work is handed over more than once: in a loop, in a comprehension, or by a pool's `map`. */
export function manyTimes(construct: Construct, { calls }: WalkedCode): boolean {
  if (MAPS.test(construct.name)) return true;
  const start = construct.owner ? construct.enclosing.indexOf(construct.owner) + 1 : 0;
  const around = construct.enclosing.slice(start);
  if (around.some(({ kind }) => kind === 'for' || kind === 'while')) return true;
  const placed = calls.find(({ call }) => call === construct.call);
  return (
    placed !== undefined &&
    expressionsOf(placed.statement).some(expression => isInComprehension(expression, construct))
  );
}

const MAPS = /\.(?:map|imap|imap_unordered|starmap|map_async|starmap_async|Parallel)$/;

function isInComprehension(expression: Expression, construct: Construct): boolean {
  if (expression.from > construct.from || expression.to < construct.to) return false;
  if (expression.kind === 'comprehension') return true;
  return partsOf(expression).some(part => isInComprehension(part, construct));
}
