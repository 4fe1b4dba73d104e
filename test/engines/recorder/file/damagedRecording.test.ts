// Files of recordings that are damaged: what is good is read, what is not is told in a sentence, and nothing else happens.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';

import { UserError } from '../../../../src/core/errors';
import { LaneState } from '../../../../src/core/model/lanes';
import { validateTrace } from '../../../../src/core/model/validateTrace';
import { recoverRecording } from '../../../../src/engines/recorded';
import {
  followRecording,
  type FollowedRecording,
} from '../../../../src/engines/recorder/trace/followedRecording';
import {
  BatchWriter,
  LookState,
  RECORD_WIDTH,
  RecordKind,
} from '../../../../src/engines/recorder/file/records';
import { SpillWriter, type SpillSource } from '../../../../src/engines/recorder/file/spill';
import { FUZZ_INPUTS, FUZZ_TIMEOUT_MS } from '../../../support/fuzz';
import { makeTemporaryFolder } from '../../../support/temporaryFolder';

const COUNTS = { nowNs: 40e6, blindNs: 1e6, handOffsSeen: 3, handOffsCounted: 5 };

/** Two processes with threads that take turns: every kind of note, of definition and of row. */
function writeSample(file: string): void {
  const writer = new SpillWriter(file);
  const batch = new BatchWriter(256);
  writer.writeNote({ kind: 'counts', counts: { ...COUNTS, nowNs: 0 }, mode: 'normal' });
  for (const process of [0, 1]) {
    const version = '3.13.0';
    batch.define({ kind: 'process', index: process, pid: 100, version, switchIntervalNs: 5e6 });
    batch.define({ kind: 'gil', index: process, process, interpreter: 0 });
    for (const index of [2 * process, 2 * process + 1]) {
      const place = { index, process, interpreter: 0, gil: process, nativeId: 100 + index };
      const flags = { isMain: index === 0, standsForMany: index === 3, sinceNs: 0 };
      batch.define({ kind: 'thread', ...place, ...flags });
      if (index !== 1) batch.define({ kind: 'name', thread: index, name: `thread ${index}` });
    }
    batch.define({ kind: 'native', index: process, process, name: 'blas (native thread 9)' });
    const lock = { index: process, process, name: 'L' };
    batch.define({ kind: 'lock', ...lock, lockKind: 'Lock' });
    batch.define({ kind: 'loop', thread: 2 * process });
    batch.define({
      kind: 'position',
      index: 1 + process,
      file: 'a.py',
      line: 7,
      functionName: 'f',
    });
  }
  for (let turn = 0; turn < 12; turn++) {
    const timeNs = turn * 3e6;
    const thread = turn % 4;
    const gil = thread >> 1;
    batch.row(RecordKind.gil, timeNs, [Math.max(0, timeNs - 1e5), gil, thread, 1, turn % 3]);
    batch.row(RecordKind.look, timeNs + 1e5, [thread, 1 + (turn % 10), 1 + gil, timeNs, 5e4]);
    batch.row(RecordKind.look, timeNs + 2e5, [thread ^ 1, LookState.waiting, 1, timeNs, -1]);
    if (turn === 4) batch.row(RecordKind.blind, timeNs + 1e6, [timeNs + 3e5, 0]);
    if (turn === 5) batch.row(RecordKind.blind, timeNs + 1e6, [timeNs + 3e5, 1]);
    if (turn === 6) batch.row(RecordKind.collecting, timeNs + 1e6, [gil, 0]);
    if (turn === 7) batch.row(RecordKind.gilIsOn, timeNs + 1e6, [gil, 0]);
    if (turn === 8) batch.row(RecordKind.told, timeNs + 1e6, [thread, LaneState.runningWithGil, 1]);
    if (turn === 9) batch.row(RecordKind.threadEnded, timeNs + 1e6, [1, timeNs, timeNs + 5e5]);
    if (turn === 10) batch.row(RecordKind.processEnded, timeNs + 1e6, [1]);
    batch.row(RecordKind.cpu, timeNs + 1e6, [gil, turn * 1e6, turn * 5e5, 1e5]);
    batch.row(RecordKind.native, timeNs + 1e6, [gil, (turn % 3) * 1e6, Math.max(0, timeNs - 2e6)]);
    if (turn % 3 === 0) {
      batch.row(RecordKind.lockWait, timeNs + 1e6, [thread, gil, -2, 0, timeNs]);
      batch.row(RecordKind.lockWait, timeNs + 1e6, [thread, gil, thread ^ 1, 2, timeNs]);
    }
    if (turn % 4 === 3) batch.row(RecordKind.lockWaitEnded, timeNs + 1e6, [thread ^ 3, gil]);
    if (turn === 11) batch.row(RecordKind.nativeEnded, timeNs + 1e6, [1]);
    batch.row(RecordKind.tick, timeNs + 2e6, []);
    writer.writeBatch(batch.take());
  }
  writer.writeNote({ kind: 'counts', counts: COUNTS, mode: 'normal' });
  const problems = [{ kind: 'not-observed', text: 'x' } as const];
  const end = { exitCode: 0, signal: null, counts: COUNTS, recorderCpuNs: 5e6, problems };
  writer.writeNote({ kind: 'end', end });
  writer.close();
}

