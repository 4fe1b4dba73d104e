// Names are hostile until escaped.

import assert from 'node:assert/strict';
import { escapeMarkdown } from '../../../src/editor/drawings/markdown';

describe('text of other people in our Markdown', () => {
  const cases: [string, string][] = [
    ['two words', 'two words'],
    ['[run](command:evil)', '\\[run\\]\\(command:evil\\)'],
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert\\(1\\)&gt;'],
    ['$(flame)', '$\u2060\\(flame\\)'],
    ['__init__', '\\_\\_init\\_\\_'],
    ['a | b & c', 'a \\| b &amp; c'],
    ['https://evil.example/x', 'https&#58;//evil.example/x'],
    ['www.evil.example', 'www&#46;evil.example'],
    ['me@evil.example', 'me&#64;evil.example'],
    ['worker.py:12', 'worker.py:12'],
  ];
  for (const [text, expected] of cases) {
    it(`shows ${JSON.stringify(text)} as it is`, () => {
      assert.equal(escapeMarkdown(text), expected);
    });
  }
});
