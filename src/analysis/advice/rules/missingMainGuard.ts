// Rule: processes are started by code that their own start would run again.

import type { Rule, RuleContext, RuleHit } from '../advice';
import type { Construct } from '../../knowledge/constructs';
import { guardEdits, isUnguardedTop } from '../mainGuard';
import type { CallExpression, FunctionStatement, Expression } from '../../python/pythonCode';
import type { PlacedCall, Surroundings } from '../../python/walkCode';
import type { CodeIndex } from '../../python/codeIndex';

export const missingMainGuard: Rule = {
  id: 'missing-main-guard',
  severity: 'warning',
  title: 'Processes started without a __main__ guard',
  explanation:
    'A spawned process imports the file it was started from. Code at the top of the file then runs again, in every process: without “if __name__ == "__main__":” Python stops with a RuntimeError. Spawning or a fork server is the default on Windows, macOS and, since Python 3.14, Linux.',
  check: context => {
    if (isForkChosen(context)) return [];
    const starters = context.constructs.filter(construct => startsProcesses(construct, context));
    if (starters.length === 0) return [];
    const direct = starters.find(starter => isUnguardedTop(starter, context));
    return direct ? [directHit(direct, context)] : indirectHit(starters, context);
  },
};

const MESSAGE =
  'This starts processes, and each of them may import this file and come here again. Put it under “if __name__ == "__main__":”.';

/** Making an executor starts nothing yet, handing it work does; so it is with `Process(…)` and its `start()`. */
function startsProcesses(construct: Construct, context: RuleContext): boolean {
  const { family, name, call, maker } = construct;
  if (family !== 'processes' || name === 'joblib.Parallel') return false;
  if (name === 'concurrent.futures.ProcessPoolExecutor') return isEntered(construct, context);
  const isProcess = name.endsWith('.Process') && maker === call;
  return !isProcess || context.index.callsNamed('start').some(placed => isStart(placed, context));
}

/** `with ProcessPoolExecutor() as pool:` hands work over inside. */
function isEntered({ call }: Construct, { index }: RuleContext): boolean {
  return index.once(enteredCalls).has(call);
}

function enteredCalls({ code }: CodeIndex): ReadonlySet<Expression> {
  return new Set(
    code.statements.flatMap(({ statement }) =>
      statement.kind === 'with' ? statement.items.map(({ context }) => context) : [],
    ),
  );
}

/** A `start()` that also runs when the file is imported, or inside a function. */
function isStart(placed: PlacedCall, context: RuleContext): boolean {
  const { callee } = placed.call;
  const isNamed = callee.kind === 'attribute' && callee.name === 'start';
  return isNamed && (placed.owner !== undefined || isUnguardedTop(placed, context));
}

/** `set_start_method("fork")` or a context of that kind: nothing is imported again. */
function isForkChosen({ code, names }: RuleContext): boolean {
  return code.calls.some(({ call }) => {
    const path = names.pathOf(call.callee) ?? '';
    const method = call.args.at(0)?.value;
    return (
      /^multiprocessing\.(?:set_start_method|get_context)$/.test(path) &&
      method?.kind === 'string' &&
      method.text.slice(1, -1) === 'fork'
    );
  });
}

function directHit(construct: Construct, context: RuleContext): RuleHit {
  const { from, to } = construct.call.callee;
  return { from, to, message: MESSAGE, fixes: fixesFor(construct, construct.call, context) };
}

function fixesFor({ enclosing }: Surroundings, call: CallExpression, context: RuleContext) {
  const own = context.statements.find(({ from, to }) => from <= call.from && call.to <= to);
  const first = enclosing.at(0) ?? own;
  const edits = first && guardEdits(first, context);
  return edits ? [{ title: 'Put under if __name__ == "__main__"', edits }] : [];
}

/** `main()` at the top of the file, where `main` starts processes itself or through what it calls. */
function indirectHit(starters: readonly Construct[], context: RuleContext): readonly RuleHit[] {
  const starting = startingFunctions(starters, context);
  const found = context.code.calls.find(placed => {
    if (!isUnguardedTop(placed, context)) return false;
    const called = context.names.calledBy(placed.call) ?? handedToRunner(placed.call, context);
    return called !== undefined && starting.has(called);
  });
  if (!found) return [];
  const { from, to } = found.call;
  return [{ from, to, message: MESSAGE, fixes: fixesFor(found, found.call, context) }];
}

/** Calls that run the function they are given. */
const RUNNERS = /^(?:typer\.run|fire\.Fire|absl\.app\.run|cProfile\.run|timeit\.timeit)$/;

function handedToRunner(
  call: CallExpression,
  { names }: RuleContext,
): FunctionStatement | undefined {
  if (!RUNNERS.test(names.pathOf(call.callee) ?? '')) return undefined;
  const given = call.args.at(0)?.value;
  return given && names.functionOf(given);
}

function startingFunctions(
  starters: readonly Construct[],
  { code, names }: RuleContext,
): ReadonlySet<FunctionStatement> {
  const callers = new Map<FunctionStatement, FunctionStatement[]>();
  for (const { call, owner } of code.calls) {
    const called = owner && names.calledBy(call);
    if (!called) continue;
    const known = callers.get(called);
    if (known) known.push(owner);
    else callers.set(called, [owner]);
  }
  const starting = new Set(starters.flatMap(({ owner }) => owner ?? []));
  // A set goes on to what is added while it is walked.
  for (const called of starting) {
    for (const caller of callers.get(called) ?? []) starting.add(caller);
  }
  return starting;
}