/** One change of a file, at a place given as a share of its length. */
type Change = readonly [
  kind: 'set' | 'cut' | 'double' | 'number' | 'digit',
  at: number,
  by: number,
];

const ODD_NUMBERS = [NaN, Infinity, -1, 1e300, 2 ** 53, 0.5, -0, 1e9, 3, 255, 1e15];

function changed(good: Buffer, changes: readonly Change[]): Buffer {
  let bytes = Buffer.from(good);
  for (const [kind, where, by] of changes) {
    const at = Math.floor(where * bytes.length);
    switch (kind) {
      case 'set':
        if (at < bytes.length) bytes[at] = by;
        break;
      case 'cut':
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + by)]);
        break;
      case 'double':
        bytes = Buffer.concat([bytes.subarray(0, at + by), bytes.subarray(at)]);
        break;
      case 'number': {
        if (at + 8 <= bytes.length) bytes.writeDoubleLE(ODD_NUMBERS[by % ODD_NUMBERS.length], at);
        break;
      }
      case 'digit': {
        const digit = bytes.subarray(at).findIndex(byte => byte >= 0x30 && byte <= 0x39);
        if (digit >= 0) bytes[at + digit] = 0x30 + (by % 10);
      }
    }
  }
  return bytes;
}

describe('a damaged recording', function () {
  this.timeout(FUZZ_TIMEOUT_MS);
  const temporary = makeTemporaryFolder();
  const sample = path.join(temporary.folder, 'sample.bin');
  let good = Buffer.alloc(0);
  before(() => {
    writeSample(sample);
    good = fs.readFileSync(sample);
  });
  after(() => temporary.dispose());

  /** Reads what is there; a `UserError` is an answer, everything else that is thrown is a defect. */
  function read(bytes: Buffer): FollowedRecording | undefined {
    try {
      const followed = followRecording(inMemory(bytes), 'damaged');
      followed.readAll();
      followed.end();
      return followed;
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  it('is read whole while it is whole', () => {
    const followed = read(good);
    assert.equal(followed?.damage, undefined);
    assert.equal(followed?.trace?.lanes.length, 6);
    assert.equal(followed.trace.cpu?.length, 12);
    assert.equal(followed.endNote?.exitCode, 0);
    assert.deepEqual(followed.endNote.problems, [{ kind: 'not-observed', text: 'x' }]);
    assert.equal(followed.trace.nowNs, 35e6);
    assert.equal(validateTrace(followed.trace), undefined);
  });

  it('is told in a sentence, and shown up to the damage', () => {
    // The number of a thread in the last row but some: nothing before it is touched.
    const row = Buffer.from(new Float64Array([RecordKind.tick, 32e6]).buffer);
    const place = good.indexOf(row);
    assert.ok(place > 0);
    const bytes = Buffer.from(good);
    bytes.writeDoubleLE(RecordKind.collecting, place);
    bytes.writeDoubleLE(99, place + 16);
    const followed = read(bytes);
    assert.match(followed?.damage ?? '', /damaged \(a row: gil cannot be\)\. What was written/);
    assert.equal(followed?.endNote, undefined);
    assert.equal(followed?.trace?.lanes.length, 6);
    assert.equal(followed.trace.nowNs, 29e6);
  });

  it('has no thread go back to before its start, whose times then could go back, too', () => {
    const row = Buffer.from(new Float64Array([RecordKind.told, 25e6]).buffer);
    const bytes = Buffer.from(good);
    const place = bytes.indexOf(row);
    assert.ok(place > 0);
    bytes.writeDoubleLE(LaneState.notStarted, place + 24);
    assert.match(read(bytes)?.damage ?? '', /laneState cannot be/);
  });

  it('is told as such when it is recovered', () => {
    const folder = path.join(temporary.folder, 'gil-recording-damaged');
    fs.mkdirSync(folder, { mode: 0o700 });
    const request = { kind: 'process', name: 'process 1', pid: 1 };
    fs.writeFileSync(path.join(folder, 'request.json'), JSON.stringify(request));
    fs.writeFileSync(path.join(folder, 'recording.bin'), 'GIL Scope recording 2\n');
    assert.throws(() => recoverRecording(folder), UserError);
  });

  it('with any one byte changed is no defect of ours', () => {
    let told = 0;
    for (let at = 0; at < good.length; at++) {
      const bytes = Buffer.from(good);
      bytes[at] ^= 1 << (at % 8);
      const followed = read(bytes);
      if (followed?.trace) assert.equal(validateTrace(followed.trace), undefined, `byte ${at}`);
      if (followed === undefined || followed.damage !== undefined) told++;
    }
    assert.ok(told > good.length / 4, `${told} of ${good.length} were noticed`);
  });

  it(`with anything changed is no defect of ours (${FUZZ_INPUTS} times)`, () => {
    // Any place, not the first and the last ones first: those are only the file's own head and foot.
    const share = fc.noBias(fc.integer({ min: 0, max: 999_999 })).map(millionth => millionth / 1e6);
    const kind = fc.constantFrom('set', 'cut', 'double', 'number', 'digit' as const);
    const size = fc.integer({ min: 0, max: 255 });
    let reached = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(kind, share, size), { minLength: 1, maxLength: 3 }),
        changes => {
          const followed = read(changed(good, changes));
          if (!followed?.trace) return;
          reached++;
          assert.equal(validateTrace(followed.trace), undefined);
        },
      ),
      { numRuns: FUZZ_INPUTS },
    );
    assert.ok(reached > FUZZ_INPUTS / 10, `${reached} came as far as to a trace`);
  });

  it(`with any number of a row changed is no defect of ours (${FUZZ_INPUTS} times)`, () => {
    const rows = placesOfRows(good);
    assert.ok(rows.length > 40);
    const change = fc.tuple(
      fc.constantFrom(...rows),
      fc.integer({ min: 0, max: RECORD_WIDTH - 1 }),
      fc.oneof(
        fc.constantFrom(...ODD_NUMBERS),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 40e6 }),
      ),
    );
    let reached = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), changes => {
        const bytes = Buffer.from(good);
        for (const [row, column, value] of changes) bytes.writeDoubleLE(value, row + 8 * column);
        const followed = read(bytes);
        assert.ok(followed?.trace);
        if (followed.damage === undefined) reached++;
        assert.equal(validateTrace(followed.trace), undefined);
      }),
      { numRuns: FUZZ_INPUTS },
    );
    assert.ok(reached > FUZZ_INPUTS / 20, `${reached} were read to the end`);
  });
});

function inMemory(bytes: Buffer): SpillSource {
  return {
    size: () => bytes.length,
    read: (into, offset) => bytes.copy(into, 0, offset),
    close: () => undefined,
  };
}

/** Where the rows of a recording begin. */
function placesOfRows(bytes: Buffer): readonly number[] {
  const places: number[] = [];
  let at = bytes.indexOf('\n') + 1;
  while (at < bytes.length) {
    const length = bytes.readUInt32LE(at);
    const isRows = bytes[at + 4] === 2;
    for (let row = 0; isRows && row < length; row += RECORD_WIDTH * 8) places.push(at + 8 + row);
    at += 8 + length;
  }
  return places;
}
