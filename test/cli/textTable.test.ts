// Tables of text: what fits into a terminal, and what happens to that which does not.

import assert from 'node:assert/strict';
import { table } from '../../src/cli/textTable';

describe('a table of text', () => {
  const rows = [
    ['thread', 'held', 'waited', 'not observed'],
    ['a thread with quite a long name', '12 ms', '3.45 s', '–'],
    ['MainThread', '1 ms', '–', '7 ms'],
  ];

  it('has texts at the left, figures at the right', () => {
    assert.deepEqual(table(rows, 9, { width: undefined, flexible: [0] }).split('\n'), [
      'thread                            held  waited  not observed',
      'a thread with quite a long name  12 ms  3.45 s             –',
      'MainThread                        1 ms       –          7 ms',
    ]);
  });

  it('shortens the names first', () => {
    const lines = table(rows, 9, { width: 45, flexible: [0] }).split('\n');
    assert.deepEqual(lines, [
      'thread             held  waited  not observed',
      '…ite a long name  12 ms  3.45 s             –',
      'MainThread         1 ms       –          7 ms',
    ]);
  });

  it('puts columns that do not fit below, behind the names', () => {
    const text = table(rows, 9, { width: 32, flexible: [0] });
    assert.ok(
      text.split('\n').every(line => line.length <= 32),
      text,
    );
    const [above, below] = text.split('\n\n');
    assert.match(above, /^thread +held +waited\n/);
    assert.match(below, /^thread +not observed\n[^]*MainThread +7 ms$/);
  });

  it('counts the rows that it leaves out', () => {
    const text = table(rows, 1, { width: undefined, flexible: [0] });
    assert.equal(text.split('\n').at(-1), '… and 1 more');
  });
});
