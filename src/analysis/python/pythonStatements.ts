// The parser's statement nodes as plain data. With pythonExpressions.ts it knows the grammar.

import {
  argumentsOf,
  childrenOf,
  parametersOf,
  parameterTypesOf,
  partsIn,
  readExpression,
  typeOf,
} from './pythonExpressions';
import type { Argument, Branch, BranchWord, Expression } from './pythonCode';
import type { ImportedName, Statement, WithItem } from './pythonCode';
import { childNamed, ERROR_NODE, type Reading, type TreeNode } from './treeNode';

/** Deeper blocks are left out. CPython refuses more than 100 indentation levels (MAXINDENT in Parser/lexer/state.h). */
const MAX_BLOCK_DEPTH = 120;

/** Adds the statement of a node (several for `a; b`, none for comments and rubble) to `into`. */
export function readStatement(
  node: TreeNode,
  reading: Reading,
  depth: number,
  into: Statement[],
): void {
  reading.nodeCount++;
  if (depth > MAX_BLOCK_DEPTH) {
    reading.isTooDeep = true;
    return;
  }
  if (node.name === 'StatementGroup') {
    for (const child of childrenOf(node)) readStatement(child, reading, depth, into);
    return;
  }
  const statement = statementOf(node, reading, depth);
  if (statement) into.push(statement);
}

function statementOf(node: TreeNode, reading: Reading, depth: number): Statement | undefined {
  switch (node.name) {
    case 'DecoratedStatement':
      return decorated(node, reading, depth);
    case 'FunctionDefinition':
      return functionOf(node, reading, depth);
    case 'ClassDefinition':
      return classOf(node, reading, depth);
    case 'ForStatement':
      return forOf(node, reading, depth);
    case 'WhileStatement':
      return whileOf(node, reading, depth);
    case 'WithStatement':
      return withOf(node, reading, depth);
    case 'IfStatement':
    case 'TryStatement':
    case 'MatchStatement':
      return branchingOf(node, reading, depth);
    case 'AssignStatement':
    case 'UpdateStatement':
      return assignOf(node, reading);
    case 'ImportStatement':
      return { kind: 'import', names: importedNames(node, reading.source), ...rangeOf(node) };
    default:
      return node.name.endsWith('Statement') ? simpleOf(node, reading) : undefined;
  }
}

function rangeOf(node: TreeNode) {
  // A block's node runs on over the line break after it; what people see ends before.
  return { from: node.from, to: node.to };
}

function simpleOf(node: TreeNode, reading: Reading): Statement {
  const expressions = expressionsIn(childrenOf(node), reading);
  const isNonlocal = childNamed(node, 'nonlocal') !== undefined;
  const name = isNonlocal ? 'NonlocalStatement' : node.name;
  return { kind: 'simple', node: name, expressions, ...rangeOf(node) };
}

function expressionsIn(nodes: readonly TreeNode[], reading: Reading): readonly Expression[] {
  return partsIn(nodes, reading, 0);
}

function block(body: TreeNode | undefined, reading: Reading, depth: number): Statement[] {
  const statements: Statement[] = [];
  for (const node of body?.children ?? []) readStatement(node, reading, depth + 1, statements);
  return statements;
}

function headerOf(node: TreeNode, body: TreeNode | undefined) {
  return { from: node.from, to: node.to, headerTo: body ? body.from : node.to };
}

function decorated(node: TreeNode, reading: Reading, depth: number): Statement | undefined {
  const nodes = childrenOf(node);
  const inner = nodes.find(child => child.name.endsWith('Definition'));
  const statement = inner ? statementOf(inner, reading, depth) : undefined;
  if (statement?.kind !== 'function' && statement?.kind !== 'class') return statement;
  const decorators = nodes
    .filter(child => child.name === 'Decorator')
    .flatMap(child => decoratorOf(child, reading));
  return { ...statement, decorators, from: node.from };
}

function decoratorOf(node: TreeNode, reading: Reading): readonly Expression[] {
  // `@a.b(c)` is flat in the grammar: names, dots and an argument list.
  const names = childrenOf(node).filter(child => child.name === 'VariableName');
  const argList = childNamed(node, 'ArgList');
  if (names.length === 0) return expressionsIn(childrenOf(node), reading);
  const [first, ...rest] = names.map(name => reading.source.slice(name.from, name.to));
  const to = names[names.length - 1].to;
  const start: Expression = { kind: 'name', name: first, from: names[0].from, to: names[0].to };
  const callee = rest.reduce<Expression>(
    (object, name) => ({ kind: 'attribute', object, name, from: names[0].from, to }),
    start,
  );
  if (!argList) return [callee];
  const args = argumentsOf(argList, reading, 0);
  return [{ kind: 'call', callee, args, from: callee.from, to: argList.to }];
}

