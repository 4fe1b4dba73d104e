// Columns hold what was pushed, however far they grow.

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { Column, TimeColumn } from '../../../src/core/model/columns';
import { pick } from '../../support/depth';

describe('a column', () => {
  it('gives back what was pushed, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 32 - 1 })), values => {
        const columns = [new Column('f64', 1), new Column('index', 1), new TimeColumn(1)];
        for (const column of columns) {
          column.append(values);
          deepStrictEqual([...column.view()], values);
          deepStrictEqual(
            values.map((_, i) => column.at(i)),
            values,
          );
        }
      }),
      { numRuns: pick(10_000, 1_000) },
    );
  });

  it('of indices takes two bytes each until a value needs four', () => {
    const column = new Column('index', 4);
    for (const value of [1, 2, 0xffff]) column.push(value);
    strictEqual(column.byteLength, 8);
    column.push(0x10000);
    strictEqual(column.byteLength, 16);
    deepStrictEqual([...column.view()], [1, 2, 0xffff, 0x10000]);
    column.set(0, 70_000);
    strictEqual(column.at(0), 70_000);
  });

  it('stays wide when it grows after a wide value', () => {
    const column = new Column('index', 2);
    for (const value of [0x10000, 5, 6, 7]) column.push(value);
    deepStrictEqual([...column.view()], [0x10000, 5, 6, 7]);
  });

  it('widens when many are appended of which one is wide, and not before', () => {
    const column = new Column('index', 8);
    column.append(Uint32Array.of(1, 0xffff));
    strictEqual(column.byteLength, 16);
    column.append(Uint32Array.of(2, 0x10000, 3));
    strictEqual(column.byteLength, 32);
    column.append(Uint16Array.from({ length: 20 }, (_, i) => i));
    deepStrictEqual([...column.view(0, 5)], [1, 0xffff, 2, 0x10000, 3]);
    deepStrictEqual([...column.view(5)], [...Array(20).keys()]);
  });

  it('wastes at most about a third of its memory', () => {
    const column = new TimeColumn();
    for (let i = 0; i < 100_000; i++) column.push(i);
    ok(column.byteLength <= 1.6 * 8 * 100_000, `${column.byteLength} bytes`);
  });

  it('forgets what was cut off, and goes on from there', () => {
    for (const column of [new Column('f64'), new TimeColumn()]) {
      column.append([1, 2, 3]);
      column.truncate(1);
      column.push(9);
      deepStrictEqual([...column.view()], [1, 9]);
      column.truncate(5); // longer than it is: nothing happens
      strictEqual(column.length, 2);
    }
  });
});
