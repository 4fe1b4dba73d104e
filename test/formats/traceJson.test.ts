// Our trace file: what is written is read back, and what is broken is refused with a sentence.

import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import { UserError } from '../../src/core/errors';
import { isTraceJson, readTraceJson, writeTraceJson } from '../../src/formats/traceJson';
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

  it('is refused with the place of the mistake', () => {
    const refusals: readonly (readonly [string, RegExp])[] = [
      ['{', /not JSON/],
      [text.slice(0, -20), /not JSON: .* It ends too early/],
      ['[]', /the file: expected an object/],
      ['{}', /not a trace of GIL Scope/],
      [broken(/"version":1/, '"version":99'), /version 99; this program reads version 1/],
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

  it('tells a program of another kind apart', () => {
    strictEqual(isTraceJson('{"traceEvents": []}'), false);
  });
});
