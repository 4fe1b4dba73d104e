// The quick fix that swaps one executor of concurrent.futures for another, import included.

import type { QuickFix, RuleContext, TextEdit } from './advice';
import type { Construct } from './constructs';
import type { FunctionStatement } from './pythonCode';

export type ExecutorName = 'ThreadPoolExecutor' | 'ProcessPoolExecutor';

/** Arguments that only one kind of executor takes. */
const ONLY_HERE: Readonly<Record<ExecutorName, readonly string[]>> = {
  ThreadPoolExecutor: ['thread_name_prefix'],
  ProcessPoolExecutor: ['mp_context', 'max_tasks_per_child'],
};

/** Swaps the executor of a construct; none if that would not leave a program that works. */
export function swapExecutor(
  construct: Construct,
  from: ExecutorName,
  to: ExecutorName,
  context: RuleContext,
): readonly QuickFix[] {
  const { maker } = construct;
  if (!maker || context.names.pathOf(maker.callee) !== `concurrent.futures.${from}`) return [];
  if (maker.args.some(({ keyword }) => keyword && ONLY_HERE[from].includes(keyword))) return [];
  if (maker.args.some(({ star }) => star === '**')) return [];
  const { callee } = maker;
  const title = `Use ${to}`;
  if (callee.kind === 'attribute') {
    return [{ title, edits: [{ from: callee.to - callee.name.length, to: callee.to, text: to }] }];
  }
  if (callee.kind !== 'name') return [];
  const imported = importEdit(callee.name, to, context);
  return imported ? [{ title, edits: [...imported, { ...rangeOf(callee), text: to }] }] : [];
}

/** Imports `to` beside the name that was imported; nothing to do if the file has it already. */
function importEdit(
  boundName: string,
  to: ExecutorName,
  context: RuleContext,
): readonly TextEdit[] | undefined {
  const names = context.code.statements.flatMap(({ statement }) =>
    statement.kind === 'import' ? statement.names : [],
  );
  const isThere = names.some(({ member, boundName: bound }) => member === to && bound === to);
  if (isThere) return [];
  const beside = names.find(name => name.boundName === boundName);
  return beside && [{ from: beside.range.to, to: beside.range.to, text: `, ${to}` }];
}

function rangeOf({ from, to }: { readonly from: number; readonly to: number }) {
  return { from, to };
}

/** Whether a function can be pickled by its name: only those at the top of a file can. */
export function isTopLevel(
  statement: FunctionStatement,
  { statements }: Pick<RuleContext, 'statements'>,
): boolean {
  return statements.includes(statement);
}
