// A file that is edited is understood as if it were read anew after each edit.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { analyse, Analyser } from '../../src/analysis/analyser';
import { RULES } from '../../src/analysis/advice/rules';

const SAMPLES = readdirSync('media/samples').filter(name => name.endsWith('.py'));
/** What people type, paste and break: indentation, brackets, strings, comments and whole statements. */
const TYPED = ['x', '\n', '(', ')', '"', "'''", '  ', ':', '# gil: compute 5ms\n', '\\\n', 'else:'];
const MORE = [
  '\nasync ',
  '\ndef added():  # gil: threads 2\n    pass  # gil: io 3ms\n',
  '@',
  'yield',
];

/** The same places each time: a linear congruence. */
function places(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

function edited(source: string, place: (below: number) => number): string {
  const at = place(source.length + 1);
  const removed = place(3) === 0 ? place(40) : 0;
  const texts = [...TYPED, ...MORE];
  return source.slice(0, at) + texts[place(texts.length)] + source.slice(at + removed);
}

describe('a file while it is edited', () => {
  for (const name of SAMPLES) {
    it(`is understood as if read anew after each edit: ${name}`, () => {
      const whole = readFileSync(`media/samples/${name}`, 'utf8');
      const place = places(name.length);
      const analyser = new Analyser(name);
      let source = whole;
      for (let edit = 0; edit < 60; edit++) {
        source = edit % 12 === 0 ? whole : edited(source, place);
        assert.deepEqual(analyser.update(source), analyse(source, name), source);
        const fresh = new Analyser(name);
        fresh.update(source);
        assert.deepEqual(analyser.advice(RULES), fresh.advice(RULES), source);
        assert.deepEqual(analyser.constructLines(), fresh.constructLines());
        assert.deepEqual(analyser.memory(), fresh.memory());
      }
    });
  }
});
