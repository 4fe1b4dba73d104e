// Rule: several threads read, change and store the same variable without a lock.

import type { Rule, RuleContext, RuleHit } from '../advice';
import { groupedBy } from '../../python/grouping';
import type { Owner } from '../../python/codeIndex';
import { isProtected } from '../protection';
import type { AssignStatement, Expression, FunctionStatement } from '../../python/pythonCode';
import { dottedName, partsOf } from '../../python/pythonCode';
import { sharedTag, threadRuns, type SharedNames, type ThreadRun } from '../threadRuns';
import type { PlacedStatement } from '../../python/walkCode';

export const unprotectedUpdate: Rule = {
  id: 'unprotected-update',
  severity: 'warning',
  title: 'Shared value changed without a lock',
  explanation:
    'x += 1 reads, adds and stores. Python does not promise that no other thread comes between. Measured on CPython: up to 3.9 such updates are lost by the hundred thousand; from 3.10 on none was seen lost in a plain x += 1, but they are as soon as Python code is called between reading and storing, and a free-threaded build has no GIL to help. A threading.Lock around the statement makes it safe everywhere.',
  check: context => {
    const runs = threadRuns(context);
    if (runs.length === 0) return [];
    const updates = updatesOf(context);
    const found = updatedByMany(updates, runs, context);
    return updates.filter(update => found.has(update)).map(hit);
  },
};

/** A statement that reads, changes and stores. */
interface Update {
  readonly placed: PlacedStatement;
  readonly statement: AssignStatement;
  readonly owner: FunctionStatement;
  readonly target: Expression;
}

function hit({ statement, owner, target }: Update): RuleHit {
  const name = dottedName(target) ?? 'the value';
  const message = `Several threads come here through ${owner.name}(): one may come between reading ${name} and storing it, and an update is lost. Put a threading.Lock around it.`;
  return { from: statement.from, to: statement.to, message, fixes: [] };
}

function updatesOf(context: RuleContext): readonly Update[] {
  return context.code.statements.flatMap(placed => {
    const { statement, owner } = placed;
    if (!owner || statement.kind !== 'assign') return [];
    const target = statement.targets.at(0);
    if (!target || !isUpdate(statement, target, placed, context)) return [];
    return isProtected(placed, statement, context) ? [] : [{ placed, statement, owner, target }];
  });
}

interface Reached {
  readonly update: Update;
  readonly run: ThreadRun;
  readonly variable: string;
}

/** The updates of variables that more than one thread updates. */
function updatedByMany(
  updates: readonly Update[],
  runs: readonly ThreadRun[],
  context: RuleContext,
): ReadonlySet<Update> {
  const reached = updates.flatMap(update =>
    runs.flatMap<Reached>(run => {
      const shared = run.functions.get(update.owner);
      const variable = shared && variableOf(update, run, shared, context);
      return variable ? [{ update, run, variable }] : [];
    }),
  );
  const found = new Set<Update>();
  for (const group of groupedBy(reached, ({ variable }) => variable).values()) {
    // One thread that changes a variable in two places is one thread.
    const threads = [...new Set(group.map(({ run }) => run))];
    const count = threads.reduce((sum, run) => sum + run.count, 0);
    if (count > 1) for (const { update } of group) found.add(update);
  }
  return found;
}

/** A name for the variable that an update changes, if the threads of the run share it. */
function variableOf(
  { target, owner }: Update,
  run: ThreadRun,
  shared: SharedNames,
  context: RuleContext,
): string | undefined {
  if (target.kind === 'name') {
    return context.names.isFromOutside(target, owner) ? target.name : undefined;
  }
  const isItem = target.kind === 'other' && target.node === 'Subscript';
  if (target.kind !== 'attribute' && !isItem) return undefined;
  if (isItem && run.isNumbered && owner === run.construct.workFunction) {
    const index = target.parts.at(1);
    // Each thread has a place of its own: `sums[number] += x`.
    if (index?.kind === 'name' && owner.parameters.includes(index.name)) return undefined;
  }
  const object = isItem
    ? target.parts.at(0)
    : target.kind === 'attribute'
      ? target.object
      : undefined;
  const tag = object && sharedTag(object, owner, shared, context);
  if (!tag) return undefined;
  return target.kind === 'attribute' ? `${tag}.${target.name}` : `${tag}[]`;
}

