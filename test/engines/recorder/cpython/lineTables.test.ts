import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';

import type { LineTableKind } from '../../../../src/engines/recorder/cpython/layout';
import { decodeLines, lineOfUnit } from '../../../../src/engines/recorder/cpython/lineTables';
import { skip } from '../../../support/skip';
import { findInterpreters, someInterpreters } from '../interpreters';

interface Decoded {
  readonly table: string;
  readonly firstLine: number;
  readonly lines: readonly number[];
}

describe('line tables', () => {
  it('give an instruction without a line that of the one before, else of the one after: a thread is at some line', () => {
    const lines = Int32Array.of(0, 10, 0, 12);
    assert.deepEqual(
      [-1, 0, 1, 2, 3, 4].map(unit => lineOfUnit(lines, unit, 9)),
      [10, 10, 10, 10, 12, 12],
    );
    assert.equal(lineOfUnit(new Int32Array(0), 3, 9), 9);
    assert.equal(lineOfUnit(new Int32Array(0), 3, 0), 1, 'there is no line 0');
  });

  it('give a torn frame, whose instruction lies terabytes before its code, a line at once: it hung the recorder', () => {
    const lines = Int32Array.of(0, 10, 0, 12);
    assert.equal(lineOfUnit(lines, -4e13, 9), 10);
    assert.equal(lineOfUnit(lines, 4e13, 9), 12);
  });

  it('of 3.8 count lines up from the first, signed', () => {
    // 2 units of line 10, then +1; 1 unit of line 11, then -3; the rest is line 8
    const table = Uint8Array.of(4, 1, 2, 0xfd);
    assert.deepEqual([...decodeLines('lnotab', table, 10)], [10, 10, 11, 8]);
  });

  it('of 3.10 give each range its line, or none', () => {
    // +0 for 2 units, no line for 1 unit, +2 for 1 unit: 10, 10, none, 12
    const table = Uint8Array.of(4, 0, 2, 0x80, 2, 2);
    assert.deepEqual([...decodeLines('ranges', table, 10)], [10, 10, 0, 12]);
  });

  it('of 3.11 are read by the kind of each entry', () => {
    const short = [0x80 | (3 << 3) | 1, 0x12]; // kind 3: same line, 2 units
    const oneLine = [0x80 | (12 << 3), 0x91, 0x92]; // kind 12: +2, 1 unit; its column bytes have bit 7 set
    const noColumns = [0x80 | (13 << 3), 0x03]; // kind 13: varint 3 = -1, 1 unit
    const long = [0x80 | (14 << 3), 0x40 | 40, 1, 1, 1, 1]; // kind 14: 40 + 1 << 6 = 104 = +52, 1 unit
    const none = [0x80 | (15 << 3)];
    const table = Uint8Array.from([...short, ...oneLine, ...noColumns, ...long, ...none]);
    // 10, 10, 10 + 2, 12 - 1, 11 + 52, none
    assert.deepEqual([...decodeLines('locations', table, 10)], [10, 10, 12, 11, 63, 0]);
  });

  it('may be broken in any way without doing harm', () => {
    const kinds: readonly LineTableKind[] = ['lnotab', 'ranges', 'locations'];
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 300 }), (kind, table) => {
        const lines = decodeLines(kind, table, 1);
        assert.ok(lines.length <= 1 + table.length * 128);
        assert.ok(lineOfUnit(lines, -1, 1) > 0);
      }),
    );
  });

  const interpreters = someInterpreters(findInterpreters());
  for (const { path: python, version, minor } of interpreters) {
    it(`of ${version} tell the same lines as Python itself, for much of its library`, function () {
      this.timeout(60_000);
      const program = path.resolve('test/engines/recorder/programs/decodedLines.py');
      const text = execFileSync(python, [program], { encoding: 'utf8', maxBuffer: 1 << 28 });
      const codes = JSON.parse(text) as readonly Decoded[];
      const kind = minor < 10 ? 'lnotab' : minor === 10 ? 'ranges' : 'locations';
      for (const { table, firstLine, lines } of codes) {
        const decoded = decodeLines(kind, Buffer.from(table, 'hex'), firstLine);
        assert.deepEqual(
          lines.map((_, unit) => decoded[Math.min(unit, decoded.length - 1)]),
          lines,
        );
      }
      assert.ok(codes.length > 1000, `only ${codes.length} code objects were compared`);
    });
  }

  if (interpreters.length === 0)
    it('tell the same lines as Python itself', function () {
      skip(this, 'no CPython 3.8 to 3.15 was found');
    });
});
