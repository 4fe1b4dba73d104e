// A plain copy of the parser's tree: names of the grammar, places, children.

import type { SourceRange } from './findings';

/** A node of the grammar. Comments are not among the children; punctuation and keywords are. */
export interface TreeNode extends SourceRange {
  readonly name: string;
  readonly children: readonly TreeNode[];
}

/** What a pass over the tree carries along. `nodeCount` tells the caller when a slice is full. */
export interface Reading {
  readonly source: string;
  isTooDeep: boolean;
  nodeCount: number;
}

/** How the parser calls what it could not read. */
export const ERROR_NODE = '⚠';

export function childNamed(node: TreeNode, name: string): TreeNode | undefined {
  return node.children.find(child => child.name === name);
}
