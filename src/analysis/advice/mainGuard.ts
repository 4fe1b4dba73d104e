// What runs whenever a file is imported, and the quick fix that puts it under a guard.

import type { RuleContext, TextEdit } from './advice';
import type { Expression, Statement } from '../python/pythonCode';
import type { Surroundings } from '../python/walkCode';
import type { CodeIndex } from '../python/codeIndex';

const GUARD = 'if __name__ == "__main__":';

/** Whether code runs whenever the file is imported. */
export function isUnguardedTop(
  { owner, enclosing }: Surroundings,
  { index }: Pick<RuleContext, 'index'>,
): boolean {
  if (owner !== undefined || enclosing.some(isMainGuard)) return false;
  const top = enclosing.at(0);
  const first = index.once(firstLeaving);
  return first < 0 || (top !== undefined && index.topNumberOf(top) <= first);
}

/** The number of the first statement of the top that ends the file unless it is the main one; -1 if none does. */
function firstLeaving({ top }: CodeIndex): number {
  return top.findIndex(leavesUnlessMain);
}

function isMainGuard(statement: Statement): boolean {
  if (statement.kind !== 'if') return false;
  return statement.branches.some(({ header }) => header.some(mentionsName));
}

/** `if __name__ != "__main__": raise SystemExit`: what follows is guarded too. */
function leavesUnlessMain(statement: Statement): boolean {
  if (!isMainGuard(statement) || statement.kind !== 'if') return false;
  const body = statement.branches.at(0)?.body ?? [];
  const isRaise = ({ kind, ...rest }: Statement) =>
    kind === 'simple' && 'node' in rest && rest.node === 'RaiseStatement';
  return body.length > 0 && body.some(isRaise);
}

function mentionsName(expression: Expression): boolean {
  if (expression.kind === 'name') return expression.name === '__name__';
  return expression.kind === 'other' && expression.parts.some(mentionsName);
}

/**
 * Edits that put a statement at the top of the file, and those after it up to the next definition, under a guard; none
 * where that would change a text that runs over several lines.
 */
export function guardEdits(
  first: Statement,
  context: RuleContext,
): readonly TextEdit[] | undefined {
  const { statements, source, lines } = context;
  const start = statements.indexOf(first);
  if (start < 0 || lines.placeOf(first.from).column !== 0) return undefined;
  const after = statements.slice(start);
  const end = after.findIndex(({ kind }) => ['function', 'class', 'import'].includes(kind));
  const guarded = end < 0 ? after : after.slice(0, end);
  // Nothing is left where the first is a definition itself: a class whose own block starts processes.
  const last = guarded.at(-1);
  if (!last) return undefined;
  const text = source.slice(first.from, last.to);
  if (/"""|'''|\\\n|;/.test(text)) return undefined;
  const indented = [...text.matchAll(/^(?=[^\r\n])/gm)].map(({ index }) => {
    const at = first.from + index;
    return { from: at, to: at, text: '    ' };
  });
  const [top, ...rest] = indented;
  const newline = source.includes('\r\n') ? '\r\n' : '\n';
  return [{ ...top, text: `${GUARD}${newline}    ` }, ...rest];
}