function functionOf(node: TreeNode, reading: Reading, depth: number): Statement | undefined {
  const name = childNamed(node, 'VariableName');
  const body = childNamed(node, 'Body');
  if (!name) return undefined;
  const paramList = childNamed(node, 'ParamList');
  return {
    kind: 'function',
    name: reading.source.slice(name.from, name.to),
    nameRange: { from: name.from, to: name.to },
    isAsync: childNamed(node, 'async') !== undefined,
    decorators: [],
    parameters: parametersOf(paramList, reading.source),
    parameterTypes: parameterTypesOf(paramList, reading),
    body: block(body, reading, depth),
    ...headerOf(node, body),
  };
}

function classOf(node: TreeNode, reading: Reading, depth: number): Statement | undefined {
  const name = childNamed(node, 'VariableName');
  const body = childNamed(node, 'Body');
  const argList = childNamed(node, 'ArgList');
  if (!name) return undefined;
  const bases: readonly Argument[] = argList ? argumentsOf(argList, reading, 0) : [];
  return {
    kind: 'class',
    name: reading.source.slice(name.from, name.to),
    bases,
    decorators: [],
    body: block(body, reading, depth),
    ...headerOf(node, body),
  };
}

function forOf(node: TreeNode, reading: Reading, depth: number): Statement {
  const nodes = childrenOf(node);
  const bodyAt = nodes.findIndex(child => child.name === 'Body');
  const inAt = nodes.findIndex(child => child.name === 'in');
  const forAt = nodes.findIndex(child => child.name === 'for');
  const body = bodyAt < 0 ? undefined : nodes[bodyAt];
  const headerEnd = bodyAt < 0 ? nodes.length : bodyAt;
  const targetEnd = inAt < 0 ? headerEnd : inAt;
  const iterables = inAt < 0 ? [] : expressionsIn(nodes.slice(inAt + 1, headerEnd), reading);
  return {
    kind: 'for',
    targets: expressionsIn(nodes.slice(forAt + 1, targetEnd), reading),
    iterable: iterables[0],
    body: block(body, reading, depth),
    otherwise: branchesOf(nodes.slice(headerEnd + 1), reading, depth),
    ...headerOf(node, body),
  };
}

function whileOf(node: TreeNode, reading: Reading, depth: number): Statement {
  const nodes = childrenOf(node);
  const bodyAt = nodes.findIndex(child => child.name === 'Body');
  const headerEnd = bodyAt < 0 ? nodes.length : bodyAt;
  const body = bodyAt < 0 ? undefined : nodes[bodyAt];
  return {
    kind: 'while',
    test: expressionsIn(nodes.slice(1, headerEnd), reading)[0],
    body: block(body, reading, depth),
    otherwise: branchesOf(nodes.slice(headerEnd + 1), reading, depth),
    ...headerOf(node, body),
  };
}

function withOf(node: TreeNode, reading: Reading, depth: number): Statement {
  const nodes = childrenOf(node);
  const withAt = nodes.findIndex(child => child.name === 'with');
  const bodyAt = nodes.findIndex(child => child.name === 'Body');
  const headerEnd = bodyAt < 0 ? nodes.length : bodyAt;
  const body = bodyAt < 0 ? undefined : nodes[bodyAt];
  return {
    kind: 'with',
    items: withItems(nodes.slice(withAt + 1, headerEnd), reading),
    body: block(body, reading, depth),
    ...headerOf(node, body),
  };
}

function withItems(nodes: readonly TreeNode[], reading: Reading): WithItem[] {
  const items: WithItem[] = [];
  nodes.forEach((node, index) => {
    // `with (a as b, c as d):` leaves rubble after the first and the last item; the items are right.
    if (node.name === ERROR_NODE || nodes[index - 1]?.name === 'as') return;
    const context = readExpression(node, reading, 0);
    if (!context) return;
    const named = nodes[index + 1]?.name === 'as' ? nodes[index + 2] : undefined;
    items.push({ context, name: named ? readExpression(named, reading, 0) : undefined });
  });
  return items;
}

