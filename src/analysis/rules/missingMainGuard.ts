// Rule: processes are started by code that their own start would run again.

import type { Rule, RuleContext, RuleHit } from '../advice';
import type { Construct } from '../constructs';
import type { Expression, FunctionStatement, Statement } from '../pythonCode';
import type { Surroundings } from '../walkCode';

export const missingMainGuard: Rule = {
  id: 'missing-main-guard',
  severity: 'warning',
  title: 'Processes started without a __main__ guard',
  explanation:
    'A spawned process imports the file it was started from. Code at the top of the file then runs again, in every process: without “if __name__ == "__main__":” Python stops with a RuntimeError. Spawning or a fork server is the default on Windows, macOS and, since Python 3.14, Linux.',
  check: context => {
    const starters = context.constructs.filter(
      ({ family, name }) => family === 'processes' && name !== 'joblib.Parallel',
    );
    if (starters.length === 0) return [];
    const direct = starters.find(isUnguardedTop);
    return direct ? [directHit(direct)] : indirectHit(starters, context);
  },
};

const MESSAGE =
  'This starts processes, and each of them may import this file and come here again. Put it under “if __name__ == "__main__":”.';

function directHit({ call }: Construct): RuleHit {
  return { from: call.callee.from, to: call.callee.to, message: MESSAGE, fixes: [] };
}

/** Whether code runs whenever the file is imported. */
function isUnguardedTop({ owner, enclosing }: Surroundings): boolean {
  return owner === undefined && !enclosing.some(isMainGuard);
}

function isMainGuard(statement: Statement): boolean {
  if (statement.kind !== 'if') return false;
  return statement.branches.some(({ header }) => header.some(mentionsName));
}

function mentionsName(expression: Expression): boolean {
  if (expression.kind === 'name') return expression.name === '__name__';
  return expression.kind === 'other' && expression.parts.some(mentionsName);
}

/** `main()` at the top of the file, where `main` starts processes itself or through what it calls. */
function indirectHit(starters: readonly Construct[], context: RuleContext): readonly RuleHit[] {
  const starting = startingFunctions(starters, context);
  const found = context.code.calls.find(placed => {
    const called = isUnguardedTop(placed) && context.names.functionOf(placed.call.callee);
    return called && starting.has(called);
  });
  if (!found) return [];
  const { call, statement } = found;
  const text = context.source.slice(statement.from, statement.to);
  const isSimple = statement.kind === 'simple' && !text.includes('\n');
  const isAtLeft = context.lines.placeOf(statement.from).column === 0;
  const edit = {
    from: statement.from,
    to: statement.to,
    text: `if __name__ == "__main__":\n    ${text}`,
  };
  const fixes =
    isSimple && isAtLeft ? [{ title: 'Put under if __name__ == "__main__"', edits: [edit] }] : [];
  return [{ from: call.from, to: call.to, message: MESSAGE, fixes }];
}

function startingFunctions(
  starters: readonly Construct[],
  { code, names }: RuleContext,
): ReadonlySet<FunctionStatement> {
  const starting = new Set(starters.flatMap(({ owner }) => owner ?? []));
  for (let before = -1; before !== starting.size;) {
    before = starting.size;
    for (const { call, owner } of code.calls) {
      const called = owner && !starting.has(owner) ? names.functionOf(call.callee) : undefined;
      if (owner && called && starting.has(called)) starting.add(owner);
    }
  }
  return starting;
}
