// What a name of somebody else may do to a terminal: nothing.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { forTerminal } from '../../src/cli/text';

describe('text for a terminal', () => {
  it('shows what a terminal would obey, and obeys none of it', () => {
    assert.equal(forTerminal('\u001b]0;PWNED\u0007\u001b[2J'), '\\u001b]0;PWNED\\u0007\\u001b[2J');
    assert.equal(forTerminal('a\rb\bc\u009b31md\u007f'), 'a\\u000db\\u0008c\\u009b31md\\u007f');
    assert.equal(forTerminal('gpj.\u202eexe'), 'gpj.\\u202eexe');
  });

  it('leaves lines, tabs and words of any language alone', () => {
    const text = 'größe\t計算\nخيط 🙂 ≤ “µs”\n';
    assert.equal(forTerminal(text), text);
  });

  it('leaves a report in JSON what it is', () => {
    const report = { name: 'a\u001b[31m\u009b\u2066"b"' };
    assert.deepEqual(JSON.parse(forTerminal(JSON.stringify(report))), report);
  });
});
