// Rule: the state of the GIL is asked in a way that gives a wrong answer.

import type { QuickFix, Rule, RuleContext, RuleHit } from '../advice';
import {
  expressionsOf,
  partsOf,
  type Branch,
  type CallExpression,
  type Expression,
  type Statement,
} from '../../python/pythonCode';
import type { PlacedCall, PlacedStatement } from '../../python/walkCode';

export const gilState: Rule = {
  id: 'gil-state',
  severity: 'warning',
  title: 'Wrong question about the GIL',
  explanation:
    'sys._is_gil_enabled() exists since Python 3.13. Where it does not exist, the GIL is on: a default has to say True. Py_GIL_DISABLED tells how Python was built; a free-threaded build turns the GIL on again for extensions that do not support it, and with PYTHON_GIL=1.',
  check: context => [
    ...context.code.calls.flatMap(placed => callHits(placed, context)),
    ...(asksForState(context)
      ? context.code.statements.flatMap(placed => statementHits(placed, context))
      : []),
  ],
};

/** What the whole text says, read once for a file. */
const SAID = new WeakMap<RuleContext, { readonly asks: boolean; readonly saysState: boolean }>();

function saidIn(context: RuleContext) {
  const known = SAID.get(context);
  if (known) return known;
  const { source } = context;
  const said = {
    asks: source.includes('_is_gil_enabled'),
    saysState: /\bGIL is (?:active|enabled|disabled|on|off)\b/.test(source),
  };
  SAID.set(context, said);
  return said;
}

function asksForState(context: RuleContext): boolean {
  return saidIn(context).asks;
}

function saysState(context: RuleContext): boolean {
  return saidIn(context).saysState;
}

const MISSING = 'Python before 3.13 has no sys._is_gil_enabled, and always a GIL: ';

function callHits(placed: PlacedCall, context: RuleContext): readonly RuleHit[] {
  const path = context.names.pathOf(placed.call.callee);
  if (path === 'getattr') return wrongDefault(placed, context);
  const isVariable =
    /^sysconfig\.get_config_vars?(?:\(\)\.get)?$/.test(path ?? '') &&
    placed.call.args.some(({ value }) => isText(value, 'Py_GIL_DISABLED'));
  return isVariable ? buildForState(placed, placed.call, context) : [];
}

function wrongDefault({ call }: PlacedCall, context: RuleContext): readonly RuleHit[] {
  if (call.args.length !== 3) return [];
  const [object, attribute, { value }] = call.args;
  const isAsked =
    context.names.pathOf(object.value) === 'sys' && isText(attribute.value, '_is_gil_enabled');
  if (!isAsked) return [];
  const meant = context.names.valueOf(value);
  const answer = meant?.kind === 'lambda' ? meant.body : value;
  if (!isFalse(answer)) return [];
  // `getattr(sys, name, None)` asks whether it exists; what is made of that shows elsewhere.
  if (meant?.kind !== 'lambda' && !isWord(answer, 'False')) return [];
  const message = `${MISSING}the default must answer True.`;
  return [{ from: value.from, to: value.to, message, fixes: fixesOf(value, answer) }];
}

function fixesOf(value: Expression, answer: Expression): readonly QuickFix[] {
  const isWhole = value.kind !== 'lambda';
  const { from, to } = isWhole ? value : answer;
  if (isWhole && value !== answer) return [];
  const text = isWhole ? 'lambda: True' : 'True';
  return [{ title: 'Answer True', edits: [{ from, to, text }] }];
}

/** `sys._is_gil_enabled() if hasattr(…) else False`, `hasattr(…) and sys._is_gil_enabled()`, and the same in blocks. */
function statementHits(placed: PlacedStatement, context: RuleContext): readonly RuleHit[] {
  const { statement } = placed;
  if (!mentions(statement, context)) return [];
  const found = expressionsOf(statement).flatMap(expression => inExpression(expression, context));
  if (statement.kind === 'if') return [...found, ...inBranches(placed, context)];
  if (statement.kind === 'try') return [...found, ...inHandlers(statement.branches, context)];
  if (statement.kind === 'assign' && statement.value && isHasattr(statement.value, context)) {
    const message =
      'sys._is_gil_enabled exists in every Python since 3.13, with and without a GIL: call it to know.';
    return [{ ...rangeOf(statement.value), message, fixes: [] }];
  }
  return found;
}

function mentions({ from, to }: Statement, { source }: RuleContext): boolean {
  return source.slice(from, to).includes('_is_gil_enabled');
}

function inExpression(expression: Expression, context: RuleContext): readonly RuleHit[] {
  const inner = partsOf(expression).flatMap(part => inExpression(part, context));
  if (expression.kind !== 'other') return inner;
  const { parts, node, operator } = expression;
  if (node === 'ConditionalExpression' && parts.length === 3) {
    const [given, test, otherwise] = parts;
    const isWrong = isAsked(given, context) && isHasattr(test, context) && isFalse(otherwise);
    if (isWrong) return [...inner, answerHit(otherwise)];
  }
  const isAnd = node === 'BinaryExpression' && operator === 'and' && parts.length === 2;
  if (isAnd && isHasattr(parts[0], context) && isAsked(parts[1], context)) {
    const message = `${MISSING}“hasattr(…) and …” answers False there; “not hasattr(…) or …” is right.`;
    return [...inner, { ...rangeOf(expression), message, fixes: [] }];
  }
  return inner;
}

