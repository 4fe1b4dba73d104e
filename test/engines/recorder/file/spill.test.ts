import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import fc from 'fast-check';

import {
  BatchWriter,
  RECORD_WIDTH,
  RecordKind,
} from '../../../../src/engines/recorder/file/records';
import { SpillReader, SpillWriter, type Frame } from '../../../../src/engines/recorder/file/spill';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';

function readAll(file: string): Frame[] {
  const reader = new SpillReader(file);
  const frames: Frame[] = [];
  for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame);
  reader.close();
  return frames;
}

describe('the file of a recording', () => {
  const temporary = makeTemporaryFolder();
  after(() => temporary.dispose());
  let count = 0;
  const newFile = (): string => path.join(temporary.folder, `${count++}.bin`);

  function writeSample(file: string, batches: number): void {
    const writer = new SpillWriter(file);
    const batch = new BatchWriter(64);
    for (let i = 0; i < batches; i++) {
      batch.define({ kind: 'name', thread: i, name: `thread “${i}”` });
      batch.row(RecordKind.tick, i, []);
      batch.row(RecordKind.look, i + 0.5, [1, 2, 3, 4, 5]);
      writer.writeBatch(batch.take());
    }
    writer.close();
  }

  it('gives back what was written', () => {
    const file = newFile();
    writeSample(file, 2);
    const notes = readAll(file).flatMap(frame => (frame.kind === 'note' ? [frame.note] : []));
    const rows = readAll(file).flatMap(frame => (frame.kind === 'rows' ? [...frame.rows] : []));
    assert.deepEqual(notes, [
      { kind: 'definitions', definitions: [{ kind: 'name', thread: 0, name: 'thread “0”' }] },
      { kind: 'definitions', definitions: [{ kind: 'name', thread: 1, name: 'thread “1”' }] },
    ]);
    assert.deepEqual(rows.slice(0, 2 * RECORD_WIDTH), [
      ...[RecordKind.tick, 0, 0, 0, 0, 0, 0],
      ...[RecordKind.look, 0.5, 1, 2, 3, 4, 5],
    ]);
  });

  it('cut off anywhere, gives every frame before the cut', () => {
    const whole = newFile();
    writeSample(whole, 5);
    const bytes = fs.readFileSync(whole);
    const frames = readAll(whole);
    fc.assert(
      fc.property(fc.integer({ min: 22, max: bytes.length }), length => {
        const file = newFile();
        fs.writeFileSync(file, bytes.subarray(0, length));
        const read = readAll(file);
        assert.deepEqual(read, frames.slice(0, read.length));
        // A frame with its header has at most 112 + 8 bytes here: no more than one is lost.
        const lost = readFrameBytes(frames.slice(read.length));
        assert.ok(lost >= bytes.length - length, 'a whole frame was lost');
      }),
      { numRuns: 50 },
    );
  });

  function readFrameBytes(frames: readonly Frame[]): number {
    return frames.reduce((sum, frame) => sum + frameBytes(frame), 0);
  }
  function frameBytes(frame: Frame): number {
    const payload =
      frame.kind === 'rows' ? frame.rows.byteLength : Buffer.byteLength(JSON.stringify(frame.note));
    return payload + 8;
  }

  it('can be followed while it grows', () => {
    const file = newFile();
    const writer = new SpillWriter(file);
    const reader = new SpillReader(file);
    assert.equal(reader.next(), undefined);
    writer.writeNote({ kind: 'failed', message: 'no' });
    assert.deepEqual(reader.next(), { kind: 'note', note: { kind: 'failed', message: 'no' } });
    assert.equal(reader.next(), undefined);
    writer.close();
    reader.close();
  });

  it('takes no more memory however long it is', async () => {
    const file = newFile();
    const writer = new SpillWriter(file);
    const reader = new SpillReader(file);
    const batch = new BatchWriter(4096);
    // 600 s in normal mode, as measured: 94 kB/s, so 168 rows of 56 bytes each 0.1 s.
    const write = (batches: number): void => {
      for (let i = 0; i < batches; i++) {
        for (let row = 0; row < 168; row++) batch.row(RecordKind.look, i, [1, 2, 3, 4, 5]);
        writer.writeBatch(batch.take());
        for (let frame = reader.next(); frame; frame = reader.next()) assert.ok(frame);
      }
    };
    // Buffers are given back beside the program, some time after the collection that found them unused.
    const heldBytes = async (): Promise<number> => {
      v8.setFlagsFromString('--expose-gc');
      const collect: unknown = vm.runInNewContext('gc');
      assert.ok(typeof collect === 'function');
      let leastBytes = Infinity;
      for (let i = 0; i < 10; i++) {
        Reflect.apply(collect, undefined, []);
        await new Promise(resolve => setTimeout(resolve, 20));
        const { arrayBuffers, heapUsed } = process.memoryUsage();
        leastBytes = Math.min(leastBytes, arrayBuffers + heapUsed);
      }
      return leastBytes;
    };
    write(300);
    const beforeBytes = await heldBytes();
    write(6000);
    const grownBytes = (await heldBytes()) - beforeBytes;
    writer.close();
    reader.close();
    const fileBytes = fs.statSync(file).size;
    assert.ok(fileBytes > 50e6, `only ${fileBytes} bytes were written`);
    assert.ok(grownBytes < 5e6, `${grownBytes} bytes more are held for ${fileBytes} in the file`);
  });

  it('is refused when it is something else', () => {
    const file = newFile();
    fs.writeFileSync(file, 'something else, but long enough');
    assert.throws(() => new SpillReader(file), /no recording/);
  });

  it('is readable by its owner only', () => {
    const file = newFile();
    writeSample(file, 1);
    assert.equal(fs.statSync(file).mode & 0o077, 0);
  });
});
