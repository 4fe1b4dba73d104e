// The only file that knows the parser: Python text in, plain data (pythonCode.ts) out; tolerant, incremental, sliced.

import { TreeFragment, type NodeType, type Tree, type TreeCursor } from '@lezer/common';
import { parser } from '@lezer/python';
import { readStatement } from './pythonStatements';
import { piecesOf, type SourcePiece } from './sourcePieces';
import { childNamed, ERROR_NODE, type TreeNode } from './treeNode';
import type { PythonComment, PythonFile, Statement } from './pythonCode';

/** How many parser moves and tree nodes are handled between two yields: about a millisecond of work. */
const MOVES_PER_SLICE = 500;
const NODES_PER_SLICE = 500;

/**
 * What a text may cost: in all of CPython's library, whole or damaged, the parser makes less than one move for each
 * character. A text that costs more than this is read in pieces.
 */
const MOVES_PER_CHARACTER = 4;
const MOVES_OF_ANY_TEXT = 10_000;

/** Thrown when a text costs the parser more than any sane one, or has left it with a tree that is none. */
class ParserLimit extends Error {}

/**
 * Reads one Python file again and again while it is edited. What did not change since the last call is not parsed
 * again: the change is found by comparing both ends of the text.
 */
export class PythonReader {
  #source = '';
  #fragments: readonly TreeFragment[] = [];

  /** Reads in slices of about a millisecond, so that whoever pulls may do other work in between, or stop. Never throws. */
  *read(source: string): Generator<undefined, PythonFile> {
    // A byte order mark is no Python; a line break in its place keeps all offsets and ends at column 0 of line 1.
    const text = source.startsWith('\uFEFF') ? `\n${source.slice(1)}` : source;
    try {
      const tree = yield* this.#parse(text);
      return yield* fileOf(tree, text);
    } catch (problem) {
      if (!isParsersLimit(problem)) throw problem;
      this.#fragments = [];
      this.#source = '';
      return yield* readInPieces(text);
    }
  }

