// The drawing in a hover: which pixels are the line's, which colours, and names that must not get out of it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { analyse } from '../../../src/analysis/analyser';
import { simulate } from '../../../src/core/machine/machine';
import type { Trace } from '../../../src/core/model/trace';
import { TraceBuilder } from '../../../src/core/model/traceBuilder';
import { drawLineTimeline } from '../../../src/editor/drawings/lineTimeline';
import { paletteOf, type ContributedColor } from '../../../src/editor/drawings/palette';
import { imageMarkdown } from '../../../src/editor/drawings/svg';
import { EXACT_HEADER } from '../../support/traces';

const COLORS = (
  JSON.parse(readFileSync('package.json', 'utf8')) as {
    contributes: { colors: readonly ContributedColor[] };
  }
).contributes.colors;

const DARK = paletteOf('dark', COLORS);
const RUNNING = DARK.color('running');
const WAITING = DARK.color('waitingForGil');

/** Two lanes: one runs at line 7 for the first half, the other waits at line 7 meanwhile and runs at line 9 after. */
function twoLanes(names = ['T-1', 'T-2']): Trace {
  const trace = new TraceBuilder(EXACT_HEADER);
  trace.addLock({ name: 'GIL', kind: 'gil' });
  const at = [7, 9].map(line => trace.addPosition({ file: 'a.py', line, functionName: 'f' }));
  for (const name of names) {
    trace.addLane({ name, process: 0, interpreter: 0, gil: 0, main: false });
  }
  trace.setState(0, 0, 2, at[0]);
  trace.setState(1, 0, 4, at[0]);
  trace.setState(0, 500, 8, 0);
  trace.setState(1, 500, 2, at[1]);
  trace.setState(1, 1000, 8, 0);
  return trace;
}

function draw(trace: Trace, line: number, palette = DARK) {
  const isLine = ({ positions }: Trace, position: number) => positions[position].line === line;
  return drawLineTimeline({ traces: [trace], isLine, palette });
}

/** What of the drawing is not faint: fill and path of each look that the line has, a lane a line. */
function bright(svg: string | undefined): string[] {
  const solid = (svg ?? '').replace(/<g opacity[^]*?<\/g>/g, '');
  return [...solid.matchAll(/<path fill="([^"]*)" d="([^"]*)"/g)].map(
    ([, fill, path]) => `${fill} ${path}`,
  );
}

describe('the drawing of a line', () => {
  it('shows in full colour what happened at the line, for as long as it did', () => {
    // 1000 ns on 330 pixels from x = 92 on: the first half is 165 of them.
    assert.deepEqual(bright(draw(twoLanes(), 7)?.svg), [
      `${RUNNING} M92 28v-10h165v10z`,
      `${WAITING} M92 42v-5h165v5z`,
    ]);
    assert.deepEqual(bright(draw(twoLanes(), 9)?.svg), [`${RUNNING} M257 42v-10h165v10z`]);
  });

  it('is not drawn for a line that no thread came to', () => {
    assert.equal(draw(twoLanes(), 8), undefined);
  });

  it('tells those who cannot see it what it shows', () => {
    assert.match(draw(twoLanes(), 9)?.alt ?? '', /1 of 2 threads came to this line/);
  });

  it('has the colours of the kind of theme, and those that a person has set', () => {
    for (const kind of ['dark', 'light', 'highContrast', 'highContrastLight'] as const) {
      const expected = COLORS.find(({ id }) => id === 'gilscope.running')?.defaults[kind];
      const [first] = bright(draw(twoLanes(), 9, paletteOf(kind, COLORS))?.svg);
      assert.equal(first.split(' ')[0], expected);
    }
    const set = { 'gilscope.running': '#123456', '[Mine]': { 'gilscope.running': '#abcdef' } };
    assert.equal(paletteOf('dark', COLORS, set, 'Other').color('running'), '#123456');
    assert.equal(paletteOf('dark', COLORS, set, 'Mine').color('running'), '#abcdef');
    const evil = { 'gilscope.running': '"/><script>' };
    assert.equal(paletteOf('dark', COLORS, evil).color('running'), RUNNING);
  });

  it('cannot be left by the name of a thread', () => {
    const names = ['"><script>x</script>', 'a\u0000\ud800](command:evil)'];
    const drawing = draw(twoLanes(names), 7);
    assert.ok(drawing);
    for (const odd of ['<script', '\0', '\ud800']) assert.ok(!drawing.svg.includes(odd));
    assert.match(drawing.svg, /&quot;&gt;&lt;scrip/);
    const image = imageMarkdown({ ...drawing, alt: 'x](command:evil) "y' });
    assert.match(
      image,
      /^!\[[^\]]*\]\(data:image\/svg\+xml;base64,[\w+/=]+\|width=\d+,height=\d+\)$/,
    );
  });

  it('stays small enough for a hover however many threads and turns there were', () => {
    const source = `def f():  # gil: threads 300
    for x in y:  # gil: repeat 60
        a()  # gil: compute 6ms
        b()  # gil: io 1ms
`;
    const { program, conditions } = analyse(source, 'a.py');
    assert.ok(program);
    const drawing = draw(simulate({ program, conditions, runtime: 'gil' }), 3);
    assert.ok(drawing);
    // VS Code cuts Markdown at 100,000 characters, and a cut image is none.
    assert.ok(imageMarkdown(drawing).length < 60_000, `${imageMarkdown(drawing).length}`);
    assert.match(drawing.svg, /and 294 more/);
  });
});
