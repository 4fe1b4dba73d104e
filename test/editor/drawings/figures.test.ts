// Figures as Markdown: the numbers are the core's, and other people's words stay words.

import assert from 'node:assert/strict';
import { simulate } from '../../../src/core/machine/machine';
import { statisticsOf } from '../../../src/core/insight/statistics';
import { formatDuration, formatShare, NS_PER_MS } from '../../../src/core/units';
import { figuresMarkdown } from '../../../src/editor/drawings/figures';
import { crunchProgram } from '../../support/programs';

const conditions = { cores: 4, switchIntervalNs: 5 * NS_PER_MS, seed: 7 };
const runs = ['gil', 'processes'].map(runtime => ({
  trace: simulate({ program: crunchProgram(), runtime, conditions }),
  outcome: 'complete' as const,
}));

describe('the figures as Markdown', () => {
  const text = figuresMarkdown({ title: 'crunch.py', detail: '4 threads' }, runs);
  const rowOf = (name: string): string[] =>
    (text.split('\n').find(line => line.startsWith(`| ${name} |`)) ?? '').split(' | ').slice(1);

  it('has a row for each figure and a column for each run', () => {
    const [gil, processes] = runs.map(({ trace }) => statisticsOf(trace));
    assert.deepEqual(rowOf('wall time'), [
      formatDuration(gil.wallNs),
      `${formatDuration(processes.wallNs)} |`,
    ]);
    assert.deepEqual(rowOf('hand-offs of the GIL'), [String(gil.handOffCount), '0 |']);
    assert.equal(rowOf('waiting for the GIL')[0], formatShare(gil.waitingShare));
    assert.equal(rowOf('speed-up')[1], `${(gil.wallNs / processes.wallNs).toFixed(2)}× |`);
  });

  it('names the lines that made others wait, and how the figures came about', () => {
    assert.match(text, /- [\d.]+ m?s while crunch.*58 collatz held it/);
    assert.match(text, /_simulated\._/);
  });

  it('lets no name become markup', () => {
    const odd = figuresMarkdown({ title: '<img src=x> [a](b)', detail: '| x |' }, runs);
    assert.ok(!odd.includes('<img') && !odd.includes('[a](b)'));
    assert.ok(odd.includes('\\| x \\|'));
  });

  it('is empty while nothing is known', () => {
    assert.equal(figuresMarkdown({ title: 'a', detail: '' }, []), '');
  });
});