function answerHit(answer: Expression): RuleHit {
  const edit = { ...rangeOf(answer), text: 'True' };
  const message = `${MISSING}the answer must be True.`;
  return { ...rangeOf(answer), message, fixes: [{ title: 'Answer True', edits: [edit] }] };
}

/** `if hasattr(…): return sys._is_gil_enabled()` with `return False` in the `else`, or right after it. */
function inBranches(
  { statement, enclosing, owner }: PlacedStatement,
  context: RuleContext,
): readonly RuleHit[] {
  if (statement.kind !== 'if') return [];
  const first = statement.branches.at(0);
  const second = statement.branches.at(1);
  if (!first) return [];
  if (!first.header.some(test => isHasattr(test, context)) || !first.body.some(asks)) return [];
  const around = enclosing.at(-1) === owner ? (owner?.body ?? []) : [];
  const after = around.at(around.indexOf(statement) + 1);
  const otherwise = second?.body ?? (after ? [after] : []);
  return otherwise.flatMap(answerOf).filter(isFalse).map(answerHit);

  function asks(inside: Statement): boolean {
    return answerOf(inside).some(answer => isAsked(answer, context));
  }
}

/** `except AttributeError: enabled = False`. */
function inHandlers(branches: readonly Branch[], context: RuleContext): readonly RuleHit[] {
  const [first, ...handlers] = branches;
  const asked = branches.length > 0 ? first.body.flatMap(answerOf) : [];
  if (!asked.some(answer => isAsked(answer, context))) return [];
  return handlers
    .filter(({ word }) => word === 'except')
    .flatMap(handler => handler.body.flatMap(answerOf))
    .filter(isFalse)
    .map(answerHit);
}

/** What a statement returns or stores. */
function answerOf(statement: Statement): readonly Expression[] {
  if (statement.kind === 'assign') return statement.value ? [statement.value] : [];
  const isReturn = statement.kind === 'simple' && statement.node === 'ReturnStatement';
  return isReturn ? statement.expressions.slice(0, 1) : [];
}

function isAsked(expression: Expression, { names }: RuleContext): boolean {
  return expression.kind === 'call' && names.pathOf(expression.callee) === 'sys._is_gil_enabled';
}

function isHasattr(expression: Expression, { names }: RuleContext): boolean {
  if (expression.kind !== 'call' || names.pathOf(expression.callee) !== 'hasattr') return false;
  const [object, attribute] = expression.args;
  return (
    expression.args.length === 2 &&
    names.pathOf(object.value) === 'sys' &&
    isText(attribute.value, '_is_gil_enabled')
  );
}

function isFalse(expression: Expression): boolean {
  if (expression.kind === 'number') return Number(expression.text) === 0;
  return isWord(expression, 'False') || isWord(expression, 'None');
}

function isWord(expression: Expression, word: string): boolean {
  return (
    expression.kind === 'other' && expression.parts.length === 0 && expression.operator === word
  );
}

function buildForState(
  placed: PlacedCall,
  asked: CallExpression,
  context: RuleContext,
): readonly RuleHit[] {
  // Whoever asks both knows the difference.
  if (asksForState(context) || !isTakenForState(placed, context)) return [];
  const message =
    'Py_GIL_DISABLED tells how this Python was built, not whether the GIL is on now; ask sys._is_gil_enabled() (3.13 and later).';
  return [{ ...rangeOf(asked), message, fixes: [] }];
}

/** Names that speak of the GIL now, rather than of the build. */
const STATE_NAME =
  /(?:no_?gil|without_gil|has_gil|gil_?(?:is_)?(?:on|off|free|active|enabled|disabled)|free_?thread(?:ed|ing)?|is_free|parallel\w*)$/i;
const WORKERS = /worker|executor|pool|cpu_count|parallel|\bthreads?\s*=|n_?threads|num_threads/i;

/** Sentences that tell people about now. */
const SPOKEN =
  /\b(?:am|are|is|now)? ?running\b|GIL (?:is )?(?:now )?(?:on|off|active|inactive|enabled|disabled)\b/i;

/** Many ask about the build and mean it (compiler flags, names of files): only clear cases count. */
function isTakenForState({ statement, owner, call }: PlacedCall, context: RuleContext): boolean {
  const { source } = context;
  if (statement.kind === 'if') {
    const branch = statement.branches.at(0);
    const block = branch ? source.slice(branch.headerTo, branch.to) : '';
    return WORKERS.test(block) || SPOKEN.test(block);
  }
  const before = source.slice(statement.from, call.from);
  const after = source.slice(call.to, statement.to);
  // `os.cpu_count() if get_config_var(…) else 1`
  if (/\bif\s+(?:not\s+)?$/.test(before) && WORKERS.test(before + after)) return true;
  if (statement.kind === 'assign') {
    const name = before.replace(/\s*=[^]*$/, '').trim();
    if (/^Py_|build|built|compil/i.test(name)) return false;
    return STATE_NAME.test(name) || saysState(context);
  }
  const isReturn = statement.kind === 'simple' && statement.node === 'ReturnStatement';
  return (
    isReturn &&
    owner !== undefined &&
    STATE_NAME.test(owner.name) &&
    !/build|built/i.test(owner.name)
  );
}

function isText(expression: Expression, text: string): boolean {
  return expression.kind === 'string' && expression.text.slice(1, -1) === text;
}

function rangeOf({ from, to }: { readonly from: number; readonly to: number }) {
  return { from, to };
}