  *#parse(text: string): Generator<undefined, Tree> {
    const changed = changedRange(this.#source, text);
    const fragments = changed
      ? TreeFragment.applyChanges(this.#fragments, [changed])
      : this.#fragments;
    const tree = yield* treeOf(text, fragments);
    this.#source = text;
    this.#fragments = TreeFragment.addTree(tree, fragments);
    return tree;
  }
}

function* treeOf(text: string, fragments: readonly TreeFragment[]): Generator<undefined, Tree> {
  const parse = parser.startParse(text, fragments);
  const mostMoves = MOVES_OF_ANY_TEXT + MOVES_PER_CHARACTER * text.length;
  let tree = parse.advance();
  for (let moves = 1; !tree; moves++) {
    if (moves > mostMoves) throw new ParserLimit();
    if (moves % MOVES_PER_SLICE === 0) yield undefined;
    tree = parse.advance();
  }
  return tree;
}

/** The parser recurses per level: thousands of open brackets exhaust the stack. CPython stops at 200. */
function isParsersLimit(problem: unknown): boolean {
  return problem instanceof RangeError || problem instanceof ParserLimit;
}

/** Reads each statement of the top level by itself: one that cannot be read takes nothing else along. */
function* readInPieces(text: string): Generator<undefined, PythonFile> {
  const statements: Statement[] = [];
  const comments: PythonComment[] = [];
  let firstError: PythonFile['firstError'];
  let isTooDeep = false;
  for (const piece of piecesOf(text)) {
    const file = yield* readPiece(piece, text);
    // Not spread: a piece can have more statements than a call takes arguments.
    for (const statement of file.statements) statements.push(statement);
    for (const comment of file.comments) comments.push(comment);
    firstError ??= file.firstError;
    isTooDeep ||= file.isTooDeep;
    yield undefined;
  }
  return { statements, comments, firstError, isTooDeep };
}

function* readPiece({ from, to }: SourcePiece, source: string): Generator<undefined, PythonFile> {
  const text = source.slice(from, to);
  try {
    const tree = yield* treeOf(text, []);
    const file = yield* fileOf(tree, source, from);
    // What is missing at the end of a piece is shown there, not in the next one.
    const last = from + Math.max(0, text.trimEnd().length - 1);
    const error = file.firstError;
    return error && error.from > last ? { ...file, firstError: { from: last, to } } : file;
  } catch (problem) {
    if (!isParsersLimit(problem)) throw problem;
    const firstError = { from, to: from + text.trimEnd().length };
    return { statements: [], comments: [], firstError, isTooDeep: problem instanceof RangeError };
  }
}

/** What differs between two texts: everything between their common start and their common end. */
function changedRange(before: string, after: string) {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let end = 0;
  const most = shorter - start;
  while (end < most && sameFromEnd(before, after, end)) end++;
  return { fromA: start, toA: before.length - end, fromB: start, toB: after.length - end };
}

function sameFromEnd(before: string, after: string, fromEnd: number): boolean {
  return (
    before.charCodeAt(before.length - 1 - fromEnd) === after.charCodeAt(after.length - 1 - fromEnd)
  );
}

/** Each statement of the file is copied and read at once, so that never more than one of them is in memory twice. */
function* fileOf(tree: Tree, source: string, offset = 0): Generator<undefined, PythonFile> {
  const reading = { source, isTooDeep: false, nodeCount: 0 };
  const statements: Statement[] = [];
  const { comments, errors } = yield* copyTree(tree, { source, offset }, node => {
    const before = reading.nodeCount;
    readStatement(node, reading, 0, statements);
    return reading.nodeCount - before;
  });
  const first = errors.find(error => !isOurParsersMistake(error, source));
  const firstError = first && { from: first.node.from, to: first.node.to };
  return { statements, comments, firstError, isTooDeep: reading.isTooDeep };
}

/** A place that the parser could not read, with what is around it. */
interface ErrorPlace {
  readonly node: TreeNode;
  readonly parent: TreeNode | undefined;
  readonly grandparent: TreeNode | undefined;
}

/** A node whose children are still being read. */
interface GrowingNode {
  readonly node: TreeNode;
  readonly children: TreeNode[];
}

const NO_CHILDREN: readonly TreeNode[] = [];

/** Only the first errors are looked at: one finding is made of them. */
const MAX_ERRORS = 100;

/**
 * One pass over the parser's packed tree; reading a plain copy is several times faster than walking its nodes.
 * `read` gets each node of the top as soon as it is whole, and tells how much work it made of it.
 */
function* copyTree(
  tree: Tree,
  { source, offset }: { readonly source: string; readonly offset: number },
  read: (node: TreeNode) => number,
) {
  const cursor = tree.cursor();
  const top: TreeNode[] = [];
  const root: TreeNode = { name: cursor.name, from: 0, to: source.length, children: NO_CHILDREN };
  const path: GrowingNode[] = [{ node: root, children: top }];
  const comments: PythonComment[] = [];
  const errors: ErrorPlace[] = [];
  let isInside = cursor.firstChild();
  for (let work = 1; isInside; work++) {
    if (work >= NODES_PER_SLICE) {
      work = 0;
      yield undefined;
    }
    const { name, from, to } = placeOf(cursor, offset);
    const around = path[path.length - 1];
    // Most nodes are leaves; they share one empty list, which halves the garbage of each edit.
    const children: TreeNode[] | undefined = cursor.firstChild() ? [] : undefined;
    const node: TreeNode = { name, from, to, children: children ?? NO_CHILDREN };
    if (name === 'Comment') comments.push({ text: source.slice(from, to), from, to });
    else around.children.push(node);
    if (name === ERROR_NODE && errors.length < MAX_ERRORS) {
      errors.push({ node, parent: around.node, grandparent: path.at(-2)?.node });
    }
    if (children) {
      path.push({ node, children });
      continue;
    }
    while (isInside && !cursor.nextSibling()) {
      isInside = cursor.parent() && path.length > 1;
      path.pop();
    }
    if (path.length > 1) continue;
    for (const whole of top.splice(0)) work += read(whole);
  }
  for (const whole of top) read(whole);
  return { comments, errors };
}

/** What a cursor stands on. Far down in a tree of thousands of levels the parser leaves numbers that are no nodes. */
function placeOf(cursor: TreeCursor, offset: number): Omit<TreeNode, 'children'> {
  const type = cursor.type as NodeType | undefined;
  if (type === undefined) throw new ParserLimit();
  return { name: type.name, from: cursor.from + offset, to: cursor.to + offset };
}

/**
 * Correct Python that the grammar of @lezer/python 1.1 marks as an error: a bare `yield`, `with (a as b, c as d):`,
 * `with a as b.c:`, floats such as `2.`, `case A():`, `case {}:`, `tuple[*T]`, `lambda a, /:`.
 * Found by reading all of CPython 3.13's Lib.
 */
function isOurParsersMistake({ node, parent, grandparent }: ErrorPlace, source: string): boolean {
  const text = source.slice(node.from, node.to);
  switch (parent?.name) {
    case 'YieldExpression':
    case 'YieldStatement':
    case 'LiteralPattern':
      return text === '';
    case 'MappingPattern':
      return text === '}';
    case 'MemberExpression':
      return parent.children.at(0)?.name === 'Number' || text === '*';
    case 'ParamList':
      return text === '/';
    case 'WithStatement':
      return childNamed(parent, 'as') !== undefined;
    case 'ParenthesizedExpression':
    case 'TupleExpression':
      return grandparent?.name === 'WithStatement' && childNamed(grandparent, 'as') !== undefined;
    default:
      return false;
  }
}
