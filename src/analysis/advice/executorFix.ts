// The quick fix that swaps one pool for another everywhere in a file, imports and guard included.

import type { QuickFix, RuleContext, TextEdit } from './advice';
import type { Construct } from '../knowledge/constructs';
import type { SourceRange } from '../python/findings';
import { guardEdits, isUnguardedTop } from './mainGuard';
import type {
  CallExpression,
  Expression,
  FunctionStatement,
  ImportedName,
} from '../python/pythonCode';
import { expressionsOf, partsOf } from '../python/pythonCode';

/** A class of a library, by module and name. */
interface PoolClass {
  readonly module: string;
  readonly name: string;
  /** Arguments that only this class takes. */
  readonly only: readonly string[];
}

const FUTURES = 'concurrent.futures';
export const THREAD_EXECUTOR: PoolClass = {
  module: FUTURES,
  name: 'ThreadPoolExecutor',
  only: ['thread_name_prefix'],
};
export const PROCESS_EXECUTOR: PoolClass = {
  module: FUTURES,
  name: 'ProcessPoolExecutor',
  only: ['mp_context', 'max_tasks_per_child'],
};
const THREAD_POOL: PoolClass = { module: 'multiprocessing.pool', name: 'ThreadPool', only: [] };
const PROCESS_POOL: PoolClass = {
  module: 'multiprocessing',
  name: 'Pool',
  only: ['maxtasksperchild', 'context'],
};

const SWAPS = {
  processes: [
    [THREAD_EXECUTOR, PROCESS_EXECUTOR],
    [THREAD_POOL, PROCESS_POOL],
  ],
  threads: [
    [PROCESS_EXECUTOR, THREAD_EXECUTOR],
    [PROCESS_POOL, THREAD_POOL],
  ],
} as const;

/** Swaps the pool of a construct for the other kind, everywhere in the file; none if the result would not work. */
export function swapPool(
  { maker }: Construct,
  kind: 'threads' | 'processes',
  context: RuleContext,
): readonly QuickFix[] {
  const path = maker && context.names.pathOf(maker.callee);
  const swap = SWAPS[kind].find(([from]) => path === `${from.module}.${from.name}`);
  if (!swap) return [];
  const known = SWAPPED.get(context) ?? new Map<PoolClass, readonly QuickFix[]>();
  SWAPPED.set(context, known);
  const [from, to] = swap;
  // The same for every pool of a class: all of them change together.
  const fixes = known.get(from) ?? swapAll(from, to, kind, context);
  known.set(from, fixes);
  return fixes;
}

const SWAPPED = new WeakMap<RuleContext, Map<PoolClass, readonly QuickFix[]>>();

function swapAll(
  from: PoolClass,
  to: PoolClass,
  kind: 'threads' | 'processes',
  context: RuleContext,
): readonly QuickFix[] {
  const made = madeWith(from, context);
  if (!made.every(construct => canSwap(construct, from, kind, context))) return [];
  const edits = editsFor(from, to, context);
  const guard = edits && kind === 'processes' ? guardFor(made, context) : [];
  if (!edits || !guard) return [];
  return [{ title: `Use ${to.name}`, edits: [...edits, ...guard].sort((a, b) => a.from - b.from) }];
}

/** Everything that the pools of one class do in the file. */
function madeWith({ module, name }: PoolClass, { constructs }: RuleContext): readonly Construct[] {
  return constructs.filter(construct => construct.name.startsWith(`${module}.${name}`));
}

function canSwap(
  { maker, call, work, workFunction, name }: Construct,
  { only }: PoolClass,
  kind: 'threads' | 'processes',
  context: RuleContext,
): boolean {
  const args = maker?.args ?? [];
  if (args.some(({ keyword, star }) => star === '**' || (keyword && only.includes(keyword)))) {
    return false;
  }
  const isMaking = maker === call && !/\.(?:submit|\w*map\w*|apply\w*)$/.test(name);
  if (kind === 'threads' || isMaking) return true;
  // A process takes functions by their name in a module.
  if (!work || work.kind === 'attribute') return false;
  return workFunction === undefined
    ? context.names.pathOf(work)?.includes('.') === true
    : work.kind === 'name' && isTopLevel(workFunction, context);
}

