// Rule: the state of the GIL is asked in a way that gives a wrong answer.

import type { Rule, RuleContext, RuleHit } from '../advice';
import type { Expression } from '../pythonCode';
import type { PlacedCall } from '../walkCode';

export const gilState: Rule = {
  id: 'gil-state',
  severity: 'warning',
  title: 'Wrong question about the GIL',
  explanation:
    'sys._is_gil_enabled() exists since Python 3.13. Where it does not exist, the GIL is on: a default has to say True. Py_GIL_DISABLED tells how Python was built; a free-threaded build turns the GIL on again for extensions that do not support it, and with PYTHON_GIL=1.',
  check: context => context.code.calls.flatMap(placed => hits(placed, context)),
};

function hits(placed: PlacedCall, context: RuleContext): readonly RuleHit[] {
  const path = context.names.pathOf(placed.call.callee);
  if (path === 'getattr') return wrongDefault(placed, context);
  return path === 'sysconfig.get_config_var' ? buildForState(placed, context) : [];
}

function wrongDefault({ call }: PlacedCall, { names, source }: RuleContext): readonly RuleHit[] {
  if (call.args.length !== 3) return [];
  const [object, attribute, { value }] = call.args;
  const isAsked =
    names.pathOf(object.value) === 'sys' && isText(attribute.value, '_is_gil_enabled');
  if (!isAsked) return [];
  const answer = value.kind === 'lambda' ? value.body : undefined;
  if (!answer || source.slice(answer.from, answer.to) !== 'False') return [];
  const message =
    'Python before 3.13 has no sys._is_gil_enabled, and always a GIL: the default must answer True.';
  const edit = { from: answer.from, to: answer.to, text: 'True' };
  return [
    { from: value.from, to: value.to, message, fixes: [{ title: 'Answer True', edits: [edit] }] },
  ];
}

function buildForState(placed: PlacedCall, context: RuleContext): readonly RuleHit[] {
  const { call } = placed;
  const asked = call.args.at(0)?.value;
  if (!asked || !isText(asked, 'Py_GIL_DISABLED')) return [];
  // Whoever asks both knows the difference.
  if (context.source.includes('_is_gil_enabled')) return [];
  if (!isTakenForState(placed, context.source)) return [];
  const message =
    'Py_GIL_DISABLED tells how this Python was built, not whether the GIL is on now; ask sys._is_gil_enabled() (3.13 and later).';
  return [{ from: call.from, to: call.to, message, fixes: [] }];
}

/** Names that speak of the GIL now, rather than of the build. */
const STATE_NAME =
  /(?:no_?gil|without_gil|gil_?(?:is_)?(?:on|off|free|enabled|disabled)|free_?thread(?:ed|ing)?|is_free)$/i;

/** Many ask about the build and mean it (compiler flags, names of files): only clear cases count. */
function isTakenForState({ statement, owner, call }: PlacedCall, source: string): boolean {
  if (statement.kind === 'if') {
    const branch = statement.branches.at(0);
    const block = branch ? source.slice(branch.headerTo, branch.to) : '';
    return /worker|thread|executor|pool|cpu_count|parallel/i.test(block);
  }
  if (statement.kind === 'assign') {
    const name = source
      .slice(statement.from, call.from)
      .replace(/\s*=[^]*$/, '')
      .trim();
    return STATE_NAME.test(name) && !/^Py_|build|built|compil/i.test(name);
  }
  const isReturn = statement.kind === 'simple' && statement.node === 'ReturnStatement';
  return isReturn && owner !== undefined && STATE_NAME.test(owner.name);
}

function isText(expression: Expression, text: string): boolean {
  return expression.kind === 'string' && expression.text.slice(1, -1) === text;
}
