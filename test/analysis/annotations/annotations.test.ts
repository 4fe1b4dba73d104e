// The words of the annotation language, one comment at a time.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parseAnnotation } from '../../../src/analysis/annotations/annotations';

function clausesOf(comment: string): string[] {
  const annotation = parseAnnotation(comment, 0);
  return (annotation?.clauses ?? []).map(clause => {
    const said = Object.entries(clause).filter(
      ([key, value]) => key !== 'kind' && key !== 'range' && value !== undefined,
    );
    return [clause.kind, ...said.map(([key, value]) => `${key}=${String(value)}`)].join(' ');
  });
}

/** Each problem as `code «underlined»`. */
function problemsOf(comment: string): string[] {
  const annotation = parseAnnotation(comment, 0);
  return (annotation?.problems ?? []).map(
    ({ code, range }) => `${code} «${comment.slice(range.from, range.to)}»`,
  );
}

function messageOf(comment: string): string {
  return parseAnnotation(comment, 0)?.problems.at(0)?.message ?? 'no problem';
}

describe('an annotation', () => {
  it('says what a line costs in a word and a time', () => {
    assert.deepEqual(clausesOf('# gil: compute 120ms'), ['cost cost=compute ns=120000000']);
    assert.deepEqual(clausesOf('#gil:releases 0.5 s'), ['cost cost=releases ns=500000000']);
    assert.deepEqual(clausesOf('#  GIL: Holds=30us'), ['cost cost=holds ns=30000']);
  });

  it('may hold several clauses, with or without commas, and a remark', () => {
    const expected = ['threads count=4', 'cost cost=compute ns=5000000', 'cost cost=io ns=1000000'];
    assert.deepEqual(clausesOf('# gil: threads 4, compute 5ms, io 1ms'), expected);
    assert.deepEqual(clausesOf('# gil: threads=4 compute 5 ms io 1ms # compute 9ms'), expected);
  });

  it('tells the machine, all of it optional', () => {
    assert.deepEqual(clausesOf('# gil: machine cores=2 interval=10ms seed=7'), [
      'machine cores=2 intervalNs=10000000 seed=7',
    ]);
    assert.deepEqual(clausesOf('# gil: machine cores 2'), ['machine cores=2']);
  });

  it('names a lock, or leaves its name to the line', () => {
    assert.deepEqual(clausesOf('# gil: lock'), ['lock']);
    assert.deepEqual(clausesOf('# gil: lock cache, io 3ms'), [
      'lock name=cache',
      'cost cost=io ns=3000000',
    ]);
  });

  it('is a comment that begins with gil: and nothing else', () => {
    for (const comment of ['# gilded: 5', '# see gil: compute 5ms', '# gil scope is nice', '#']) {
      assert.equal(parseAnnotation(comment, 0), undefined, comment);
    }
  });
});

describe('a mistake in an annotation', () => {
  it('is underlined exactly', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['# gil:', 'empty-annotation «# gil:»'],
      ['# gil compute 5ms', 'missing-colon «# gil compute 5ms»'],
      ['# gil: compote 5ms', 'unknown-word «compote»'],
      ['# gil: compute', 'missing-value «compute»'],
      ['# gil: compute io 3ms', 'missing-value «compute»'],
      ['# gil: compute 120', 'bad-time «120»'],
      ['# gil: compute 5 parsecs', 'bad-time «parsecs»'],
      ['# gil: compute 5parsecs', 'bad-time «5parsecs»'],
      ['# gil: compute -1ms', 'bad-time «-1ms»'],
      ['# gil: compute 1e300 ms', 'bad-time «1e300 ms»'],
      ['# gil: compute many', 'bad-time «many»'],
      ['# gil: threads 0', 'out-of-range «0»'],
      ['# gil: threads 10000', 'out-of-range «10000»'],
      ['# gil: threads 2.5', 'bad-number «2.5»'],
      ['# gil: threads four', 'bad-number «four»'],
      ['# gil: repeat 1000001', 'out-of-range «1000001»'],
      ['# gil: machine cores=0', 'out-of-range «0»'],
      ['# gil: machine interval=5', 'bad-time «5»'],
      ['# gil: machine interval=0.5us', 'out-of-range «0.5us»'],
      ['# gil: machine core=4', 'unknown-word «core»'],
      ['# gil: machine cores=', 'missing-value «cores»'],
      ['# gil: machine seed=-1', 'out-of-range «-1»'],
    ];
    assert.deepEqual(
      cases.map(([comment]) => problemsOf(comment)),
      cases.map(([, problem]) => [problem]),
    );
  });

  it('costs only its own clause', () => {
    assert.deepEqual(clausesOf('# gil: compote 5ms, io 3ms'), ['cost cost=io ns=3000000']);
    assert.deepEqual(problemsOf('# gil: compote 5 ms, io x'), [
      'unknown-word «compote»',
      'bad-time «x»',
    ]);
  });

  it('is told in a sentence with what was expected', () => {
    assert.equal(
      messageOf('# gil: compote 5ms'),
      'Unknown word “compote”; did you mean “compute”?',
    );
    assert.equal(
      messageOf('# gil: release 5ms'),
      'Unknown word “release”; did you mean “releases”?',
    );
    assert.equal(
      messageOf('# gil: wrkers 5'),
      'Unknown word “wrkers”; the words are compute, releases, holds, io, sleep, threads, repeat, lock, machine.',
    );
    assert.equal(
      messageOf('# gil: threads 10000'),
      'Expected a whole number from 1 to 1,000 after “threads”, got “10000”.',
    );
    assert.equal(
      messageOf('# gil: compute 120'),
      'Expected a unit (ns, us, ms or s), got “120” without one after “compute”.',
    );
  });

  it('never throws and stays inside the comment, whatever is written', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'compute',
        'machine',
        'cores',
        'threads',
        '=',
        ',',
        '5ms',
        '-1',
        '5',
        '#',
        'lock',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), words => {
        const comment = `# gil: ${words.join(' ')}`.replaceAll(/[\r\n]/g, ' ');
        const annotation = parseAnnotation(comment, 100);
        assert.ok(annotation);
        for (const { range } of [...annotation.clauses, ...annotation.problems]) {
          assert.ok(range.from >= 100 && range.from < range.to);
          assert.ok(range.to <= 100 + comment.length);
        }
        assert.ok(annotation.clauses.length + annotation.problems.length > 0);
      }),
    );
  });
});