/** `x += 1`, `x = x + 1`, `x = max(x, y)`, `n[k] = n.get(k, 0) + 1`, and `y = x` followed by `x = y + 1`. */
function isUpdate(
  statement: AssignStatement,
  target: Expression,
  placed: PlacedStatement,
  context: RuleContext,
): boolean {
  const { operator, value } = statement;
  if (!value) return false;
  if (operator !== '=') return !isDisplay(value);
  const { source } = context;
  const text = source.slice(target.from, target.to);
  const isRead = (part: Expression): boolean =>
    source.slice(part.from, part.to) === text || isGet(part, target, source);
  if (isComputed(value))
    return contains(value, isRead) || isStoredBack(value, text, placed, context);
  return isStoredBack(value, text, placed, context);
}

/** `counts.get(key, 0)` reads what `counts[key] = …` stores. */
function isGet(part: Expression, target: Expression, source: string): boolean {
  if (part.kind !== 'call' || part.callee.kind !== 'attribute' || part.callee.name !== 'get') {
    return false;
  }
  const object = target.kind === 'other' ? target.parts.at(0) : undefined;
  const { from, to } = part.callee.object;
  return object !== undefined && source.slice(from, to) === source.slice(object.from, object.to);
}

/** Whether a local name in the value was read from the target before, in the same function. */
function isStoredBack(
  value: Expression,
  target: string,
  { statement, owner }: PlacedStatement,
  context: RuleContext,
): boolean {
  const reads = readsOf(context).get(owner);
  if (!reads) return false;
  return contains(value, part => {
    const end = part.kind === 'name' ? reads.get(readKey(part.name, target)) : undefined;
    return end !== undefined && end <= statement.from;
  });
}

/** For each function: what its locals were read from, and where the first statement ends that does. */
type Reads = ReadonlyMap<Owner, ReadonlyMap<string, number>>;

const READS = new WeakMap<RuleContext, Reads>();

/** A name has no blank in it. */
function readKey(local: string, source: string): string {
  return `${local} ${source}`;
}

function readsOf(context: RuleContext): Reads {
  const known = READS.get(context);
  if (known) return known;
  const reads = new Map<Owner, Map<string, number>>();
  for (const { statement, owner } of context.code.statements) {
    if (statement.kind !== 'assign' || statement.operator !== '=') continue;
    const local = statement.targets.at(0);
    if (local?.kind !== 'name' || !statement.value) continue;
    const ofOwner = reads.get(owner) ?? new Map<string, number>();
    reads.set(owner, ofOwner);
    for (const text of sourcesOf(statement.value, context)) {
      const key = readKey(local.name, text);
      if (!ofOwner.has(key)) ofOwner.set(key, statement.to);
    }
  }
  READS.set(context, reads);
  return reads;
}

/** The variables that a value reads: itself, or what a computed one has in it. */
function sourcesOf(value: Expression, { source }: RuleContext): readonly string[] {
  const texts: string[] = [];
  const visit = (part: Expression): void => {
    const isVariable = part.kind === 'name' || part.kind === 'attribute' || isSubscript(part);
    if (isVariable) texts.push(source.slice(part.from, part.to));
    partsOf(part).forEach(visit);
  };
  if (isComputed(value)) visit(value);
  else texts.push(source.slice(value.from, value.to));
  return texts;
}

function isSubscript(part: Expression): boolean {
  return part.kind === 'other' && part.node === 'Subscript';
}

const ARITHMETIC = /^(?:[-+*/%&|^@]|\/\/|\*\*|<<|>>)$/;

function isComputed(value: Expression): boolean {
  if (value.kind === 'call') {
    const name = value.callee.kind === 'name' ? value.callee.name : '';
    return name === 'max' || name === 'min';
  }
  return (
    value.kind === 'other' &&
    value.node === 'BinaryExpression' &&
    ARITHMETIC.test(value.operator ?? '')
  );
}

function contains(value: Expression, is: (part: Expression) => boolean): boolean {
  return is(value) || partsOf(value).some(part => contains(part, is));
}

/** `items += [x]` appends, which is one step. */
function isDisplay(value: Expression): boolean {
  return (
    value.kind === 'comprehension' ||
    (value.kind === 'other' && /^(?:Array|Tuple|Set|Dictionary)Expression$/.test(value.node))
  );
}
