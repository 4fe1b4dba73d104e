// Memory as a drawing: what it shows, and that no name gets out of it.

import assert from 'node:assert/strict';
import { Analyser } from '../../../src/analysis/analyser';
import { paletteOf } from '../../../src/editor/drawings/palette';
import { drawReferences } from '../../../src/editor/drawings/referenceDrawing';
import { imageMarkdown, type Drawing } from '../../../src/editor/drawings/svg';

const PALETTE = paletteOf('dark', []);

function drawing(source: string, line: number): Drawing | undefined {
  const analyser = new Analyser('a.py');
  analyser.update(source);
  const after = analyser.memory()?.lines.get(line);
  return after && drawReferences(after, PALETTE);
}

/** All texts of a drawing, in order. */
function texts(source: string, line: number): string[] {
  const svg = drawing(source, line)?.svg ?? '';
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
}

describe('the drawing of names and objects', () => {
  const SOURCE = 'class Box:\n    pass\na = Box()\nb = a\nc = None\n';

  it('shows names, objects with their counts, and C++ values with what shared_ptr would count', () => {
    const shown = texts(SOURCE, 4);
    for (const expected of ['a', 'b', 'Box', 'count 2', 'a = Box{}', 'Box: use_count() 2']) {
      assert.ok(shown.includes(expected), `${expected} in ${shown.join(' | ')}`);
    }
    assert.match(drawing(SOURCE, 4)?.alt ?? '', /Names: a, b\. .*Box 2/);
  });

  it('tells immortal objects apart', () => {
    assert.ok(texts(SOURCE, 5).includes('immortal since 3.12'));
  });

  it('draws nothing where there is nothing', () => {
    assert.equal(drawing('import sys\n', 1), undefined);
  });

  it('cannot be left by what the program is called', () => {
    const source = `class Öl:\n    pass\nä = Öl()\nä.x = "</text><script>"\nd = {"](command:x)": ä, '"><b>': 1}\n`;
    const made = drawing(source, 5);
    assert.ok(made);
    assert.doesNotMatch(made.svg, /<script|<b>/);
    assert.match(
      imageMarkdown(made),
      /^!\[[^\]]*\]\(data:image\/svg\+xml;base64,[\w+/=]+\|width=\d+,height=\d+\)$/,
    );
  });

  it('stays small however much there is', () => {
    const many = Array.from({ length: 400 }, (_, i) => `x${i} = [Box(), Box()]`).join('\n');
    const made = drawing(`class Box:\n    pass\n${many}\n`, 160);
    assert.ok(made && imageMarkdown(made).length < 40_000 && made.heightPx < 700);
  });
});
