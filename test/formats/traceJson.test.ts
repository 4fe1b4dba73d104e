// Our trace file: what is written is read back, and what is broken is refused with a sentence.

import {
  deepStrictEqual,
  match,
  notStrictEqual,
  ok,
  strictEqual,
  throws,
} from 'node:assert/strict';
import fs from 'node:fs';
import { UserError } from '../../src/core/errors';
import { isCutShort } from '../../src/core/insight/notices';
import { verdictOf } from '../../src/core/insight/verdict';
import {
  isTraceJson,
  readDamagedTraceJson,
  readTraceJson,
  writeTraceJson,
} from '../../src/formats/traceJson';
import { anyScenario, checkLaw, runOf } from '../support/randomPrograms';
import { contentOf } from '../support/traceContent';

const { trace } = runOf({
  text: 'A  lock L · compute 7ms · unlock L\nB  lock L · compute 3ms',
  runtime: 'gil',
  cores: 2,
  intervalMs: 5,
  seed: 1,
  ideal: false,
});
const text = writeTraceJson(trace);

/** The file with something put in the place of something else. */
function broken(find: RegExp, replacement: string): string {
  const changed = text.replace(find, replacement);
  ok(changed !== text, `${String(find)} is not in the file`);
  return changed;
}

describe('a trace file', () => {
  it('gives back the trace that was written', function () {
    this.timeout(60_000);
    checkLaw(
      anyScenario,
      scenario => {
        const { trace: written } = runOf(scenario);
        const file = writeTraceJson(written);
        ok(isTraceJson(file));
        const read = readTraceJson(file);
        deepStrictEqual(contentOf(read), contentOf(written));
        deepStrictEqual(read.header, written.header);
      },
      2_000,
    );
  });

  it('is shown up to where it was cut, if its lanes are told, and says so', () => {
    for (const end of [
      text.length - 20,
      text.indexOf('"events"'),
      text.indexOf('"segments"') + 60,
    ]) {
      const { trace: read, leftOut } = readDamagedTraceJson(text.slice(0, end));
      strictEqual(read.lanes.length, readTraceJson(text).lanes.length);
      match(leftOut, /file that ends too early/);
    }
  });

  it('is refused with the place of the mistake', () => {
    const refusals: readonly (readonly [string, RegExp])[] = [
      ['{', /not JSON/],
      [text.slice(0, text.indexOf('"segments"')), /not JSON: .* It ends too early/],
      ['[]', /the file: expected an object/],
      ['{}', /not a trace of GIL Scope/],
      [broken(/"version":2/, '"version":99'), /version 99; this program reads versions 1 to 2/],
      [
        broken(/"cores":2/, '"cores":0'),
        /header\.cores: expected a whole number of 1 or more, got 0/,
      ],
      [broken(/"durationNs":\d+/, '"durationNs":-1'), /durationNs/],
      [
        broken(/"kind":"gil"/, '"kind":"door"'),
        /locks\[0\]\.kind: expected one of gil, lock, got "door"/,
      ],
      [
        broken(/"positions":\[\{.*?\}\],"marks"/, '"positions":[],"marks"'),
        /positions: expected at least/,
      ],
    ];
    for (const [file, expected] of refusals) {
      throws(
        () => readTraceJson(file),
        (error: unknown) => error instanceof UserError && expected.test(error.message),
        String(expected),
      );
    }
  });

  it('of version 1 still opens, and its marks are notes: no text says for certain what it is about', () => {
    const old = readTraceJson(fs.readFileSync('test/golden/traceVersion1.json', 'utf8'));
    strictEqual(old.lanes.length, 3);
    strictEqual(old.nowNs, 7_000_000);
    deepStrictEqual(old.marks, [
      { kind: 'note', text: 'Deadlock watchdog started' },
      { kind: 'note', text: 'RuntimeError caught and retried: clock skew' },
      { kind: 'note', text: 'Stopped after 3 s: it never gets on' },
      { kind: 'note', text: 'Other programs are never started.' },
    ]);
    notStrictEqual(verdictOf(old).class, 'stuck');
    strictEqual(verdictOf(old).caveats, '');
    strictEqual(isCutShort(old), false);
    deepStrictEqual(contentOf(readTraceJson(writeTraceJson(old))), contentOf(old));
  });

  it('says what its marks are about, and a kind from a later version is a note', () => {
    const stuck = runOf({
      text: 'A  lock L · compute 20ms · lock M\nB  lock M · compute 20ms · lock L',
      runtime: 'gil',
      cores: 2,
      intervalMs: 5,
      seed: 1,
      ideal: false,
    }).trace;
    const file = writeTraceJson(stuck);
    strictEqual(verdictOf(readTraceJson(file)).class, 'stuck');
    const [mark] = readTraceJson(file.replace('"kind":"deadlock"', '"kind":"eclipse"')).marks;
    strictEqual(mark.kind, 'note');
    ok(mark.text.startsWith('Deadlock: '));
  });

  it('tells a program of another kind apart', () => {
    strictEqual(isTraceJson('{"traceEvents": []}'), false);
  });
});