function branchingOf(node: TreeNode, reading: Reading, depth: number): Statement {
  const nodes = childrenOf(node);
  const kind = node.name === 'IfStatement' ? 'if' : node.name === 'TryStatement' ? 'try' : 'match';
  const first = nodes.find(child => child.name.endsWith('Body'));
  if (kind !== 'match') {
    const branches = branchesOf(nodes, reading, depth);
    return { kind, subject: undefined, branches, ...headerOf(node, first) };
  }
  const clauses = first ? childrenOf(first).filter(child => child.name === 'MatchClause') : [];
  const branches = clauses.flatMap(clause => branchesOf(childrenOf(clause), reading, depth));
  const subject = expressionsIn(nodes.slice(1), reading)[0];
  return { kind, subject, branches, ...headerOf(node, first) };
}

const BRANCH_WORDS: readonly BranchWord[] = [
  'if',
  'elif',
  'else',
  'try',
  'except',
  'finally',
  'case',
];

/** Reads `word header… Body` again and again. */
function branchesOf(nodes: readonly TreeNode[], reading: Reading, depth: number): Branch[] {
  const branches: Branch[] = [];
  let start: { word: BranchWord; index: number } | undefined;
  nodes.forEach((node, index) => {
    const word = BRANCH_WORDS.find(candidate => candidate === node.name);
    if (word) start = { word, index };
    if (node.name !== 'Body' || !start) return;
    const between = nodes.slice(start.index + 1, index);
    branches.push({
      kind: 'branch',
      word: start.word,
      header: expressionsIn(between, reading),
      body: block(node, reading, depth),
      from: nodes[start.index].from,
      to: node.to,
      headerTo: node.from,
    });
    start = undefined;
  });
  return branches;
}

function assignOf(node: TreeNode, reading: Reading): Statement {
  const nodes = childrenOf(node);
  const isOperator = (child: TreeNode) => child.name === 'AssignOp' || child.name === 'UpdateOp';
  const operators = nodes.filter(isOperator);
  const lastOperator = operators.at(-1);
  const valueStart = lastOperator ? nodes.indexOf(lastOperator) + 1 : nodes.length;
  const values = expressionsIn(nodes.slice(valueStart), reading);
  const operator = operators.at(0);
  return {
    kind: 'assign',
    targets: expressionsIn(nodes.slice(0, valueStart), reading),
    operator: operator ? reading.source.slice(operator.from, operator.to) : '',
    value: values.length > 1 ? tupleOf(values) : values[0],
    type: typeOf(childNamed(node, 'TypeDef'), reading),
    ...rangeOf(node),
  };
}

function tupleOf(parts: readonly Expression[]): Expression {
  return {
    kind: 'other',
    node: 'TupleExpression',
    operator: undefined,
    parts,
    from: parts[0].from,
    to: parts[parts.length - 1].to,
  };
}

/** What an import binds; relative modules keep their dots, `import a.b` binds `a`. */
function importedNames(node: TreeNode, source: string): ImportedName[] {
  const nodes = childrenOf(node);
  const text = (child: TreeNode) => source.slice(child.from, child.to);
  const importAt = nodes.findIndex(child => child.name === 'import');
  if (importAt < 0) return [];
  const isFrom = nodes[0].name === 'from';
  const moduleText = isFrom ? nodes.slice(1, importAt).map(text).join('') : '';
  const names: ImportedName[] = [];
  for (const item of importItems(nodes.slice(importAt + 1))) {
    const path = item.path.map(text).join('');
    const first = item.path[0];
    const alias = item.alias ? text(item.alias) : undefined;
    const range = { from: first.from, to: (item.alias ?? item.path[item.path.length - 1]).to };
    names.push(
      isFrom
        ? { module: moduleText, member: path, boundName: alias ?? path, range }
        : {
            module: alias ? path : path,
            member: undefined,
            boundName: alias ?? text(first),
            range,
          },
    );
  }
  return names;
}

interface ImportItem {
  readonly path: TreeNode[];
  alias: TreeNode | undefined;
}

function importItems(nodes: readonly TreeNode[]): ImportItem[] {
  const items: ImportItem[] = [];
  let isAlias = false;
  let current: ImportItem | undefined;
  for (const node of nodes) {
    if (node.name === ',' || node.name === '(' || node.name === ')') {
      current = undefined;
      isAlias = false;
    } else if (node.name === 'as') {
      isAlias = true;
    } else if (node.name === 'VariableName' || node.name === '.' || node.name === '*') {
      if (!current) items.push((current = { path: [], alias: undefined }));
      if (isAlias) current.alias = node;
      else current.path.push(node);
    }
  }
  return items;
}
