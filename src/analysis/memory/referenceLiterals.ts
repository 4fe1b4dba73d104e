// Values that are written down: which are immortal, and which the compiled code keeps as well.

import type { Value } from '../../core/refcounts/objectHeap';
import type { Expression } from '../python/pythonCode';

/** CPython makes -5 to 256 once and for all; they, None, True, False and … are immortal since 3.12. */
const SMALLEST = -5;
const LARGEST = 256;
const LONGEST_TEXT = 24;

/** The value of a literal; undefined for any other expression. `text` is the expression as it is written. */
export function literalOf(expression: Expression, text: string): Value | undefined {
  switch (expression.kind) {
    case 'number':
      return plain(text, isSmall(text) ? 'immortal' : 'constant');
    case 'string':
      return plain(text, /^[rRuU]?["'][A-Za-z0-9_]*["']$/.test(text) ? 'immortal' : 'constant');
    case 'other':
      return otherLiteral(expression, text);
    default:
      return undefined;
  }
}

function otherLiteral(
  { node, parts }: Extract<Expression, { kind: 'other' }>,
  text: string,
): Value | undefined {
  if (node === 'None' || node === 'Boolean' || node === 'Ellipsis') return plain(text, 'immortal');
  if (node === 'UnaryExpression' && parts.length === 1 && parts[0].kind === 'number') {
    return plain(text, isSmall(text.replace(/\s/g, '')) ? 'immortal' : 'constant');
  }
  const isTuple = node === 'TupleExpression' || node === 'ParenthesizedExpression';
  if (!isTuple || !parts.every(part => literalOf(part, 'x') !== undefined)) return undefined;
  if (parts.length === 0) return plain('()', 'immortal');
  return plain(text, 'constant');
}

function isSmall(text: string): boolean {
  const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
  return value >= SMALLEST && value <= LARGEST;
}

function plain(text: string, lifetime: 'immortal' | 'constant'): Value {
  const characters = Array.from(text.replace(/\s+/g, ' '));
  const short =
    characters.length > LONGEST_TEXT
      ? `${characters.slice(0, LONGEST_TEXT - 1).join('')}…`
      : characters.join('');
  return { kind: 'plain', text: short, lifetime };
}
