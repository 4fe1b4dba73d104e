// The parser's expression nodes as plain data.

import type { Argument, Expression } from './pythonCode';
import { childNamed, type Reading, type TreeNode } from './treeNode';

/** Deeper expressions are left out. CPython refuses more than 200 open brackets (MAXLEVEL in Parser/lexer/state.h). */
const MAX_EXPRESSION_DEPTH = 250;

/** Longer displays and argument lists are data: what comes after so many elements and commas is not looked at. */
const MAX_CHILDREN = 4_000;

/** The children of a node, punctuation included. At most {@link MAX_CHILDREN}. */
export function childrenOf(node: TreeNode): readonly TreeNode[] {
  return node.children.length < MAX_CHILDREN ? node.children : node.children.slice(0, MAX_CHILDREN);
}

/** The node at an index that may lie outside. */
export function childAt(nodes: readonly TreeNode[], index: number): TreeNode | undefined {
  return nodes[index];
}

/** The expression of a node; undefined for punctuation, keywords and rubble. */
export function readExpression(
  node: TreeNode,
  reading: Reading,
  depth: number,
): Expression | undefined {
  reading.nodeCount++;
  if (depth > MAX_EXPRESSION_DEPTH) {
    reading.isTooDeep = true;
    return undefined;
  }
  const range = { from: node.from, to: node.to };
  switch (node.name) {
    case 'VariableName':
    case 'PropertyName':
      return { kind: 'name', name: textOf(node, reading), ...range };
    case 'Number':
      return { kind: 'number', text: textOf(node, reading), ...range };
    case 'String':
      return { kind: 'string', text: textOf(node, reading), ...range };
    case 'MemberExpression':
      return memberOf(node, reading, depth);
    case 'CallExpression':
      return callOf(node, reading, depth);
    case 'LambdaExpression':
      return lambdaOf(node, reading, depth);
    case 'ParenthesizedExpression':
      return parenthesized(node, reading, depth);
    default:
      return otherOf(node, reading, depth);
  }
}

function textOf(node: TreeNode, reading: Reading): string {
  return reading.source.slice(node.from, node.to);
}

/** The expressions among nodes. A plain loop: this runs for every node of every edit. */
export function partsIn(
  nodes: readonly TreeNode[],
  reading: Reading,
  depth: number,
): readonly Expression[] {
  const parts: Expression[] = [];
  for (const node of nodes) {
    const part = readExpression(node, reading, depth + 1);
    if (part) parts.push(part);
  }
  return parts;
}

const NAMED_WITHOUT_CHILDREN = new Set(['Boolean', 'None', 'Ellipsis']);

function otherOf(node: TreeNode, reading: Reading, depth: number): Expression | undefined {
  const range = { from: node.from, to: node.to };
  if (node.children.length === 0) {
    if (!NAMED_WITHOUT_CHILDREN.has(node.name)) return undefined;
    return { kind: 'other', node: node.name, operator: textOf(node, reading), parts: [], ...range };
  }
  if (node.name.endsWith('ComprehensionExpression')) return comprehension(node, reading, depth);
  if (node.name === 'TypeDef' || node.name.endsWith('Op')) return undefined;
  return otherWith(partsIn(childrenOf(node), reading, depth), node, reading);
}

/** An expression of any other kind with the parts that were read of it. Each node is read once, or nesting doubles the work. */
function otherWith(parts: readonly Expression[], node: TreeNode, reading: Reading): Expression {
  const nodes = childrenOf(node);
  const operator = nodes.find(child => child.name.endsWith('Op') || OPERATOR_WORDS.has(child.name));
  const isCut = nodes.length >= MAX_CHILDREN;
  return {
    kind: 'other',
    node: node.name,
    operator: isCut ? '…' : operator && textOf(operator, reading),
    parts,
    from: node.from,
    to: node.to,
  };
}

const OPERATOR_WORDS = new Set(['and', 'or', 'not', 'in', 'is', '*', '**']);

function memberOf(node: TreeNode, reading: Reading, depth: number): Expression {
  const nodes = childrenOf(node);
  const object = childAt(nodes, 0);
  const dot = childAt(nodes, 1);
  const property = childAt(nodes, 2);
  const range = { from: node.from, to: node.to };
  const inner = object && readExpression(object, reading, depth + 1);
  if (inner && dot?.name === '.' && property?.name === 'PropertyName') {
    return { kind: 'attribute', object: inner, name: textOf(property, reading), ...range };
  }
  // What was read above is not read again: in a chain of subscripts each step would double the work.
  const rest = partsIn(nodes.slice(1), reading, depth);
  const parts = inner ? [inner, ...rest] : rest;
  return { kind: 'other', node: 'Subscript', operator: undefined, parts, ...range };
}

