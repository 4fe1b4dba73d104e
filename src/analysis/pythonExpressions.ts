// The parser's expression nodes as plain data.

import type { SyntaxNode } from '@lezer/common';
import type { Argument, Expression } from './pythonCode';
import type { Reading } from './pythonStatements';

/** Deeper expressions are left out. CPython refuses more than 200 open brackets (MAXLEVEL in Parser/lexer/state.h). */
const MAX_EXPRESSION_DEPTH = 250;

/** The children of a node that are neither comments nor skipped; punctuation included. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'Comment') children.push(child);
  }
  return children;
}

/** The node at an index that may lie outside. */
export function childAt(nodes: readonly SyntaxNode[], index: number): SyntaxNode | undefined {
  return nodes[index];
}

/** The expression of a node; undefined for punctuation, keywords and rubble. */
export function readExpression(
  node: SyntaxNode,
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

function textOf(node: SyntaxNode, reading: Reading): string {
  return reading.source.slice(node.from, node.to);
}

function partsIn(nodes: readonly SyntaxNode[], reading: Reading, depth: number): Expression[] {
  return nodes.flatMap(node => readExpression(node, reading, depth + 1) ?? []);
}

const NAMED_WITHOUT_CHILDREN = new Set(['Boolean', 'None', 'Ellipsis']);

function otherOf(node: SyntaxNode, reading: Reading, depth: number): Expression | undefined {
  const range = { from: node.from, to: node.to };
  if (!node.firstChild) {
    if (!NAMED_WITHOUT_CHILDREN.has(node.name)) return undefined;
    return { kind: 'other', node: node.name, operator: textOf(node, reading), parts: [], ...range };
  }
  if (node.name.endsWith('ComprehensionExpression')) return comprehension(node, reading, depth);
  if (node.name === 'TypeDef') return undefined;
  const nodes = childrenOf(node);
  const operator = nodes.find(child => child.name.endsWith('Op') || OPERATOR_WORDS.has(child.name));
  return {
    kind: 'other',
    node: node.name,
    operator: operator ? textOf(operator, reading) : undefined,
    parts: partsIn(nodes, reading, depth),
    ...range,
  };
}

const OPERATOR_WORDS = new Set(['and', 'or', 'not', 'in', 'is', '*', '**']);

function memberOf(node: SyntaxNode, reading: Reading, depth: number): Expression {
  const nodes = childrenOf(node);
  const object = childAt(nodes, 0);
  const dot = childAt(nodes, 1);
  const property = childAt(nodes, 2);
  const range = { from: node.from, to: node.to };
  const inner = object && readExpression(object, reading, depth + 1);
  if (inner && dot?.name === '.' && property?.name === 'PropertyName') {
    return { kind: 'attribute', object: inner, name: textOf(property, reading), ...range };
  }
  const parts = partsIn(nodes, reading, depth);
  return { kind: 'other', node: 'Subscript', operator: undefined, parts, ...range };
}

function callOf(node: SyntaxNode, reading: Reading, depth: number): Expression {
  const range = { from: node.from, to: node.to };
  const callee = node.firstChild && readExpression(node.firstChild, reading, depth + 1);
  const argList = node.getChild('ArgList');
  const args = argList ? argumentsOf(argList, reading, depth + 1) : [];
  if (callee) return { kind: 'call', callee, args, ...range };
  const parts = args.map(argument => argument.value);
  return { kind: 'other', node: node.name, operator: undefined, parts, ...range };
}

/** The arguments between parentheses, in order; `f(x for x in y)` has one, a lazy comprehension. */
export function argumentsOf(argList: SyntaxNode, reading: Reading, depth: number): Argument[] {
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
export function parametersOf(paramList: SyntaxNode | null, source: string): string[] {
  if (!paramList) return [];
  const nodes = childrenOf(paramList);
  return nodes
    .filter((node, index) => {
      const before = childAt(nodes, index - 1);
      return node.name === 'VariableName' && before?.name !== 'AssignOp';
    })
    .map(node => source.slice(node.from, node.to));
}

function lambdaOf(node: SyntaxNode, reading: Reading, depth: number): Expression | undefined {
  const parameters = parametersOf(node.getChild('ParamList'), reading.source);
  const last = node.lastChild;
  const body = last ? readExpression(last, reading, depth + 1) : undefined;
  if (!body) return undefined;
  return { kind: 'lambda', parameters, body, from: node.from, to: node.to };
}

/** Parentheses around one expression mean nothing to us. */
function parenthesized(node: SyntaxNode, reading: Reading, depth: number): Expression | undefined {
  const parts = partsIn(childrenOf(node), reading, depth);
  if (parts.length === 1) return parts[0];
  return otherOf(node, reading, depth);
}

function comprehension(node: SyntaxNode, reading: Reading, depth: number): Expression {
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