/** Replaces every use of the class, and imports the other instead (or beside, where something else needs it). */
function editsFor(
  from: PoolClass,
  to: PoolClass,
  context: RuleContext,
): readonly TextEdit[] | undefined {
  const imported = importsOf(context);
  const own = imported.filter(
    ({ module, member }) => module === from.module && member === from.name,
  );
  const uses = usesOf(from, context);
  if (uses.some(use => use.kind === 'attribute') && from.module !== to.module) return undefined;
  const isThere = imported.some(
    ({ module, member, boundName }) =>
      module === to.module && member === to.name && boundName === to.name,
  );
  const swapped = uses.map(use => {
    const start = use.kind === 'attribute' ? use.to - use.name.length : use.from;
    return { from: start, to: use.to, text: to.name };
  });
  const importEdits = own.flatMap(name => importEdit(name, to, isThere, context) ?? []);
  return importEdits.length === own.length ? [...importEdits, ...swapped] : undefined;
}

function importsOf({ code }: RuleContext): readonly ImportedName[] {
  return code.statements.flatMap(({ statement }) =>
    statement.kind === 'import' ? statement.names : [],
  );
}

function importEdit(
  name: ImportedName,
  to: PoolClass,
  isThere: boolean,
  context: RuleContext,
): TextEdit | undefined {
  const { range } = name;
  const statement = context.code.statements.find(
    ({ statement: one }) => one.kind === 'import' && one.names.includes(name),
  )?.statement;
  if (statement?.kind !== 'import') return undefined;
  if (isThere) return withoutName(range, context);
  if (name.module === to.module) return { from: range.from, to: range.to, text: to.name };
  // `from multiprocessing.pool import ThreadPool` alone: another module, another line.
  if (statement.names.length > 1) return undefined;
  return {
    from: statement.from,
    to: range.to,
    text: `from ${to.module} import ${to.name}`,
  };
}

/** The other class is imported already: the name goes, with one of its commas. */
function withoutName({ from, to }: SourceRange, { source }: RuleContext): TextEdit {
  const after = /^\s*,\s*/.exec(source.slice(to, to + 200))?.[0].length ?? 0;
  if (after > 0) return { from, to: to + after, text: '' };
  const before = /,\s*$/.exec(source.slice(Math.max(0, from - 200), from))?.[0].length ?? 0;
  // The only name of its import stays: an unused name does no harm, an import of nothing does.
  return before > 0 ? { from: from - before, to, text: '' } : { from: to, to, text: '' };
}

type Use = Extract<Expression, { kind: 'name' | 'attribute' }>;

/** Where expressions and written types name the class. */
function usesOf({ module, name }: PoolClass, { code, names }: RuleContext): readonly Use[] {
  const found: Use[] = [];
  const path = `${module}.${name}`;
  const visit = (expression: Expression): void => {
    const isUse = expression.kind === 'name' || expression.kind === 'attribute';
    if (isUse && names.pathOf(expression) === path) found.push(expression);
    else partsOf(expression).forEach(visit);
  };
  for (const { statement } of code.statements) {
    expressionsOf(statement).forEach(visit);
    const types =
      statement.kind === 'function'
        ? statement.parameterTypes
        : statement.kind === 'assign'
          ? [statement.type]
          : [];
    for (const type of types) if (type) visit(type);
  }
  return found;
}

/** Processes import the file again: what starts them at the top of it goes under a guard. */
function guardFor(
  made: readonly Construct[],
  context: RuleContext,
): readonly TextEdit[] | undefined {
  const open = made.find(construct => isUnguardedTop(construct, context));
  if (!open) return [];
  const first = open.enclosing.at(0) ?? ownStatement(open.call, context);
  return first && guardEdits(first, context);
}

function ownStatement({ from, to }: CallExpression, { statements }: RuleContext) {
  return statements.find(statement => statement.from <= from && to <= statement.to);
}

/** Whether a function can be pickled by its name: only those at the top of a file can. */
export function isTopLevel(
  statement: FunctionStatement,
  { index }: Pick<RuleContext, 'index'>,
): boolean {
  return index.topNumberOf(statement) >= 0;
}
