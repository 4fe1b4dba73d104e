// Why one run took longer than another.

import assert from 'node:assert/strict';
import { simulate } from '../../../src/core/machine/machine';
import type { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { causesOf } from '../../../src/core/insight/differences';
import { differenceParts } from '../../../webview/model/differences';
import { program } from '../../support/stories';

function run(text: string, runtime = 'gil', cores = 4): TraceBuilder {
  const conditions = { cores, switchIntervalNs: 5e6, seed: 1 };
  return simulate({ program: program(text), runtime, conditions });
}

describe('what is different between two runs', () => {
  const two = 'Thread-1  compute 100ms\nThread-2  compute 100ms';

  it('is what the threads no longer wait for, and what that costs, when the same work gets processes', () => {
    const parts = differenceParts(run(two), run(two, 'processes'));
    // Starting processes computes a little, too.
    assert.match(parts[0], /^the same computing, 20\d ms$/);
    // Two threads that take turns wait while the other computes: about 100 ms each. The main thread waits a little, too.
    assert.match(parts[1], /^waiting for the GIL 20\d ms → 0$/);
    assert.match(parts[2], /^starting, pickling 0 → \d+ ms$/);
    assert.equal(parts.length, 3);
  });

  it('is how much they compute, when the work is another', () => {
    const [computing] = differenceParts(run('A  compute 100ms'), run('A  compute 150ms'));
    assert.equal(computing, 'computing 100 ms → 150 ms');
  });

  it('is nothing but the computing, when nothing changed', () => {
    assert.deepEqual(differenceParts(run(two), run(two)), ['the same computing, 200 ms']);
  });

  it('names the threads that only one of them has', () => {
    const text = 'load  compute 10ms\nparse  compute 10ms';
    const parts = differenceParts(run(text), run(text.replace('load', 'save')));
    assert.deepEqual(parts.slice(-2), ['only here: save', 'not here: load']);
    const many = Array.from({ length: 9 }, (_, i) => `w${i}  compute 1ms`).join('\n');
    assert.ok(
      differenceParts(run(text), run(`${text}\n${many}`)).includes(
        'only here: w0, w1, w2 and 6 more',
      ),
    );
  });

  it('does not count a main thread that only waits for the others', () => {
    const joined = 'main  start A · join A\nA  compute 100ms';
    const longer = 'main  start A · join A\nA  compute 300ms';
    assert.deepEqual(
      causesOf(run(joined), run(longer)).map(({ name }) => name),
      ['computing'],
    );
  });

  it('tells the largest first', () => {
    const names = causesOf(
      run('A  compute 10ms · sleep 10ms'),
      run('A  compute 40ms · sleep 100ms'),
    ).map(({ name }) => name);
    assert.deepEqual(names, ['blocked', 'computing']);
  });
});
