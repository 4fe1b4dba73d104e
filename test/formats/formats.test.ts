// The list of formats: which one reads a file, what is said when none does, and what an opened trace says of itself.

import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import { UserError } from '../../src/core/errors';
import { TraceBuilder } from '../../src/core/model/traceBuilder';
import { TraceFile } from '../../src/formats/traceFile';
import { FORMATS, extensionsOf, readTrace } from '../../src/formats/formats';
import type { TraceFormat } from '../../src/formats/format';
import { writeTraceJson } from '../../src/formats/traceJson';
import type { ComparisonView } from '../../webview/model/runView';
import { isRecorded } from '../../webview/model/comparison';
import { isLive } from '../../webview/model/live';
import { contentOf } from '../support/traceContent';
import { EXACT_HEADER } from '../support/traces';
import { runOf } from '../support/randomPrograms';

const { trace } = runOf({
  text: 'A  compute 7ms\nB  compute 3ms',
  runtime: 'gil',
  cores: 2,
  intervalMs: 5,
  seed: 1,
  ideal: false,
});

/** A format of another program, whose files hold nothing but a word. */
const WORDS: TraceFormat = {
  name: 'Words',
  extensions: ['txt', 'json'],
  recognises: ({ head }) => head.startsWith('word'),
  read: () => {
    const read = new TraceBuilder({ ...EXACT_HEADER, engine: 'imported' });
    read.finish(5);
    return { trace: read, leftOut: '1 word' };
  },
};

describe('the formats', () => {
  it('read what they write', () => {
    const writing = FORMATS.filter(format => format.write !== undefined);
    ok(writing.length > 0);
    for (const format of writing) {
      const text = format.write?.(trace) ?? '';
      const file = new TraceFile('a file', text);
      ok(format.recognises(file));
      deepStrictEqual(contentOf(format.read(file).trace), contentOf(trace));
    }
  });

  it('are told apart by the file', () => {
    const formats = [...FORMATS, WORDS];
    strictEqual(
      readTrace('a.json', writeTraceJson(trace), formats).trace.header.engine,
      'simulated',
    );
    const imported = readTrace('a.txt', 'word', formats);
    strictEqual(imported.trace.header.engine, 'imported');
    strictEqual(imported.leftOut, '1 word');
    strictEqual(imported.trace.nowNs, 5);
    deepStrictEqual(extensionsOf(formats), ['json', 'gz', 'bin', 'mojo', 'austin', 'txt', 'perf']);
  });

  it('are named where none of them fits', () => {
    throws(
      () => readTrace('a.txt', 'something', [...FORMATS, WORDS]),
      (error: unknown) =>
        error instanceof UserError &&
        /^a\.txt is in no format .*: GIL Scope trace, .*, Words\.$/.test(error.message),
    );
  });
});

describe('an opened trace', () => {
  it('says from which file it comes, and is not taken for a recording that goes on', () => {
    const recorded = new TraceBuilder({ ...EXACT_HEADER, engine: 'recorded' });
    recorded.finish(5);
    const { header } = readTrace('a.json', writeTraceJson(recorded)).trace;
    strictEqual(header.openedFrom, 'a.json');
    strictEqual(header.engine, 'recorded');
    strictEqual(isRecorded(comparisonWith(recorded.header)), true);
    strictEqual(isRecorded(comparisonWith(header)), false);
  });

  it('has all that the file has', () => {
    const { trace: opened } = readTrace('a.json', writeTraceJson(trace));
    deepStrictEqual(contentOf(opened), contentOf(trace));
  });

  it('is never followed while it arrives', () => {
    const live = (openedFrom?: string): boolean => {
      const header = { ...EXACT_HEADER, engine: 'recorded' as const };
      const run = new TraceBuilder(openedFrom === undefined ? header : { ...header, openedFrom });
      return isLive({ id: 1, trace: run, version: 1, outcome: 'running', sentence: '' });
    };
    strictEqual(live(), true);
    strictEqual(live('a.json'), false);
  });
});

function comparisonWith(header: typeof trace.header): ComparisonView {
  const head = { comparison: 1, document: '', title: '', detail: '', show: 'whole' as const };
  return { head: { ...head, runs: [{ run: 1, header }] }, runs: [] };
}