function callOf(node: TreeNode, reading: Reading, depth: number): Expression {
  const range = { from: node.from, to: node.to };
  const first = node.children.at(0);
  const callee = first && readExpression(first, reading, depth + 1);
  const argList = childNamed(node, 'ArgList');
  const args = argList ? argumentsOf(argList, reading, depth + 1) : [];
  if (callee) return { kind: 'call', callee, args, ...range };
  const parts = args.map(argument => argument.value);
  return { kind: 'other', node: node.name, operator: undefined, parts, ...range };
}

/** The arguments between parentheses, in order; `f(x for x in y)` has one, a lazy comprehension. */
export function argumentsOf(argList: TreeNode, reading: Reading, depth: number): Argument[] {
  const nodes = childrenOf(argList);
  if (nodes.some(node => node.name === 'for')) {
    return [{ keyword: undefined, star: '', value: comprehension(argList, reading, depth) }];
  }
  const args: Argument[] = [];
  nodes.forEach((node, index) => {
    const next = childAt(nodes, index + 1);
    if (next?.name === 'AssignOp' && textOf(next, reading) === '=') return;
    const value = readExpression(node, reading, depth + 1);
    if (!value) return;
    const before = childAt(nodes, index - 1);
    const isKeyword = before?.name === 'AssignOp' && textOf(before, reading) === '=';
    const keyword = isKeyword ? textOf(nodes[index - 2], reading) : undefined;
    const star = before?.name === '*' ? '*' : before?.name === '**' ? '**' : '';
    args.push({ keyword, star, value });
  });
  return args;
}

/** The names of parameters, without defaults and types. */
export function parametersOf(paramList: TreeNode | undefined, source: string): string[] {
  if (!paramList) return [];
  const nodes = childrenOf(paramList);
  return nodes.filter(isParameter).map(node => source.slice(node.from, node.to));
}

/** The written types of the same parameters, in the same order. */
export function parameterTypesOf(
  paramList: TreeNode | undefined,
  reading: Reading,
): readonly (Expression | undefined)[] {
  if (!paramList) return NO_TYPES;
  const nodes = childrenOf(paramList);
  if (!nodes.some(node => node.name === 'TypeDef')) return NO_TYPES;
  return nodes.flatMap((node, index) => {
    if (!isParameter(node, index, nodes)) return [];
    const next = childAt(nodes, index + 1);
    return [next?.name === 'TypeDef' ? typeOf(next, reading) : undefined];
  });
}

const NO_TYPES: readonly undefined[] = [];

function isParameter(node: TreeNode, index: number, nodes: readonly TreeNode[]): boolean {
  return node.name === 'VariableName' && childAt(nodes, index - 1)?.name !== 'AssignOp';
}

/** The expression after the colon of a written type. */
export function typeOf(typeDef: TreeNode | undefined, reading: Reading): Expression | undefined {
  const last = typeDef?.children.at(-1);
  return last && readExpression(last, reading, 1);
}

function lambdaOf(node: TreeNode, reading: Reading, depth: number): Expression | undefined {
  const parameters = parametersOf(childNamed(node, 'ParamList'), reading.source);
  const last = node.children.at(-1);
  const body = last ? readExpression(last, reading, depth + 1) : undefined;
  if (!body) return undefined;
  return { kind: 'lambda', parameters, body, from: node.from, to: node.to };
}

/** Parentheses around one expression mean nothing to us. */
function parenthesized(node: TreeNode, reading: Reading, depth: number): Expression | undefined {
  if (node.children.length === 0) return undefined;
  const parts = partsIn(childrenOf(node), reading, depth);
  return parts.length === 1 ? parts[0] : otherWith(parts, node, reading);
}

function comprehension(node: TreeNode, reading: Reading, depth: number): Expression {
  const nodes = childrenOf(node);
  const forAt = nodes.findIndex(child => child.name === 'for');
  const inAt = nodes.findIndex((child, index) => index > forAt && child.name === 'in');
  const element = partsIn(nodes.slice(0, forAt), reading, depth);
  const after = inAt < 0 ? [] : partsIn(nodes.slice(inAt + 1), reading, depth);
  return {
    kind: 'comprehension',
    iterable: after.at(0),
    parts: [...element, ...after.slice(1)],
    isLazy: node.name === 'ArgList' || reading.source[node.from] === '(',
    from: node.from,
    to: node.to,
  };
}
