// The only file that knows the parser: Python text in, plain data (pythonCode.ts) out; tolerant, incremental, sliced.

import { TreeFragment, type SyntaxNode, type Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import type { SourceRange } from './findings';
import { readStatement } from './pythonStatements';
import type { PythonComment, PythonFile, Statement } from './pythonCode';

/** How many parser moves and tree nodes are handled between two yields: about 5 ms of work. */
const MOVES_PER_SLICE = 4_000;
const NODES_PER_SLICE = 4_000;

const EMPTY: PythonFile = {
  statements: [],
  comments: [],
  firstError: undefined,
  isTooDeep: false,
};

/**
 * Reads one Python file again and again while it is edited. What did not change since the last call is not parsed
 * again: the change is found by comparing both ends of the text.
 */
export class PythonReader {
  #source = '';
  #fragments: readonly TreeFragment[] = [];

  /** Reads in slices of about 5 ms, so that whoever pulls may do other work in between, or stop. Never throws. */
  *read(source: string): Generator<undefined, PythonFile> {
    // A byte order mark is no Python; a line break in its place keeps all offsets and ends at column 0 of line 1.
    const text = source.startsWith('\uFEFF') ? `\n${source.slice(1)}` : source;
    try {
      const tree = yield* this.#parse(text);
      return yield* fileOf(tree, text);
    } catch (problem) {
      if (!(problem instanceof RangeError)) throw problem;
      // The parser recurses per level; thousands of open brackets exhaust the stack. CPython stops at 200.
      this.#fragments = [];
      this.#source = '';
      return { ...EMPTY, isTooDeep: true };
    }
  }

  *#parse(text: string): Generator<undefined, Tree> {
    const changed = changedRange(this.#source, text);
    const fragments = changed
      ? TreeFragment.applyChanges(this.#fragments, [changed])
      : this.#fragments;
    const parse = parser.startParse(text, fragments);
    let tree = parse.advance();
    for (let moves = 1; !tree; moves++) {
      if (moves % MOVES_PER_SLICE === 0) yield undefined;
      tree = parse.advance();
    }
    this.#source = text;
    this.#fragments = TreeFragment.addTree(tree, fragments);
    return tree;
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

function* fileOf(tree: Tree, source: string): Generator<undefined, PythonFile> {
  const { comments, firstError } = yield* commentsAndErrors(tree, source);
  const reading = { source, isTooDeep: false, nodeCount: 0 };
  const statements: Statement[] = [];
  let yieldedAt = 0;
  for (let node = tree.topNode.firstChild; node; node = node.nextSibling) {
    readStatement(node, reading, 0, statements);
    if (reading.nodeCount - yieldedAt < NODES_PER_SLICE) continue;
    yieldedAt = reading.nodeCount;
    yield undefined;
  }
  return { statements, comments, firstError, isTooDeep: reading.isTooDeep };
}

function* commentsAndErrors(
  tree: Tree,
  source: string,
): Generator<undefined, { comments: PythonComment[]; firstError: SourceRange | undefined }> {
  const comments: PythonComment[] = [];
  let firstError: SourceRange | undefined;
  let nodeCount = 0;
  const cursor = tree.cursor();
  do {
    if (cursor.name === 'Comment') {
      const text = source.slice(cursor.from, cursor.to);
      comments.push({ text, from: cursor.from, to: cursor.to });
    } else if (!firstError && cursor.type.isError && !isOurParsersMistake(cursor.node, source)) {
      firstError = { from: cursor.from, to: cursor.to };
    }
    if (++nodeCount % (10 * NODES_PER_SLICE) === 0) yield undefined;
  } while (cursor.next());
  return { comments, firstError };
}

/**
 * Correct Python that the grammar of @lezer/python 1.1 marks as an error: a bare `yield`, `with (a as b, c as d):`,
 * `with a as b.c:`, floats such as `2.`, `case A():`, `case {}:`, `tuple[*T]`, `lambda a, /:`.
 * Found by reading all of CPython 3.13's Lib.
 */
function isOurParsersMistake(error: SyntaxNode, source: string): boolean {
  const text = source.slice(error.from, error.to);
  const parent = error.parent;
  switch (parent?.name) {
    case 'YieldExpression':
    case 'YieldStatement':
    case 'LiteralPattern':
      return text === '';
    case 'MappingPattern':
      return text === '}';
    case 'MemberExpression':
      return parent.firstChild?.name === 'Number' || text === '*';
    case 'ParamList':
      return text === '/';
    case 'WithStatement':
      return parent.getChild('as') !== null;
    case 'ParenthesizedExpression':
    case 'TupleExpression':
      return parent.parent?.name === 'WithStatement' && parent.parent.getChild('as') !== null;
    default:
      return false;
  }
}
